import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { addressText } from "../../src/connection/Transport.ts"
import { Closed, ConnectFailed, ConnectionLost } from "../../src/error/Reason.ts"
import { ConnectError } from "../../src/error/RedisError.ts"
import { RespError } from "../../src/protocol/RespValue.ts"
import * as Topology from "../../src/topology/Topology.ts"
import { settle } from "../support/client.ts"
import {
  a,
  a1,
  asText,
  b,
  b1,
  c,
  clustered,
  failedOver,
  hearsChanges,
  PRIMARIES,
  shrunk,
  thirds,
  whole
} from "../support/homes.ts"
import { primary, viewOf } from "../topology/views.ts"

describe("Plain subscriptions in a cluster", () => {
  it.effect("stay at one primary, also when another one is to be avoided", () =>
    Effect.gen(function* () {
      const { homes } = yield* clustered()
      const first = asText(homes.plain())
      assert.include(PRIMARIES, first)
      for (let n = 0; n < 50; n++) {
        assert.strictEqual(asText(homes.plain()), first)
        assert.strictEqual(asText(homes.plain(PRIMARIES.find((one) => one !== first))), first)
      }
    })
  )

  it.effect("of many clients spread over all primaries, and reach neither replicas nor nodes without address", () =>
    Effect.gen(function* () {
      const nowhere = primary("d", "h:4", { endpoint: undefined })
      const { homes, make } = yield* clustered(Topology.fromView(viewOf([a, nowhere, b, c, a1, b1], thirds)))
      const places = new Set(Array.from({ length: 300 }, () => asText(make().plain())))
      assert.deepStrictEqual([...places].sort(), PRIMARIES)
      assert.deepStrictEqual(homes.primaries().map(addressText), PRIMARIES)
    })
  )

  it.effect("go to another primary when theirs is to be avoided, all to the same one, and stay there", () =>
    Effect.gen(function* () {
      const { make } = yield* clustered()
      for (let n = 0; n < 50; n++) {
        const homes = make()
        const first = asText(homes.plain())
        const second = asText(homes.plain(first))
        assert.include(PRIMARIES, second)
        assert.notStrictEqual(second, first)
        assert.strictEqual(asText(homes.plain(first)), second)
        assert.strictEqual(asText(homes.plain()), second)
      }
    })
  )

  it.effect("stay at the primary that is to be avoided if there is no other one", () =>
    Effect.gen(function* () {
      const { homes } = yield* clustered(Topology.fromView(viewOf([a, a1], [[0, 16383, "a"]])))
      assert.strictEqual(asText(homes.plain("h:1")), "h:1")
      assert.strictEqual(asText(homes.plain("h:1")), "h:1")
    })
  )

  it.effect("are placed anew once their node is no primary any more, or has left", () =>
    Effect.gen(function* () {
      for (const [next, others] of [
        [failedOver, ["h:11", "h:2", "h:3"]],
        [shrunk, ["h:2", "h:3"]]
      ] as const) {
        const { homes, set } = yield* clustered(Topology.fromView(viewOf([a], [[0, 16383, "a"]])))
        assert.strictEqual(asText(homes.plain()), "h:1")
        yield* set(next)
        const second = asText(homes.plain())
        assert.include(others, second)
        yield* set(whole.withMoved(0, { host: "h", port: 11 }))
        assert.strictEqual(asText(homes.plain()), second)
      }
    })
  )

  it.effect("have no place while no primary is known, and one as soon as there is", () =>
    Effect.gen(function* () {
      const { homes, set } = yield* clustered(Topology.empty)
      const place = homes.plain("h:1")
      assert.isTrue("reason" in place && place.reason._tag === "UncoveredSlot" && place.execution === "NotSent")
      assert.deepStrictEqual(homes.primaries(), [])
      yield* set(whole)
      assert.include(PRIMARIES, asText(homes.plain()))
    })
  )

  it.effect("are carried by every node of the cluster, and by one that the map is without for ten seconds", () =>
    Effect.gen(function* () {
      const { homes, refreshes, set } = yield* clustered()
      let told = 0
      const leave = homes.onChange(() => told++)
      for (const node of [...PRIMARIES, "h:11", "h:21"]) assert.isTrue(homes.carries(node, undefined), node)
      yield* set(failedOver)
      assert.isTrue(homes.carries("h:1", undefined))
      yield* Effect.andThen(set(shrunk), settle)
      assert.isTrue(homes.carries("h:1", undefined))
      yield* TestClock.adjust("9999 millis")
      assert.isTrue(homes.carries("h:1", undefined))
      assert.strictEqual(refreshes.count, 0)
      told = 0
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([told, refreshes.count], [1, 1])
      assert.isFalse(homes.carries("h:1", undefined))
      assert.isTrue(homes.carries("h:2", undefined))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([told, refreshes.count], [1, 1])
      leave()
    })
  )

  it.effect("stay where they are if the node is back by then, and have all the time again when it leaves again", () =>
    Effect.gen(function* () {
      const { homes, refreshes, set } = yield* clustered()
      const leave = homes.onChange(() => {})
      const isCarried = (map: Topology.Topology) => Effect.map(set(map), () => homes.carries("h:1", undefined))
      assert.isTrue(yield* isCarried(shrunk))
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(yield* isCarried(failedOver))
      assert.isTrue(yield* isCarried(shrunk))
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(homes.carries("h:1", undefined))
      assert.strictEqual(refreshes.count, 0)
      // The map that is asked for last has it, which is found out by that.
      yield* set(whole)
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* isCarried(shrunk))
      yield* TestClock.adjust("11 seconds")
      assert.isFalse(homes.carries("h:1", undefined))
      assert.isTrue(yield* isCarried(failedOver))
      leave()
    })
  )

  it.effect(
    "stay at an absent node while the cluster cannot be asked, and nobody asks after the last listener has gone",
    () =>
      Effect.gen(function* () {
        const { homes, refreshes, set } = yield* clustered()
        // As the hub does: it looks at each node whenever it hears of a change.
        let carried = true
        const leave = homes.onChange(() => {
          carried = homes.carries("h:1", undefined)
        })
        refreshes.failure = new ConnectError({ attempts: [] })
        yield* Effect.andThen(set(shrunk), settle)
        yield* TestClock.adjust("35 seconds")
        assert.deepStrictEqual([carried, refreshes.count], [true, 3])
        leave()
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(refreshes.count, 3)
        const leaveToo = homes.onChange(() => {
          carried = homes.carries("h:1", undefined)
        })
        yield* settle
        refreshes.failure = undefined
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual([carried, refreshes.count], [false, 4])
        leaveToo()
      })
  )
})

