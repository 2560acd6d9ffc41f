/** What makes a client ask for the map: each trigger by itself, how many rounds, when, and with which cause. */
import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import type { RedisService } from "../../src/Redis.ts"
import type { RedisClusterService } from "../../src/RedisCluster.ts"
import type { RefreshCause, TopologyEvent } from "../../src/routing/ClusterTopology.ts"
import { isDone, settle, start, succeeded } from "../support/client.ts"
import {
  ask,
  clustered,
  type FakeCluster,
  k1,
  k3,
  moved,
  tagsOfEvents,
  three,
  watched
} from "../support/FakeCluster.ts"
import { error } from "../support/FakeTransport.ts"

/** No periodic check, and commands that are refused for long. */
const quiet = { checkInterval: "1 day", policies: { unavailable: Schedule.spaced("1 second") } } as const

interface Setting {
  readonly redis: RedisService
  readonly cluster: RedisClusterService
  readonly fake: FakeCluster
}

/** The first node answers GET so, once. */
const answering = (text: string) => (setting: Setting) =>
  Effect.gen(function* () {
    let told = false
    setting.fake.on = (words, { address }) => {
      if (words[0] !== "GET" || address !== "n1:1" || told) return undefined
      told = true
      return text
    }
    yield* start(setting.redis.get(k1))
    yield* settle
  })

/** Each trigger, and how soon after it the nodes are asked: within 75 ms, or not before the longer interval. */
const triggers: ReadonlyArray<
  readonly [
    what: string,
    cause: RefreshCause,
    when: "soon" | "later",
    pull: (setting: Setting) => Effect.Effect<unknown>
  ]
> = [
  ["MOVED to a primary", "moved", "later", answering(moved(k1, "n2:1"))],
  ["MOVED to a node that is not known", "moved", "soon", answering(moved(k1, "n4:1"))],
  ["MOVED to the node that answered", "connection lost", "soon", answering(moved(k1, "n1:1"))],
  ["MOVED to a host that is not known", "uncovered slot", "soon", answering(moved(k1, "?:1"))],
  ["ASK for a node that is not known", "ask", "later", answering(ask(k1, "n4:1"))],
  ["REDIRECT", "readonly", "soon", answering(error("REDIRECT n2:1"))],
  ["READONLY", "readonly", "soon", answering(error("READONLY You can't write against a read only replica."))],
  ["CLUSTERDOWN", "clusterdown", "soon", answering(error("CLUSTERDOWN The cluster is down"))],
  ["MASTERDOWN", "clusterdown", "soon", answering(error("MASTERDOWN Link with MASTER is down"))],
  [
    "a connection that cannot be opened",
    "connect failure",
    "soon",
    ({ fake, redis }) => {
      fake.down("n3:1")
      return Effect.andThen(start(redis.get(k3)), settle)
    }
  ],
  [
    "a connection that is reset",
    "connection lost",
    "soon",
    ({ fake }) =>
      Effect.andThen(
        Effect.sync(() => fake.transport.last("n1:1").end()),
        settle
      )
  ],
  [
    "a command whose time is over",
    "time-out",
    "soon",
    ({ fake, redis }) => {
      fake.on = ([name]) => (name === "GET" ? "" : undefined)
      const command = Effect.ignore(redis.run(Command.get(k1), { deadline: "20 millis" }))
      return Effect.andThen(start(command), Effect.andThen(settle, TestClock.adjust("30 millis")))
    }
  ],
  [
    "a slot without an owner",
    "uncovered slot",
    "soon",
    ({ cluster, fake, redis }) => {
      fake.view = { ...three, shards: three.shards.slice(0, 2), epoch: 4 }
      return Effect.gen(function* () {
        yield* start(cluster.refresh)
        yield* settle
        yield* TestClock.adjust("200 millis")
        yield* start(redis.get(k3))
        yield* settle
      })
    }
  ]
]

const refreshes = (events: ReadonlyArray<TopologyEvent>): ReadonlyArray<string> =>
  tagsOfEvents(events).filter((tag) => tag !== "Patched")

