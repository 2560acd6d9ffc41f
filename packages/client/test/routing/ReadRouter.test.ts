import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import { ConnectError } from "../../src/error/RedisError.ts"
import type { RedisService } from "../../src/Redis.ts"
import type { RedisClusterOptions } from "../../src/RedisCluster.ts"
import type { ReadCandidate, ReadFrom } from "../../src/topology/ReadFrom.ts"
import { failed, failing, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { ask, clustered, type FakeCluster, moved, type View } from "../support/FakeCluster.ts"
import { bulk, error, type FakeSocket, ok } from "../support/FakeTransport.ts"

const P = "p:1"
const R = "r:1"
const S = "s:1"

/** One shard: a primary and two replicas. */
const shard: View = { shards: [[0, 16383, P, R, S]], epoch: 3 }
const alone: View = { shards: [[0, 16383, P]], epoch: 3 }

/** A client of that shard; GET answers with the address of who was asked. */
const reading = (
  readFrom: ReadFrom | undefined,
  setup?: (cluster: FakeCluster) => void,
  more: Partial<RedisClusterOptions> = {}
) =>
  clustered({ nodes: [P], ...(readFrom === undefined ? {} : { readFrom }), ...more }, (cluster) => {
    cluster.view = shard
    setup?.(cluster)
  })

/** Who answers so many reads, one after the other. */
const readers = (redis: RedisService, count: number, key = "k") =>
  Effect.forEach(Array.from({ length: count }), () => Effect.flatMap(start(redis.get(key)), succeeded))

/** The same, counted. */
const counted = (redis: RedisService, count: number) =>
  Effect.map(readers(redis, count), (answers) => {
    const counts: Record<string, number> = {}
    for (const answer of answers) counts[answer ?? ""] = (counts[answer ?? ""] ?? 0) + 1
    return counts
  })

const isReadOnly = (socket: FakeSocket) => socket.commands.includes("READONLY")

describe("ReadRouter: where reads go", () => {
  it.effect("reads from the primary by default, and opens no connection to a replica", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* reading(undefined)
      assert.deepStrictEqual(yield* counted(redis, 6), { [P]: 6 })
      assert.deepStrictEqual(fake.transport.open.filter(isReadOnly), [])
    })
  )

  it.effect("goes to the nodes that the strategy takes, each in its turn", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading("preferReplica")
      assert.deepStrictEqual(yield* counted(redis, 6), { [R]: 3, [S]: 3 })
      assert.deepStrictEqual(yield* counted(redis.withOptions({ readFrom: "replica" }), 6), { [R]: 3, [S]: 3 })
      assert.deepStrictEqual(yield* counted(redis.withOptions({ readFrom: "roundRobin" }), 6), {
        [P]: 2,
        [R]: 2,
        [S]: 2
      })
      assert.deepStrictEqual(yield* counted(redis.withOptions({ readFrom: "primary" }), 6), { [P]: 6 })
      const any = yield* counted(redis.withOptions({ readFrom: "any" }), 6)
      assert.deepStrictEqual(Object.values(any), [6])
      const random = yield* counted(redis.withOptions({ readFrom: "random" }), 60)
      assert.strictEqual(Object.keys(random).length, 3)
    })
  )

  it.effect("takes turns from call to call where each call says so", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading(undefined)
      const seen = new Set<string | undefined>()
      for (let n = 0; n < 2; n++) {
        seen.add(yield* succeeded(yield* start(redis.run(Command.get("k"), { readFrom: "preferReplica" }))))
      }
      assert.deepStrictEqual([...seen].sort(), [R, S])
      assert.strictEqual(yield* succeeded(yield* start(redis.get("k"))), P)
    })
  )

  it.effect("says READONLY on a replica's connection, and never on the one that the same node has otherwise", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* reading("roundRobin")
      yield* readers(redis, 6)
      for (const socket of fake.transport.open) {
        const read = socket.commands.some((command) => command.startsWith("GET"))
        if (read) assert.strictEqual(isReadOnly(socket), socket.address !== P)
        else assert.isFalse(isReadOnly(socket))
      }
    })
  )

  it.effect("keeps writes, transactions, what is keyless and what reads for the primary alone there", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* reading("replica", (cluster) => {
        cluster.on = ([name], socket) => {
          if (name === "SET" || name === "MULTI") return ok
          if (name === "EXEC") return "*1\r\n$1\r\nt\r\n"
          if (name === "ECHO" || name === "GETEX" || name === "GETDEL") return bulk(socket.address)
          return undefined
        }
      })
      const results = yield* start(
        Effect.all([
          redis.set("k", "v"),
          redis.getDel("k"),
          redis.echo("x"),
          redis.transaction([Command.get("k")]),
          redis.pipeline([Command.set("k", "v"), Command.get("k"), Command.getDel("k")])
        ])
      )
      yield* settle
      const [, taken, echoed, , [, read, alsoTaken]] = yield* succeeded(results)
      assert.deepStrictEqual([taken, echoed, alsoTaken], [P, P, P])
      assert.include([R, S], read)
      for (const replica of [R, S]) {
        for (const command of fake.sentTo(replica)) assert.match(command, /^GET /)
      }
    })
  )

  it.effect("decides for each command of a pipeline, with options of its own", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading(undefined)
      const gets = [Command.get("a"), Command.get("b")] as const
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.pipeline(gets))), [P, P])
      const there = yield* succeeded(yield* start(redis.pipeline(gets, { readFrom: "preferReplica" })))
      assert.deepStrictEqual([...there].sort(), [R, S])
    })
  )

  it.effect("asks the user's function, with the nodes that can be used and what is read", () =>
    Effect.gen(function* () {
      const asked: Array<readonly [ReadonlyArray<ReadCandidate>, unknown]> = []
      const { cluster, redis } = yield* reading((candidates, read) => {
        asked.push([candidates, read])
        return candidates.filter(({ address }) => address === S)
      })
      assert.deepStrictEqual(yield* counted(redis, 3), { [S]: 3 })
      const [candidates, read] = asked[0] ?? assert.fail("the function was not asked")
      assert.deepStrictEqual(
        candidates.map(({ address, role }) => [address, role]),
        [
          [P, "primary"],
          [R, "replica"],
          [S, "replica"]
        ]
      )
      assert.deepStrictEqual(read, { command: "GET", slot: cluster.slotOf("k") })
    })
  )

  it.effect("fails what a function throws, and what it takes nothing for, and sends nothing", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* reading(() => {
        throw new Error("no mind")
      })
      const thrown = yield* failed(yield* start(redis.get("k")))
      isError(thrown, "InvalidArgument", "NotSent")
      assert.include(thrown.message, "no mind")
      isError(
        yield* failed(yield* start(redis.withOptions({ readFrom: () => undefined }).get("k"))),
        "NoReplica",
        "NotSent"
      )
      assert.deepStrictEqual(
        fake.sentTo(P).filter((command) => command.startsWith("GET")),
        []
      )
    })
  )

  it.effect("refuses what is no strategy, and a zone that nobody has named", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading(undefined)
      const unknown = yield* failed(yield* start(redis.run(Command.get("k"), { readFrom: "slaves" as "any" })))
      isError(unknown, "InvalidArgument", "NotSent")
      assert.include(unknown.message, "readFrom")
      isError(
        yield* failed(yield* start(redis.withOptions({ readFrom: "sameZone" }).get("k"))),
        "InvalidArgument",
        "NotSent"
      )
      const refused = yield* Effect.flip(reading("sameZone"))
      assert.instanceOf(refused, ConnectError)
      assert.include(refused.message, "zone")
    })
  )

  it.effect("means the one server of a client that has one", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone({}, ([name]) => (name === "GET" ? bulk("there") : undefined))
      assert.strictEqual(yield* succeeded(yield* start(redis.withOptions({ readFrom: "replica" }).get("k"))), "there")
    })
  )
})

