/**
 * Commands on the life of single fields of a hash: Redis 7.4 (`hGetDel`, `hGetEx`, `hSetEx`: 8.0), Valkey 9.0 (`hGetDel`: 9.1).
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import {
  append,
  type ByPosition,
  epochMillis,
  epochSeconds,
  type Fields,
  flatten,
  list,
  millis,
  NOT_FIELDS,
  optionProblem,
  seconds,
  wordProblem
} from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import {
  type ExpireOptions,
  type ExpireTime,
  expireProblem,
  expireRetry,
  expireTimeMillis,
  expireTimeSeconds,
  pushExpiry,
  type ReadExpiry,
  ttlMillis,
  ttlSeconds,
  type WriteExpiry,
  whenProblem
} from "./Expiry.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * What setting the life of a field came to: `"set"`; `"refused"` by the condition; `"deleted"`, since its end was not in the
 * future; `undefined` if there is no such field (or key).
 *
 * @category models
 * @since 0.1.0
 */
export type FieldExpireResult = "set" | "refused" | "deleted" | undefined

/**
 * When HSETEX writes and how long the fields live.
 *
 * @category options
 * @since 0.1.0
 */
export type HSetExOptions = {
  /** `FNX` only if all fields are missing, `FXX` only if all are there. */
  readonly condition?: "FNX" | "FXX" | undefined
} & WriteExpiry

/**
 * Commands on the life of fields, as constructors or as methods. Each gives one result per field, by position; without fields it
 * answers without a call.
 *
 * @category models
 * @since 0.1.0
 */