describe("The map is asked for", () => {
  for (const [what, cause, when, pull] of triggers) {
    it.effect(`${when} after ${what}, and the event tells the cause`, () =>
      Effect.gen(function* () {
        const setting = yield* clustered(quiet)
        // Of the two intervals since the nodes were asked the shorter one is over.
        const events = yield* watched(setting.cluster)
        yield* TestClock.adjust("200 millis")
        yield* pull(setting)
        yield* TestClock.adjust("75 millis")
        yield* settle
        const found = refreshes(events).filter((tag) => tag !== "Refreshed requested")
        if (when === "later") assert.deepStrictEqual(found, [])
        else assert.strictEqual(found[0], `Refreshed ${cause}`)
        yield* TestClock.adjust("2 seconds")
        yield* settle
        assert.include(refreshes(events), `Refreshed ${cause}`)
      })
    )
  }

  it.effect("never by an answer that says nothing about the map", () =>
    Effect.gen(function* () {
      const setting = yield* clustered(quiet)
      const events = yield* watched(setting.cluster)
      yield* TestClock.adjust("10 seconds")
      for (const text of [
        "ERR no",
        "WRONGTYPE no",
        "NOPERM no",
        "OOM no",
        "BUSY no",
        "LOADING Redis is loading the dataset in memory",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "MOVED nonsense"
      ]) {
        yield* answering(error(text))(setting)
        yield* TestClock.adjust("3 seconds")
      }
      yield* answering(ask(k1, "n2:1"))(setting)
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(tagsOfEvents(events), [])
    })
  )
})

/** Chance that always falls alike. */
const fixed = (part: number): Random.Random => ({ nextDoubleUnsafe: () => part, nextIntUnsafe: () => 0 })

/** When CLUSTER SLOTS was asked, in milliseconds from here. */
const roundsOf = (fake: FakeCluster) => {
  const at: Array<number> = []
  let time = 0
  let seen = fake.asked
  const pass = (duration: Duration.Input, millis: number) =>
    Effect.gen(function* () {
      yield* TestClock.adjust(duration)
      yield* settle
      time += millis
      if (fake.asked > seen) at.push(time)
      seen = fake.asked
    })
  return { at, pass }
}

describe("Between two rounds", () => {
  /** The part of the jitter that is added. */
  for (const part of [0, 0.999]) {
    const most = (millis: number) => Math.ceil(millis * (1 + part / 2))

    it.effect(`lie 50 ms and up to a half more where the map cannot answer (chance ${part})`, () =>
      Effect.gen(function* () {
        const { cluster, fake } = yield* clustered({ ...quiet, nodes: ["n1:1"] })
        yield* TestClock.adjust("10 seconds")
        yield* start(cluster.refresh)
        yield* settle
        const { at, pass } = roundsOf(fake)
        for (let n = 0; n < 100; n++) {
          yield* start(cluster.refresh)
          yield* pass("5 millis", 5)
        }
        assert.isAtLeast(at.length, 5)
        const gaps = at.map((time, n) => time - (at[n - 1] ?? 0))
        for (const gap of gaps.slice(1)) {
          assert.isAtLeast(gap, 50 * (1 + part / 2) - 5)
          assert.isAtMost(gap, most(50) + 10)
        }
      }).pipe(Effect.provideService(Random.Random, fixed(part)))
    )

    it.effect(`lie a second and up to a half more where MOVED has answered (chance ${part})`, () =>
      Effect.gen(function* () {
        const { cluster, fake, redis } = yield* clustered({ ...quiet, nodes: ["n1:1"] })
        yield* start(cluster.refresh)
        yield* settle
        fake.on = (words, { address }) => (words[0] === "GET" && address === "n1:1" ? moved(k1, "n2:1") : undefined)
        const { at, pass } = roundsOf(fake)
        for (let n = 0; n < 120; n++) {
          yield* start(redis.get(k1))
          yield* pass("50 millis", 50)
        }
        assert.isAtLeast(at.length, 3)
        const gaps = at.map((time, n) => time - (at[n - 1] ?? 0))
        for (const gap of gaps.slice(1)) {
          assert.isAtLeast(gap, 1000 * (1 + part / 2) - 50)
          assert.isAtMost(gap, most(1000) + 100)
        }
      }).pipe(Effect.provideService(Random.Random, fixed(part)))
    )
  }

  it.effect("nobody begins another: who asks meanwhile is answered by the next round, together with the others", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered(quiet)
      yield* TestClock.adjust("10 seconds")
      const questions = () =>
        fake.transport.sockets.flatMap((socket) => socket.commands).filter((text) => text === "CLUSTER SLOTS").length
      fake.on = ([name, sub]) => (name === "CLUSTER" && sub === "SLOTS" ? "" : undefined)
      const first = yield* start(Effect.exit(cluster.refresh))
      yield* settle
      const asked = questions()
      const others = yield* Effect.forEach(Array.from({ length: 20 }), () => start(cluster.refresh))
      yield* TestClock.adjust("100 millis")
      assert.isFalse(yield* isDone(first))
      assert.strictEqual(questions(), asked)
      fake.on = () => undefined
      for (const socket of fake.transport.open) socket.end()
      yield* TestClock.adjust("5 seconds")
      for (const fiber of others) assert.strictEqual((yield* succeeded(fiber)).covered, 16384)
    })
  )
})