describe("ReadRouter: nodes in trouble", () => {
  it.effect("passes over a replica that refuses connections, at once, and tries it again beside the requests", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* reading("preferReplica", (cluster) => cluster.down(R))
      assert.deepStrictEqual(yield* counted(redis, 6), { [S]: 6 })
      fake.down()
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.deepStrictEqual(yield* counted(redis, 6), { [R]: 3, [S]: 3 })
    })
  )

  it.effect("sends what was on its way to a lost replica to the next one, without a wait", () =>
    Effect.gen(function* () {
      let mute = true
      const { fake, redis } = yield* reading("preferReplica", (cluster) => {
        cluster.on = ([name], socket) => (name === "GET" && mute && socket.address === R ? "" : undefined)
      })
      const waiting = yield* start(
        Effect.forEach(["a", "b", "c", "d"], (key) => redis.get(key), { concurrency: "unbounded" })
      )
      assert.isFalse(yield* isDone(waiting))
      mute = false
      fake.down(R)
      assert.deepStrictEqual(yield* succeeded(waiting), [S, S, S, S])
    })
  )

  it.effect("takes the primary while no replica is left, and under replica waits for one by name", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* reading("preferReplica", (cluster) => cluster.down(R, S))
      assert.deepStrictEqual(yield* counted(redis, 4), { [P]: 4 })
      const waiting = yield* start(redis.withOptions({ readFrom: "replica" }).get("k"))
      yield* TestClock.adjust("3 seconds")
      assert.isFalse(yield* isDone(waiting))
      fake.down(R)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* succeeded(waiting), S)
    })
  )

  it.effect("fails as NoReplica where there is no replica, and at the deadline names it as the cause", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading("replica", (cluster) => {
        cluster.view = alone
      })
      isError(yield* failed(yield* start(redis.get("k"))), "NoReplica", "NotSent")
      const { redis: other } = yield* reading("replica", (cluster) => cluster.down(R, S))
      const waiting = yield* start(failing(other.run(Command.get("k"), { deadline: "1 second" })))
      yield* TestClock.adjust("2 seconds")
      const late = yield* succeeded(waiting)
      isError(late, "Timeout", "NotSent")
      assert.include(late.message, "NoReplica")
    })
  )

  for (const refusal of [
    "LOADING Redis is loading",
    "MASTERDOWN Link with MASTER is down",
    "CLUSTERDOWN The cluster is down"
  ]) {
    it.effect(`passes over a replica that says ${refusal.split(" ")[0]}, and takes it again once it is well`, () =>
      Effect.gen(function* () {
        let ill = true
        const { redis } = yield* reading("preferReplica", (cluster) => {
          cluster.on = ([name], socket) => {
            if (ill && socket.address === R && (name === "GET" || name === "PING")) return error(refusal)
            return name === "PING" ? "+PONG\r\n" : undefined
          }
        })
        assert.deepStrictEqual(yield* counted(redis, 6), { [S]: 6 })
        yield* TestClock.adjust("3 seconds")
        assert.deepStrictEqual(yield* counted(redis, 6), { [S]: 6 })
        ill = false
        yield* TestClock.adjust("2 seconds")
        yield* settle
        assert.deepStrictEqual(yield* counted(redis, 6), { [R]: 3, [S]: 3 })
      })
    )
  }

  it.effect("leaves a silent replica after the silence, and re-sends what it kept after the probe", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading("preferReplica", (cluster) => {
        cluster.on = ([name], socket) =>
          socket.address === R && (name === "GET" || name === "PING") ? "" : name === "PING" ? "+PONG\r\n" : undefined
      })
      const waiting = yield* start(Effect.forEach(["a", "b"], (key) => redis.get(key), { concurrency: "unbounded" }))
      yield* TestClock.adjust(2000)
      assert.isFalse(yield* isDone(waiting))
      assert.deepStrictEqual(yield* counted(redis, 4), { [S]: 4 })
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(yield* succeeded(waiting), [S, S])
    })
  )

  it.effect("does not wait for a replica whose connection takes long to open", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* reading("preferReplica", (cluster) => {
        cluster.transport.onOpen = (address) => (address === R ? Effect.never : Effect.void)
      })
      const waiting = yield* start(Effect.forEach(["a", "b"], (key) => redis.get(key), { concurrency: "unbounded" }))
      yield* TestClock.adjust(300)
      assert.deepStrictEqual(yield* succeeded(waiting), [S, S])
      assert.deepStrictEqual(yield* counted(redis, 4), { [S]: 4 })
      assert.deepStrictEqual(fake.sentTo(R), [])
    })
  )

  it.effect("reads from replicas while the primary is away, also where the primary has its turn", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* reading("roundRobin")
      yield* readers(redis, 3)
      fake.down(P)
      yield* settle
      assert.deepStrictEqual(yield* counted(redis, 6), { [R]: 3, [S]: 3 })
    })
  )
})

