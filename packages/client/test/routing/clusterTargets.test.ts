import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { raw } from "../../src/command/custom.ts"
import { asBytes, map } from "../../src/command/make.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import { failed, isDone, isError, settle, start, succeeded } from "../support/client.ts"
import { clustered, k1, k2, k3, moved, three, type View } from "../support/FakeCluster.ts"
import { array, bulk, error, int, ok, type Script } from "../support/FakeTransport.ts"

const fast = { policies: { unavailable: Schedule.spaced("10 millis") } }
const once = { policies: { unavailable: Schedule.recurs(0) } }

const withReplicas: View = {
  shards: [
    [0, 5460, "n1:1", "r1:1"],
    [5461, 10922, "n2:1", "r2:1"],
    [10923, 16383, "n3:1", "r3:1"]
  ],
  epoch: 3
}

const PRIMARIES = ["n1:1", "n2:1", "n3:1"]
const REPLICAS = ["r1:1", "r2:1", "r3:1"]

/** How many keys a node has: its number. */
const answering: Script = ([name], { address }) => {
  switch (name) {
    case "DBSIZE":
      return int(Number(address[1]))
    case "KEYS":
      return array([bulk(`key of ${address}`)])
    case "FLUSHALL":
    case "CONFIG":
      return ok
    case "RANDOMKEY":
      return address === "n2:1" ? bulk("k") : "_\r\n"
    case "WAIT":
      return int(Number(address[1]))
    case "ECHO":
      return bulk(address)
    default:
      return undefined
  }
}

const cluster = (options: Parameters<typeof clustered>[0] = {}, but: Script = () => undefined) =>
  clustered(options, (fake) => {
    fake.view = withReplicas
    fake.on = (words, socket) => but(words, socket) ?? answering(words, socket)
  })

const values = (results: ReadonlyMap<string, Result.Result<unknown, RedisError>>) =>
  Object.fromEntries(
    [...results].map(([node, result]) => [
      node,
      Result.isSuccess(result) ? result.success : `${result.failure.reason._tag} ${result.failure.node}`
    ])
  )

describe("Commands of all nodes", () => {
  it.effect("run on every primary, and are answered as by one server", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* cluster()
      assert.strictEqual(yield* succeeded(yield* start(redis.dbSize())), 6)
      const keys = yield* succeeded(yield* start(redis.keys("*")))
      assert.deepStrictEqual(
        [...keys].sort(),
        PRIMARIES.map((node) => `key of ${node}`)
      )
      assert.strictEqual(yield* succeeded(yield* start(redis.randomKey())), "k")
      assert.isUndefined(yield* succeeded(yield* start(redis.flushAll())))
      for (const node of PRIMARIES) {
        assert.deepStrictEqual(fake.sentTo(node).toSorted(), ["DBSIZE", "FLUSHALL", "KEYS *", "RANDOMKEY"])
      }
      for (const node of REPLICAS) assert.deepStrictEqual(fake.sentTo(node), [])
    })
  )

  it.effect("run on replicas too where the servers say so, and in pipelines and views as others do", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* cluster()
      const [set, size, bytes] = yield* succeeded(
        yield* start(
          redis.pipeline([
            commands.configSet("maxmemory", "0"),
            map(commands.dbSize(), (n) => n * 2),
            asBytes(commands.keys("*"))
          ])
        )
      )
      assert.deepStrictEqual([set, size, bytes.length, bytes[0] instanceof Uint8Array], [undefined, 12, 3, true])
      for (const node of [...PRIMARIES, ...REPLICAS]) assert.include(fake.sentTo(node), "CONFIG SET maxmemory 0")
    })
  )

  it.effect("that block do so on a connection of each node, and the least answer counts", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* cluster()
      assert.strictEqual(yield* succeeded(yield* start(redis.run(commands.wait(1, "1 second")))), 1)
      for (const node of PRIMARIES) assert.include(fake.sentTo(node), "WAIT 1 1000")
    })
  )

  it.effect("tell of each node when one fails, and do not where one success is enough", () =>
    Effect.gen(function* () {
      const { redis } = yield* cluster(once, ([name, sub], { address }) =>
        name === "DBSIZE" && address === "n2:1"
          ? error("NOPERM no")
          : name === "SCRIPT" && sub === "KILL"
            ? address === "n3:1"
              ? ok
              : error("NOTBUSY nothing runs")
            : undefined
      )
      const failure = yield* failed(yield* start(redis.dbSize()))
      isError(failure, "PartialFailure", "Executed")
      const parts = failure.reason._tag === "PartialFailure" ? failure.reason.parts : []
      assert.deepStrictEqual(
        parts.map((part) => [part.keys, part.node, part.execution, part.reason?._tag, part.result]),
        [
          [undefined, "n1:1", "Executed", undefined, 1],
          [undefined, "n2:1", "Refused", "NoPermission", undefined],
          [undefined, "n3:1", "Executed", undefined, 3]
        ]
      )
      assert.isUndefined(yield* succeeded(yield* start(redis.scriptKill())))
    })
  )

  it.effect("go to the primary that has taken over when the old one is gone", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* cluster(fast)
      fake.down("n2:1")
      const fiber = yield* start(redis.dbSize())
      yield* TestClock.adjust("100 millis")
      assert.isFalse(yield* isDone(fiber))
      fake.view = {
        ...withReplicas,
        shards: withReplicas.shards.map((shard) => (shard[2] === "n2:1" ? [shard[0], shard[1], "r2:1"] : shard)),
        epoch: 4
      }
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* succeeded(fiber), 6)
      assert.deepStrictEqual(fake.sentTo("r2:1"), ["DBSIZE"])
      assert.deepStrictEqual(fake.sentTo("n1:1"), ["DBSIZE"])
    })
  )

  it.effect("wait for the map where a client connects with its first command", () =>
    Effect.gen(function* () {
      const { redis } = yield* cluster({ start: "lazy", ...fast })
      const fiber = yield* start(redis.dbSize())
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(fiber), 6)
    })
  )
})

