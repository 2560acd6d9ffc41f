/** Where subscriptions live, over maps that a test sets. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { resolveOptions } from "../../src/ClientOptions.ts"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { type Address, addressText, Transport } from "../../src/connection/Transport.ts"
import type { Failure } from "../../src/error/Failure.ts"
import type { ConnectError } from "../../src/error/RedisError.ts"
import type { ClusterTopologyService } from "../../src/routing/ClusterTopology.ts"
import { makeClusterHomes, type SubscriptionHomes } from "../../src/routing/SubscriptionHomes.ts"
import { type AddressRemap, endpointKey } from "../../src/topology/Endpoint.ts"
import * as Topology from "../../src/topology/Topology.ts"
import { primary, replica, viewOf } from "../topology/views.ts"
import { settle } from "./client.ts"
import { FakeTransport } from "./FakeTransport.ts"

export const a = primary("a", "h:1")
export const b = primary("b", "h:2")
export const c = primary("c", "h:3")
export const a1 = replica("a1", "h:11", "a")
export const b1 = replica("b1", "h:21", "b")
export const PRIMARIES = ["h:1", "h:2", "h:3"]
export const thirds = [
  [0, 5460, "a"],
  [5461, 10922, "b"],
  [10923, 16383, "c"]
] as const

export const whole = Topology.fromView(viewOf([a, b, c, a1, b1], thirds))
/** The replica of the first primary has taken over, and the old primary follows it. */
export const failedOver = Topology.fromView(
  viewOf([replica("a", "h:1", "a1"), primary("a1", "h:11"), b, c, b1], [[0, 5460, "a1"], ...thirds.slice(1)])
)
/** The first primary and its replica have left; its slots are the second one's. */
export const shrunk = Topology.fromView(viewOf([b, c, b1], [[0, 10922, "b"], ...thirds.slice(2)]))

export const asText = (place: Address | Failure): string => ("reason" in place ? place.reason._tag : addressText(place))

/** How a listener is told of changes, and no more once it has gone. */
export const hearsChanges = (homes: SubscriptionHomes, change: Effect.Effect<void>) =>
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

export const runtimeOf = Effect.gen(function* () {
  const { limits, profile } = yield* Effect.fromResult(resolveOptions({}, undefined))
  const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, new FakeTransport().service)
  return { profile, runtime }
})

/** Homes over a map that the test sets, and what they asked of the topology. */
export const clustered = (map: Topology.Topology = whole, remap?: AddressRemap) =>
  Effect.gen(function* () {
    const { runtime } = yield* runtimeOf
    const current = yield* SubscriptionRef.make(map)
    const requests: Array<ReadonlyArray<unknown>> = []
    const patches: Array<ReadonlyArray<unknown>> = []
    const refreshes = { count: 0, failure: undefined as ConnectError | undefined }
    const topology: ClusterTopologyService = {
      snapshot: () => current.value,
      current,
      events: Stream.empty,
      refresh: Effect.suspend(() => {
        refreshes.count++
        return refreshes.failure === undefined ? Effect.succeed(current.value) : Effect.fail(refreshes.failure)
      }),
      request: (cause, urgently) => requests.push(urgently === undefined ? [cause] : [cause, urgently]),
      consult: (node, cause) => Effect.sync(() => requests.push([`consult ${endpointKey(node)}`, cause])),
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
      refreshes,
      requests,
      set: (next: Topology.Topology) => SubscriptionRef.set(current, next)
    }
  })
