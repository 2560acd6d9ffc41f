/**
 * Commands on the members of sorted sets.
 *
 * @since 0.1.0
 */
import { append, type ByPosition, list, optionProblem, type Several, several, wordProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { pushScanOptions, type ScanOptions, scanOptions } from "./Keys.ts"
import { popProblem } from "./Lists.ts"
import { constant, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import {
  members,
  type RankAndScore,
  rankAndScore,
  type ScoredMember,
  scoredMember,
  scoredMembers,
  takenMembers
} from "./SortedSetReplies.ts"

/**
 * Which members ZADD writes. `NX` excludes a comparison.
 *
 * @category options
 * @since 0.1.0
 */
export type SortedSetCondition =
  | {
      /** `NX` only new members, `XX` only those that are there. */
      readonly condition?: "NX" | "XX" | undefined
      readonly comparison?: undefined
    }
  | {
      readonly condition?: "XX" | undefined
      /** Of those that are there, only to a greater (`GT`) or lesser (`LT`) score. Since 6.2. */
      readonly comparison?: "GT" | "LT" | undefined
    }

/**
 * Which members ZADD writes, and what it counts.
 *
 * @category options
 * @since 0.1.0
 */
export type SortedSetAddOptions = SortedSetCondition & {
  /** Count the members whose score changed too, not only the new ones (CH; default false). */
  readonly change?: boolean | undefined
}

/**
 * How much a pop takes.
 *
 * @category options
 * @since 0.1.0
 */
export interface SortedSetPopOptions {
  /** Up to how many members (default 1). */
  readonly count?: number | undefined
}

/**
 * The end of a sorted set: the lowest (`MIN`) or the highest (`MAX`) scores.
 *
 * @category models
 * @since 0.1.0
 */
export type SortedSetSide = "MIN" | "MAX"

/**
 * Commands on the members of sorted sets, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface SortedSetCommands<F extends CommandLambda> {
  /** Add members or set their scores; how many are new (with `change`: or changed). None: 0 without a call. */
  zAdd(key: Text, members: ScoredMember | ReadonlyArray<ScoredMember>, options?: SortedSetAddOptions): Kind<F, number>
  /** Add to a member's score (0 if missing) and give the sum; `undefined` if the condition did not hold. */
  zAddIncr(key: Text, increment: ScoredMember, options?: SortedSetCondition): Kind<F, number | undefined>
  /** How many members there are. */
  zCard(key: Text): Kind<F, number>
  /** Add to a member's score (0 if missing) and give the sum. */
  zIncrBy(key: Text, increment: number, member: Argument): Kind<F, number>
  /** Take members from the first of several sorted sets that has any; `undefined` if all are empty. Since 7.0. */
  zmPop(
    keys: Text | ReadonlyArray<Text>,
    side: SortedSetSide,
    options?: SortedSetPopOptions
  ): Kind<
    F,
    Reply.Taken<string, "members", Array<ScoredMember<string>>> | undefined,
    Reply.Taken<Uint8Array, "members", Array<ScoredMember<Uint8Array>>> | undefined
  >
  /** The scores of several members, by position; `undefined` for each that is missing. None: no call. Since 6.2. */
  zmScore<const K extends ReadonlyArray<Argument>>(key: Text, members: K): Kind<F, ByPosition<K, number | undefined>>
  /** Take the member with the highest score; `undefined` if the key is missing. */
  zPopMax(key: Text): Kind<F, ScoredMember<string> | undefined, ScoredMember<Uint8Array> | undefined>
  /** Take up to `count` members with the highest scores, the highest first. */
  zPopMaxCount(key: Text, count: number): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
  /** Take the member with the lowest score; `undefined` if the key is missing. */
  zPopMin(key: Text): Kind<F, ScoredMember<string> | undefined, ScoredMember<Uint8Array> | undefined>
  /** Take up to `count` members with the lowest scores, the lowest first. */
  zPopMinCount(key: Text, count: number): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
  /** Any member; `undefined` if the key is missing. Since 6.2. */
  zRandMember(key: Text): Kind<F, string | undefined, Uint8Array | undefined>
  /** Several members: different ones, or with a negative count exactly as many, with repetition. Since 6.2. */
  zRandMemberCount(key: Text, count: number): Kind<F, Array<string>, Array<Uint8Array>>
  /** Several members with their scores; see `zRandMemberCount`. Since 6.2. */
  zRandMemberCountWithScores(
    key: Text,
    count: number
  ): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
  /** The place of a member from the lowest score (0) up; `undefined` if it is missing. */
  zRank(key: Text, member: Argument): Kind<F, number | undefined>
  /** The place and the score of a member; see `zRank`. Since 7.2. */
  zRankWithScore(key: Text, member: Argument): Kind<F, RankAndScore | undefined>
  /** Remove members; how many were there. None: 0 without a call. */
  zRem(key: Text, ...members: Several<Argument>): Kind<F, number>
  /** The place of a member from the highest score (0) down; `undefined` if it is missing. */
  zRevRank(key: Text, member: Argument): Kind<F, number | undefined>
  /** The place and the score of a member; see `zRevRank`. Since 7.2. */
  zRevRankWithScore(key: Text, member: Argument): Kind<F, RankAndScore | undefined>
  /** One page of members with their scores. Begin with the cursor `"0"`; it is `"0"` again behind the last page. */
  zScan(
    key: Text,
    cursor: string,
    options?: ScanOptions
  ): Kind<F, Reply.Page<"members", Array<ScoredMember<string>>>, Reply.Page<"members", Array<ScoredMember<Uint8Array>>>>
  /** One page of members without scores; see `zScan`. Valkey 8.0. */
  zScanNoScores(
    key: Text,
    cursor: string,
    options?: ScanOptions
  ): Kind<F, Reply.Page<"members", Array<string>>, Reply.Page<"members", Array<Uint8Array>>>
  /** The score of a member, or `undefined`. */
  zScore(key: Text, member: Argument): Kind<F, number | undefined>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const write = (name: string, retry: RetryCategory | CommandSpec["retry"]): CommandSpec =>
  defineSpec({ name, keys: "first", retry })

// With NX a second run counts nothing of what the first added; with CH and a comparison it counts none of what the first changed.
const addRetry: CommandSpec["retry"] = (args) => {
  let compared = false
  let category: RetryCategory = "lastWriteWins"
  for (let at = 1; typeof args[at] === "string"; at++) {
    const word = args[at]
    if (word === "NX" || (word === "CH" && compared)) return "never"
    if (word === "GT" || word === "LT") compared = true
    if (word === "INCR") category = "accumulating"
  }
  return category
}

const ZADD = write("ZADD", addRetry)
const ZCARD = read("ZCARD")
const ZINCRBY = write("ZINCRBY", "accumulating")
const ZMPOP = defineSpec({ name: "ZMPOP", keys: { numkeys: 0 }, retry: "accumulating" })
const ZMSCORE = read("ZMSCORE")
const ZPOPMAX = write("ZPOPMAX", "accumulating")
const ZPOPMIN = write("ZPOPMIN", "accumulating")
const ZRANDMEMBER = read("ZRANDMEMBER")
const ZRANK = read("ZRANK")
const ZREM = write("ZREM", "lastWriteWins")
const ZREVRANK = read("ZREVRANK")
const ZSCAN = read("ZSCAN")
const ZSCORE = read("ZSCORE")

const scores = Reply.array(Reply.optionalDouble)
const scoredPage = Reply.page("members", scoredMembers)
const membersPage = Reply.page("members", members)

const conditionOptions = { condition: "value", comparison: "value" } as const
const addOptions = { ...conditionOptions, change: "flag" } as const

const pushCondition = (args: Array<Argument>, options: SortedSetCondition | undefined): string | undefined => {
  const { comparison, condition } = options ?? {}
  if (condition !== undefined) args.push(condition)
  if (comparison !== undefined) args.push(comparison)
  return (
    wordProblem("condition", condition, ["NX", "XX"]) ??
    wordProblem("comparison", comparison, ["GT", "LT"]) ??
    ((condition as string | undefined) === "NX" && comparison !== undefined
      ? "condition NX and comparison exclude one another"
      : undefined)
  )
}

// A member that is none becomes two arguments that the writer refuses.
const pushScored = (args: Array<Argument>, scored: ReadonlyArray<ScoredMember | null | undefined>): Array<Argument> => {
  for (const one of scored) args.push(one?.score as number, one?.member as Argument)
  return args
}

/** The arguments of ZMPOP and of the end of BZMPOP. @internal */
export const popArgs = (
  args: Array<Argument>,
  keys: ReadonlyArray<Text>,
  side: SortedSetSide,
  options: SortedSetPopOptions | undefined
): Array<Argument> => {
  args.push(keys.length)
  append(args, keys).push(side)
  if (options?.count !== undefined) args.push("COUNT", options.count)
  return args
}

const scan = <A, B>(
  reply: Reply.Reply<A, B>,
  key: Text,
  cursor: string,
  options: ScanOptions | undefined,
  rest: ReadonlyArray<Argument>
): Command<A, B> =>
  makeChecked(ZSCAN, append(pushScanOptions([key, cursor], options), rest), reply, optionProblem(options, scanOptions))

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sortedSets: SortedSetCommands<AsCommand> = {
  zAdd: (key, added, options) => {
    const all = list(added)
    if (all.length === 0) return constant(ZADD, Reply.integer, 0)
    const args: Array<Argument> = [key]
    const problem = optionProblem(options, addOptions) ?? pushCondition(args, options)
    if (options?.change === true) args.push("CH")
    return makeChecked(ZADD, pushScored(args, all), Reply.integer, problem)
  },
  zAddIncr: (key, increment, options) => {
    const args: Array<Argument> = [key]
    const problem = optionProblem(options, conditionOptions) ?? pushCondition(args, options)
    args.push("INCR")
    return makeChecked(ZADD, pushScored(args, [increment]), Reply.optionalDouble, problem)
  },
  zCard: (key) => make(ZCARD, [key], Reply.integer),
  zIncrBy: (key, increment, member) => make(ZINCRBY, [key, increment, member], Reply.double),
  zmPop: (keys, side, options) => {
    const all = list(keys)
    return makeChecked(ZMPOP, popArgs([], all, side, options), takenMembers, popProblem(all, options))
  },
  zmScore: ((key: Text, asked: ReadonlyArray<Argument>) => {
    const all = list(asked)
    return all.length === 0 ? constant(ZMSCORE, scores, []) : make(ZMSCORE, append([key], all), scores)
  }) as SortedSetCommands<AsCommand>["zmScore"],
  zPopMax: (key) => make(ZPOPMAX, [key], scoredMember),
  zPopMaxCount: (key, count) => make(ZPOPMAX, [key, count], scoredMembers),
  zPopMin: (key) => make(ZPOPMIN, [key], scoredMember),
  zPopMinCount: (key, count) => make(ZPOPMIN, [key, count], scoredMembers),
  zRandMember: (key) => make(ZRANDMEMBER, [key], Reply.optionalText),
  zRandMemberCount: (key, count) => make(ZRANDMEMBER, [key, count], members),
  zRandMemberCountWithScores: (key, count) => make(ZRANDMEMBER, [key, count, "WITHSCORES"], scoredMembers),
  zRank: (key, member) => make(ZRANK, [key, member], Reply.optionalInteger),
  zRankWithScore: (key, member) => make(ZRANK, [key, member, "WITHSCORE"], rankAndScore),
  zRem: (key, ...removed) => {
    const all = several(removed)
    return all.length === 0 ? constant(ZREM, Reply.integer, 0) : make(ZREM, append([key], all), Reply.integer)
  },
  zRevRank: (key, member) => make(ZREVRANK, [key, member], Reply.optionalInteger),
  zRevRankWithScore: (key, member) => make(ZREVRANK, [key, member, "WITHSCORE"], rankAndScore),
  zScan: (key, cursor, options) => scan(scoredPage, key, cursor, options, []),
  zScanNoScores: (key, cursor, options) => scan(membersPage, key, cursor, options, ["NOSCORES"]),
  zScore: (key, member) => make(ZSCORE, [key, member], Reply.optionalDouble)
}