describe("Sharded subscriptions in a cluster", () => {
  it.effect("are at the primary of their channel's slot, as the map is now", () =>
    Effect.gen(function* () {
      const { home, homes, set } = yield* clustered()
      // CLUSTER KEYSLOT foo
      for (const name of ["foo", "news.{foo}"]) {
        assert.strictEqual(homes.shards?.slotOf(new TextEncoder().encode(name)), 12182)
      }
      assert.deepStrictEqual([0, 5460, 5461, 16383].map(home), ["h:1", "h:1", "h:2", "h:3"])
      yield* set(failedOver)
      assert.deepStrictEqual([0, 5461].map(home), ["h:11", "h:2"])
      yield* set(shrunk)
      assert.deepStrictEqual([0, 5461].map(home), ["h:2", "h:2"])
    })
  )

  it.effect("have no place while nobody, or nobody with an address, serves their slot", () =>
    Effect.gen(function* () {
      const owners = [
        [0, 9, "a"],
        [20, 29, "d"]
      ] as const
      const nowhere = primary("d", "h:4", { endpoint: undefined })
      const { home, homes } = yield* clustered(Topology.fromView(viewOf([a, nowhere], owners)))
      assert.strictEqual(home(9), "h:1")
      for (const slot of [10, 20]) {
        const place = homes.shards?.home(slot)
        assert.isTrue(place !== undefined && "reason" in place && place.execution === "NotSent")
        const reason = place !== undefined && "reason" in place ? place.reason : undefined
        assert.strictEqual(reason?._tag === "UncoveredSlot" ? reason.slot : reason, slot)
      }
      assert.isFalse(homes.carries("h:1", 10))
    })
  )

  it.effect("are carried by the slot's primary alone: a replica may get messages later than it acknowledges", () =>
    Effect.gen(function* () {
      const { homes } = yield* clustered()
      const carriers = (slot: number) =>
        [...PRIMARIES, "h:11", "h:21", "h:9"].filter((node) => homes.carries(node, slot))
      assert.deepStrictEqual([0, 5461, 16383].map(carriers), [["h:1"], ["h:2"], ["h:3"]])
    })
  )

  it.effect("move with their slot, with its primary, and from a node that left", () =>
    Effect.gen(function* () {
      const { homes, set } = yield* clustered()
      yield* set(whole.withMoved(7, { host: "h", port: 2 }))
      assert.deepStrictEqual(
        [homes.carries("h:1", 7), homes.carries("h:2", 7), homes.carries("h:1", 8)],
        [false, true, true]
      )
      yield* set(failedOver)
      assert.deepStrictEqual([homes.carries("h:1", 7), homes.carries("h:11", 7)], [false, true])
      yield* set(shrunk)
      assert.deepStrictEqual([homes.carries("h:1", 7), homes.carries("h:2", 7)], [false, true])
    })
  )
})

