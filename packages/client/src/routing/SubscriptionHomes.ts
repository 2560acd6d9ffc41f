/**
 * Where subscriptions live: the seam between a topology and Pub/Sub, which opens connections of its own and has to know to which address.
 * One implementation for each kind of topology, beside its router.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Fiber } from "effect/Fiber"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import { type Address, addressText } from "../connection/Transport.ts"
import type { Failure } from "../error/Failure.ts"
import { type Reason, UncoveredSlot } from "../error/Reason.ts"
import type { RespError } from "../protocol/RespValue.ts"
import { type AddressRemap, type Endpoint, endpointKey, parseEndpoint } from "../topology/Endpoint.ts"
import { parseRedirect, redirectTarget, UNKNOWN_HOST } from "../topology/Redirect.ts"
import { slotOf } from "../topology/Slot.ts"
import type { ClusterTopologyService } from "./ClusterTopology.ts"
import type { SentinelTopology } from "./SentinelTopology.ts"

/**
 * The interface. Addresses as text are those of `addressText`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubscriptionHomes {
  /**
   * The server that carries plain channels and patterns: the same one as long as it may, another one (where there is one) once `avoid`
   * names it.
   */
  readonly plain: (avoid?: string | undefined) => Address | Failure
  /** Where there are slots: that of a sharded channel, and the server that carries it. Else sharded channels are with the plain ones. */
  readonly shards?: {
    readonly slotOf: (name: Uint8Array) => number
    readonly home: (slot: number) => Address | Failure
    /** Ask the server at that address, which has ended sharded channels, who has which slots now. */
    readonly consult: (address: string) => Effect.Effect<void>
  }
  /** Every primary: each tells of its own keys only. */
  readonly primaries: () => ReadonlyArray<Address>
  /** Whether what is subscribed at that address (sharded channels of the slot, or plain ones for `undefined`) is carried there still. */
  readonly carries: (address: string, slot: number | undefined) => boolean
  /** Call the listener when any of these may have changed, until the function that it gives is called. It may be called in vain. */
  readonly onChange: (listener: () => void) => () => void
  /** A connection to that address could not be opened, or was lost. */
  readonly onTrouble: (address: string, reason: Reason) => void
  /** The server at that address refused a subscription: what it says about the map is put to use. */
  readonly onRefused: (address: string, error: RespError) => void
}

/**
 * One server, which is always the same.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeStandaloneHomes = (address: () => Address): SubscriptionHomes => ({
  plain: address,
  primaries: () => [address()],
  carries: (text) => text === addressText(address()),
  onChange: () => () => {},
  onTrouble: () => {},
  onRefused: () => {}
})

/**
 * For so long a node that the map is without still carries plain subscriptions. One that has just become a replica is in no view until it is
 * in step with its primary and the node that is asked has heard so, which takes up to half of the default `cluster-node-timeout`. Milliseconds.
 */
const LONGEST_ABSENCE = 10_000

