/**
 * Commands on keys of any type.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { epochMillis, epochSeconds, list, millis, optionProblem, seconds, wordProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind, MultiSlotCommand, MultiSlotKind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import {
  type ExpireOptions,
  type ExpireTime,
  type Expiry,
  expireProblem,
  expireRetry,
  expireTimeMillis,
  expireTimeSeconds,
  ttlMillis,
  ttlSeconds,
  whenProblem
} from "./Expiry.ts"
import { helpOf } from "./keyless.ts"
import { asBytes, constant, invalid, make, makeChecked, multiSlot } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * The type of a key's value; `"none"` if the key is missing. Modules add names of their own.
 *
 * @category models
 * @since 0.1.0
 */
export type KeyType = "none" | "string" | "list" | "set" | "zset" | "hash" | "stream" | "vectorset" | (string & {})

/**
 * How a scan of keys is narrowed.
 *
 * @category options
 * @since 0.1.0
 */
export interface ScanOptions {
  /** Only names that match this glob-style pattern. */
  readonly match?: Text | undefined
  /** How much work one page is, roughly in elements (the servers' default is 10). */
  readonly count?: number | undefined
}

/**
 * What is copied where.
 *
 * @category options
 * @since 0.1.0
 */
export interface CopyOptions {
  /** The database to copy into (default: the same). */
  readonly database?: number | undefined
  /** Overwrite the destination (default false). */
  readonly replace?: boolean | undefined
}

/**
 * How a value is restored.
 *
 * @category options
 * @since 0.1.0
 */
export type RestoreOptions = {
  /** Overwrite the key (default false: `BUSYKEY` if it is there). */
  readonly replace?: boolean | undefined
  /** How long it was not used, for the eviction policy; excludes `frequency`. */
  readonly idleTime?: Duration.Input | undefined
  /** Its access frequency (0-255), for the eviction policy; excludes `idleTime`. */
  readonly frequency?: number | undefined
} & Expiry

/**
 * How SORT orders and what it gives.
 *
 * @category options
 * @since 0.1.0
 */
export interface SortOptions {
  /** A pattern of keys (or of keys and fields) by whose values to order; one without `*` leaves the order as it is. */
  readonly by?: Text | undefined
  /** Which stretch of the result to give. */
  readonly limit?: { readonly offset: number; readonly count: number } | undefined
  /** Patterns of keys whose values to give instead of the elements; `#` is the element. */
  readonly get?: Text | ReadonlyArray<Text> | undefined
  /** The order (default `ASC`). */
  readonly direction?: "ASC" | "DESC" | undefined
  /** Order as text, not as numbers (default false). */
  readonly alpha?: boolean | undefined
}

/**
 * How exactly MEMORY USAGE counts.
 *
 * @category options
 * @since 0.1.0
 */
export interface MemoryUsageOptions {
  /** How many nested values to look at (the servers' default is 5; 0: all). */
  readonly samples?: number | undefined
}

