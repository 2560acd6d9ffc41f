/**
 * What a subscription gives to the user: its queue as a Stream, payloads decoded if they are to be.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import { parserOf } from "../command/decode.ts"
import { DecodeMismatch } from "../command/Reply.ts"
import { toRedisError } from "../error/Failure.ts"
import { Decode } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { canListen } from "./listening.ts"
import type { Item } from "./Message.ts"
import type { Batch } from "./pull.ts"
import type { SubscribeOptions } from "./SubscribeOptions.ts"
import type { PlainListener, Subscriber } from "./Subscriber.ts"

/** Decodes chunks up to what cannot be. */
interface Decoder {
  /** What could be decoded. */
  readonly decode: (batch: Batch) => ReadonlyArray<Item>
  /** Why the stream has failed. */
  failure: Effect.Effect<never, RedisError> | undefined
}

/**
 * The stream of a subscription.
 *
 * @category constructors
 * @since 0.1.0
 */
export const streamOf = (
  subscriber: Subscriber,
  { schema }: SubscribeOptions,
  command: string
): Stream.Stream<Item, RedisError> => {
  const decoder = schema === undefined ? undefined : decoderOf(schema, command)
  const listenWith = (told: PlainListener) => {
    if (decoder === undefined) return subscriber.listen((items) => void told(items), told)
    if (decoder.failure !== undefined) return decoder.failure
    return subscriber.listen((batch) => {
      const items = decoder.decode(batch)
      if (isBatch(items)) told(items)
      return decoder.failure
    })
  }
  const stream = Stream.fromPull(Effect.succeed(decoder === undefined ? subscriber.pull : pullOf(subscriber, decoder)))
  return canListen(stream, (told) => {
    const listening = listenWith(told)
    return listening && Pull.catchDone(listening, () => Effect.void)
  })
}

const isBatch = (items: ReadonlyArray<Item>): items is Batch => items.length > 0

const pullOf = ({ pull }: Subscriber, decoder: Decoder): Subscriber["pull"] => {
  const next = Effect.flatMap(pull, (batch) => {
    const items = decoder.decode(batch)
    return isBatch(items) ? Effect.succeed(items) : (decoder.failure ?? Effect.die("an empty chunk"))
  })
  return Effect.suspend(() => decoder.failure ?? next)
}

const decoderOf = (schema: NonNullable<SubscribeOptions["schema"]>, command: string): Decoder => {
  const parse = parserOf(schema)
  const decoder: Decoder = {
    failure: undefined,
    decode: (batch) => {
      const items: Array<Item> = []
      for (const item of batch) {
        if (item._tag !== "Message") {
          items.push(item)
          continue
        }
        try {
          items.push({ ...item, payload: parse(item.payload) })
        } catch (error) {
          const expected = error instanceof DecodeMismatch ? error.expected : "a schema that does not throw"
          const reason = new Decode({ expected, message: error instanceof Error ? error.message : String(error) })
          decoder.failure = Effect.fail(toRedisError({ reason, execution: "Executed" }, command, undefined))
          break
        }
      }
      return items
    }
  }
  return decoder
}