describe("Targets", () => {
  it.effect("are all primaries, replicas or nodes, with a result for each", () =>
    Effect.gen(function* () {
      const made = yield* cluster({}, ([name], { address }) =>
        name === "ECHO" && address === "r1:1" ? error("NOPERM no") : undefined
      )
      const echo = commands.echo("x")
      const on = (set: Parameters<typeof made.cluster.onEach>[0]) =>
        Effect.flatMap(start(made.cluster.onEach(set, echo)), (fiber) => Effect.map(succeeded(fiber), values))
      const primaries = { "n1:1": "n1:1", "n2:1": "n2:1", "n3:1": "n3:1" }
      const replicas = { "r1:1": "NoPermission r1:1", "r2:1": "r2:1", "r3:1": "r3:1" }
      assert.deepStrictEqual(yield* on("primaries"), primaries)
      assert.deepStrictEqual(yield* on("replicas"), replicas)
      assert.deepStrictEqual(yield* on("nodes"), { ...primaries, ...replicas })
    })
  )

  it.effect("have views, constants and refusals as everywhere", () =>
    Effect.gen(function* () {
      const made = yield* cluster()
      const each = <A>(command: Parameters<typeof made.cluster.onEach<A>>[1]) =>
        Effect.flatMap(start(made.cluster.onEach("primaries", command)), (fiber) =>
          Effect.map(succeeded(fiber), (results) => Object.values(values(results)))
        )
      assert.deepStrictEqual(yield* each(map(commands.dbSize(), (n) => n * 10)), [10, 20, 30])
      assert.deepStrictEqual(yield* each(commands.mGet([])), [[], [], []])
      assert.deepStrictEqual(
        yield* each(commands.blPop("k", "1 second")),
        new Array(3).fill("InvalidArgument undefined")
      )
      const wrong = yield* start(made.cluster.onEach("primaries", commands.dbSize(), { deadline: -1 }))
      isError(yield* failed(wrong), "InvalidArgument", "NotSent")
    })
  )

  it.effect("are the primary of a key or of a slot, which no redirect leaves", () =>
    Effect.gen(function* () {
      const made = yield* cluster({}, ([name, key]) => (name === "GET" && key === k2 ? moved(k2, "n2:1") : undefined))
      const { cluster: nodes } = made
      assert.deepStrictEqual(
        [k1, k2, k3, 0, 16_383].map((what) => nodes.nodeOf(what)?.endpoint?.host),
        ["n1", "n2", "n3", "n1", "n3"]
      )
      assert.isUndefined(nodes.nodeOf(16_384))
      const echo = raw("ECHO", ["x"])
      assert.strictEqual(yield* succeeded(yield* start(nodes.onNode({ key: k2 }).run(echo))), "n2:1")
      assert.strictEqual(yield* succeeded(yield* start(nodes.onNode({ slot: 16_383 }).run(echo))), "n3:1")
      isError(yield* failed(yield* start(nodes.onNode({ slot: 0 }).get(k2))), "Redirected", "Refused")
      isError(yield* failed(yield* start(nodes.onNode({ slot: 0.5 }).get(k2))), "InvalidArgument", "NotSent")
    })
  )

  it.effect("are chosen by chance among a set", () =>
    Effect.gen(function* () {
      const { cluster: nodes } = yield* cluster()
      const any = nodes.onNode({ random: "replicas" })
      const seen = new Set<unknown>()
      for (let n = 0; n < 60; n++) seen.add(yield* succeeded(yield* start(any.run(raw("ECHO", ["x"])))))
      assert.deepStrictEqual([...seen].sort(), REPLICAS)
      const { cluster: bare } = yield* clustered(once, (fake) => {
        fake.view = three
      })
      isError(yield* failed(yield* start(bare.onNode({ random: "replicas" }).dbSize())), "ConnectFailed", "NotSent")
    })
  )

  it.effect("that cannot be reached fail at the deadline, and the others have their results", () =>
    Effect.gen(function* () {
      const made = yield* cluster(fast)
      made.fake.down("r2:1")
      const fiber = yield* start(made.cluster.onEach("replicas", commands.echo("x"), { deadline: "300 millis" }))
      yield* TestClock.adjust("250 millis")
      assert.isFalse(yield* isDone(fiber))
      yield* TestClock.adjust("100 millis")
      yield* settle
      assert.deepStrictEqual(values(yield* succeeded(fiber)), {
        "r1:1": "r1:1",
        "r2:1": "Timeout r2:1",
        "r3:1": "r3:1"
      })
    })
  )
})