/**
 * Commands on keys, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyCommands<F extends CommandLambda> {
  /** Copy a value; whether it did (not if the destination is there, save with `replace`). Since 6.2. */
  copy(source: Text, destination: Text, options?: CopyOptions): Kind<F, boolean>
  /** Delete keys (in a cluster slot by slot); how many were there. None: 0 without a call. */
  del(keys: Text | ReadonlyArray<Text>): MultiSlotKind<F, number>
  /** The value in the servers' own serial form, for `restore`; `undefined` if the key is missing. Bytes in every view. */
  dump(key: Text): Kind<F, Uint8Array | undefined>
  /** How many of the keys are there (in a cluster slot by slot); a key given twice counts twice. None: 0 without a call. */
  exists(keys: Text | ReadonlyArray<Text>): MultiSlotKind<F, number>
  /** Let a key live for whole seconds from now on; whether that was set. A fraction is `InvalidArgument`: see `pExpire`. */
  expire(key: Text, ttl: Duration.Input, options?: ExpireOptions): Kind<F, boolean>
  /** Let a key live until a whole second; whether that was set. A fraction is `InvalidArgument`: see `pExpireAt`. */
  expireAt(key: Text, instant: DateTime.DateTime.Input, options?: ExpireOptions): Kind<F, boolean>
  /** When a key ends, to the second; `undefined` if it is missing. Since 7.0. */
  expireTime(key: Text): Kind<F, ExpireTime | undefined>
  /** All names that match a glob-style pattern. Reads the whole database at once: see `scan`. */
  keys(pattern: Text): Kind<F, Array<string>, Array<Uint8Array>>
  /** How many bytes a key and its value take, nested values by sampling; `undefined` if the key is missing. */
  memoryUsage(key: Text, options?: MemoryUsageOptions): Kind<F, number | undefined>
  /** Move a key to another database; whether it did. Not in a cluster of one database. */
  move(key: Text, database: number): Kind<F, boolean>
  /** How the server stores the value (`listpack`, `hashtable` …); `undefined` if the key is missing. */
  objectEncoding(key: Text): Kind<F, string | undefined>
  /** The access frequency (0-255), under an LFU eviction policy only; `undefined` if the key is missing. */
  objectFreq(key: Text): Kind<F, number | undefined>
  /** The server's own help on OBJECT. */
  objectHelp(): Kind<F, Array<string>>
  /** How long the key was not used, to the second, under other policies than LFU only; `undefined` if it is missing. */
  objectIdleTime(key: Text): Kind<F, Duration.Duration | undefined>
  /** How often the value is referred to within the server; `undefined` if the key is missing. */
  objectRefCount(key: Text): Kind<F, number | undefined>
  /** Take away the end of a key; whether it had one. */
  persist(key: Text): Kind<F, boolean>
  /** Let a key live for a time from now on; whether that was set. A plain number is milliseconds. */
  pExpire(key: Text, ttl: Duration.Input, options?: ExpireOptions): Kind<F, boolean>
  /** Let a key live until an instant; whether that was set. A plain number is milliseconds of the Unix epoch. */
  pExpireAt(key: Text, instant: DateTime.DateTime.Input, options?: ExpireOptions): Kind<F, boolean>
  /** When a key ends, to the millisecond; `undefined` if it is missing. Since 7.0. */
  pExpireTime(key: Text): Kind<F, ExpireTime | undefined>
  /** How long a key lives, to the millisecond: infinite if it has no end, `undefined` if it is missing. */
  pTTL(key: Text): Kind<F, Duration.Duration | undefined>
  /** The name of any key; `undefined` if there is none. */
  randomKey(): Kind<F, string | undefined, Uint8Array | undefined>
  /** Give a key another name; whatever has that name is overwritten. */
  rename(key: Text, newKey: Text): Kind<F, void>
  /** Give a key another name if that one is free; whether it did. */
  renameNX(key: Text, newKey: Text): Kind<F, boolean>
  /** Create a key from what `dump` gave. */
  restore(key: Text, payload: Uint8Array, options?: RestoreOptions): Kind<F, void>
  /** One page of the names of all keys of one node. Begin with the cursor `"0"`; it is `"0"` again behind the last page. */
  scan(
    cursor: string,
    options?: ScanOptions & { readonly type?: KeyType | undefined }
  ): Kind<F, Reply.Page<"keys", Array<string>>, Reply.Page<"keys", Array<Uint8Array>>>
  /** The elements of a list, set or sorted set in order; goes to the primary, see `sortRo`. A missing `get` is `undefined`. */
  sort(key: Text, options?: SortOptions): Kind<F, Array<string | undefined>, Array<Uint8Array | undefined>>
  /** The same as `sort`, for replicas too. Since 7.0. */
  sortRo(key: Text, options?: SortOptions): Kind<F, Array<string | undefined>, Array<Uint8Array | undefined>>
  /** Write what `sort` gives into a list; its length. */
  sortStore(source: Text, destination: Text, options?: SortOptions): Kind<F, number>
  /** Count keys as used just now (in a cluster slot by slot); how many were there. None: 0 without a call. */
  touch(keys: Text | ReadonlyArray<Text>): MultiSlotKind<F, number>
  /** How long a key lives, to the second: infinite if it has no end, `undefined` if it is missing. */
  ttl(key: Text): Kind<F, Duration.Duration | undefined>
  /** The type of a key's value. */
  type(key: Text): Kind<F, KeyType>
  /** Delete keys (in a cluster slot by slot), freeing their memory later; how many were there. None: 0 without a call. */
  unlink(keys: Text | ReadonlyArray<Text>): MultiSlotKind<F, number>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const write = (name: string, retry: RetryCategory | CommandSpec["retry"]): CommandSpec =>
  defineSpec({ name, keys: "first", retry })
