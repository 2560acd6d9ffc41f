/**
 * Commands on hashes.
 *
 * @since 0.1.0
 */
import {
  append,
  type ByPosition,
  type Fields,
  flatten,
  list,
  NOT_FIELDS,
  optionProblem,
  type Several,
  several
} from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { pushScanOptions, type ScanOptions, scanOptions } from "./Keys.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Commands on hashes, as constructors or as methods. The life of single fields is in `HashExpiryCommands`.
 *
 * @category models
 * @since 0.1.0
 */
export interface HashCommands<F extends CommandLambda> {
  /** Delete fields; how many were there. None: 0 without a call. */
  hDel(key: Text, ...fields: Several<Text>): Kind<F, number>
  /** Whether a field is there. */
  hExists(key: Text, field: Text): Kind<F, boolean>
  /** The value of a field, or `undefined`. */
  hGet(key: Text, field: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** All fields and values, as a record without a prototype; as pairs in the bytes view. Empty if the key is missing. */
  hGetAll(key: Text): Kind<F, Record<string, string>, Array<readonly [field: Uint8Array, value: Uint8Array]>>
  /** Add to the integer in a field (0 if missing) and give the sum. */
  hIncrBy(key: Text, field: Text, increment: number | bigint): Kind<F, number>
  /** Add to the floating-point number in a field (0 if missing) and give the sum. */
  hIncrByFloat(key: Text, field: Text, increment: number): Kind<F, number>
  /** The names of all fields. */
  hKeys(key: Text): Kind<F, Array<string>, Array<Uint8Array>>
  /** How many fields there are. */
  hLen(key: Text): Kind<F, number>
  /** The values of several fields, by position. No fields: no call. */
  hmGet<const K extends ReadonlyArray<Text>>(
    key: Text,
    fields: K
  ): Kind<F, ByPosition<K, string | undefined>, ByPosition<K, Uint8Array | undefined>>
  /** Set several fields. Servers call HMSET deprecated: `hSet` does the same. None: no call. */
  hmSet(key: Text, fields: Fields): Kind<F, void>
  /** The name of any field; `undefined` if the key is missing. Since 6.2. */
  hRandField(key: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** The names of several fields: different ones, or with a negative count exactly as many, with repetition. Since 6.2. */
  hRandFieldCount(key: Text, count: number): Kind<F, Array<string>, Array<Uint8Array>>
  /** Several fields with their values; see `hRandFieldCount`. Since 6.2. */
  hRandFieldCountWithValues(
    key: Text,
    count: number
  ): Kind<F, Array<readonly [field: string, value: string]>, Array<readonly [field: Uint8Array, value: Uint8Array]>>
  /** One page of fields with their values. Begin with the cursor `"0"`; it is `"0"` again behind the last page. */
  hScan(
    key: Text,
    cursor: string,
    options?: ScanOptions
  ): Kind<
    F,
    Reply.Page<"entries", Array<readonly [field: string, value: string]>>,
    Reply.Page<"entries", Array<readonly [field: Uint8Array, value: Uint8Array]>>
  >
  /** One page of the names of fields; see `hScan`. Redis 7.4, Valkey 8.0. */
  hScanNoValues(
    key: Text,
    cursor: string,
    options?: ScanOptions
  ): Kind<F, Reply.Page<"fields", Array<string>>, Reply.Page<"fields", Array<Uint8Array>>>
  /** Set one field; 1 if it is new, 0 if it was there. */
  hSet(key: Text, field: Text, value: Argument): Kind<F, number>
  /** Set several fields, from a record, a Map or pairs; how many are new. None: 0 without a call. */
  hSet(key: Text, fields: Fields): Kind<F, number>
  /** Set a field if it is missing; whether it did. */
  hSetNX(key: Text, field: Text, value: Argument): Kind<F, boolean>
  /** The length of a field's value in bytes, 0 if it is missing. */
  hStrLen(key: Text, field: Text): Kind<F, number>
  /** The values of all fields. */
  hVals(key: Text): Kind<F, Array<string>, Array<Uint8Array>>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const write = (name: string, retry: RetryCategory): CommandSpec => defineSpec({ name, keys: "first", retry })

const HDEL = write("HDEL", "lastWriteWins")
const HEXISTS = read("HEXISTS")
const HGET = read("HGET")
const HGETALL = read("HGETALL")
const HINCRBY = write("HINCRBY", "accumulating")
const HINCRBYFLOAT = write("HINCRBYFLOAT", "accumulating")
const HKEYS = read("HKEYS")
const HLEN = read("HLEN")
const HMGET = read("HMGET")
const HMSET = write("HMSET", "lastWriteWins")
const HRANDFIELD = read("HRANDFIELD")
const HSCAN = read("HSCAN")
const HSET = write("HSET", "lastWriteWins")
const HSETNX = write("HSETNX", "never")
const HSTRLEN = read("HSTRLEN")
const HVALS = read("HVALS")

const texts = Reply.array(Reply.text)
const optionalTexts = Reply.array(Reply.optionalText)
const all = Reply.record(Reply.text)
const pairs = Reply.pairs(Reply.text, Reply.text)
const entriesPage = Reply.page("entries", pairs)
const fieldsPage = Reply.page("fields", texts)

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hashes: HashCommands<AsCommand> = {
  hDel: (key, ...fields) => {
    const names = several(fields)
    return names.length === 0 ? constant(HDEL, Reply.integer, 0) : make(HDEL, [key, ...names], Reply.integer)
  },
  hExists: (key, field) => make(HEXISTS, [key, field], Reply.boolean),
  hGet: (key, field) => make(HGET, [key, field], Reply.optionalText),
  hGetAll: (key) => make(HGETALL, [key], all),
  hIncrBy: (key, field, increment) => make(HINCRBY, [key, field, increment], Reply.integer),
  hIncrByFloat: (key, field, increment) => make(HINCRBYFLOAT, [key, field, increment], Reply.double),
  hKeys: (key) => make(HKEYS, [key], texts),
  hLen: (key) => make(HLEN, [key], Reply.integer),
  hmGet: ((key: Text, fields: ReadonlyArray<Text>) => {
    const names = list(fields)
    return names.length === 0 ? constant(HMGET, optionalTexts, []) : make(HMGET, [key, ...names], optionalTexts)
  }) as HashCommands<AsCommand>["hmGet"],
  hmSet: (key, fields) => {
    const flat = flatten(fields)
    if (flat === undefined) return invalid(HMSET, Reply.ok, NOT_FIELDS, 1)
    return flat.length === 0 ? constant(HMSET, Reply.ok, undefined) : make(HMSET, append([key], flat), Reply.ok)
  },
  hRandField: (key) => make(HRANDFIELD, [key], Reply.optionalText),
  hRandFieldCount: (key, count) => make(HRANDFIELD, [key, count], texts),
  hRandFieldCountWithValues: (key, count) => make(HRANDFIELD, [key, count, "WITHVALUES"], pairs),
  hScan: (key, cursor, options) =>
    makeChecked(HSCAN, pushScanOptions([key, cursor], options), entriesPage, optionProblem(options, scanOptions)),
  hScanNoValues: (key, cursor, options) =>
    makeChecked(
      HSCAN,
      [...pushScanOptions([key, cursor], options), "NOVALUES"],
      fieldsPage,
      optionProblem(options, scanOptions)
    ),
  hSet: (key: Text, fields: Text | Fields, ...rest: ReadonlyArray<Argument>) => {
    if (rest.length > 0 || typeof fields !== "object" || fields instanceof Uint8Array) {
      // A value that was forgotten is refused by the writer, with its position.
      const args = [key, fields as Text, rest[0] as Argument]
      return make(HSET, rest.length > 1 ? [...args, ...rest.slice(1)] : args, Reply.integer)
    }
    const flat = flatten(fields)
    if (flat === undefined) return invalid(HSET, Reply.integer, NOT_FIELDS, 1)
    return flat.length === 0 ? constant(HSET, Reply.integer, 0) : make(HSET, append([key], flat), Reply.integer)
  },
  hSetNX: (key, field, value) => make(HSETNX, [key, field, value], Reply.boolean),
  hStrLen: (key, field) => make(HSTRLEN, [key, field], Reply.integer),
  hVals: (key) => make(HVALS, [key], texts)
}
