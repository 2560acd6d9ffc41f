import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { resolveOptions } from "../../src/ClientOptions.ts"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import type { NodeConnection } from "../../src/connection/NodeConnection.ts"
import { makeNodeConnections } from "../../src/connection/NodeConnections.ts"
import { type Address, addressText, Transport } from "../../src/connection/Transport.ts"
import type { Failure } from "../../src/error/Failure.ts"
import { Closed, ConnectFailed, ConnectionLost } from "../../src/error/Reason.ts"
import { RespError } from "../../src/protocol/RespValue.ts"
import type { ClusterTopologyService } from "../../src/routing/ClusterTopology.ts"
import type { SentinelTopology } from "../../src/routing/SentinelTopology.ts"
import {
  makeClusterHomes,
  makeSentinelHomes,
  makeStandaloneHomes,
  type SubscriptionHomes
} from "../../src/routing/SubscriptionHomes.ts"
import { type AddressRemap, endpointKey } from "../../src/topology/Endpoint.ts"
import type { SentinelGroup } from "../../src/topology/SentinelGroup.ts"
import * as Topology from "../../src/topology/Topology.ts"
import { settle } from "../support/client.ts"
import { FakeTransport } from "../support/FakeTransport.ts"
import { primary, replica, viewOf } from "../topology/views.ts"

const a = primary("a", "h:1")
const b = primary("b", "h:2")
const c = primary("c", "h:3")
const a1 = replica("a1", "h:11", "a")
const b1 = replica("b1", "h:21", "b")
const PRIMARIES = ["h:1", "h:2", "h:3"]
const thirds = [
  [0, 5460, "a"],
  [5461, 10922, "b"],
  [10923, 16383, "c"]
] as const

const whole = Topology.fromView(viewOf([a, b, c, a1, b1], thirds))
/** The replica of the first primary has taken over, and the old primary follows it. */
const failedOver = Topology.fromView(
  viewOf([replica("a", "h:1", "a1"), primary("a1", "h:11"), b, c, b1], [[0, 5460, "a1"], ...thirds.slice(1)])
)
/** The first primary and its replica have left; its slots are the second one's. */
const shrunk = Topology.fromView(viewOf([b, c, b1], [[0, 10922, "b"], ...thirds.slice(2)]))

const asText = (place: Address | Failure): string => ("reason" in place ? place.reason._tag : addressText(place))

/** How a listener is told of changes, and no more once it has gone. */
const hearsChanges = (homes: SubscriptionHomes, change: Effect.Effect<void>) =>
  Effect.gen(function* () {
    let first = 0
    let second = 0
    const leave = homes.onChange(() => first++)
    const leaveToo = homes.onChange(() => second++)
    yield* settle
    for (let n = 0; n < 2; n++) {
      const before = [first, second] as const
      yield* Effect.andThen(change, settle)
      assert.isAbove(first, before[0])
      assert.isAbove(second, before[1])
    }
    leave()
    const before = [first, second] as const
    yield* Effect.andThen(change, settle)
    assert.strictEqual(first, before[0])
    assert.isAbove(second, before[1])
    leaveToo()
  })

const runtimeOf = Effect.gen(function* () {
  const { limits, profile } = yield* Effect.fromResult(resolveOptions({}, undefined))
  const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, new FakeTransport().service)
  return { profile, runtime }
})

describe("Subscriptions of a standalone server", () => {
  it("are all at its one address, whatever is avoided", () => {
    const homes = makeStandaloneHomes(() => ({ host: "h", port: 1 }))
    assert.strictEqual(asText(homes.plain()), "h:1")
    assert.strictEqual(asText(homes.plain("h:1")), "h:1")
    assert.deepStrictEqual(homes.primaries().map(addressText), ["h:1"])
    assert.isUndefined(homes.shards)
  })

  it("are carried at that address and at no other, be it a path or IPv6", () => {
    for (const [address, text] of [
      [{ host: "h", port: 1 }, "h:1"],
      [{ host: "::1", port: 1 }, "[::1]:1"],
      [{ path: "/run/s" }, "/run/s"]
    ] as const) {
      const homes = makeStandaloneHomes(() => address)
      assert.isTrue(homes.carries(text, undefined))
      assert.isFalse(homes.carries("h:2", undefined))
    }
  })

  it("never hear of a change", () => {
    let called = 0
    makeStandaloneHomes(() => ({ path: "/run/s" })).onChange(() => called++)()
    assert.strictEqual(called, 0)
  })
})

