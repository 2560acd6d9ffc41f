/** Schedules of the user's own: each is the one that paces its failures, in every way to send, and no other is asked. */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import { Transport } from "../../src/connection/Transport.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import type { RedisService } from "../../src/Redis.ts"
import { RedisCluster } from "../../src/RedisCluster.ts"
import type { Policies, Policy } from "../../src/routing/Policies.ts"
import { failed, isDone, isError, settle, start, succeeded } from "../support/client.ts"
import { ask, clustered, FakeCluster, k1, k3, moved } from "../support/FakeCluster.ts"
import { array, bulk, error, int, ok, queued, refused } from "../support/FakeTransport.ts"

/** A policy that waits for so long each time, and what it was given: the failure, and for which operation. */
const own = (millis: number, times = Number.POSITIVE_INFINITY) => {
  const seen: Array<string> = []
  const policy: Policy = Schedule.spaced(millis).pipe(
    Schedule.setInputType<RedisError>(),
    Schedule.while(({ attempt, input }) => {
      seen.push(`${input.command} ${input.reason._tag}`)
      return attempt <= times
    })
  )
  return { policy, seen }
}

/** All policies are the user's own, each with a delay that no other has. */
const owned = (times?: number) => {
  const all = {
    redirect: own(7, times),
    unavailable: own(13, times),
    reconnect: own(17, times),
    discovery: own(19, times),
    watchConflict: own(23, times)
  }
  const policies: Policies = {
    redirect: all.redirect.policy,
    unavailable: all.unavailable.policy,
    reconnect: all.reconnect.policy,
    discovery: all.discovery.policy,
    watchConflict: all.watchConflict.policy
  }
  const seen = () =>
    Object.fromEntries(Object.entries(all).flatMap(([name, one]) => (one.seen.length === 0 ? [] : [[name, one.seen]])))
  return { policies, seen }
}

const block = [Command.getDel(k1)] as const

/** Each way to send, and under which name its failures are told. */
const ways: Readonly<Record<string, (redis: RedisService) => Effect.Effect<unknown, RedisError>>> = {
  GETDEL: (redis) => redis.getDel(k1),
  "GETDEL of a pipeline": (redis) => redis.pipeline(block),
  MULTI: (redis) => redis.transaction(block),
  BLPOP: (redis) => redis.blPop(k1, "5 seconds"),
  WATCH: (redis) => redis.watch(k1, () => Effect.succeed(block))
}

/** The first node answers what has the key as is said, one after the other, and then serves it. */
const serving = (fake: FakeCluster, answers: ReadonlyArray<string>) => {
  const left = [...answers]
  let aborted = false
  let blocks = false
  fake.on = ([name = "", sub, ...more], { address }) => {
    if (name === "CLIENT" && sub === "ID") return int(1)
    if (name === "MULTI") blocks = true
    if (name === "MULTI" || name === "ASKING" || name === "UNWATCH") return ok
    if (name === "EXEC") {
      blocks = false
      const answer = aborted ? error("EXECABORT Transaction discarded because of previous errors.") : array([bulk("v")])
      aborted = false
      return answer
    }
    if (![sub, ...more].includes(k1)) return undefined
    const refusal = address === "n1:1" ? left.shift() : undefined
    if (refusal !== undefined) {
      aborted = blocks
      return refusal
    }
    return blocks ? queued : name === "WATCH" ? ok : name === "BLPOP" ? array([bulk(k1), bulk("v")]) : bulk("v")
  }
}

const down = error("CLUSTERDOWN The cluster is down")
const tryAgain = error("TRYAGAIN Multiple keys request during rehashing of slot")

/** The effect has not ended after so many milliseconds, and has after one more. */
const endsAfter = (millis: number, effect: Effect.Effect<unknown, RedisError>) =>
  Effect.gen(function* () {
    const fiber = yield* start(effect)
    for (let passed = 0; passed < millis; passed++) {
      assert.isFalse(yield* isDone(fiber), `after ${passed} ms`)
      yield* TestClock.adjust("1 millis")
    }
    yield* succeeded(fiber)
  })

