/**
 * Commands that wait for an element of a list. They run on a connection of their own, so that they hold up nothing else.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { append, blockingSeconds, list } from "./arguments.ts"
import { secondsAt } from "./blocking.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type Text } from "./CommandSpec.ts"
import {
  type ListPopOptions,
  type ListSide,
  type MoveManyOptions,
  moveManyArgs,
  popArgs,
  popProblem,
  takenElements
} from "./Lists.ts"
import { invalid, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Commands that wait for an element of a list, as constructors or as methods.
 *
 * **Details**
 *
 * `timeout` is how long the server waits: a plain number is milliseconds, `Duration.infinity` waits for ever. A duration of
 * nothing is `InvalidArgument`, since it would mean for ever on the wire: to look without waiting, use the command without the `b`.
 *
 * @category models
 * @since 0.1.0
 */
export interface BlockingListCommands<F extends CommandLambda> {
  /** `lMove` that waits for an element; `undefined` after the time-out. Since 6.2. */
  blMove(
    source: Text,
    destination: Text,
    from: ListSide,
    to: ListSide,
    timeout: Duration.Input
  ): Kind<F, string | undefined, Uint8Array | undefined>
  /** `lMoveM` that waits until there is enough to move; `undefined` after the time-out. Redis 8.10. */
  blMoveM(
    source: Text,
    destination: Text,
    from: ListSide,
    to: ListSide,
    timeout: Duration.Input,
    options?: MoveManyOptions
  ): Kind<F, Array<string> | undefined, Array<Uint8Array> | undefined>
  /** `lmPop` that waits for an element; `undefined` after the time-out. Since 7.0. */
  blmPop(
    timeout: Duration.Input,
    keys: Text | ReadonlyArray<Text>,
    side: ListSide,
    options?: ListPopOptions
  ): Kind<
    F,
    Reply.Taken<string, "elements", Array<string>> | undefined,
    Reply.Taken<Uint8Array, "elements", Array<Uint8Array>> | undefined
  >
  /** Take the first element of the first of several lists that has one; `undefined` after the time-out. */
  blPop(
    keys: Text | ReadonlyArray<Text>,
    timeout: Duration.Input
  ): Kind<
    F,
    Reply.Taken<string, "element", string> | undefined,
    Reply.Taken<Uint8Array, "element", Uint8Array> | undefined
  >
  /** Take the last element of the first of several lists that has one; `undefined` after the time-out. */
  brPop(
    keys: Text | ReadonlyArray<Text>,
    timeout: Duration.Input
  ): Kind<
    F,
    Reply.Taken<string, "element", string> | undefined,
    Reply.Taken<Uint8Array, "element", Uint8Array> | undefined
  >
  /** `rPopLPush` that waits for an element. Servers call it deprecated: see `blMove`. */
  brPopLPush(
    source: Text,
    destination: Text,
    timeout: Duration.Input
  ): Kind<F, string | undefined, Uint8Array | undefined>
}

const sourceAndDestination = { first: 0, last: 1, step: 1 } as const

const BLMOVE = defineSpec({
  name: "BLMOVE",
  keys: sourceAndDestination,
  retry: "accumulating",
  blocking: secondsAt(4)
})
const BLMOVEM = defineSpec({
  name: "BLMOVEM",
  keys: sourceAndDestination,
  retry: "accumulating",
  blocking: secondsAt(4)
})
const BLMPOP = defineSpec({ name: "BLMPOP", keys: { numkeys: 1 }, retry: "accumulating", blocking: secondsAt(0) })
const allButLast = { first: 0, last: -2, step: 1 } as const
const BLPOP = defineSpec({ name: "BLPOP", keys: allButLast, retry: "accumulating", blocking: secondsAt(-1) })
const BRPOP = defineSpec({ name: "BRPOP", keys: allButLast, retry: "accumulating", blocking: secondsAt(-1) })
const BRPOPLPUSH = defineSpec({
  name: "BRPOPLPUSH",
  keys: sourceAndDestination,
  retry: "accumulating",
  blocking: secondsAt(2)
})

const takenElement = Reply.taken("element", Reply.text)
const optionalElements = Reply.optional(Reply.array(Reply.text))

/** A command that waits, refused if its time-out (at `position`) is none. @internal */
export const blocking = <A, B>(
  spec: CommandSpec,
  reply: Reply.Reply<A, B>,
  args: ReadonlyArray<Argument>,
  timeout: number,
  position: number,
  problem?: string | undefined
): Command<A, B> =>
  Number.isNaN(timeout)
    ? invalid(spec, reply, "expected a time-out of more than nothing (Duration.infinity waits for ever)", position)
    : makeChecked(spec, args, reply, problem)

const pop = (spec: CommandSpec, keys: Text | ReadonlyArray<Text>, timeout: Duration.Input) => {
  const all = list(keys)
  const wait = blockingSeconds(timeout)
  const args = append([], all)
  args.push(wait)
  return blocking(spec, takenElement, args, wait, all.length, popProblem(all, undefined))
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const blockingLists: BlockingListCommands<AsCommand> = {
  blMove: (source, destination, from, to, timeout) => {
    const wait = blockingSeconds(timeout)
    return blocking(BLMOVE, Reply.optionalText, [source, destination, from, to, wait], wait, 4)
  },
  blMoveM: (source, destination, from, to, timeout, options) => {
    const wait = blockingSeconds(timeout)
    const { args, problem } = moveManyArgs(options)
    return blocking(BLMOVEM, optionalElements, [source, destination, from, to, wait, ...args], wait, 4, problem)
  },
  blmPop: (timeout, keys, side, options) => {
    const all = list(keys)
    const wait = blockingSeconds(timeout)
    const args = append([wait], popArgs(all, side, options))
    return blocking(BLMPOP, takenElements, args, wait, 0, popProblem(all, options))
  },
  blPop: (keys, timeout) => pop(BLPOP, keys, timeout),
  brPop: (keys, timeout) => pop(BRPOP, keys, timeout),
  brPopLPush: (source, destination, timeout) => {
    const wait = blockingSeconds(timeout)
    return blocking(BRPOPLPUSH, Reply.optionalText, [source, destination, wait], wait, 2)
  }
}
