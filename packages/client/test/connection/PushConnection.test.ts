import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { type Fence, PushConnection } from "../../src/connection/PushConnection.ts"
import { type Socket, Transport } from "../../src/connection/Transport.ts"
import { FakeTransport } from "../support/FakeTransport.ts"
import { limits } from "../support/limits.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

/** A connection that is past its handshake, and what it tells. */
const opened = Effect.gen(function* () {
  const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, new FakeTransport().service)
  const told: Array<string> = []
  const written: Array<string> = []
  const socket: Socket = { write: (frames) => written.push(String(frames)) > 0, destroy: () => {} }
  const connection = new PushConnection(runtime, "h:1", (reason) => told.push(`closed: ${reason.message}`), {
    onAcknowledged: () => told.push("acknowledged"),
    onEnded: () => told.push("ended"),
    onFence: (fence: Fence) => told.push(`fence: ${fence.error?.message ?? "ok"}`),
    onRead: () => {}
  })
  connection.attach(socket)
  connection.listen()
  const receive = (kind: "channel" | "pattern" | "shard", name: string) => {
    connection.table(kind).set(bytes(name), {
      message: (chunk, from, to, channelFrom, channelTo) => {
        const text = (a: number, b: number) => new TextDecoder().decode(chunk.subarray(a, b))
        told.push(`${kind} ${name} ${text(channelFrom, channelTo)}=${text(from, to)}`)
      }
    })
  }
  yield* Effect.addFinalizer(() => Effect.sync(() => connection.events.onClose("the test is over")))
  return {
    connection,
    told,
    written,
    receive,
    say: (...chunks: ReadonlyArray<Uint8Array>) => chunks.forEach(connection.events.onData)
  }
})

const frame = (mark: string, ...words: ReadonlyArray<string>) =>
  `${mark}${words.length}\r\n${words.map((word) => `$${bytes(word).length}\r\n${word}\r\n`).join("")}`

const echoOf = (written: ReadonlyArray<string>) => /fence-\d+/.exec(written.at(-1) ?? "")?.[0] ?? ""

describe("PushConnection", () => {
  for (const mark of [">", "*"]) {
    it.effect(`reads messages of every kind wherever the bytes are cut, after ${mark}`, () =>
      Effect.gen(function* () {
        const { connection, receive, say, told, written } = yield* opened
        receive("channel", "news")
        receive("pattern", "n*")
        receive("shard", "s")
        connection.fence("channel", true, [bytes("news")])
        say(bytes(`${mark}3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n`))
        const echo = echoOf(written)
        say(bytes(mark === ">" ? `$${echo.length}\r\n${echo}\r\n` : frame("*", "pong", echo)))
        assert.deepStrictEqual(told.splice(0), ["acknowledged", "fence: ok"])
        const stream = bytes(
          frame(mark, "message", "news", "one") +
            frame(mark, "pmessage", "n*", "news", "tw\r\no") +
            frame(mark, "smessage", "s", "") +
            frame(mark, "message", "unknown", "x") +
            frame(mark, "message", "news", "grün")
        )
        const expected = ["channel news =one", "pattern n* news=tw\r\no", "shard s =", "channel news =grün"]
        say(stream)
        assert.deepStrictEqual(told.splice(0), expected)
        for (let cut = 1; cut < stream.length; cut++) {
          say(stream.slice(0, cut), stream.slice(cut))
          assert.deepStrictEqual(told.splice(0), expected, `cut at ${cut}`)
        }
        for (const byte of stream) say(Uint8Array.of(byte))
        assert.deepStrictEqual(told.splice(0), expected)
      })
    )
  }

  it.effect("tells which command was refused, also where the server answers once too often", () =>
    Effect.gen(function* () {
      const { connection, receive, say, told, written } = yield* opened
      receive("shard", "s")
      const answered = () => {
        const echo = echoOf(written)
        return bytes(`$${echo.length}\r\n${echo}\r\n`)
      }
      connection.fence("channel", true, [bytes("secret")])
      say(bytes("-NOPERM no\r\n"), answered())
      assert.deepStrictEqual(told.splice(0), ["fence: NOPERM no"])
      // The server ended it by itself while our command was on its way, which then is an error.
      connection.fence("shard", false, [bytes("s")])
      say(bytes(">3\r\n$12\r\nsunsubscribe\r\n$1\r\ns\r\n:0\r\n"), bytes("-MOVED 1 h:2\r\n"), answered())
      assert.deepStrictEqual(told.splice(0), ["fence: ok"])
      // A user who may not even PING.
      connection.fence("channel", true, [bytes("open")])
      receive("channel", "open")
      say(bytes(">3\r\n$9\r\nsubscribe\r\n$4\r\nopen\r\n:1\r\n-NOPERM ping\r\n"))
      assert.deepStrictEqual(told.splice(0), ["acknowledged", "fence: ok"])
      say(bytes(">3\r\n$12\r\nsunsubscribe\r\n$1\r\ns\r\n:0\r\n"))
      assert.deepStrictEqual(told.splice(0), ["ended"])
    })
  )

  it.effect("gives up a server whose bytes are malformed", () =>
    Effect.gen(function* () {
      const { say, told } = yield* opened
      say(bytes(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$3\r\nonexx"))
      assert.lengthOf(told, 1)
      assert.match(told[0] ?? "", /^closed/)
    })
  )
})
