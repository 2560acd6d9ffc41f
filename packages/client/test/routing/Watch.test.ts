import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import type { WatchedRedis } from "../../src/LeasedRedis.ts"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { clustered, k1, k2, k3, moved, three } from "../support/FakeCluster.ts"
import { array, bulk, error, int, nil, ok, queued, type Script } from "../support/FakeTransport.ts"

const quick = {
  unavailable: Schedule.spaced(0),
  reconnect: Schedule.spaced(0),
  watchConflict: Schedule.spaced(0)
}

const read = (tx: WatchedRedis) => Effect.map(tx.get("k"), (value) => [Command.set("k", `${value}!`)])

/** A server that answers all but EXEC, which the test does. */
const exec =
  (answer: () => string): Script =>
  ([name]) => {
    if (name === "WATCH" || name === "UNWATCH" || name === "MULTI") return ok
    if (name === "GET") return bulk("v")
    return name === "SET" ? queued : name === "EXEC" ? answer() : undefined
  }

describe("redis.watch", () => {
  it.effect("watches, reads and writes on one connection, and gives it back watching nothing", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        {},
        exec(() => array([ok]))
      )
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.watch("k", read))), [true])
      assert.deepStrictEqual(transport.last().writes, [["WATCH k"], ["GET k"], ["MULTI", "SET k v!", "EXEC"]])
      assert.strictEqual(transport.open.length, 2)
      // EXEC has ended the watch: there is nothing to undo.
      yield* settle
      assert.strictEqual(transport.last().writes.length, 3)
    })
  )

  it.effect("begins anew after a conflict, with either protocol's nothing", () =>
    Effect.gen(function* () {
      const answers = [nil, "_\r\n", "*-1\r\n", array([ok])]
      const { redis, transport } = yield* standalone(
        { policies: quick },
        exec(() => answers.shift() ?? nil)
      )
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.watch("k", read))), [true])
      assert.strictEqual(transport.last().commands.filter((text) => text === "GET k").length, 4)
    })
  )

  it.effect("undoes the watch when there is nothing to run, or when the function fails", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        {},
        exec(() => array([ok]))
      )
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.watch("k", () => Effect.succeed([])))), [])
      yield* settle
      assert.deepStrictEqual(transport.last().writes, [["WATCH k"], ["UNWATCH", "PING"]])
    })
  )

  it.effect("replaces a connection that is lost before EXEC was written, if nothing but reads was sent", () =>
    Effect.gen(function* () {
      let cuts = 0
      const { redis, transport } = yield* standalone({ policies: quick }, (words, socket) => {
        if (words[0] === "INCR") return int(1)
        if (words[0] === "GET" && cuts++ === 0) {
          queueMicrotask(() => socket.end())
          return ""
        }
        return exec(() => array([ok]))(words, socket)
      })
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.watch("k", read))), [true])
      assert.strictEqual(transport.sockets.length, 3)
      cuts = 0
      const wrote = redis.watch("k", (tx) => Effect.andThen(Effect.ignore(tx.incr("n")), read(tx)))
      isError(yield* failed(yield* start(wrote)), "ConnectionLost", "MayHaveExecuted")
    })
  )

  it.effect("is MayHaveExecuted, and not tried again, when the connection is lost after EXEC was written", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        { policies: quick },
        exec(() => "")
      )
      const fiber = yield* start(redis.watch("k", read))
      yield* settle
      transport.last().end()
      isError(yield* failed(fiber), "ConnectionLost", "MayHaveExecuted")
      assert.strictEqual(
        transport.sockets.flatMap((socket) => socket.commands).filter((text) => text === "EXEC").length,
        1
      )
    })
  )

  it.effect("closes a connection on which MULTI is not answered by OK", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ policies: quick }, (words, socket) =>
        words[0] === "MULTI" ? error("NOPERM no MULTI") : exec(() => error("ERR EXEC without MULTI"))(words, socket)
      )
      isError(yield* failed(yield* start(redis.watch("k", read))), "NoPermission", "MayHaveExecuted")
      assert.strictEqual(transport.open.length, 1)
    })
  )

  it.effect("names every command that was not queued", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({}, (words, socket) =>
        words[0] === "SET"
          ? error("OOM no memory")
          : words[0] === "INCR"
            ? error("NOPERM no INCR")
            : exec(() => error("EXECABORT Transaction discarded"))(words, socket)
      )
      const batch = [Command.incr("a"), Command.set("k", "v")]
      const failure = yield* failed(yield* start(redis.watch("k", () => Effect.succeed(batch))))
      isError(failure, "ExecAborted", "Refused")
      const { position, refusals } = failure.reason as Extract<typeof failure.reason, { _tag: "ExecAborted" }>
      assert.deepStrictEqual(
        [position, ...refusals.map((one) => `${one.position} ${one.reason._tag}`)],
        [0, "0 NoPermission", "1 OutOfMemory"]
      )
    })
  )

  it.effect("follows its slot, and refuses keys of two slots before anything is sent", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ policies: quick })
      fake.on = (words, socket) => {
        if (words[0] === "WATCH" && socket.address === "n1:1") return moved(k1, "n2:1")
        if (words[0] === "INCR") return queued
        return exec(() => array([int(1)]))(words, socket)
      }
      const fiber = yield* start(redis.watch(k1, () => Effect.succeed({ n: Command.incr(k1) })))
      assert.isTrue(yield* isDone(fiber))
      assert.deepStrictEqual(yield* succeeded(fiber), { n: 1 })
      assert.deepStrictEqual(fake.writesTo("n2:1"), [[`WATCH ${k1}`], ["MULTI", `INCR ${k1}`, "EXEC"]])
      isError(yield* failed(yield* start(redis.watch([k1, k2], read))), "CrossSlot", "NotSent")
      const crossing = redis.watch(k1, () => Effect.succeed([Command.incr(k1), Command.incr(k2)]))
      isError(yield* failed(yield* start(crossing)), "CrossSlot", "NotSent")
    })
  )

  it.effect("waits for a slot that no node serves until one does, and asks for the map meanwhile", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ checkInterval: "1 hour" }, (cluster) => {
        cluster.view = { ...three, shards: three.shards.slice(0, 2) }
        cluster.on = ([name]) => (name === "WATCH" || name === "UNWATCH" ? ok : undefined)
      })
      const fiber = yield* start(redis.watch(k3, (tx) => Effect.as(tx.get(k3), [])))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* isDone(fiber))
      fake.view = { ...three, epoch: 4 }
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* succeeded(fiber), [])
      assert.include(fake.sentTo("n3:1"), `WATCH ${k3}`)
    })
  )
})
