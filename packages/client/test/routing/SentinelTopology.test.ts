import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Command } from "../../src/Command.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import type { RedisService } from "../../src/Redis.ts"
import { failed, isDone, isError, pass, settle, start, succeeded } from "../support/client.ts"
import { SENTINELS, watched } from "../support/FakeSentinels.ts"
import { array, bulk, error, int, ok, queued } from "../support/FakeTransport.ts"

const SWITCH = "mymaster p1 1 p2 1"
const READONLY = error("READONLY You can't write against a read only replica.")

describe("SentinelTopology", () => {
  it.effect("turns to the new primary when any sentinel announces it, before anybody is asked for the time", () =>
    Effect.gen(function* () {
      const { events, fake, redis } = yield* watched()
      fake.failOver()
      fake.announce("s3:26379", "+switch-master", SWITCH)
      yield* settle
      assert.strictEqual(yield* redis.get("a"), "p2:1")
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "PrimaryChanged" ? [[event.from?.host, event.to.host]] : [])),
        [["p1", "p2"]]
      )
      const announced = events.flatMap((event) => (event._tag === "Announced" ? [event] : []))
      assert.deepStrictEqual(
        announced.map(({ announcement, sentinel }) => [sentinel, announcement._tag]),
        [["s3:26379", "Switched"]]
      )
    })
  )

  it.effect("finds by its periodic check what no announcement told", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({ listen: false })
      fake.failOver()
      yield* pass(1600, 50)
      assert.strictEqual(yield* redis.get("a"), "p2:1")
      assert.isFalse(fake.transport.sockets.some(({ commands }) => commands.includes("PSUBSCRIBE *")))
    })
  )

  it.effect("does not listen to announcements of other services", () =>
    Effect.gen(function* () {
      const { events, fake } = yield* watched()
      const asked = fake.asked.length
      fake.announce("s1:26379", "+switch-master", "other p1 1 p2 1")
      fake.announce("s1:26379", "+sdown", "slave p9:1 p9 1 @ other p8 1")
      yield* settle
      assert.deepStrictEqual(events, [])
      assert.strictEqual(fake.asked.length, asked)
    })
  )

  it.effect(
    "destroys the old primary's socket before it sends anything to the new one, and delivers nothing late",
    () =>
      Effect.gen(function* () {
        const { fake, redis } = yield* watched({}, (fake) => {
          fake.on = ([name], { address }) =>
            name === "INCR" || (name === "GET" && address === "p1:1") ? (address === "p1:1" ? "" : int(1)) : undefined
        })
        const old = fake.transport.last("p1:1")
        const write = yield* start(redis.incr("a"))
        const read = yield* start(redis.get("a"))
        yield* settle
        assert.isFalse(yield* isDone(write))
        fake.failOver()
        fake.announce("s1:26379", "+switch-master", SWITCH)
        yield* settle
        assert.isFalse(old.open)
        old.answerLate(int(99) + bulk("late"))
        isError(yield* failed(write), "ConnectionLost", "MayHaveExecuted")
        yield* pass(100)
        // What only reads may be sent again.
        assert.strictEqual(yield* succeeded(read), "p2:1")
        assert.deepStrictEqual(fake.sentTo("p2:1"), ["GET a"])
      })
  )

  it.effect("sends what was refused as READONLY to the new primary, once sentinels know it", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({ listen: false }, (fake) => {
        fake.on = ([name], { address }) =>
          name === "INCR" ? (fake.replicas.has(address) ? READONLY : int(1)) : undefined
      })
      fake.replicas.add("p1:1")
      const write = yield* start(redis.incr("a"))
      yield* pass(300)
      assert.isFalse(yield* isDone(write))
      // It is sent to nobody as long as it is not known who the primary is.
      assert.deepStrictEqual(fake.sentTo("p1:1"), ["INCR a"])
      fake.failOver()
      yield* pass(200)
      assert.strictEqual(yield* succeeded(write), 1)
    })
  )

  it.effect(
    "asks the sentinels again on every reconnect, and sends nothing to a server that has become a replica",
    () =>
      Effect.gen(function* () {
        const { fake, redis } = yield* watched({ listen: false, checkInterval: "1 hour" })
        const asked = fake.asked.length
        fake.transport.last("p1:1").end()
        yield* pass(100)
        assert.isAbove(fake.asked.length, asked)
        assert.strictEqual(yield* redis.get("a"), "p1:1")

        fake.replicas.add("p1:1")
        fake.transport.last("p1:1").end()
        const read = yield* start(redis.get("b"))
        yield* pass(300)
        assert.isFalse(yield* isDone(read))
        assert.notInclude(fake.sentTo("p1:1"), "GET b")
        fake.failOver()
        yield* pass(300)
        assert.strictEqual(yield* succeeded(read), "p2:1")
      })
  )

  it.effect("keeps its primary while no sentinel can be reached", () =>
    Effect.gen(function* () {
      const { events, fake, redis } = yield* watched()
      fake.down(...SENTINELS)
      yield* pass(5000, 50)
      assert.strictEqual(yield* redis.get("a"), "p1:1")
      const failures = events.flatMap((event) => (event._tag === "Failed" ? [event.error.reason._tag] : []))
      assert.isAbove(failures.length, 0)
      assert.deepStrictEqual([...new Set(failures)], ["NoSentinel"])
      fake.up(...SENTINELS)
      fake.failOver()
      yield* pass(1000, 50)
      assert.strictEqual(yield* redis.get("a"), "p2:1")
    })
  )

  it.effect("says why there is no primary when the deadline of a command has passed", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({ commandTimeout: "2 seconds" })
      fake.down("p1:1")
      const write = yield* start(redis.incr("a"))
      yield* pass(3000, 50)
      const failure = yield* failed(write)
      isError(failure, "Timeout", "NotSent")
      assert.include(failure.message, "PrimaryDown: the primary of mymaster cannot be used: ")
    })
  )

  it.effect("finds a primary that freezes by the word of the sentinels, without waiting for its answer", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({ listen: false })
      yield* pass(1000, 50)
      fake.freeze("p1:1")
      yield* pass(2000, 50)
      fake.failOver()
      yield* pass(200)
      assert.strictEqual(yield* redis.get("a"), "p2:1")
    })
  )

  it.effect("does not let a sentinel that freezes with the primary hold up the word of the others", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({ listen: false })
      yield* pass(1000, 50)
      fake.freeze("p1:1", "s1:26379")
      yield* pass(1500, 50)
      // A round: 50 ms for the silent sentinel, 30 for the silent primary, 60 until the next one.
      const asked = fake.asked.length
      yield* pass(2000)
      const rounds = fake.asked.slice(asked).filter((sentinel) => sentinel === "s2:26379").length
      assert.isAtLeast(rounds, 12)
      fake.failOver()
      yield* pass(250)
      const read = yield* start(redis.get("a"))
      yield* settle
      assert.strictEqual(yield* succeeded(read), "p2:1")
    })
  )

  it.effect("opens a new subscription when one ends or falls silent", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({ sentinels: ["s1"], checkInterval: "1 hour" })
      const listening = () =>
        fake.transport.open.filter(({ commands }) => commands.includes("PSUBSCRIBE *")).map(({ address }) => address)
      assert.deepStrictEqual(listening(), ["s1:26379"])
      fake.transport.open.find(({ commands }) => commands.includes("PSUBSCRIBE *"))?.end()
      yield* pass(100)
      assert.deepStrictEqual(listening(), ["s1:26379"])
      const silent = fake.transport.open.find(({ commands }) => commands.includes("PSUBSCRIBE *"))
      fake.on = (words, socket) => (socket === silent && words[0] === "PING" ? "" : undefined)
      yield* pass(5000, 50)
      assert.isFalse(silent?.open)
      assert.deepStrictEqual(listening(), ["s1:26379"])
      fake.failOver()
      fake.announce("s1:26379", "+switch-master", SWITCH)
      yield* settle
      assert.strictEqual(yield* redis.get("a"), "p2:1")
    })
  )

  it.effect("with a lazy start asks nobody before the first command", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({ start: "lazy" })
      yield* pass(5000, 50)
      assert.deepStrictEqual(fake.transport.dialled, [])
      const read = yield* start(redis.get("a"))
      yield* pass(100)
      assert.strictEqual(yield* succeeded(read), "p1:1")
    })
  )

  it.effect(
    "sends a blocked command that the old primary has ended on to the new one, with the time that is left",
    () =>
      Effect.gen(function* () {
        const { fake, redis } = yield* watched({ listen: false }, (fake) => {
          fake.on = (words, { address }) => {
            if (words[0] === "BLPOP") return address === "p1:1" ? "" : array([bulk("q"), bulk("job")])
            return words[0] === "CLIENT" && words[1] === "ID" ? int(7) : undefined
          }
        })
        const pop = yield* start(redis.blPop("q", "10 seconds"))
        yield* pass(4000, 50)
        const socket = fake.transport.open.find(({ commands }) => commands.some((text) => text.startsWith("BLPOP")))
        fake.failOver()
        socket?.answer(
          error("UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)")
        )
        yield* pass(2000, 50)
        assert.deepStrictEqual(yield* succeeded(pop), { key: "q", element: "job" })
        const [again = ""] = fake.sentTo("p2:1").filter((text) => text.startsWith("BLPOP"))
        const left = Number(again.split(" ").at(-1))
        assert.isTrue(left > 0 && left <= 6, again)
      })
  )

  it.effect("tells what still blocks at a reachable old primary to end, and lets it go on at the new one", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({}, (fake) => {
        fake.on = (words, { address }) => {
          if (words[0] === "BLPOP") return address === "p1:1" ? "" : array([bulk("q"), bulk("job")])
          if (words[0] !== "CLIENT") return undefined
          if (words[1] === "ID") return int(7)
          if (words[1] !== "UNBLOCK") return undefined
          const blocked = fake.transport.open.find(({ commands }) => commands.some((text) => text.startsWith("BLPOP")))
          blocked?.answer(error("UNBLOCKED client unblocked via CLIENT UNBLOCK"))
          return int(1)
        }
      })
      const pop = yield* start(redis.blPop("q", "10 seconds"))
      yield* settle
      fake.failOver()
      fake.announce("s1:26379", "+switch-master", SWITCH)
      yield* pass(500)
      assert.deepStrictEqual(yield* succeeded(pop), { key: "q", element: "job" })
    })
  )

  it.effect("fails a blocked command whose socket died with its primary: it may have taken an element", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({}, (fake) => {
        fake.on = ([name, word], { address }) =>
          name === "BLPOP" && address === "p1:1" ? "" : name === "CLIENT" && word === "ID" ? int(7) : undefined
      })
      const pop = yield* start(redis.blPop("q", "10 seconds"))
      yield* settle
      fake.down("p1:1")
      isError(yield* failed(pop), "ConnectionLost", "MayHaveExecuted")
    })
  )

  const apart: Readonly<Record<string, (redis: RedisService) => Effect.Effect<unknown, RedisError>>> = {
    "a lease": (redis) => Effect.scoped(Effect.flatMap(redis.lease(), (mine) => mine.get("a"))),
    "redis.watch": (redis) => redis.watch("a", (tx) => Effect.map(tx.get("a"), (value) => [Command.set("b", value!)])),
    "a durable write": (redis) => redis.durable(Command.incr("a"), { replicas: 1, timeout: "1 second" }),
    "a blocking command": (redis) => redis.blPop("q", "10 seconds")
  }
  for (const [name, run] of Object.entries(apart)) {
    it.effect(`lets ${name} wait within its deadline while there is no primary`, () =>
      Effect.gen(function* () {
        const { fake, redis } = yield* watched({ listen: false, checkInterval: "1 hour" }, (fake) => {
          fake.on = ([name]) => {
            if (name === "BLPOP") return array([bulk("q"), bulk("job")])
            if (name === "WATCH" || name === "MULTI") return ok
            if (name === "SET") return queued
            if (name === "EXEC") return array([ok])
            return name === "INCR" || name === "WAIT" ? int(1) : undefined
          }
        })
        fake.down("p1:1")
        const hasWaited = yield* start(run(redis))
        const isLate = yield* start(run(redis.withOptions({ deadline: "1 second" })))
        yield* pass(900, 50)
        assert.isFalse((yield* isDone(hasWaited)) || (yield* isDone(isLate)))
        yield* pass(200, 50)
        const failure = yield* failed(isLate)
        isError(failure, "Timeout", "NotSent")
        assert.include(failure.message, "PrimaryDown: the primary of mymaster cannot be used: ")
        fake.failOver()
        yield* pass(500, 50)
        yield* succeeded(hasWaited)
        assert.isAbove(fake.sentTo("p2:1").length, 0)
      })
    )
  }
})