const overKeys = (name: string, retry: RetryCategory): CommandSpec => defineSpec({ name, keys: "all", retry })
const expiring = (name: string): CommandSpec => write(name, (args) => expireRetry(args[2]))
const bothKeys = { first: 0, last: 1, step: 1 } as const
const COPY = defineSpec({
  name: "COPY",
  keys: bothKeys,
  retry: (args) => (args.includes("REPLACE", 2) ? "lastWriteWins" : "never")
})
const DEL = overKeys("DEL", "lastWriteWins")
const DUMP = read("DUMP")
const EXISTS = overKeys("EXISTS", "readOnly")
const EXPIRE = expiring("EXPIRE")
const EXPIREAT = expiring("EXPIREAT")
const EXPIRETIME = read("EXPIRETIME")
const KEYS = defineSpec({ name: "KEYS", keys: "none", retry: "readOnly" })
const MEMORY_USAGE = read("MEMORY USAGE")
const MOVE = write("MOVE", "never")
const OBJECT_ENCODING = read("OBJECT ENCODING")
const OBJECT_FREQ = read("OBJECT FREQ")
const OBJECT_IDLETIME = read("OBJECT IDLETIME")
const OBJECT_REFCOUNT = read("OBJECT REFCOUNT")
const PERSIST = write("PERSIST", "lastWriteWins")
const PEXPIRE = expiring("PEXPIRE")
const PEXPIREAT = expiring("PEXPIREAT")
const PEXPIRETIME = read("PEXPIRETIME")
const PTTL = read("PTTL")
const RANDOMKEY = defineSpec({ name: "RANDOMKEY", keys: "none", retry: "readOnly" })
const RENAME = defineSpec({ name: "RENAME", keys: bothKeys, retry: "never" })
const RENAMENX = defineSpec({ name: "RENAMENX", keys: bothKeys, retry: "never" })
const RESTORE = write("RESTORE", (args) => (args[3] === "REPLACE" ? "lastWriteWins" : "never"))
const SCAN = defineSpec({ name: "SCAN", keys: "none", retry: "readOnly" })
// A server flags SORT as a write whatever its arguments are, so that a replica refuses it: it reads, but on the primary.
const SORT = write("SORT", "idempotent")
const SORT_RO = read("SORT_RO")
const SORT_STORE = defineSpec({
  name: "SORT",
  keys: (args) => [0, args.length - 1],
  // Sorted into itself with a limit, a list gets shorter with each run; with GET it becomes another list. Keys given as bytes may be the same.
  retry: (args) => {
    const [source] = args
    const destination = args[args.length - 1]
    const apart = typeof source === "string" && typeof destination === "string" && source !== destination
    return apart || !(args.includes("LIMIT", 1) || args.includes("GET", 1)) ? "lastWriteWins" : "accumulating"
  }
})
// Changes nothing but the time of the last use, and that on the node that is asked: a replica's would not count.
const TOUCH = overKeys("TOUCH", "idempotent")
const TTL = read("TTL")
const TYPE = read("TYPE")
const UNLINK = overKeys("UNLINK", "lastWriteWins")

const countOf = (spec: CommandSpec, keys: Text | ReadonlyArray<Text>): MultiSlotCommand<number> => {
  const all = list(keys)
  return multiSlot(all.length === 0 ? constant(spec, Reply.integer, 0) : make(spec, all, Reply.integer))
}

const expireWith = (
  spec: CommandSpec,
  key: Text,
  when: number,
  options: ExpireOptions | undefined
): Command<boolean> => {
  const args: Array<Argument> = [key, when]
  if (options?.condition !== undefined) args.push(options.condition)
  const problem = expireProblem(options)
  if (problem !== undefined) return invalid(spec, Reply.boolean, problem)
  return Number.isNaN(when) ? invalid(spec, Reply.boolean, whenProblem(spec), 1) : make(spec, args, Reply.boolean)
}

const sortProblem = (options: SortOptions | undefined): string | undefined =>
  optionProblem(options, sortOptions) ?? wordProblem("direction", options?.direction, ["ASC", "DESC"])

const sortOptions = { by: "value", limit: "value", get: "value", direction: "value", alpha: "flag" } as const

const sortWith = <A, B>(
  spec: CommandSpec,
  reply: Reply.Reply<A, B>,
  key: Text,
  options: SortOptions | undefined,
  rest: ReadonlyArray<Argument>
): Command<A, B> => {
  const args: Array<Argument> = [key]
  if (options?.by !== undefined) args.push("BY", options.by)
  if (options?.limit !== undefined) args.push("LIMIT", options.limit?.offset, options.limit?.count)
  if (options?.get !== undefined) for (const pattern of list(options.get)) args.push("GET", pattern)
  if (options?.direction !== undefined) args.push(options.direction)
  if (options?.alpha === true) args.push("ALPHA")
  return makeChecked(spec, [...args, ...rest], reply, sortProblem(options))
}

const restoreOptions = {
  replace: "flag",
  idleTime: "value",
  frequency: "value",
  expiry: "value",
  expireAt: "value"
} as const

