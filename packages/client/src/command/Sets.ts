/**
 * Commands on sets.
 *
 * @since 0.1.0
 */
import { append, type ByPosition, list, optionProblem, type Several, several } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { pushScanOptions, type ScanOptions, scanOptions } from "./Keys.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * How far SINTERCARD and SDIFFCARD count.
 *
 * @category options
 * @since 0.1.0
 */
export interface IntersectionCardOptions {
  /** Stop counting there (default 0: count all). */
  readonly limit?: number | undefined
}

/**
 * How far and how exactly SUNIONCARD counts.
 *
 * @category options
 * @since 0.1.0
 */
export interface UnionCardOptions extends IntersectionCardOptions {
  /** Estimate, by a HyperLogLog that needs less memory (default false). */
  readonly approx?: boolean | undefined
}

/**
 * Commands on sets, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface SetCommands<F extends CommandLambda> {
  /** Add members; how many are new. None: 0 without a call. */
  sAdd(key: Text, ...members: Several<Argument>): Kind<F, number>
  /** How many members there are. */
  sCard(key: Text): Kind<F, number>
  /** The members of the first set that are in none of the others. No sets is `InvalidArgument`. */
  sDiff(keys: Text | ReadonlyArray<Text>): Kind<F, Array<string>, Array<Uint8Array>>
  /** How many members `sDiff` gives. Redis 8.10. */
  sDiffCard(keys: Text | ReadonlyArray<Text>, options?: IntersectionCardOptions): Kind<F, number>
  /** Write what `sDiff` gives into a set; how many members it has. */
  sDiffStore(destination: Text, keys: Text | ReadonlyArray<Text>): Kind<F, number>
  /** The members that all sets have. No sets is `InvalidArgument`. */
  sInter(keys: Text | ReadonlyArray<Text>): Kind<F, Array<string>, Array<Uint8Array>>
  /** How many members all sets have. Since 7.0. */
  sInterCard(keys: Text | ReadonlyArray<Text>, options?: IntersectionCardOptions): Kind<F, number>
  /** Write what `sInter` gives into a set; how many members it has. */
  sInterStore(destination: Text, keys: Text | ReadonlyArray<Text>): Kind<F, number>
  /** Whether a member is there. */
  sIsMember(key: Text, member: Argument): Kind<F, boolean>
  /** All members, in no order. */
  sMembers(key: Text): Kind<F, Array<string>, Array<Uint8Array>>
  /** Whether each of several members is there, by position. None: no call. Since 6.2. */
  smIsMember<const K extends ReadonlyArray<Argument>>(key: Text, members: K): Kind<F, ByPosition<K, boolean>>
  /** Move a member to another set; whether it was there. */
  sMove(source: Text, destination: Text, member: Argument): Kind<F, boolean>
  /** Take any member; `undefined` if the key is missing. */
  sPop(key: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** Take up to `count` members, any of them. */
  sPopCount(key: Text, count: number): Kind<F, Array<string>, Array<Uint8Array>>
  /** Any member; `undefined` if the key is missing. */
  sRandMember(key: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** Several members: different ones, or with a negative count exactly as many, with repetition. */
  sRandMemberCount(key: Text, count: number): Kind<F, Array<string>, Array<Uint8Array>>
  /** Remove members; how many were there. None: 0 without a call. */
  sRem(key: Text, ...members: Several<Argument>): Kind<F, number>
  /** One page of members. Begin with the cursor `"0"`; it is `"0"` again behind the last page. */
  sScan(
    key: Text,
    cursor: string,
    options?: ScanOptions
  ): Kind<F, Reply.Page<"members", Array<string>>, Reply.Page<"members", Array<Uint8Array>>>
  /** The members that any of the sets has. No sets: none, without a call. */
  sUnion(keys: Text | ReadonlyArray<Text>): Kind<F, Array<string>, Array<Uint8Array>>
  /** How many members `sUnion` gives. No sets is `InvalidArgument`. Redis 8.10. */
  sUnionCard(keys: Text | ReadonlyArray<Text>, options?: UnionCardOptions): Kind<F, number>
  /** Write what `sUnion` gives into a set; how many members it has. */
  sUnionStore(destination: Text, keys: Text | ReadonlyArray<Text>): Kind<F, number>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const write = (name: string, retry: RetryCategory): CommandSpec => defineSpec({ name, keys: "first", retry })
const readAll = (name: string): CommandSpec => defineSpec({ name, keys: "all", retry: "readOnly" })
const store = (name: string): CommandSpec => defineSpec({ name, keys: "all", retry: "lastWriteWins" })
const card = (name: string): CommandSpec => defineSpec({ name, keys: { numkeys: 0 }, retry: "readOnly" })

const SADD = write("SADD", "lastWriteWins")
const SCARD = read("SCARD")
const SDIFF = readAll("SDIFF")
const SDIFFCARD = card("SDIFFCARD")
const SDIFFSTORE = store("SDIFFSTORE")
const SINTER = readAll("SINTER")
const SINTERCARD = card("SINTERCARD")
const SINTERSTORE = store("SINTERSTORE")
const SISMEMBER = read("SISMEMBER")
const SMEMBERS = read("SMEMBERS")
const SMISMEMBER = read("SMISMEMBER")
const SMOVE = defineSpec({ name: "SMOVE", keys: { first: 0, last: 1, step: 1 }, retry: "lastWriteWins" })
const SPOP = write("SPOP", "accumulating")
const SRANDMEMBER = read("SRANDMEMBER")
const SREM = write("SREM", "lastWriteWins")
const SSCAN = read("SSCAN")
const SUNION = readAll("SUNION")
const SUNIONCARD = card("SUNIONCARD")
const SUNIONSTORE = store("SUNIONSTORE")

const members = Reply.array(Reply.text)
const booleans = Reply.array(Reply.boolean)
const membersPage = Reply.page("members", members)

const NO_SETS = "expected at least one set"

const change = (spec: CommandSpec, key: Text, changed: Several<Argument>): Command<number> => {
  const all = several(changed)
  return all.length === 0 ? constant(spec, Reply.integer, 0) : make(spec, append([key], all), Reply.integer)
}

const combine = (spec: CommandSpec, keys: Text | ReadonlyArray<Text>) => {
  const all = list(keys)
  return makeChecked(spec, all, members, all.length === 0 ? NO_SETS : undefined, 0)
}

// Without sets the destination would be deleted or not by what the command means: that is not decided here.
const combineInto = (spec: CommandSpec, destination: Text, keys: Text | ReadonlyArray<Text>): Command<number> => {
  const all = list(keys)
  return makeChecked(spec, append([destination], all), Reply.integer, all.length === 0 ? NO_SETS : undefined, 1)
}

const cardOptions = { limit: "value" } as const

const cardOf = (
  spec: CommandSpec,
  keys: Text | ReadonlyArray<Text>,
  options: UnionCardOptions | undefined,
  known: Readonly<Record<string, "value" | "flag">>
): Command<number> => {
  const all = list(keys)
  if (all.length === 0) return invalid(spec, Reply.integer, NO_SETS, 1)
  const args = append([all.length], all)
  if (options?.approx === true) args.push("APPROX")
  if (options?.limit !== undefined) args.push("LIMIT", options.limit)
  return makeChecked(spec, args, Reply.integer, optionProblem(options, known))
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sets: SetCommands<AsCommand> = {
  sAdd: (key, ...added) => change(SADD, key, added),
  sCard: (key) => make(SCARD, [key], Reply.integer),
  sDiff: (keys) => combine(SDIFF, keys),
  sDiffCard: (keys, options) => cardOf(SDIFFCARD, keys, options, cardOptions),
  sDiffStore: (destination, keys) => combineInto(SDIFFSTORE, destination, keys),
  sInter: (keys) => combine(SINTER, keys),
  sInterCard: (keys, options) => cardOf(SINTERCARD, keys, options, cardOptions),
  sInterStore: (destination, keys) => combineInto(SINTERSTORE, destination, keys),
  sIsMember: (key, member) => make(SISMEMBER, [key, member], Reply.boolean),
  sMembers: (key) => make(SMEMBERS, [key], members),
  smIsMember: ((key: Text, asked: ReadonlyArray<Argument>) => {
    const all = list(asked)
    return all.length === 0 ? constant(SMISMEMBER, booleans, []) : make(SMISMEMBER, append([key], all), booleans)
  }) as SetCommands<AsCommand>["smIsMember"],
  sMove: (source, destination, member) => make(SMOVE, [source, destination, member], Reply.boolean),
  sPop: (key) => make(SPOP, [key], Reply.optionalText),
  sPopCount: (key, count) => make(SPOP, [key, count], members),
  sRandMember: (key) => make(SRANDMEMBER, [key], Reply.optionalText),
  sRandMemberCount: (key, count) => make(SRANDMEMBER, [key, count], members),
  sRem: (key, ...removed) => change(SREM, key, removed),
  sScan: (key, cursor, options) =>
    makeChecked(SSCAN, pushScanOptions([key, cursor], options), membersPage, optionProblem(options, scanOptions)),
  sUnion: (keys) => (list(keys).length === 0 ? constant(SUNION, members, []) : combine(SUNION, keys)),
  sUnionCard: (keys, options) => cardOf(SUNIONCARD, keys, options, { ...cardOptions, approx: "flag" }),
  sUnionStore: (destination, keys) => combineInto(SUNIONSTORE, destination, keys)
}
