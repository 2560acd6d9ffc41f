/**
 * The primary of a service as one client uses it: found by the discovery, verified on the connection that commands will take, doubted at the
 * first sign. Looking for it is the work of one fiber, off the request path; commands only read where it is and say what they met.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { ConnectionPools } from "../connection/ConnectionPools.ts"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import { exchange } from "../connection/Handshake.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { Closed, ConnectFailed, ConnectionLost, type Reason } from "../error/Reason.ts"
import type { ConnectError, RedisError } from "../error/RedisError.ts"
import { reasonOf } from "../error/ServerFault.ts"
import { RespError, type RespValue } from "../protocol/RespValue.ts"
import { type Endpoint, endpointKey } from "../topology/Endpoint.ts"
import { type SentinelGroup, sameGroup } from "../topology/SentinelGroup.ts"
import type { Policies } from "./Policies.ts"
import type { Announced, SentinelDiscoveryService, ServerRole } from "./SentinelDiscovery.ts"
import { untilStarted } from "./start.ts"

/**
 * Why sentinels were asked.
 *
 * @category models
 * @since 0.1.0
 */
export type SentinelCause =
  | "start"
  | "requested"
  | "periodic"
  | "announced"
  | "switch announced"
  | "connect failure"
  | "connection lost"
  | "silent"
  | "readonly"
  | "doubt"

/**
 * What happened to a service.
 *
 * - `Refreshed`: sentinels were asked; `changed` tells whether anything but the replicas' offsets is new.
 * - `Failed`: nobody could be found; what sentinels answered stands in the error's reason.
 * - `PrimaryChanged`: commands go to another primary from now on.
 * - `Announced`: what a sentinel has announced about this service, or about itself.
 *
 * @category models
 * @since 0.1.0
 */
export type SentinelEvent =
  | {
      readonly _tag: "Refreshed"
      readonly cause: SentinelCause
      readonly changed: boolean
      readonly group: SentinelGroup
    }
  | { readonly _tag: "Failed"; readonly cause: SentinelCause; readonly error: RedisError }
  | { readonly _tag: "PrimaryChanged"; readonly from: Endpoint | undefined; readonly to: Endpoint }
  | ({ readonly _tag: "Announced" } & Announced)

/**
 * The interface.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelTopology {
  /** Where commands for the primary go, or why nowhere. Plain, since every command asks. */
  readonly primary: () => NodeConnection | Failure
  /** What is known of the service; `undefined` until sentinels have answered. */
  readonly snapshot: () => SentinelGroup | undefined
  /** The same, and each that follows. */
  readonly current: SubscriptionRef.SubscriptionRef<SentinelGroup | undefined>
  /** The events from now on. */
  readonly events: Stream.Stream<SentinelEvent>
  /** Ask now, together with whoever else asks. */
  readonly refresh: Effect.Effect<SentinelGroup, RedisError>
  /** Ask for a refresh and go on. */
  readonly request: (cause: SentinelCause) => void
  /** The node at that address said that it is no primary (any more). */
  readonly demoted: (node: string | undefined) => void
  /** A connection ended or could not be opened. */
  readonly onDown: (node: NodeConnection, reason: Reason) => void
  /** A connection is silent although commands wait. */
  readonly onSilent: (node: NodeConnection) => void
}

/**
 * What it is made from.
 *
 * @category options
 * @since 0.1.0
 */
export interface SentinelTopologyOptions {
  readonly service: string
  readonly start: "eager" | "failFast" | "lazy"
  readonly engine: { readonly policies: Policies }
  /** Between periodic checks, in milliseconds. */
  readonly checkInterval: number
  /** The longest that a server may take to be reached and say its role, in milliseconds. */
  readonly verifyTimeout: number
}

/** The same for a server whose connection is open, and for one that has not answered the time before. Milliseconds. */
const OPEN_TIMEOUT = 100
const AGAIN_TIMEOUT = 30
/** Between two rounds that something asked for: shorter than anybody notices. Milliseconds. */
const LEAST_INTERVAL = 10
/** Between rounds while there is no primary: what waits for it causes none. A hundredth of the time it has lasted, within these bounds. */
const SHORTEST_DOUBT_INTERVAL = 50
const LONGEST_DOUBT_INTERVAL = 1000
const DOUBT_PART = 0.01
/** Up to this part is added to the check interval, so that many clients do not ask together. */
const JITTER = 0.5

