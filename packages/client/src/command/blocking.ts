/**
 * How long a command may block, read from its arguments as they go to the server.
 *
 * @since 0.1.0
 */
import { numberOf } from "./arguments.ts"
import type { Argument } from "./CommandSpec.ts"

const MILLIS_PER_SECOND = 1000

/** The servers' 0 waits for ever. What is no number is for the server to refuse, at once. */
const waiting = (time: number): number => {
  if (time === 0) return Number.POSITIVE_INFINITY
  return Number.isNaN(time) ? 0 : time
}

/** Milliseconds, from the argument at `position` (negative: from the end) that is in seconds. */
export const secondsAt =
  (position: number) =>
  (args: ReadonlyArray<Argument>): number =>
    waiting(numberOf(args.at(position)) * MILLIS_PER_SECOND)

/** Milliseconds, from the argument at `position` (negative: from the end) that is in milliseconds. */
export const millisAt =
  (position: number) =>
  (args: ReadonlyArray<Argument>): number =>
    waiting(numberOf(args.at(position)))
