import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import { failed, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { clustered, k1, moved } from "../support/FakeCluster.ts"
import { bulk, error, int } from "../support/FakeTransport.ts"

const options = { replicas: 2, timeout: "3 seconds" } as const

describe("A durable write", () => {
  const writing = Effect.gen(function* () {
    const client = yield* standalone({ commandTimeout: "1 second" }, ([name]) =>
      name === "GETSET" || name === "WAIT" ? "" : undefined
    )
    const fiber = yield* start(client.redis.durable(Command.getSet("k", "v"), options))
    yield* settle
    return { ...client, fiber, socket: client.transport.last() }
  })

  it.effect("is one write on a connection of its own, and gives what the write gives", () =>
    Effect.gen(function* () {
      const { fiber, socket, transport } = yield* writing
      assert.strictEqual(transport.open.length, 2)
      assert.deepStrictEqual(socket.writes, [["GETSET k v", "WAIT 2 3000"]])
      socket.answer(bulk("old") + int(2))
      assert.strictEqual(yield* succeeded(fiber), "old")
    })
  )

  it.effect("is Executed when replicas are missing, when WAIT fails and when the reply cannot be read", () =>
    Effect.gen(function* () {
      for (const [replies, tag] of [
        [bulk("old") + int(1), "NotReplicated"],
        [bulk("old") + error("ERR no WAIT here"), "ServerReply"],
        [int(1) + int(2), "Decode"]
      ] as const) {
        const { fiber, socket } = yield* writing
        socket.answer(replies)
        isError(yield* failed(fiber), tag, "Executed")
      }
    })
  )

  it.effect("is what its refusal says, whatever WAIT says of it", () =>
    Effect.gen(function* () {
      const { fiber, socket } = yield* writing
      socket.answer(error("WRONGTYPE no") + int(2))
      isError(yield* failed(fiber), "WrongType", "Refused")
    })
  )

  it.effect("is MayHaveExecuted when its connection is lost, or the deadline passes", () =>
    Effect.gen(function* () {
      const lost = yield* writing
      lost.socket.end()
      isError(yield* failed(lost.fiber), "ConnectionLost", "MayHaveExecuted")
      const late = yield* writing
      yield* TestClock.adjust("4 seconds")
      isError(yield* failed(late.fiber), "Timeout", "MayHaveExecuted")
      assert.isFalse(late.socket.open)
    })
  )

  it.effect("that is interrupted leaves its connection to nobody", () =>
    Effect.gen(function* () {
      const { fiber, socket } = yield* writing
      yield* Fiber.interrupt(fiber)
      assert.isFalse(socket.open)
    })
  )

  it.effect("goes on as a whole where the cluster sends it", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = (words, socket) =>
        words[0] === "INCR"
          ? socket.address === "n1:1"
            ? moved(k1, "n2:1")
            : int(5)
          : words[0] === "WAIT"
            ? int(1)
            : undefined
      const fiber = yield* start(redis.durable(Command.incr(k1), { replicas: 1, timeout: 100 }))
      assert.strictEqual(yield* succeeded(fiber), 5)
      assert.deepStrictEqual(fake.writesTo("n2:1"), [[`INCR ${k1}`, "WAIT 1 100"]])
    })
  )
})
