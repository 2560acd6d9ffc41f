/**
 * A connection that only listens: it says who it is, subscribes to all channels, and hands on what is published until the stream ends or
 * falls silent. In RESP2, which every server speaks and in which a subscribed connection carries nothing else.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Redacted from "effect/Redacted"
import { type CommandSpec, defineSpec } from "../command/CommandSpec.ts"
import { RespParser } from "../protocol/RespParser.ts"
import { RespError, type RespValue } from "../protocol/RespValue.ts"
import { encodeCommand, InvalidArg } from "../protocol/RespWriter.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import type { ConnectionProfile } from "./open.ts"
import type { Address, Socket } from "./Transport.ts"

/**
 * What it tells.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListenerEvents {
  /** The subscription holds: what is published from now on arrives. */
  readonly onListening: () => void
  readonly onMessage: (channel: string, text: string) => void
}

const AUTH = defineSpec({ name: "AUTH", keys: "none", retry: "never" })
const PSUBSCRIBE = defineSpec({ name: "PSUBSCRIBE", keys: "none", retry: "never" })
const PING = defineSpec({ name: "PING", keys: "none", retry: "readOnly" })

const isMessage = (value: RespValue): value is [string, string, string, string] =>
  Array.isArray(value) && value[0] === "pmessage" && typeof value[2] === "string" && typeof value[3] === "string"

const isConfirmation = (value: RespValue): boolean => Array.isArray(value) && value[0] === "psubscribe"

/**
 * Listen until the connection ends, and give why it did. A silence of `silence` is answered by a PING, one more of `probeTimeout` ends it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const listen = (
  runtime: ConnectionRuntime,
  address: Address,
  { credentials, socket: socketOptions, tls }: ConnectionProfile,
  events: ListenerEvents
): Effect.Effect<string> =>
  Effect.scoped(
    Effect.gen(function* () {
      const ended = Latch.makeUnsafe(false)
      let cause: string | undefined
      let lastByteAt = runtime.ticker.exact()
      let greeting = true
      let socket: Socket | undefined
      const end = (why: string) => {
        cause ??= why
        socket?.destroy()
        ended.openUnsafe()
      }
      const parser = new RespParser(
        {
          asBytes: () => false,
          onReply: (value) => {
            if (isMessage(value)) return events.onMessage(value[2], value[3])
            if (value instanceof RespError) return end(greeting ? "the server refused the subscription" : value.message)
            if (isConfirmation(value) && greeting) {
              greeting = false
              events.onListening()
            }
          },
          onPush: () => {}
        },
        runtime.transport.text
      )
      const say = (spec: CommandSpec, ...args: ReadonlyArray<string>): void => {
        const frame = encodeCommand(spec.header, spec.words, args, runtime.transport.text)
        if (frame instanceof InvalidArg) return end(frame.detail)
        socket?.write(frame)
      }
      const identity =
        credentials === undefined ? undefined : yield* Effect.mapError(credentials.current, () => CREDENTIALS)
      const opened = Effect.mapError(
        runtime.transport.open({
          address,
          tls,
          socket: socketOptions,
          events: {
            onData: (chunk) => {
              lastByteAt = runtime.ticker.exact()
              parser.push(chunk)
              if (parser.failure !== undefined) end(parser.failure.detail)
            },
            onDrain: () => {},
            onClose: end
          }
        }),
        ({ message }) => message
      )
      socket = yield* Effect.timeoutOrElse(opened, {
        duration: runtime.limits.connectTimeout,
        orElse: () => Effect.fail(`not open within ${runtime.limits.connectTimeout} ms`)
      })
      if (identity !== undefined) {
        const { password, username } = identity
        say(AUTH, ...(username === undefined ? [] : [username]), Redacted.value(password))
      }
      say(PSUBSCRIBE, "*")
      yield* Effect.forkScoped(
        Effect.gen(function* () {
          while (true) {
            yield* Effect.sleep(runtime.limits.silence)
            const asked = runtime.ticker.exact()
            if (asked - lastByteAt < runtime.limits.silence) continue
            say(PING)
            yield* Effect.sleep(runtime.limits.probeTimeout)
            if (lastByteAt < asked) return end("it was silent and did not answer a PING")
          }
        })
      )
      yield* ended.await
      return cause ?? "it ended"
    })
  ).pipe(Effect.catch((why: string) => Effect.succeed(why)))

const CREDENTIALS = "its credentials are not available"