describe("ReadRouter: a map that changes", () => {
  it.effect("follows a replica's MOVED to the primary, and under replica to a replica of that", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading("preferReplica", (cluster) => {
        cluster.view = {
          shards: [
            [0, 8191, P, R],
            [8192, 16383, "q:1", "t:1"]
          ],
          epoch: 3
        }
        cluster.on = ([name, key = ""], socket) =>
          name === "GET" && (socket.address === "t:1" || socket.address === "q:1") ? moved(key, P) : undefined
      })
      // Its slot is 12182: of the second shard, as far as the map knows.
      const key = "foo"
      assert.strictEqual(yield* succeeded(yield* start(redis.get(key))), P)
      assert.strictEqual(yield* succeeded(yield* start(redis.withOptions({ readFrom: "replica" }).get(key))), R)
    })
  )

  it.effect("follows a replica's ASK with ASKING", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* reading("replica", (cluster) => {
        cluster.on = ([name, key = ""], socket) =>
          name === "GET" && socket.address !== "q:1" ? ask(key, "q:1") : undefined
      })
      assert.strictEqual(yield* succeeded(yield* start(redis.get("k"))), "q:1")
      assert.deepStrictEqual(fake.sentTo("q:1"), ["ASKING", "GET k"])
    })
  )

  it.effect("ends the READONLY connection of a promoted replica, and reads from it as the primary", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* reading("roundRobin")
      yield* readers(redis, 6)
      fake.view = { shards: [[0, 16383, R, P, S]], epoch: 4 }
      const refreshed = yield* start(cluster.refresh)
      yield* TestClock.adjust("2 seconds")
      yield* succeeded(refreshed)
      assert.deepStrictEqual(yield* counted(redis, 6), { [P]: 2, [R]: 2, [S]: 2 })
      const open = fake.transport.open.filter((socket) => socket.commands.some((command) => command.startsWith("GET")))
      const roles = (address: string) => open.filter((socket) => socket.address === address).map(isReadOnly)
      assert.deepStrictEqual(roles(R), [false])
      assert.deepStrictEqual(roles(S), [true])
      // The connection that it had as the primary stays without READONLY: what is sent there by mistake is redirected.
      assert.deepStrictEqual(roles(P).sort(), [false, true])
      assert.deepStrictEqual(yield* counted(redis.withOptions({ readFrom: "primary" }), 3), { [R]: 3 })
    })
  )

  it.effect("keeps the two connections of one node apart in the states", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading("replica")
      yield* readers(redis, 2)
      const states = redis.connections.value
      assert.strictEqual(states.get(`${R}/readonly`)?._tag, "Connected")
      assert.strictEqual(states.get(P)?._tag, "Connected")
    })
  )
})

