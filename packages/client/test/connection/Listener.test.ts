import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { Credentials } from "../../src/connection/Credentials.ts"
import { listen } from "../../src/connection/Listener.ts"
import { Transport } from "../../src/connection/Transport.ts"
import { settle, start, succeeded } from "../support/client.ts"
import { array, bulk, error, FakeTransport, int, ok, refused } from "../support/FakeTransport.ts"

const subscribed = array([bulk("psubscribe"), bulk("*"), int(1)])
const message = (channel: string, text: string) => array([bulk("pmessage"), bulk("*"), bulk(channel), bulk(text)])

const listening = Effect.fnUntraced(function* (
  transport: FakeTransport,
  identity?: { readonly username?: string; readonly password: Redacted.Redacted }
) {
  const runtime = yield* Effect.provideService(
    makeRuntime({
      maxInFlight: 1,
      maxInFlightBytes: 1,
      overload: "suspend",
      silence: 2000,
      probeTimeout: 1000,
      connectTimeout: 5000,
      closeTimeout: 1000
    }),
    Transport,
    transport.service
  )
  const heard: Array<string> = []
  const profile = {
    handshake: {},
    credentials: identity === undefined ? undefined : Credentials.fixed(identity)
  }
  const fiber = yield* start(
    listen(runtime, { host: "s", port: 1 }, profile, {
      onListening: () => heard.push("listening"),
      onMessage: (channel, text) => heard.push(`${channel} ${text}`)
    })
  )
  yield* settle
  return { fiber, heard, socket: () => transport.last() }
})

describe("Listener", () => {
  it.effect("subscribes to everything and hands on what is published, however it is cut", () =>
    Effect.gen(function* () {
      const transport = new FakeTransport()
      const { fiber, heard, socket } = yield* listening(transport)
      assert.deepStrictEqual(socket().commands, ["PSUBSCRIBE *"])
      const bytes = subscribed + message("+sdown", "a b") + message("-sdown", "c")
      for (const byte of bytes) socket().answer(byte)
      assert.deepStrictEqual(heard, ["listening", "+sdown a b", "-sdown c"])
      socket().end("read ECONNRESET")
      assert.strictEqual(yield* succeeded(fiber), "read ECONNRESET")
    })
  )

  it.effect("says who it is first, and tells a refusal without the password", () =>
    Effect.gen(function* () {
      const transport = new FakeTransport()
      const identity = { username: "app", password: Redacted.make("s3cret") }
      const { fiber, heard, socket } = yield* listening(transport, identity)
      assert.deepStrictEqual(socket().commands, ["AUTH app s3cret", "PSUBSCRIBE *"])
      socket().answer(error("ERR unknown command 'AUTH', with args beginning with: 's3cret'"))
      assert.strictEqual(yield* succeeded(fiber), "the server refused the subscription")
      assert.deepStrictEqual(heard, [])
      assert.isFalse(socket().open)

      const accepted = yield* listening(transport, identity)
      accepted.socket().answer(ok + subscribed)
      assert.deepStrictEqual(accepted.heard, ["listening"])
    })
  )

  it.effect("ends when nothing can be opened, when the bytes are no RESP, and when the scope does", () =>
    Effect.gen(function* () {
      const transport = new FakeTransport()
      transport.onOpen = () => refused("connect ECONNREFUSED")
      assert.strictEqual(yield* succeeded((yield* listening(transport)).fiber), "connect ECONNREFUSED")
      transport.onOpen = () => Effect.void
      const garbage = yield* listening(transport)
      garbage.socket().answer("HTTP/1.1 400\r\n")
      assert.isString(yield* succeeded(garbage.fiber))
      assert.isFalse(garbage.socket().open)
      const interrupted = yield* listening(transport)
      interrupted.fiber.interruptUnsafe()
      yield* settle
      assert.isFalse(interrupted.socket().open)
    })
  )

  it.effect("asks a silent server whether it lives, and goes when it does not answer", () =>
    Effect.gen(function* () {
      const transport = new FakeTransport()
      const { fiber, socket } = yield* listening(transport)
      socket().answer(subscribed)
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.include(socket().commands, "PING")
      socket().answer(array([bulk("pong"), bulk("")]))
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.isTrue(socket().open)
      yield* TestClock.adjust("2 seconds")
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(fiber), "it was silent and did not answer a PING")
    })
  )
})