describe("A policy of the user's own", () => {
  for (const [way, send] of Object.entries(ways)) {
    const name = way.split(" ")[0]

    it.effect(`paces redirects and TRYAGAIN of ${way}: redirect`, () =>
      Effect.gen(function* () {
        const { policies, seen } = owned()
        const { fake, redis } = yield* clustered({ policies })
        serving(fake, [tryAgain, tryAgain, moved(k1, "n2:1")])
        // TRYAGAIN within WATCH is no redirect: the watched keys begin anew.
        const pause = way === "WATCH" ? 13 : 7
        yield* endsAfter(2 * pause + 7, send(redis))
        const [refusals, redirects] = [[`${name} TryAgain`, `${name} TryAgain`], [`${name} Redirected`]]
        assert.deepStrictEqual(
          seen(),
          way === "WATCH" ? { unavailable: refusals, redirect: redirects } : { redirect: [...refusals, ...redirects] }
        )
      })
    )

    it.effect(`paces what is not served now of ${way}: unavailable`, () =>
      Effect.gen(function* () {
        const { policies, seen } = owned()
        const { fake, redis } = yield* clustered({ policies })
        serving(fake, [down, error("LOADING no"), error("MASTERDOWN no")])
        yield* endsAfter(39, send(redis))
        assert.deepStrictEqual(seen(), {
          unavailable: [`${name} ClusterDown`, `${name} Loading`, `${name} MasterDown`]
        })
      })
    )
  }

  it.effect("decides how many redirects are too many", () =>
    Effect.gen(function* () {
      const { policies, seen } = owned(2)
      const { fake, redis } = yield* clustered({ policies })
      fake.on = ([name], { address }) => (name === "GET" ? moved(k1, address === "n1:1" ? "n2:1" : "n1:1") : undefined)
      const fiber = yield* start(redis.get(k1))
      yield* TestClock.adjust("7 millis")
      assert.isFalse(yield* isDone(fiber))
      yield* TestClock.adjust("7 millis")
      isError(yield* failed(fiber), "TooManyRedirects", "Refused")
      assert.deepStrictEqual(seen(), { redirect: ["GET Redirected", "GET Redirected", "GET Redirected"] })
    })
  )

  it.effect("follows ASK in its time, with ASKING", () =>
    Effect.gen(function* () {
      const { policies, seen } = owned()
      const { fake, redis } = yield* clustered({ policies })
      serving(fake, [ask(k1, "n2:1")])
      yield* endsAfter(7, redis.getDel(k1))
      assert.deepStrictEqual(fake.writesTo("n2:1"), [["ASKING", `GETDEL ${k1}`]])
      assert.deepStrictEqual(seen(), { redirect: ["GETDEL Redirected"] })
    })
  )

  it.effect("says when a node is dialled again: reconnect", () =>
    Effect.gen(function* () {
      const { policies, seen } = owned()
      const { fake, redis } = yield* clustered({ policies, checkInterval: "1 day" })
      const at: Array<number> = []
      fake.transport.onOpen = (address) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          if (address === "n3:1") at.push(now)
          return address === "n3:1" && at.length < 6 ? refused() : Effect.void
        })
      const fiber = yield* start(redis.get(k3))
      for (let n = 0; n < 150; n++) {
        yield* settle
        yield* TestClock.adjust("1 millis")
      }
      assert.strictEqual(yield* succeeded(fiber), "n3:1")
      assert.deepStrictEqual(
        at.slice(1).map((time, n) => time - (at[n] ?? 0)),
        [17, 17, 17, 17, 17]
      )
      assert.deepStrictEqual(new Set(seen().reconnect), new Set(["CONNECT ConnectFailed"]))
      assert.deepStrictEqual(new Set(seen().unavailable), new Set(["GET ConnectFailed"]))
    })
  )

  it.effect("says when the seeds are asked again, and for how long: discovery", () =>
    Effect.gen(function* () {
      const { policies, seen } = owned(3)
      const fake = new FakeCluster()
      const at: Array<number> = []
      fake.on = ([name]) => (name === "CLUSTER" ? error("LOADING no") : undefined)
      const asking: FakeCluster["on"] = fake.on
      let now = 0
      fake.on = (words, socket) => {
        if (words[1] === "SLOTS") at.push(now)
        return asking(words, socket)
      }
      const made = RedisCluster.make({ nodes: ["n1:1"], policies })
      const fiber = yield* start(Effect.flip(Effect.provideService(made, Transport, fake.transport.service)))
      while (now < 57) {
        assert.isFalse(yield* isDone(fiber), `after ${now} ms`)
        now++
        yield* TestClock.adjust("1 millis")
      }
      const { attempts } = yield* succeeded(fiber)
      assert.deepStrictEqual(
        attempts.map(({ reason }) => reason._tag),
        ["Loading"]
      )
      assert.deepStrictEqual(at, [0, 19, 38, 57])
      assert.deepStrictEqual(seen(), { discovery: Array.from({ length: 4 }, () => "CLUSTER SLOTS Loading") })
    })
  )

  it.effect("says when a watched transaction begins anew after a conflict: watchConflict", () =>
    Effect.gen(function* () {
      const { policies, seen } = owned()
      const { fake, redis } = yield* clustered({ policies })
      let conflicts = 2
      serving(fake, [])
      const served = fake.on
      fake.on = (words, socket) => {
        const answer = served(words, socket)
        return words[0] === "EXEC" && conflicts-- > 0 ? "_\r\n" : answer
      }
      yield* endsAfter(
        46,
        redis.watch(k1, () => Effect.succeed(block))
      )
      assert.deepStrictEqual(seen(), { watchConflict: ["WATCH WatchConflict", "WATCH WatchConflict"] })
    })
  )
})