describe("ReadRouter: what servers tell", () => {
  const info = (zone: string) => bulk(`# Server\r\nvalkey_version:8.1.1\r\navailability_zone:${zone}\r\nrole:x\r\n`)

  it.effect("learns the zones of nodes, and stays in the client's", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading(
        "sameZone",
        (cluster) => {
          cluster.on = ([name], socket) => (name === "INFO" ? info(socket.address === S ? "a" : "b") : undefined)
        },
        { zone: "a" }
      )
      yield* readers(redis, 2)
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(yield* counted(redis, 4), { [S]: 4 })
      const other = redis.withOptions({ readFrom: "sameZone:b" })
      assert.deepStrictEqual(yield* counted(other, 4), { [R]: 4 })
    })
  )

  it.effect("reads from replicas in turn where servers tell no zone, or may not be asked", () =>
    Effect.gen(function* () {
      const { redis } = yield* reading(
        "sameZone",
        (cluster) => {
          cluster.on = ([name], socket) =>
            name !== "INFO" ? undefined : socket.address === S ? error("NOPERM no") : info("")
        },
        { zone: "a" }
      )
      yield* readers(redis, 2)
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(yield* counted(redis, 4), { [R]: 2, [S]: 2 })
    })
  )

  it.effect("measures beside the requests, and reads from the node that answers soonest", () =>
    Effect.gen(function* () {
      const held: Array<FakeSocket> = []
      const { fake, redis } = yield* reading("lowestLatency", (cluster) => {
        cluster.on = ([name], socket) => {
          if (name !== "PING") return undefined
          if (socket.address === S) return "+PONG\r\n"
          held.push(socket)
          return ""
        }
      })
      yield* readers(redis, 3)
      yield* TestClock.adjust("500 millis")
      yield* settle
      yield* TestClock.adjust("100 millis")
      for (const socket of held.splice(0)) socket.answer("+PONG\r\n")
      yield* settle
      assert.deepStrictEqual(yield* counted(redis, 6), { [S]: 6 })
      const pings = () =>
        fake.transport.sockets.flatMap(({ commands }) => commands.filter((text) => text === "PING")).length
      const before = pings()
      yield* readers(redis, 20)
      assert.strictEqual(pings(), before)
    })
  )
})