/** Who lives and does not tell its role: an ACL forbids it, or a script keeps it busy. */
const untold: ReadonlySet<Reason["_tag"]> = new Set<Reason["_tag"]>(["NoPermission", "Busy"])

const roleNames: Readonly<Record<string, ServerRole>> = {
  master: "primary",
  primary: "primary",
  slave: "replica",
  replica: "replica",
  sentinel: "sentinel"
}

const readRole = (reply: RespValue): ServerRole => {
  const name = Array.isArray(reply) ? reply[0] : undefined
  return (typeof name === "string" && Object.hasOwn(roleNames, name) ? roleNames[name] : undefined) ?? "unknown"
}

const closed = () =>
  toRedisError(
    { reason: new Closed({ message: "the client is closed" }), execution: "NotSent" },
    "SENTINEL MASTER",
    undefined
  )

/**
 * Find the service and keep to its primary, for as long as the scope lives.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeSentinelTopology = Effect.fnUntraced(function* (
  runtime: ConnectionRuntime,
  nodes: NodeConnections,
  pools: ConnectionPools,
  discovery: SentinelDiscoveryService,
  options: SentinelTopologyOptions
): Effect.fn.Return<
  { readonly topology: SentinelTopology; readonly start: Effect.Effect<void, ConnectError, Scope.Scope> },
  never,
  Scope.Scope
> {
  const { service } = options
  const current = yield* SubscriptionRef.make<SentinelGroup | undefined>(undefined)
  const hub = yield* PubSub.sliding<SentinelEvent>(256)
  const wake = Latch.makeUnsafe(false)
  const hurry = Latch.makeUnsafe(false)
  let group: SentinelGroup | undefined
  /** Where commands go: only who has said on its present connection that it is the primary. */
  let routed: NodeConnection | undefined
  let failure: Failure = {
    reason: new ConnectFailed({ address: service, message: "sentinels were not asked for the primary so far" }),
    execution: "NotSent"
  }
  let wanted: SentinelCause | undefined
  let doubtSince: number | undefined
  /** How often each node's connection has ended: what was said before that holds no longer. */
  const downs = new WeakMap<NodeConnection, number>()
  /** Those that said they are primaries, and how often their connection had ended by then. */
  const proven = new WeakMap<NodeConnection, number>()
  const unanswered = new WeakSet<NodeConnection>()
  let waiters = new Set<(result: Effect.Effect<SentinelGroup, RedisError>) => void>()
  let isClosed = false

  const now = () => runtime.ticker.exact()
  const downsOf = (node: NodeConnection) => downs.get(node) ?? 0
  /** Whether it has said on its present connection that it is a primary. */
  const isProven = (node: NodeConnection) => node.isUp && proven.get(node) === downsOf(node)
  const announce = (event: SentinelEvent): void => {
    PubSub.publishUnsafe(hub, event)
  }

  const request = (cause: SentinelCause): void => {
    if (wanted === undefined || wanted === "periodic") wanted = cause
    wake.openUnsafe()
  }

  /** Commands go nowhere until there is a primary again. */
  const unroute = (reason: Reason): void => {
    if (routed === undefined) return
    routed = undefined
    failure = { reason, execution: "NotSent" }
  }

  const demoted = (text: string | undefined): void => {
    if (routed !== undefined && routed.text === text) {
      unroute(new ConnectFailed({ address: routed.text, message: "the server is no primary any more" }))
    }
    request("readonly")
  }

  const verify = (endpoint: Endpoint): Effect.Effect<ServerRole, RedisError> =>
    Effect.suspend(() => {
      const node = nodes.at(endpoint)
      const before = downsOf(node)
      const limit = unanswered.has(node) ? AGAIN_TIMEOUT : node.isUp ? OPEN_TIMEOUT : options.verifyTimeout
      const asked: Effect.Effect<ReadonlyArray<RespValue>, Failure> = node.downBy !== undefined
        ? Effect.fail({ reason: node.downBy, execution: "NotSent" })
        : Effect.flatMap(node.acquire, (connection) => exchange(runtime, connection, [["ROLE", []]]))
      const late = Effect.suspend(() => {
        unanswered.add(node)
        const message = `${node.text} has not said its role within ${limit} ms`
        return Effect.fail<Failure>({
          reason: new ConnectFailed({ address: node.text, message }),
          execution: "NotSent"
        })
      })
      return Effect.timeoutOrElse(asked, { duration: limit, orElse: () => late }).pipe(
        Effect.flatMap(([reply]): Effect.Effect<ServerRole, Failure> => {
          unanswered.delete(node)
          if (reply instanceof RespError) {
            const reason = reasonOf(reply)
            if (!untold.has(reason._tag)) return Effect.fail({ reason, execution: "Refused" })
          }
          const role = readRole(reply)
          if (role === "primary" || role === "unknown") proven.set(node, before)
          else if (node === routed) demoted(node.text)
          return Effect.succeed(role)
        }),
        Effect.mapError((failed) => toRedisError(failed, "ROLE", node.text))
      )
    })

  /** The old primary's sockets are destroyed before anything is sent to the new one: what it still says is delivered to nobody. */
  const retire = (old: NodeConnection): void => {
    const isAlive = old.isUp && !old.isDoubtful && !unanswered.has(old)
    const reason = new ConnectionLost({ address: old.text, message: `it is no longer the primary of ${service}` })
    old.evict(reason)
    pools.abort(old, reason, isAlive)
    old.reset(reason.message)
    // What blocks there is told to end by the way of a new connection, and goes on at the new primary.
    runtime.fork(nodes.remove([old.text], () => reason))
  }

  /** Connections to addresses that are no longer the service's are drained and closed. */
  const prune = Effect.suspend(() => {
    if (group === undefined) return Effect.void
    const known = new Set([group.primary, ...group.replicas.map(({ endpoint }) => endpoint)].map(endpointKey))
    const gone = nodes.all().flatMap(({ text }) => (known.has(text) ? [] : [text]))
    return nodes.remove(gone, (address) => new ConnectionLost({ address, message: `it does not serve ${service}` }))
  })

  /** Take what was found; whether anything is new, or `undefined` if it holds no longer. */
  const install = (found: SentinelGroup): boolean | undefined => {
    const node = nodes.at(found.primary)
    if (!isProven(node)) return undefined
    const before = group
    const changed = before === undefined || !sameGroup(before, found)
    group = found
    if (changed) {
      // At once and in order: whoever has seen a command succeed finds the group that it used.
      current.value = found
      PubSub.publishUnsafe(current.pubsub, found)
    }
    const old = before === undefined ? undefined : nodes.find(endpointKey(before.primary))
    const moved = old !== node && before !== undefined && endpointKey(before.primary) !== endpointKey(found.primary)
    if (moved && old !== undefined) {
      unroute(new ConnectionLost({ address: old.text, message: "it is no longer the primary" }))
      retire(old)
    }
    routed = node
    if (moved || before === undefined) announce({ _tag: "PrimaryChanged", from: before?.primary, to: found.primary })
    return changed
  }

  const round = Effect.fnUntraced(function* (cause: SentinelCause) {
    // Whoever asks from now on waits for the next round: what is asked now may be older than what they know.
    const answered = waiters
    waiters = new Set()
    const urgent = cause !== "periodic" && cause !== "announced"
    const located = discovery.locate(service, { verify, newest: group?.epoch, urgent }).pipe(
      // A discovery of the user's may not have asked the server itself.
      Effect.tap(({ primary }) => (isProven(nodes.at(primary)) ? Effect.void : confirm(primary)))
    )
    const asked = yield* Effect.onInterrupt(Effect.result(located), () =>
      Effect.sync(() => {
        for (const waiter of answered) waiters.add(waiter)
      })
    )
    const changed = Result.isSuccess(asked) ? install(asked.success) : undefined
    if (Result.isSuccess(asked) && changed !== undefined) {
      doubtSince = undefined
      runtime.fork(prune)
      announce({ _tag: "Refreshed", cause, changed, group: asked.success })
      for (const resume of answered) resume(Effect.succeed(asked.success))
      return asked
    }
    const error = Result.isFailure(asked) ? asked.failure : lostMeanwhile()
    doubtSince ??= now()
    if (routed === undefined) failure = { reason: error.reason, execution: "NotSent" }
    announce({ _tag: "Failed", cause, error })
    for (const resume of answered) resume(Effect.fail(error))
    return Result.fail(error)
  })

  const confirm = (primary: Endpoint): Effect.Effect<void, RedisError> =>
    Effect.flatMap(verify(primary), (role) => {
      if (role === "primary" || role === "unknown") return Effect.void
      const address = endpointKey(primary)
      const reason = new ConnectFailed({ address, message: `it says that it is a ${role}` })
      return Effect.fail(toRedisError({ reason, execution: "NotSent" }, "ROLE", address))
    })

  const lostMeanwhile = () => {
    const message = "the primary's connection ended while it was being verified"
    const reason = new ConnectFailed({ address: service, message })
    return toRedisError({ reason, execution: "NotSent" }, "ROLE", undefined)
  }

  const nextRequest: Effect.Effect<void> = Effect.suspend(() => {
    if (doubtSince === undefined && (routed !== undefined || group === undefined)) return wake.await
    const lasted = now() - (doubtSince ?? now())
    const interval = Math.min(LONGEST_DOUBT_INTERVAL, Math.max(SHORTEST_DOUBT_INTERVAL, lasted * DOUBT_PART))
    return Effect.timeoutOrElse(wake.await, { duration: interval, orElse: () => Effect.sync(() => request("doubt")) })
  })

  const refresher = Effect.gen(function* () {
    while (true) {
      yield* nextRequest
      // An opened latch goes on within the call that opened it: those who ask in the same turn shall be of this round.
      yield* Effect.yieldNow
      const cause = wanted ?? "requested"
      wanted = undefined
      wake.closeUnsafe()
      hurry.closeUnsafe()
      // A switch that is announced while somebody is asked makes the answers old.
      yield* Effect.raceFirst(Effect.asVoid(round(cause)), hurry.await)
      if (wanted !== "switch announced") yield* Effect.sleep(LEAST_INTERVAL)
    }
  })

  const hear = ({ announcement, sentinel }: Announced): void => {
    if (announcement._tag !== "Other" && announcement.service !== service) return
    announce({ _tag: "Announced", sentinel, announcement })
    if (announcement._tag === "Other") return
    if (announcement._tag === "Instance") return request("announced")
    wanted = "switch announced"
    hurry.openUnsafe()
    wake.openUnsafe()
  }

  const refresh = Effect.callback<SentinelGroup, RedisError>((resume) => {
    if (isClosed) return resume(Effect.fail(closed()))
    waiters.add(resume)
    request("requested")
    return Effect.sync(() => {
      waiters.delete(resume)
    })
  })
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      isClosed = true
      for (const resume of waiters) resume(Effect.fail(closed()))
    })
  )

  const start = Effect.gen(function* () {
    yield* Effect.forkScoped(
      Stream.runForEach(discovery.announcements, (announced) => Effect.sync(() => hear(announced))),
      {
        startImmediately: true
      }
    )
    if (options.start !== "lazy") {
      const first = Effect.flatMap(round("start"), (asked) =>
        Result.isSuccess(asked) ? Effect.void : Effect.fail([asked.failure])
      )
      yield* untilStarted(first, { start: options.start, engine: options.engine })
    }
    yield* Effect.forkScoped(refresher)
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.flatMap(Random.next, (part) =>
          Effect.andThen(
            Effect.sleep(options.checkInterval * (1 + part * JITTER)),
            // A client that was never used asks nobody.
            Effect.sync(() => (group === undefined ? undefined : request("periodic")))
          )
        )
      )
    )
  })

  const topology: SentinelTopology = {
    primary: () => {
      if (routed !== undefined) return routed
      if (group === undefined && !isClosed) request("start")
      return failure
    },
    snapshot: () => group,
    current,
    events: Stream.fromPubSub(hub),
    refresh,
    request,
    demoted,
    onDown: (node, reason) => {
      downs.set(node, downsOf(node) + 1)
      if (node !== routed) return
      unroute(reason)
      request(reason._tag === "ConnectionLost" ? "connection lost" : "connect failure")
    },
    onSilent: (node) => {
      if (node === routed) request("silent")
    }
  }
  return { topology, start }
})
