import { createServer, type Socket } from "node:net"
import { assert, describe, it, layer } from "@effect/vitest"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { RespError } from "../../src/protocol/RespValue.ts"
import { exchange, inTurn, PATIENCE } from "./exchange.ts"

/** A server that does with each chunk what it is told; its port, and the chunks that came. */
const serverThat = Effect.fnUntraced(function* (answer: (chunk: string, socket: Socket) => void) {
  const chunks: Array<string> = []
  const server = createServer((socket) => {
    socket.on("error", () => {})
    socket.on("data", (chunk) => {
      chunks.push(String(chunk))
      answer(String(chunk), socket)
    })
  })
  const port = yield* Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as { port: number }).port)))
    }),
    () => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  )
  return { chunks, port }
})

describe("exchange", () => {
  it.effect("sends nothing before the round before it was answered", () =>
    Effect.gen(function* () {
      const { chunks, port } = yield* serverThat((_, socket) => socket.write("+OK\r\n"))
      assert.deepStrictEqual(yield* exchange(port, inTurn([["A"], ["B", "c"]])), ["OK", "OK"])
      assert.deepStrictEqual(chunks, ["*1\r\n$1\r\nA\r\n", "*2\r\n$1\r\nB\r\n$1\r\nc\r\n"])
    })
  )

  it.effect("gives the replies that came before the server closed", () =>
    Effect.gen(function* () {
      const { chunks, port } = yield* serverThat((_, socket) => socket.end("+OK\r\n"))
      assert.deepStrictEqual(yield* exchange(port, [{ send: [["A"]], replies: 2 }, ...inTurn([["B"]])]), ["OK"])
      assert.strictEqual(chunks.length, 1)
    })
  )

  it.effect("fails by name of what is not answered", () =>
    Effect.gen(function* () {
      let tellAsked = () => {}
      const asked = new Promise<void>((resolve) => {
        tellAsked = resolve
      })
      const { port } = yield* serverThat((chunk, socket) => {
        if (chunk.includes("B")) tellAsked()
        else socket.write("+OK\r\n")
      })
      const fiber = yield* Effect.forkChild(Effect.flip(exchange(port, inTurn([["A", "x"], ["B", "y"], ["C"]]))))
      yield* Effect.promise(() => asked)
      yield* TestClock.adjust(PATIENCE)
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "Unanswered")
      assert.strictEqual(error.message, "no reply to B y behind A x within 5 seconds")
    })
  )

  layer(RedisServer.layer(), { excludeTestServices: true })((it) => {
    it.effect("has the refusal of AUTH and HELLO behind other commands from every server", () =>
      Effect.gen(function* () {
        const { port } = yield* RedisServer
        const wrong = [
          ["AUTH", "u", "p"],
          ["HELLO", "3", "AUTH", "u", "p"]
        ]
        const replies = yield* exchange(port, inTurn([["PING"], ...wrong, ["PING"]]))
        assert.deepStrictEqual(
          replies.map((reply) => (reply instanceof RespError ? reply.code : reply)),
          ["PONG", "WRONGPASS", "WRONGPASS", "PONG"]
        )
      })
    )
  })
})