export interface HashExpiryCommands<F extends CommandLambda> {
  /** Let fields live for whole seconds from now on. A fraction is `InvalidArgument`: see `hpExpire`. */
  hExpire<const K extends ReadonlyArray<Text>>(
    key: Text,
    fields: K,
    ttl: Duration.Input,
    options?: ExpireOptions
  ): Kind<F, ByPosition<K, FieldExpireResult>>
  /** Let fields live until a whole second. A fraction is `InvalidArgument`: see `hpExpireAt`. */
  hExpireAt<const K extends ReadonlyArray<Text>>(
    key: Text,
    fields: K,
    instant: DateTime.DateTime.Input,
    options?: ExpireOptions
  ): Kind<F, ByPosition<K, FieldExpireResult>>
  /** When fields end, to the second; `undefined` for each that is missing. */
  hExpireTime<const K extends ReadonlyArray<Text>>(key: Text, fields: K): Kind<F, ByPosition<K, ExpireTime | undefined>>
  /** The values of fields, which are deleted. */
  hGetDel<const K extends ReadonlyArray<Text>>(
    key: Text,
    fields: K
  ): Kind<F, ByPosition<K, string | undefined>, ByPosition<K, Uint8Array | undefined>>
  /** The values of fields, whose life may be changed. */
  hGetEx<const K extends ReadonlyArray<Text>>(
    key: Text,
    fields: K,
    options?: ReadExpiry
  ): Kind<F, ByPosition<K, string | undefined>, ByPosition<K, Uint8Array | undefined>>
  /** Take away the end of fields; whether each had one, `undefined` for each that is missing. */
  hPersist<const K extends ReadonlyArray<Text>>(key: Text, fields: K): Kind<F, ByPosition<K, boolean | undefined>>
  /** Let fields live for a time from now on. A plain number is milliseconds. */
  hpExpire<const K extends ReadonlyArray<Text>>(
    key: Text,
    fields: K,
    ttl: Duration.Input,
    options?: ExpireOptions
  ): Kind<F, ByPosition<K, FieldExpireResult>>
  /** Let fields live until an instant. A plain number is milliseconds of the Unix epoch. */
  hpExpireAt<const K extends ReadonlyArray<Text>>(
    key: Text,
    fields: K,
    instant: DateTime.DateTime.Input,
    options?: ExpireOptions
  ): Kind<F, ByPosition<K, FieldExpireResult>>
  /** When fields end, to the millisecond; `undefined` for each that is missing. */
  hpExpireTime<const K extends ReadonlyArray<Text>>(
    key: Text,
    fields: K
  ): Kind<F, ByPosition<K, ExpireTime | undefined>>
  /** How long fields live, to the millisecond: infinite without an end, `undefined` for each that is missing. */
  hpTTL<const K extends ReadonlyArray<Text>>(
    key: Text,
    fields: K
  ): Kind<F, ByPosition<K, Duration.Duration | undefined>>
  /** Set several fields with one life, if a condition holds for all; whether it did. None is `InvalidArgument`. */
  hSetEx(key: Text, fields: Fields, options?: HSetExOptions): Kind<F, boolean>
  /** How long fields live, to the second: infinite without an end, `undefined` for each that is missing. */
  hTTL<const K extends ReadonlyArray<Text>>(key: Text, fields: K): Kind<F, ByPosition<K, Duration.Duration | undefined>>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const write = (name: string, retry: RetryCategory | CommandSpec["retry"]): CommandSpec =>
  defineSpec({ name, keys: "first", retry })
const expiring = (name: string): CommandSpec => write(name, (args) => expireRetry(args[2]))

const HEXPIRE = expiring("HEXPIRE")
const HEXPIREAT = expiring("HEXPIREAT")
const HEXPIRETIME = read("HEXPIRETIME")
const HGETDEL = write("HGETDEL", "accumulating")
const HGETEX = write("HGETEX", (args) => (args[1] === "FIELDS" ? "idempotent" : "lastWriteWins"))
const HPERSIST = write("HPERSIST", "lastWriteWins")
const HPEXPIRE = expiring("HPEXPIRE")
const HPEXPIREAT = expiring("HPEXPIREAT")
const HPEXPIRETIME = read("HPEXPIRETIME")
const HPTTL = read("HPTTL")
const HSETEX = write("HSETEX", (args) => (args[1] === "FNX" ? "never" : "lastWriteWins"))
const HTTL = read("HTTL")

const pushFields = (args: Array<Argument>, names: ReadonlyArray<Text>): Array<Argument> =>
  append(append(args, ["FIELDS", names.length]), names)

const results: ReadonlyMap<number, FieldExpireResult> = new Map<number, FieldExpireResult>([
  [-2, undefined],
  [0, "refused"],
  [1, "set"],
  [2, "deleted"]
])

const expireResults = Reply.array(
  Reply.map(
    Reply.integer,
    (code): FieldExpireResult => (results.has(code) ? results.get(code) : Reply.mismatch("-2, 0, 1 or 2", code))
  )
)
const persisted = Reply.array(
  Reply.map(Reply.integer, (code): boolean | undefined => {
    if (code === -2) return undefined
    return code === 1 || code === -1 ? code === 1 : Reply.mismatch("-2, -1 or 1", code)
  })
)
const values = Reply.array(Reply.optionalText)

const onFields =
  <A extends Array<unknown>, B extends Array<unknown>>(spec: CommandSpec, reply: Reply.Reply<A, B>) =>
  (key: Text, fields: ReadonlyArray<Text>): Command<A, B> => {
    const names = list(fields)
    return names.length === 0
      ? constant(spec, reply, [] as Array<unknown> as A & B)
      : make(spec, pushFields([key], names), reply)
  }

const expireWith = (
  spec: CommandSpec,
  key: Text,
  fields: ReadonlyArray<Text>,
  when: number,
  options: ExpireOptions | undefined
) => {
  const problem = expireProblem(options)
  if (problem !== undefined) return invalid(spec, expireResults, problem)
  if (Number.isNaN(when)) return invalid(spec, expireResults, whenProblem(spec), 1)
  const names = list(fields)
  if (names.length === 0) return constant(spec, expireResults, [])
  const args: Array<Argument> = [key, when]
  if (options?.condition !== undefined) args.push(options.condition)
  return make(spec, pushFields(args, names), expireResults)
}

const hGetEx = (key: Text, fields: ReadonlyArray<Text>, options?: ReadExpiry) => {
  const args: Array<Argument> = [key]
  const known = { expiry: "value", expireAt: "value", persist: "flag" } as const
  const problem = optionProblem(options, known) ?? pushExpiry(args, options)
  const names = list(fields)
  if (problem === undefined && names.length === 0) return constant(HGETEX, values, [])
  return makeChecked(HGETEX, pushFields(args, names), values, problem)
}

const hSetEx = (key: Text, fields: Fields, options?: HSetExOptions): Command<boolean> => {
  const flat = flatten(fields)
  if (flat === undefined || flat.length === 0) return invalid(HSETEX, Reply.boolean, NOT_FIELDS, 1)
  const args: Array<Argument> = [key]
  if (options?.condition !== undefined) args.push(options.condition)
  const known = { condition: "value", expiry: "value", expireAt: "value", keepTtl: "flag" } as const
  const problem =
    optionProblem(options, known) ??
    wordProblem("condition", options?.condition, ["FNX", "FXX"]) ??
    pushExpiry(args, options)
  return makeChecked(HSETEX, append(append(args, ["FIELDS", flat.length / 2]), flat), Reply.boolean, problem)
}

// One result per field is what the server gives; that these are as many as the fields is known to the type only.
type ByFields = Pick<HashExpiryCommands<AsCommand>, Exclude<keyof HashExpiryCommands<AsCommand>, "hSetEx">>
const byFields = {
  hExpire: (key: Text, fields: ReadonlyArray<Text>, ttl: Duration.Input, options?: ExpireOptions) =>
    expireWith(HEXPIRE, key, fields, seconds(ttl), options),
  hExpireAt: (key: Text, fields: ReadonlyArray<Text>, instant: DateTime.DateTime.Input, options?: ExpireOptions) =>
    expireWith(HEXPIREAT, key, fields, epochSeconds(instant), options),
  hExpireTime: onFields(HEXPIRETIME, Reply.array(expireTimeSeconds)),
  hGetDel: onFields(HGETDEL, values),
  hGetEx,
  hPersist: onFields(HPERSIST, persisted),
  hpExpire: (key: Text, fields: ReadonlyArray<Text>, ttl: Duration.Input, options?: ExpireOptions) =>
    expireWith(HPEXPIRE, key, fields, millis(ttl), options),
  hpExpireAt: (key: Text, fields: ReadonlyArray<Text>, instant: DateTime.DateTime.Input, options?: ExpireOptions) =>
    expireWith(HPEXPIREAT, key, fields, epochMillis(instant), options),
  hpExpireTime: onFields(HPEXPIRETIME, Reply.array(expireTimeMillis)),
  hpTTL: onFields(HPTTL, Reply.array(ttlMillis)),
  hTTL: onFields(HTTL, Reply.array(ttlSeconds))
} as ByFields

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hashExpiry: HashExpiryCommands<AsCommand> = { ...byFields, hSetEx }