const restoreWith = (key: Text, payload: Uint8Array, options: RestoreOptions | undefined): Command<void> => {
  const problem = optionProblem(options, restoreOptions)
  if (problem !== undefined) return invalid(RESTORE, Reply.ok, problem)
  const { expireAt, expiry, frequency, idleTime } = options ?? {}
  if (expiry !== undefined && expireAt !== undefined) {
    return invalid(RESTORE, Reply.ok, "expiry and expireAt exclude one another")
  }
  if (idleTime !== undefined && frequency !== undefined) {
    return invalid(RESTORE, Reply.ok, "idleTime and frequency exclude one another")
  }
  // The servers' 0 stands for a life without end: a duration of nothing must not become that.
  const ttl = expireAt !== undefined ? epochMillis(expireAt) : expiry !== undefined ? millis(expiry) || Number.NaN : 0
  const args: Array<Argument> = [key, ttl, payload]
  if (options?.replace === true) args.push("REPLACE")
  if (expireAt !== undefined) args.push("ABSTTL")
  if (idleTime !== undefined) args.push("IDLETIME", seconds(idleTime))
  if (frequency !== undefined) args.push("FREQ", frequency)
  return make(RESTORE, args, Reply.ok)
}

const elements = Reply.array(Reply.optionalText)
const names = Reply.array(Reply.text)
const keysPage = Reply.page("keys", names)
const keyType: Reply.Reply<KeyType> = Reply.string
const idleTime = Reply.map(Reply.optionalInteger, (value) =>
  value === undefined ? undefined : Duration.seconds(value)
)

/** The arguments of a page. @internal */
export const pushScanOptions = (args: Array<Argument>, options: ScanOptions | undefined): Array<Argument> => {
  if (options?.match !== undefined) args.push("MATCH", options.match)
  if (options?.count !== undefined) args.push("COUNT", options.count)
  return args
}

/** The options of {@link ScanOptions}, for `optionProblem`. @internal */
export const scanOptions = { match: "value", count: "value" } as const

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const keys: KeyCommands<AsCommand> = {
  copy: (source, destination, options) => {
    const args: Array<Argument> = [source, destination]
    if (options?.database !== undefined) args.push("DB", options.database)
    if (options?.replace === true) args.push("REPLACE")
    return makeChecked(COPY, args, Reply.boolean, optionProblem(options, { database: "value", replace: "flag" }))
  },
  del: (keys) => countOf(DEL, keys),
  dump: (key) => asBytes(make(DUMP, [key], Reply.optionalText)),
  exists: (keys) => countOf(EXISTS, keys),
  expire: (key, ttl, options) => expireWith(EXPIRE, key, seconds(ttl), options),
  expireAt: (key, instant, options) => expireWith(EXPIREAT, key, epochSeconds(instant), options),
  expireTime: (key) => make(EXPIRETIME, [key], expireTimeSeconds),
  keys: (pattern) => make(KEYS, [pattern], names),
  memoryUsage: (key, options) => {
    const args = options?.samples === undefined ? [key] : [key, "SAMPLES", options.samples]
    return makeChecked(MEMORY_USAGE, args, Reply.optionalInteger, optionProblem(options, { samples: "value" }))
  },
  move: (key, database) => make(MOVE, [key, database], Reply.boolean),
  objectEncoding: (key) => make(OBJECT_ENCODING, [key], Reply.optionalString),
  objectFreq: (key) => make(OBJECT_FREQ, [key], Reply.optionalInteger),
  objectHelp: helpOf("OBJECT"),
  objectIdleTime: (key) => make(OBJECT_IDLETIME, [key], idleTime),
  objectRefCount: (key) => make(OBJECT_REFCOUNT, [key], Reply.optionalInteger),
  persist: (key) => make(PERSIST, [key], Reply.boolean),
  pExpire: (key, ttl, options) => expireWith(PEXPIRE, key, millis(ttl), options),
  pExpireAt: (key, instant, options) => expireWith(PEXPIREAT, key, epochMillis(instant), options),
  pExpireTime: (key) => make(PEXPIRETIME, [key], expireTimeMillis),
  pTTL: (key) => make(PTTL, [key], ttlMillis),
  randomKey: () => make(RANDOMKEY, [], Reply.optionalText),
  rename: (key, newKey) => make(RENAME, [key, newKey], Reply.ok),
  renameNX: (key, newKey) => make(RENAMENX, [key, newKey], Reply.boolean),
  restore: restoreWith,
  scan: (cursor, options) => {
    const args = pushScanOptions([cursor], options)
    if (options?.type !== undefined) args.push("TYPE", options.type)
    return makeChecked(SCAN, args, keysPage, optionProblem(options, { ...scanOptions, type: "value" }))
  },
  sort: (key, options) => sortWith(SORT, elements, key, options, []),
  sortRo: (key, options) => sortWith(SORT_RO, elements, key, options, []),
  sortStore: (source, destination, options) =>
    sortWith(SORT_STORE, Reply.integer, source, options, ["STORE", destination]),
  touch: (keys) => countOf(TOUCH, keys),
  ttl: (key) => make(TTL, [key], ttlSeconds),
  type: (key) => make(TYPE, [key], keyType),
  unlink: (keys) => countOf(UNLINK, keys)
}
