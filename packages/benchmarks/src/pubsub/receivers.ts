// How each client is asked to receive, by what its documentation shows. A subscriber counts its messages and their length.

import * as Net from "node:net"
import { type Message, NodeTransport, Redis, type RedisError, RedisPubSub } from "@reef-redis/node"
import { GlideClient, GlideClientConfiguration } from "@valkey/valkey-glide"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Redis as IoRedis } from "ioredis"
import { createClient } from "redis"

/** What came so far, to all subscribers together. */
export interface Counter {
  messages: number
  characters: number
}

/** What the reader that is no client is called. */
export const RAW = "raw bytes"

/** Subscribe `subscribers` times to each channel; gives what ends it. */
export type Receive = (
  port: number,
  channels: ReadonlyArray<string>,
  subscribers: number,
  counter: Counter,
  size: number
) => Promise<() => Promise<void>>

type Counting = (stream: Stream.Stream<Message, RedisError>, counter: Counter) => Effect.Effect<void, RedisError>

const count = (messages: ReadonlyArray<Message>, counter: Counter): void => {
  let characters = 0
  for (const { payload } of messages) characters += payload.length
  counter.messages += messages.length
  counter.characters += characters
}

const byChunk: Counting = (stream, counter) =>
  Stream.runForEachArray(stream, (messages) => Effect.sync(() => count(messages, counter)))

const byMessage: Counting = (stream, counter) =>
  Stream.runForEach(stream, ({ payload }) =>
    Effect.sync(() => {
      counter.messages++
      counter.characters += payload.length
    })
  )

const byListener: Counting = (stream, counter) => RedisPubSub.listen(stream, (messages) => count(messages, counter))

const reefWith =
  (counting: Counting): Receive =>
  async (port, channels, subscribers, counter) => {
    const scope = Scope.makeUnsafe()
    const receive = Effect.gen(function* () {
      const { pubSub } = yield* Redis.makeAll({ port })
      for (const channel of channels) {
        for (let n = 0; n < subscribers; n++) {
          const stream = yield* pubSub.subscribe(channel)
          yield* Effect.forkScoped(counting(stream, counter), { startImmediately: true })
        }
      }
    })
    await Effect.runPromise(Effect.provide(Scope.provide(receive, scope), NodeTransport.layer))
    return () => Effect.runPromise(Scope.close(scope, Exit.void))
  }

/** One listener for all channels and a map to its own listeners: what an application with several has to write. */
const dispatcher = (channels: ReadonlyArray<string>, subscribers: number, counter: Counter) => {
  const listeners = new Map(
    channels.map((channel) => [
      channel,
      Array.from({ length: subscribers }, () => (payload: string) => {
        counter.messages++
        counter.characters += payload.length
      })
    ])
  )
  return (channel: string, payload: string) => {
    for (const listener of listeners.get(channel) ?? []) listener(payload)
  }
}

const ioredis: Receive = async (port, channels, subscribers, counter) => {
  const client = new IoRedis({ port, host: "127.0.0.1" })
  client.on("message", dispatcher(channels, subscribers, counter))
  await client.subscribe(...channels)
  return async () => client.disconnect()
}

const nodeRedis: Receive = async (port, channels, subscribers, counter) => {
  const client = createClient({ url: `redis://127.0.0.1:${port}` })
  client.on("error", () => {})
  await client.connect()
  for (const channel of channels) {
    for (let n = 0; n < subscribers; n++) {
      await client.subscribe(channel, (payload) => {
        counter.messages++
        counter.characters += payload.length
      })
    }
  }
  return async () => client.destroy()
}

const glide: Receive = async (port, channels, subscribers, counter) => {
  const dispatch = dispatcher(channels, subscribers, counter)
  const client = await GlideClient.createClient({
    addresses: [{ host: "127.0.0.1", port }],
    requestTimeout: 10_000,
    pubsubSubscriptions: {
      channelsAndPatterns: { [GlideClientConfiguration.PubSubChannelModes.Exact]: new Set(channels) },
      callback: ({ channel, message }) => dispatch(String(channel), String(message))
    }
  })
  return async () => client.close()
}

/** Bytes read by one system call, as many as a client here is given. */
const READ_BYTES = 256 * 1024

/**
 * No client: a socket whose bytes are counted and thrown away, which no client on this machine can be faster than. A message counts once it
 * would have come, for each subscriber.
 */
const raw: Receive = async (port, channels, subscribers, counter, size) => {
  const [name = ""] = channels
  const frame = `*3\r\n$7\r\nmessage\r\n$${name.length}\r\n${name}\r\n$${size}\r\n\r\n`.length + size
  const words = ["SUBSCRIBE", ...channels].map((word) => `$${word.length}\r\n${word}\r\n`)
  let acknowledgements = ""
  let isSubscribed = false
  let bytes = 0
  return new Promise((resolve, reject) => {
    const socket = Net.connect({
      port,
      host: "127.0.0.1",
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (length, read) => {
          if (isSubscribed) {
            bytes += length
            counter.messages = Math.floor(bytes / frame) * subscribers
            counter.characters = counter.messages * size
            return true
          }
          acknowledgements += Buffer.from(read).toString("latin1", 0, length)
          if (acknowledgements.endsWith(`:${channels.length}\r\n`)) {
            isSubscribed = true
            resolve(async () => void socket.destroy())
          }
          return true
        }
      }
    })
    socket.on("error", reject)
    socket.write(`*${words.length}\r\n${words.join("")}`)
  })
}

export const receivers: Readonly<Record<string, Receive>> = {
  reef: reefWith(byChunk),
  "reef-each": reefWith(byMessage),
  "reef-listen": reefWith(byListener),
  ioredis,
  "node-redis": nodeRedis,
  glide,
  [RAW]: raw
}
