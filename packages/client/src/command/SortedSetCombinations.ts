/**
 * Differences, intersections and unions of sorted sets.
 *
 * @since 0.1.0
 */
import { append, list, optionProblem, readsItself, wordProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, numbered, type Text } from "./CommandSpec.ts"
import { constant, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import type { IntersectionCardOptions } from "./Sets.ts"
import { members, type ScoredMember, scoredMembers } from "./SortedSetReplies.ts"

/**
 * A sorted set (or set, whose members have the score 1) as a part of a combination.
 *
 * @category models
 * @since 0.1.0
 */
export type SortedSetSource =
  | Text
  | {
      readonly key: Text
      /** What its scores are multiplied with (default 1). */
      readonly weight: number
    }

/**
 * How scores are put together.
 *
 * @category options
 * @since 0.1.0
 */
export interface SortedSetCombineOptions {
  /**
   * The score of a member: the sum (default), lowest or highest of its weighted scores, or the sum of the weights where it is found
   * (`COUNT`, Redis 8.8).
   */
  readonly aggregate?: "SUM" | "MIN" | "MAX" | "COUNT" | undefined
}

/**
 * Differences, intersections and unions of sorted sets, as constructors or as methods. No sorted sets is `InvalidArgument`, save for
 * a union that is not stored.
 *
 * @category models
 * @since 0.1.0
 */
export interface SortedSetCombinationCommands<F extends CommandLambda> {
  /** The members of the first that are in none of the others. Since 6.2. */
  zDiff(keys: Text | ReadonlyArray<Text>): Kind<F, Array<string>, Array<Uint8Array>>
  /** Write what `zDiff` gives, with its scores, into a sorted set; how many members it has. Since 6.2. */
  zDiffStore(destination: Text, keys: Text | ReadonlyArray<Text>): Kind<F, number>
  /** What `zDiff` gives, with its scores. Since 6.2. */
  zDiffWithScores(
    keys: Text | ReadonlyArray<Text>
  ): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
  /** The members that all have. Since 6.2. */
  zInter(
    keys: SortedSetSource | ReadonlyArray<SortedSetSource>,
    options?: SortedSetCombineOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** How many members all have. Since 7.0. */
  zInterCard(keys: Text | ReadonlyArray<Text>, options?: IntersectionCardOptions): Kind<F, number>
  /** Write what `zInter` gives, with its scores, into a sorted set; how many members it has. */
  zInterStore(
    destination: Text,
    keys: SortedSetSource | ReadonlyArray<SortedSetSource>,
    options?: SortedSetCombineOptions
  ): Kind<F, number>
  /** What `zInter` gives, with its scores. Since 6.2. */
  zInterWithScores(
    keys: SortedSetSource | ReadonlyArray<SortedSetSource>,
    options?: SortedSetCombineOptions
  ): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
  /** The members that any has. No sorted sets: none, without a call. Since 6.2. */
  zUnion(
    keys: SortedSetSource | ReadonlyArray<SortedSetSource>,
    options?: SortedSetCombineOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** Write what `zUnion` gives, with its scores, into a sorted set; how many members it has. */
  zUnionStore(
    destination: Text,
    keys: SortedSetSource | ReadonlyArray<SortedSetSource>,
    options?: SortedSetCombineOptions
  ): Kind<F, number>
  /** What `zUnion` gives, with its scores. No sorted sets: none, without a call. Since 6.2. */
  zUnionWithScores(
    keys: SortedSetSource | ReadonlyArray<SortedSetSource>,
    options?: SortedSetCombineOptions
  ): Kind<F, Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>>
}

const sources = numbered(1)

const read = (name: string): CommandSpec => defineSpec({ name, keys: { numkeys: 0 }, retry: "readOnly" })
const store = (name: string): CommandSpec =>
  defineSpec({
    name,
    keys: (args) => [0, ...sources(args)],
    retry: (args) => (readsItself(args, 0, sources(args)) ? "accumulating" : "lastWriteWins")
  })

const ZDIFF = read("ZDIFF")
const ZDIFFSTORE = store("ZDIFFSTORE")
const ZINTER = read("ZINTER")
const ZINTERCARD = read("ZINTERCARD")
const ZINTERSTORE = store("ZINTERSTORE")
const ZUNION = read("ZUNION")
const ZUNIONSTORE = store("ZUNIONSTORE")

type Sources = SortedSetSource | ReadonlyArray<SortedSetSource>

const isWeighted = (source: SortedSetSource): source is { readonly key: Text; readonly weight: number } =>
  typeof source === "object" && source !== null && !(source instanceof Uint8Array)

// One weight goes for all: those without have 1.
const pushSources = (args: Array<Argument>, all: ReadonlyArray<SortedSetSource>): void => {
  args.push(all.length)
  for (const source of all) args.push(isWeighted(source) ? source.key : source)
  if (!all.some(isWeighted)) return
  args.push("WEIGHTS")
  for (const source of all) args.push(isWeighted(source) ? source.weight : 1)
}

const combine = <A, B>(
  spec: CommandSpec,
  reply: Reply.Reply<A, B>,
  args: Array<Argument>,
  keys: Sources,
  options?: SortedSetCombineOptions | undefined
): Command<A, B> => {
  const all = list<SortedSetSource>(keys)
  const position = args.length + 1
  if (all.length === 0) return makeChecked(spec, [], reply, "expected at least one sorted set", position)
  pushSources(args, all)
  const aggregate = options?.aggregate
  if (aggregate !== undefined) args.push("AGGREGATE", aggregate)
  if (reply === (scoredMembers as unknown)) args.push("WITHSCORES")
  const problem =
    optionProblem(options, { aggregate: "value" }) ??
    wordProblem("aggregate", aggregate, ["SUM", "MIN", "MAX", "COUNT"])
  return makeChecked(spec, args, reply, problem)
}

const isEmpty = (keys: Sources): boolean => Array.isArray(keys) && keys.length === 0

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sortedSetCombinations: SortedSetCombinationCommands<AsCommand> = {
  zDiff: (keys) => combine(ZDIFF, members, [], keys),
  zDiffStore: (destination, keys) => combine(ZDIFFSTORE, Reply.integer, [destination], keys),
  zDiffWithScores: (keys) => combine(ZDIFF, scoredMembers, [], keys),
  zInter: (keys, options) => combine(ZINTER, members, [], keys, options),
  zInterCard: (keys, options) => {
    const all = list(keys)
    if (all.length === 0) return combine(ZINTERCARD, Reply.integer, [], all)
    const args = append([all.length], all)
    if (options?.limit !== undefined) args.push("LIMIT", options.limit)
    return makeChecked(ZINTERCARD, args, Reply.integer, optionProblem(options, { limit: "value" }))
  },
  zInterStore: (destination, keys, options) => combine(ZINTERSTORE, Reply.integer, [destination], keys, options),
  zInterWithScores: (keys, options) => combine(ZINTER, scoredMembers, [], keys, options),
  zUnion: (keys, options) =>
    isEmpty(keys) ? constant(ZUNION, members, []) : combine(ZUNION, members, [], keys, options),
  zUnionStore: (destination, keys, options) => combine(ZUNIONSTORE, Reply.integer, [destination], keys, options),
  zUnionWithScores: (keys, options) =>
    isEmpty(keys) ? constant(ZUNION, scoredMembers, []) : combine(ZUNION, scoredMembers, [], keys, options)
}
