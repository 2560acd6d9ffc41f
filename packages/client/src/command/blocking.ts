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

/** How long a command may block, in milliseconds (`Infinity` for ever), from its arguments. */
type BlockingTime = (args: ReadonlyArray<Argument>) => number

/** Where the time stands, and how many milliseconds its unit has. */
interface Place {
  readonly position: number
  readonly unit: number
}

const places = new WeakMap<BlockingTime, Place>()

const timeAt = (position: number, unit: number): BlockingTime => {
  const time: BlockingTime = (args) => waiting(numberOf(args.at(position)) * unit)
  places.set(time, { position, unit })
  return time
}

/** Milliseconds, from the argument at `position` (negative: from the end) that is in seconds. */
export const secondsAt = (position: number): BlockingTime => timeAt(position, MILLIS_PER_SECOND)

/** Milliseconds, from the argument at `position` (negative: from the end) that is in milliseconds. */
export const millisAt = (position: number): BlockingTime => timeAt(position, 1)

/** `time` that stands for `original`: what is known of where that stands in the arguments is known of it, too. */
export const standingFor = (original: BlockingTime, time: BlockingTime): BlockingTime => {
  const place = places.get(original)
  if (place !== undefined) places.set(time, place)
  return time
}

/**
 * The arguments with another time to block, in milliseconds; as they are where nobody knows which argument it is. Never nothing, which would
 * mean for ever.
 */
export const withBlockingTime = (
  time: BlockingTime,
  args: ReadonlyArray<Argument>,
  millis: number
): ReadonlyArray<Argument> => {
  const place = places.get(time)
  if (place === undefined) return args
  const at = place.position < 0 ? args.length + place.position : place.position
  const left = Math.max(1, Math.ceil(millis)) / place.unit
  return args.map((argument, index) => (index === at ? left : argument))
}
