/**
 * Commands that wait for a member of a sorted set. They run on a connection of their own, so that they hold up nothing else.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { append, blockingSeconds, list } from "./arguments.ts"
import { blocking } from "./BlockingLists.ts"
import { secondsAt } from "./blocking.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { type CommandSpec, defineSpec, type Text } from "./CommandSpec.ts"
import { popProblem } from "./Lists.ts"
import type * as Reply from "./Reply.ts"
import { type ScoredMember, type TakenMember, takenMember, takenMembers } from "./SortedSetReplies.ts"
import { popArgs, type SortedSetPopOptions, type SortedSetSide } from "./SortedSets.ts"

/**
 * Commands that wait for a member of a sorted set, as constructors or as methods.
 *
 * **Details**
 *
 * `timeout` is how long the server waits: a plain number is milliseconds, `Duration.infinity` waits for ever. A duration of
 * nothing is `InvalidArgument`, since it would mean for ever on the wire: to look without waiting, use the command without the `b`.
 *
 * @category models
 * @since 0.1.0
 */
export interface BlockingSortedSetCommands<F extends CommandLambda> {
  /** `zmPop` that waits for a member; `undefined` after the time-out. Since 7.0. */
  bzmPop(
    timeout: Duration.Input,
    keys: Text | ReadonlyArray<Text>,
    side: SortedSetSide,
    options?: SortedSetPopOptions
  ): Kind<
    F,
    Reply.Taken<string, "members", Array<ScoredMember<string>>> | undefined,
    Reply.Taken<Uint8Array, "members", Array<ScoredMember<Uint8Array>>> | undefined
  >
  /** Take the member with the highest score of the first of several sorted sets that has one; `undefined` after the time-out. */
  bzPopMax(
    keys: Text | ReadonlyArray<Text>,
    timeout: Duration.Input
  ): Kind<F, TakenMember<string, string> | undefined, TakenMember<Uint8Array, Uint8Array> | undefined>
  /** Take the member with the lowest score of the first of several sorted sets that has one; `undefined` after the time-out. */
  bzPopMin(
    keys: Text | ReadonlyArray<Text>,
    timeout: Duration.Input
  ): Kind<F, TakenMember<string, string> | undefined, TakenMember<Uint8Array, Uint8Array> | undefined>
}

const allButLast = (name: string): CommandSpec =>
  defineSpec({ name, keys: { first: 0, last: -2, step: 1 }, retry: "accumulating", blocking: secondsAt(-1) })

const BZMPOP = defineSpec({ name: "BZMPOP", keys: { numkeys: 1 }, retry: "accumulating", blocking: secondsAt(0) })
const BZPOPMAX = allButLast("BZPOPMAX")
const BZPOPMIN = allButLast("BZPOPMIN")

const pop = (spec: CommandSpec, keys: Text | ReadonlyArray<Text>, timeout: Duration.Input) => {
  const all = list(keys)
  const wait = blockingSeconds(timeout)
  const args = append([], all)
  args.push(wait)
  return blocking(spec, takenMember, args, wait, all.length, popProblem(all, undefined))
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const blockingSortedSets: BlockingSortedSetCommands<AsCommand> = {
  bzmPop: (timeout, keys, side, options) => {
    const all = list(keys)
    const wait = blockingSeconds(timeout)
    const args = popArgs([wait], all, side, options)
    return blocking(BZMPOP, takenMembers, args, wait, 0, popProblem(all, options))
  },
  bzPopMax: (keys, timeout) => pop(BZPOPMAX, keys, timeout),
  bzPopMin: (keys, timeout) => pop(BZPOPMIN, keys, timeout)
}