/**
 * A cluster: sharded channels at the primary of their slot, all others at one primary, chosen at random and kept while it is one. What is
 * there already stays while the node is part of the cluster.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeClusterHomes = (
  runtime: ConnectionRuntime,
  topology: ClusterTopologyService,
  remap: AddressRemap | undefined
): SubscriptionHomes => {
  let chosen: string | undefined
  const listeners = new Set<() => void>()
  /** Nodes that the map is without: who looks for each once more, or that it was looked for in vain. */
  const absences = new Map<string, Fiber<void> | "gone">()
  const nodeAt = (address: string) => {
    const endpoint = parseEndpoint(address)
    return endpoint === undefined ? undefined : topology.snapshot().nodeAt(endpoint)
  }
  const lookAgain = (address: string): Effect.Effect<void> =>
    Effect.gen(function* () {
      yield* Effect.sleep(LONGEST_ABSENCE)
      const asked = yield* Effect.result(topology.refresh)
      if (Result.isSuccess(asked) && nodeAt(address) === undefined) absences.set(address, "gone")
      else absences.delete(address)
      for (const listener of listeners) listener()
    })
  const isAt = (address: string): boolean => {
    const absence = absences.get(address)
    if (nodeAt(address) !== undefined) {
      if (absence !== undefined && absence !== "gone") absence.interruptUnsafe()
      absences.delete(address)
      return true
    }
    if (absence === undefined) absences.set(address, runtime.fork(lookAgain(address)))
    return absence !== "gone"
  }
  const uncovered = (slot: number, message: string): Failure => ({
    reason: new UncoveredSlot({ slot, message }),
    execution: "NotSent"
  })
  const primaries = (): ReadonlyArray<Endpoint> =>
    topology.snapshot().primaries.flatMap(({ endpoint }) => (endpoint === undefined ? [] : [endpoint]))
  return {
    plain: (avoid) => {
      const all = primaries()
      const kept = all.find((one) => endpointKey(one) === chosen)
      if (kept !== undefined && chosen !== avoid) return kept
      const others = all.filter((one) => endpointKey(one) !== avoid)
      const from = others.length > 0 ? others : all
      const next = from[Math.floor(Math.random() * from.length)]
      if (next === undefined) return uncovered(0, "no primary with a known address")
      chosen = endpointKey(next)
      return next
    },
    shards: {
      slotOf,
      home: (slot) =>
        topology.snapshot().primaryOf(slot)?.endpoint ??
        uncovered(slot, `no node with a known address serves slot ${slot}`),
      consult: (address) => {
        const endpoint = parseEndpoint(address)
        return endpoint === undefined ? Effect.void : topology.consult(endpoint, "subscription ended")
      }
    },
    primaries,
    // The replicas of a shard get its messages, too, but not before their primary knows of them: for a new one that takes seconds (Redis 7.0).
    carries: (address, slot) => {
      if (slot === undefined) return isAt(address)
      const node = nodeAt(address)
      return node !== undefined && node.id === topology.snapshot().primaryOf(slot)?.id
    },
    onChange: (listener) => {
      const fiber: Fiber<void> = runtime.fork(
        Stream.runForEach(SubscriptionRef.changes(topology.current), () => Effect.sync(listener))
      )
      listeners.add(listener)
      return () => {
        fiber.interruptUnsafe()
        listeners.delete(listener)
        if (listeners.size > 0) return
        for (const absence of absences.values()) if (absence !== "gone") absence.interruptUnsafe()
        absences.clear()
      }
    },
    onTrouble: (_, reason) => topology.request(reason._tag === "ConnectFailed" ? "connect failure" : "connection lost"),
    onRefused: (address, error) => {
      const redirect = parseRedirect(error.message)
      if (redirect === undefined) {
        if (error.code === "CLUSTERDOWN" || error.code === "MASTERDOWN") topology.request("clusterdown")
        return
      }
      const to = redirectTarget(redirect, parseEndpoint(address) ?? { host: UNKNOWN_HOST, port: 0 }, remap)
      if (redirect.kind !== "MOVED" || to === undefined || to.host === UNKNOWN_HOST) {
        return topology.request("uncovered slot")
      }
      topology.request("moved", topology.snapshot().nodeAt(to)?.role !== "primary")
      topology.patch(redirect.slot, to, address)
    }
  }
}

/**
 * A service that sentinels watch: its primary. What was subscribed at one that is a replica now, or gone, moves to its successor.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeSentinelHomes = (runtime: ConnectionRuntime, topology: SentinelTopology): SubscriptionHomes => {
  const address = (): Address | Failure => {
    const primary = topology.primary()
    return "reason" in primary ? primary : primary.address
  }
  const isPrimary = (text: string): boolean => {
    const now = address()
    return !("reason" in now) && addressText(now) === text
  }
  return {
    plain: address,
    primaries: () => {
      const now = address()
      return "reason" in now ? [] : [now]
    },
    // While there is no primary nothing has moved.
    carries: (text) => "reason" in address() || isPrimary(text),
    onChange: (listener) => {
      const fiber: Fiber<void> = runtime.fork(
        Stream.runForEach(SubscriptionRef.changes(topology.current), () => Effect.sync(listener))
      )
      return () => fiber.interruptUnsafe()
    },
    onTrouble: (_, reason) => topology.request(reason._tag === "ConnectFailed" ? "connect failure" : "connection lost"),
    onRefused: () => {}
  }
}
