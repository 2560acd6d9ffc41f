/**
 * Commands on ranges of sorted sets: by rank, by score, or by the members' own order.
 *
 * @since 0.1.0
 */
import { optionProblem, readsItself, wordProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import { type LexBound, lexBound, type ScoreBound, scoreBound } from "./SortedSetBounds.ts"
import { members, type ScoredMember, scoredMembers } from "./SortedSetReplies.ts"

/**
 * Which stretch of a range by score or by member is given.
 *
 * @category options
 * @since 0.1.0
 */
export interface SortedSetLimitOptions {
  /** Leave out the first `offset` members, and give `count` (a negative one: all) behind them. */
  readonly limit?: { readonly offset: number; readonly count: number } | undefined
}

/**
 * A range by rank: 0 is the first, -1 the last.
 *
 * @category options
 * @since 0.1.0
 */
export interface RankRangeOptions {
  readonly by?: undefined
  /** From the highest score down (default false). Since 6.2. */
  readonly reverse?: boolean | undefined
  readonly limit?: undefined
}

/**
 * A range by score or by member.
 *
 * @category options
 * @since 0.1.0
 */
export interface BoundRangeOptions<By extends "SCORE" | "LEX"> extends SortedSetLimitOptions {
  /** What the bounds are: scores, or members that all have the same score. Since 6.2. */
  readonly by: By
  /** From the highest down: the first bound is then the upper one (default false). */
  readonly reverse?: boolean | undefined
}

/**
 * Commands on ranges of sorted sets, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface SortedSetRangeCommands<F extends CommandLambda> {
  /** How many members have a score within bounds. */
  zCount(key: Text, min: ScoreBound, max: ScoreBound): Kind<F, number>
  /** How many members lie between two others; all must have the same score. */
  zLexCount(key: Text, min: LexBound, max: LexBound): Kind<F, number>
  /** The members from one rank to another, both included; negative ranks count from the end (-1 is the last). */
  zRange(key: Text, start: number, stop: number, options?: RankRangeOptions): Kind<F, Array<string>, Array<Uint8Array>>
  /** The members whose scores lie within bounds. Since 6.2. */
  zRange(
    key: Text,
    start: ScoreBound,
    stop: ScoreBound,
    options: BoundRangeOptions<"SCORE">
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** The members that lie between two others; all must have the same score. Since 6.2. */
  zRange(
    key: Text,
    start: LexBound,
    stop: LexBound,
    options: BoundRangeOptions<"LEX">
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** `zRange` by member. Servers from 6.2 on may call it deprecated: `zRange` with `by: "LEX"` does the same. */
  zRangeByLex(
    key: Text,
    min: LexBound,
    max: LexBound,
    options?: SortedSetLimitOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** `zRange` by score. Servers from 6.2 on may call it deprecated: `zRange` with `by: "SCORE"` does the same. */
  zRangeByScore(
    key: Text,
    min: ScoreBound,
    max: ScoreBound,
    options?: SortedSetLimitOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** `zRangeByScore` with the scores; see `zRangeWithScores`. */
  zRangeByScoreWithScores(
    key: Text,
    min: ScoreBound,
    max: ScoreBound,
    options?: SortedSetLimitOptions
  ): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
  /** Write what `zRange` gives, with its scores, into a sorted set; how many members it has. Since 6.2. */
  zRangeStore(destination: Text, source: Text, start: number, stop: number, options?: RankRangeOptions): Kind<F, number>
  /** Write the members whose scores lie within bounds into a sorted set. Since 6.2. */
  zRangeStore(
    destination: Text,
    source: Text,
    start: ScoreBound,
    stop: ScoreBound,
    options: BoundRangeOptions<"SCORE">
  ): Kind<F, number>
  /** Write the members that lie between two others into a sorted set. Since 6.2. */
  zRangeStore(
    destination: Text,
    source: Text,
    start: LexBound,
    stop: LexBound,
    options: BoundRangeOptions<"LEX">
  ): Kind<F, number>
  /** The members from one rank to another, with their scores. */
  zRangeWithScores(
    key: Text,
    start: number,
    stop: number,
    options?: RankRangeOptions
  ): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
  /** The members whose scores lie within bounds, with their scores. Since 6.2. */
  zRangeWithScores(
    key: Text,
    start: ScoreBound,
    stop: ScoreBound,
    options: BoundRangeOptions<"SCORE">
  ): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
  /** Remove the members that lie between two others; how many there were. All must have the same score. */
  zRemRangeByLex(key: Text, min: LexBound, max: LexBound): Kind<F, number>
  /** Remove the members from one rank to another; how many there were. */
  zRemRangeByRank(key: Text, start: number, stop: number): Kind<F, number>
  /** Remove the members whose scores lie within bounds; how many there were. */
  zRemRangeByScore(key: Text, min: ScoreBound, max: ScoreBound): Kind<F, number>
  /** `zRange` from the highest score down. Servers may call it deprecated: `zRange` with `reverse` does the same. */
  zRevRange(key: Text, start: number, stop: number): Kind<F, Array<string>, Array<Uint8Array>>
  /** `zRangeByLex` from the last member down. Servers may call it deprecated: `zRange` with `reverse` does the same. */
  zRevRangeByLex(
    key: Text,
    max: LexBound,
    min: LexBound,
    options?: SortedSetLimitOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** `zRangeByScore` from the highest down. Servers may call it deprecated: `zRange` with `reverse` does the same. */
  zRevRangeByScore(
    key: Text,
    max: ScoreBound,
    min: ScoreBound,
    options?: SortedSetLimitOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** `zRevRangeByScore` with the scores. */
  zRevRangeByScoreWithScores(
    key: Text,
    max: ScoreBound,
    min: ScoreBound,
    options?: SortedSetLimitOptions
  ): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
  /** `zRevRange` with the scores. */
  zRevRangeWithScores(
    key: Text,
    start: number,
    stop: number
  ): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const write = (name: string, retry: RetryCategory): CommandSpec => defineSpec({ name, keys: "first", retry })

const ZCOUNT = read("ZCOUNT")
const ZLEXCOUNT = read("ZLEXCOUNT")
const ZRANGE = read("ZRANGE")
const ZRANGEBYLEX = read("ZRANGEBYLEX")
const ZRANGEBYSCORE = read("ZRANGEBYSCORE")
const ZRANGESTORE = defineSpec({
  name: "ZRANGESTORE",
  keys: { first: 0, last: 1, step: 1 },
  retry: (args) => (readsItself(args, 0, [1]) ? "accumulating" : "lastWriteWins")
})
const ZREMRANGEBYLEX = write("ZREMRANGEBYLEX", "lastWriteWins")
// What was removed makes room for others at the same ranks, which a second run would remove too.
const ZREMRANGEBYRANK = write("ZREMRANGEBYRANK", "accumulating")
const ZREMRANGEBYSCORE = write("ZREMRANGEBYSCORE", "lastWriteWins")
const ZREVRANGE = read("ZREVRANGE")
const ZREVRANGEBYLEX = read("ZREVRANGEBYLEX")
const ZREVRANGEBYSCORE = read("ZREVRANGEBYSCORE")

const limitOptions = { limit: "value" } as const
const rangeOptions = { ...limitOptions, by: "value", reverse: "flag" } as const

type Bound = ScoreBound | LexBound
type RangeOptions = RankRangeOptions | BoundRangeOptions<"SCORE" | "LEX">

// Half a limit is refused by the writer.
const pushLimit = (args: Array<Argument>, options: SortedSetLimitOptions | undefined): void => {
  const limit = options?.limit
  if (limit !== undefined) args.push("LIMIT", limit?.offset, limit?.count)
}

const rangeWith = <A, B>(
  spec: CommandSpec,
  reply: Reply.Reply<A, B>,
  args: Array<Argument>,
  start: Bound,
  stop: Bound,
  options: RangeOptions | undefined,
  by: ReadonlyArray<"SCORE" | "LEX"> = ["SCORE", "LEX"]
): Command<A, B> => {
  let problem = optionProblem(options, rangeOptions) ?? wordProblem("by", options?.by, by)
  if (options?.by === "LEX") args.push(lexBound(start as LexBound), lexBound(stop as LexBound), "BYLEX")
  else if (options?.by === "SCORE")
    args.push(scoreBound(start as ScoreBound), scoreBound(stop as ScoreBound), "BYSCORE")
  else {
    args.push(start as number, stop as number)
    if (options?.limit !== undefined) problem ??= "limit needs by"
  }
  if (options?.reverse === true) args.push("REV")
  pushLimit(args, options)
  if (reply === (scoredMembers as unknown)) args.push("WITHSCORES")
  return makeChecked(spec, args, reply, problem)
}

const within = <A, B>(
  spec: CommandSpec,
  reply: Reply.Reply<A, B>,
  args: Array<Argument>,
  options: SortedSetLimitOptions | undefined
): Command<A, B> => {
  if (reply === (scoredMembers as unknown)) args.push("WITHSCORES")
  pushLimit(args, options)
  return makeChecked(spec, args, reply, optionProblem(options, limitOptions))
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sortedSetRanges: SortedSetRangeCommands<AsCommand> = {
  zCount: (key, min, max) => make(ZCOUNT, [key, scoreBound(min), scoreBound(max)], Reply.integer),
  zLexCount: (key, min, max) => make(ZLEXCOUNT, [key, lexBound(min), lexBound(max)], Reply.integer),
  zRange: (key: Text, start: Bound, stop: Bound, options?: RangeOptions) =>
    rangeWith(ZRANGE, members, [key], start, stop, options),
  zRangeByLex: (key, min, max, options) => within(ZRANGEBYLEX, members, [key, lexBound(min), lexBound(max)], options),
  zRangeByScore: (key, min, max, options) =>
    within(ZRANGEBYSCORE, members, [key, scoreBound(min), scoreBound(max)], options),
  zRangeByScoreWithScores: (key, min, max, options) =>
    within(ZRANGEBYSCORE, scoredMembers, [key, scoreBound(min), scoreBound(max)], options),
  zRangeStore: (destination: Text, source: Text, start: Bound, stop: Bound, options?: RangeOptions) =>
    rangeWith(ZRANGESTORE, Reply.integer, [destination, source], start, stop, options),
  zRangeWithScores: (key: Text, start: Bound, stop: Bound, options?: RangeOptions) =>
    rangeWith(ZRANGE, scoredMembers, [key], start, stop, options, ["SCORE"]),
  zRemRangeByLex: (key, min, max) => make(ZREMRANGEBYLEX, [key, lexBound(min), lexBound(max)], Reply.integer),
  zRemRangeByRank: (key, start, stop) => make(ZREMRANGEBYRANK, [key, start, stop], Reply.integer),
  zRemRangeByScore: (key, min, max) => make(ZREMRANGEBYSCORE, [key, scoreBound(min), scoreBound(max)], Reply.integer),
  zRevRange: (key, start, stop) => make(ZREVRANGE, [key, start, stop], members),
  zRevRangeByLex: (key, max, min, options) =>
    within(ZREVRANGEBYLEX, members, [key, lexBound(max), lexBound(min)], options),
  zRevRangeByScore: (key, max, min, options) =>
    within(ZREVRANGEBYSCORE, members, [key, scoreBound(max), scoreBound(min)], options),
  zRevRangeByScoreWithScores: (key, max, min, options) =>
    within(ZREVRANGEBYSCORE, scoredMembers, [key, scoreBound(max), scoreBound(min)], options),
  zRevRangeWithScores: (key, start, stop) => make(ZREVRANGE, [key, start, stop, "WITHSCORES"], scoredMembers)
}