describe("What subscriptions tell a cluster's topology", () => {
  it.effect("is trouble with a connection, by its cause", () =>
    Effect.gen(function* () {
      const { homes, requests } = yield* clustered()
      homes.onTrouble("h:1", new ConnectFailed({ address: "h:1", message: "no" }))
      homes.onTrouble("h:1", new ConnectionLost({ address: "h:1", message: "reset" }))
      homes.onTrouble("h:1", new Closed({ message: "closed" }))
      assert.deepStrictEqual(requests, [["connect failure"], ["connection lost"], ["connection lost"]])
    })
  )

  it.effect("is the owner that MOVED names, urgently where that is none of the primaries", () =>
    Effect.gen(function* () {
      for (const [to, urgently] of [
        ["h:2", false],
        ["h:11", true],
        ["h:9", true]
      ] as const) {
        const { home, homes, patches, requests } = yield* clustered()
        homes.onRefused("h:1", new RespError(`MOVED 7 ${to}`))
        assert.deepStrictEqual(requests, [["moved", urgently]])
        assert.deepStrictEqual(patches, [[7, to, "h:1"]])
        assert.strictEqual(home(7), to)
      }
    })
  )

  it.effect(
    "is the address of MOVED as it is dialled: with the host of who answered where it has none, and remapped",
    () =>
      Effect.gen(function* () {
        const plain = yield* clustered()
        plain.homes.onRefused("h:1", new RespError("MOVED 7 :2"))
        assert.deepStrictEqual(plain.patches, [[7, "h:2", "h:1"]])
        const remapped = yield* clustered(whole, ({ host, port }) => ({ host, port: port - 100 }))
        remapped.homes.onRefused("h:1", new RespError("MOVED 7 h:102"))
        assert.deepStrictEqual(remapped.patches, [[7, "h:2", "h:1"]])
      })
  )

  it.effect("is to ask for the map where a redirect does not tell the owner", () =>
    Effect.gen(function* () {
      for (const [from, message] of [
        ["h:1", "MOVED 7 ?:2"],
        ["no address", "MOVED 7 :2"],
        ["h:1", "ASK 7 h:2"],
        ["h:1", "REDIRECT h:2"]
      ] as const) {
        const { homes, patches, requests } = yield* clustered()
        homes.onRefused(from, new RespError(message))
        assert.deepStrictEqual(requests, [["uncovered slot"]], message)
        assert.deepStrictEqual(patches, [], message)
      }
    })
  )

  it.effect("is a cluster that is down, and nothing of other errors", () =>
    Effect.gen(function* () {
      const { homes, patches, requests } = yield* clustered()
      for (const message of ["NOPERM no", "ERR unknown command", "MOVED", "LOADING data"]) {
        homes.onRefused("h:1", new RespError(message))
      }
      assert.deepStrictEqual(requests, [])
      homes.onRefused("h:1", new RespError("CLUSTERDOWN The cluster is down"))
      homes.onRefused("h:1", new RespError("MASTERDOWN Link with MASTER is down"))
      assert.deepStrictEqual(requests, [["clusterdown"], ["clusterdown"]])
      assert.deepStrictEqual(patches, [])
    })
  )

  it.effect("has each listener hear of each change of the map until it leaves", () =>
    Effect.gen(function* () {
      const { homes, set } = yield* clustered()
      yield* hearsChanges(homes, set(failedOver))
    })
  )
})
