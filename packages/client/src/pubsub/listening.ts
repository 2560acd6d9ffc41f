/**
 * Listeners: a subscription's chunks given to a plain function in the turn in which they come, where a fiber would have to be woken for each.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RedisError } from "../error/RedisError.ts"

/** Runs until the stream ends; `undefined` if there is a listener already. */
type Listen<A> = (told: (items: readonly [A, ...Array<A>]) => void) => Effect.Effect<void, RedisError> | undefined

/** How streams that came from a subscription, and are as they came, are listened to. */
const ways = new WeakMap<object, Listen<unknown>>()

/**
 * The stream, which can be listened to from now on.
 *
 * @category combinators
 * @since 0.1.0
 */
export const canListen = <A>(stream: Stream.Stream<A, RedisError>, listen: Listen<A>): Stream.Stream<A, RedisError> => {
  ways.set(stream, listen)
  return stream
}

/**
 * Run a stream with a plain function, by a fiber for each chunk where there is no other way.
 *
 * @category combinators
 * @since 0.1.0
 */
export const listen = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  listener: (items: readonly [A, ...Array<A>]) => void
): Effect.Effect<void, E, R> =>
  Effect.suspend(() => {
    // A stream that is in there gives what its own way gives.
    const way = ways.get(stream) as unknown as
      | ((told: typeof listener) => Effect.Effect<void, E> | undefined)
      | undefined
    return way?.(listener) ?? Stream.runForEachArray(stream, (items) => Effect.sync(() => listener(items)))
  })