/** Homes over a map that the test sets, and what they asked of the topology. */
const clustered = (map: Topology.Topology = whole, remap?: AddressRemap) =>
  Effect.gen(function* () {
    const { runtime } = yield* runtimeOf
    const current = yield* SubscriptionRef.make(map)
    const requests: Array<ReadonlyArray<unknown>> = []
    const patches: Array<ReadonlyArray<unknown>> = []
    const topology: ClusterTopologyService = {
      snapshot: () => current.value,
      current,
      events: Stream.empty,
      refresh: Effect.sync(() => current.value),
      request: (cause, urgently) => requests.push(urgently === undefined ? [cause] : [cause, urgently]),
      lastFailure: () => undefined,
      patch: (slot, endpoint, from) => {
        patches.push([slot, endpointKey(endpoint), from])
        current.value = current.value.withMoved(slot, endpoint)
      }
    }
    const make = () => makeClusterHomes(runtime, topology, remap)
    const homes = make()
    const home = (slot: number) => asText(homes.shards?.home(slot) ?? { path: "nowhere" })
    return {
      home,
      homes,
      make,
      patches,
      requests,
      set: (next: Topology.Topology) => SubscriptionRef.set(current, next)
    }
  })

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

  it.effect("are carried by every node of the cluster, and by none that has left", () =>
    Effect.gen(function* () {
      const { homes, set } = yield* clustered()
      for (const node of [...PRIMARIES, "h:11", "h:21"]) assert.isTrue(homes.carries(node, undefined), node)
      for (const node of ["h:9", "/run/s"]) assert.isFalse(homes.carries(node, undefined), node)
      yield* set(failedOver)
      assert.isTrue(homes.carries("h:1", undefined))
      yield* set(shrunk)
      assert.isFalse(homes.carries("h:1", undefined))
      assert.isTrue(homes.carries("h:2", undefined))
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

  it.effect("are carried by the slot's primary and its replicas, and by no other shard", () =>
    Effect.gen(function* () {
      const { homes } = yield* clustered()
      const carriers = (slot: number) =>
        [...PRIMARIES, "h:11", "h:21", "h:9"].filter((node) => homes.carries(node, slot))
      assert.deepStrictEqual(carriers(0), ["h:1", "h:11"])
      assert.deepStrictEqual(carriers(5461), ["h:2", "h:21"])
      assert.deepStrictEqual(carriers(16383), ["h:3"])
    })
  )

  it.effect("move with their slot only, stay with a demoted primary, and are lost with a node that left", () =>
    Effect.gen(function* () {
      const { homes, set } = yield* clustered()
      yield* set(whole.withMoved(7, { host: "h", port: 2 }))
      assert.deepStrictEqual(
        [homes.carries("h:1", 7), homes.carries("h:11", 7), homes.carries("h:2", 7), homes.carries("h:1", 8)],
        [false, false, true, true]
      )
      yield* set(failedOver)
      assert.deepStrictEqual([homes.carries("h:1", 7), homes.carries("h:11", 7)], [true, true])
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

/** Homes of a service whose primary the test sets, and what they asked for. */
const watched = Effect.gen(function* () {
  const { profile, runtime } = yield* runtimeOf
  const ignore = () => {}
  const nodes = yield* makeNodeConnections(runtime, profile, Schedule.spaced("1 second"), {
    onDown: ignore,
    onUp: ignore
  })
  const at = (port: number): NodeConnection => nodes.at({ host: "p", port })
  const current = yield* SubscriptionRef.make<SentinelGroup | undefined>(undefined)
  const requests: Array<string> = []
  let now: NodeConnection | Failure = at(1)
  const topology: SentinelTopology = {
    primary: () => now,
    snapshot: () => current.value,
    current,
    events: Stream.empty,
    refresh: Effect.never,
    request: (cause) => requests.push(cause),
    demoted: () => requests.push("demoted"),
    onDown: () => requests.push("down"),
    onSilent: () => requests.push("silent")
  }
  const change = SubscriptionRef.set(current, {
    service: "mymaster",
    primary: { host: "p", port: 2 },
    replicas: [],
    epoch: 2,
    sentinels: []
  })
  const become = (next: NodeConnection | Failure) => {
    now = next
  }
  return { at, become, change, homes: makeSentinelHomes(runtime, topology), requests }
})

const nobody: Failure = {
  reason: new ConnectFailed({ address: "mymaster", message: "sentinels know no primary" }),
  execution: "NotSent"
}

describe("Subscriptions of a service that sentinels watch", () => {
  it.effect("are all at its primary, whatever is avoided", () =>
    Effect.gen(function* () {
      const { homes } = yield* watched
      assert.strictEqual(asText(homes.plain()), "p:1")
      assert.strictEqual(asText(homes.plain("p:1")), "p:1")
      assert.deepStrictEqual(homes.primaries().map(addressText), ["p:1"])
      assert.isUndefined(homes.shards)
    })
  )

  it.effect("move to the successor of the primary, which alone carries them", () =>
    Effect.gen(function* () {
      const { at, become, homes } = yield* watched
      assert.deepStrictEqual([homes.carries("p:1", undefined), homes.carries("p:2", undefined)], [true, false])
      become(at(2))
      assert.strictEqual(asText(homes.plain()), "p:2")
      assert.deepStrictEqual(homes.primaries().map(addressText), ["p:2"])
      assert.deepStrictEqual([homes.carries("p:1", undefined), homes.carries("p:2", undefined)], [false, true])
    })
  )

  it.effect("have no new place while there is no primary, and are carried where they are", () =>
    Effect.gen(function* () {
      const { become, homes } = yield* watched
      become(nobody)
      assert.strictEqual(homes.plain(), nobody)
      assert.deepStrictEqual(homes.primaries(), [])
      assert.isTrue(homes.carries("p:1", undefined))
    })
  )

  it.effect("tell of trouble with a connection by its cause, and nothing of what was refused", () =>
    Effect.gen(function* () {
      const { homes, requests } = yield* watched
      homes.onRefused("p:1", new RespError("NOPERM no"))
      homes.onRefused("p:1", new RespError("MOVED 7 p:2"))
      assert.deepStrictEqual(requests, [])
      homes.onTrouble("p:1", new ConnectFailed({ address: "p:1", message: "no" }))
      homes.onTrouble("p:1", new ConnectionLost({ address: "p:1", message: "reset" }))
      assert.deepStrictEqual(requests, ["connect failure", "connection lost"])
    })
  )

  it.effect("hear of each change of the service until they leave", () =>
    Effect.gen(function* () {
      const { change, homes } = yield* watched
      yield* hearsChanges(homes, change)
    })
  )
})
