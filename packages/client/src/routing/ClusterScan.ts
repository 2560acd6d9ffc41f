/**
 * SCAN over a cluster, node by node, with a bitmap of finished slots. A slot counts as finished only if its owner was the same process with
 * the same claim from before the first page to behind the last one, by its own word and by the cluster's; what a failover or a migration has
 * touched is scanned again at its new owner. So every key that was there throughout is given at least once.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { defineSpec } from "../command/CommandSpec.ts"
import { type CommandImpl, internalCommand } from "../command/make.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { ServerReply, TryAgain, UncoveredSlot } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { RespValue } from "../protocol/RespValue.ts"
import { endpointKey } from "../topology/Endpoint.ts"
import { type OwnView, parseOwnView, parseRunId } from "../topology/OwnView.ts"
import { isScanned, type ScanPass, type ScanState } from "../topology/ScanState.ts"
import { SLOT_COUNT } from "../topology/Slot.ts"
import { noSlots, SlotSet } from "../topology/SlotSet.ts"
import type { Topology } from "../topology/Topology.ts"
import type { ClusterTopologyService } from "./ClusterTopology.ts"
import { Engine } from "./Engine.ts"
import { Pacer, toScheduleInput } from "./Pacer.ts"
import { decideNoAuth } from "./Router.ts"

const INFO = defineSpec({ name: "INFO", keys: "none", retry: "readOnly" })
const NODES = defineSpec({ name: "CLUSTER NODES", keys: "none", retry: "readOnly" })

/**
 * What is scanned.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterScanPlan {
  readonly engine: Engine
  readonly topology: ClusterTopologyService
  /** SCAN from a cursor; gives `cursor` and `keys` in bytes. */
  readonly page: (cursor: string) => CommandImpl
  /** The slot of a key that a page gave. */
  readonly slotOf: (key: Uint8Array) => number
}

/**
 * The keys of one page (those of other slots left out), and how far the scan has come behind it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScannedPage {
  readonly keys: ReadonlyArray<Uint8Array>
  readonly state: ScanState
}

/** Between two steps. */
interface Progress {
  readonly state: ScanState
  /** The pass is of this very moment: nothing has failed since its node was last asked who it is. */
  readonly verified: boolean
  readonly topology: Topology | undefined
  /** Since when nothing has succeeded, in milliseconds of the client's clock, and the steps of the policy since then. */
  readonly trouble: { readonly since: number; readonly pacer: Pacer } | undefined
}

type Step = readonly [ReadonlyArray<ScannedPage>, Progress]

interface Identity {
  readonly run: string
  readonly view: OwnView
}

const isSame = (pass: ScanPass, { run, view }: Identity): boolean =>
  view.isPrimary && view.id === pass.node && run === pass.run && view.configEpoch === pass.epoch

const failed = (failure: Failure): RedisError => toRedisError(failure, "SCAN", undefined)

/**
 * The pages from a state on, each fetched when it is asked for. Fails when for the length of the client's deadline nothing could be read.
 *
 * @category constructors
 * @since 0.1.0
 */
export const clusterScan = (plan: ClusterScanPlan, from: ScanState): Stream.Stream<ScannedPage, RedisError> => {
  const first: Progress = { state: from, verified: false, topology: undefined, trouble: undefined }
  return Stream.paginate(first, (progress: Progress) =>
    isScanned(progress.state)
      ? Effect.succeed([[], Option.none()] as const)
      : Effect.map(
          Effect.catch(step(plan, progress), (error) => pause(plan, progress, error)),
          ([pages, next]) => [pages, isScanned(next.state) ? Option.none() : Option.some(next)] as const
        )
  )
}

const step = (plan: ClusterScanPlan, progress: Progress): Effect.Effect<Step, RedisError> => {
  const { pass } = progress.state
  if (pass === undefined) return begin(plan, progress)
  const at = engineOf(plan, plan.topology.snapshot(), pass.node)
  // The node has left, and nothing of its slots is finished.
  if (at === undefined) return Effect.succeed(without(progress))
  if (!progress.verified) {
    return Effect.map(identify(at), (identity) =>
      isSame(pass, identity) ? [[], { ...progress, verified: true }] : without(progress)
    )
  }
  return pass.cursor === undefined ? finish(plan, progress, pass, at) : read(plan, progress, pass, pass.cursor, at)
}

const without = (progress: Progress): Step => [
  [],
  { ...progress, state: { ...progress.state, pass: undefined }, verified: false, topology: undefined }
]

/** One node, whatever redirects and refusals it gives: what to do about them is decided here. */
const engineOf = (plan: ClusterScanPlan, topology: Topology, id: string): Engine | undefined => {
  const endpoint = topology.nodes.get(id)?.endpoint
  const router = endpoint === undefined ? undefined : plan.engine.router.only?.(endpointKey(endpoint))
  if (router === undefined) return undefined
  const { apart, options, runtime } = plan.engine
  return new Engine(
    runtime,
    {
      ...router,
      decide: (command, outcome) => {
        const node = router.route(command)
        const again = node instanceof NodeConnection ? decideNoAuth(node, outcome) : undefined
        return again ?? { _tag: "Fail", failure: outcome.failure }
      }
    },
    options,
    apart
  )
}

/**
 * Which process the engine's server is (`run_id` of INFO), `undefined` if it does not tell.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runIdAt = (at: Engine): Effect.Effect<string | undefined, RedisError> =>
  Effect.map(at.run(internalCommand(INFO, ["server"])), (reply) => parseRunId(reply as RespValue))

const identify = (at: Engine): Effect.Effect<Identity, RedisError> =>
  Effect.gen(function* () {
    const run = yield* runIdAt(at)
    const view = parseOwnView((yield* at.run(internalCommand(NODES, []))) as RespValue)
    if (run === undefined || view === undefined) {
      const message = "INFO and CLUSTER NODES do not tell which server this is and which slots it has"
      return yield* failed({ reason: new ServerReply({ code: "ERR", message }), execution: "Executed" })
    }
    return { run, view }
  })

/** The cluster's map as it is now. */
const refresh = ({ topology }: ClusterScanPlan): Effect.Effect<Topology, RedisError> =>
  Effect.mapError(
    topology.refresh,
    ({ attempts }) =>
      attempts[0] ??
      failed({ reason: new UncoveredSlot({ slot: 0, message: "no node is known" }), execution: "NotSent" })
  )

/** Choose a node that owns something unfinished, by the cluster's word and by its own. */
const begin = (plan: ClusterScanPlan, progress: Progress): Effect.Effect<Step, RedisError> =>
  Effect.gen(function* () {
    const { done } = progress.state
    const topology = progress.topology ?? (yield* refresh(plan))
    let problem: RedisError | undefined
    let moving = 0
    for (const { id } of topology.primaries) {
      const open = SlotSet.where((slot) => !done.has(slot) && topology.primaryOf(slot)?.id === id)
      const at = open.size === 0 ? undefined : engineOf(plan, topology, id)
      if (at === undefined) continue
      const asked = yield* Effect.result(identify(at))
      if (Result.isFailure(asked)) {
        if (!asked.failure.transient) return yield* asked.failure
        problem = asked.failure
        continue
      }
      const { run, view } = asked.success
      const slots = SlotSet.where((slot) => open.has(slot) && view.settled.has(slot))
      moving += view.moving
      if (view.id !== id || !view.isPrimary || slots.size === 0) continue
      const pass = { node: id, run, epoch: view.configEpoch, slots, cursor: "0" }
      return [[], { ...progress, state: { done, pass }, verified: true, topology: undefined }]
    }
    return yield* problem ?? failed({ reason: nobody(topology, done, moving), execution: "NotSent" })
  })

/** Why no node can be scanned although slots are open. */
const nobody = (topology: Topology, done: SlotSet, moving: number): TryAgain | UncoveredSlot => {
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (done.has(slot) || topology.primaryOf(slot) !== undefined) continue
    return new UncoveredSlot({
      slot,
      message: `no node serves slot ${slot}, and ${SLOT_COUNT - done.size} slots are open`
    })
  }
  const message = `${SLOT_COUNT - done.size} slots cannot be scanned while they move (${moving}) or change their owner`
  return new TryAgain({ message })
}

const read = (
  plan: ClusterScanPlan,
  progress: Progress,
  pass: ScanPass,
  at: string,
  node: Engine
): Effect.Effect<Step, RedisError> =>
  Effect.map(node.run(plan.page(at)), (reply) => {
    const { cursor, keys } = reply as { readonly cursor: string; readonly keys: ReadonlyArray<Uint8Array> }
    const state = { ...progress.state, pass: { ...pass, cursor: cursor === "0" ? undefined : cursor } }
    const own = keys.filter((key) => pass.slots.has(plan.slotOf(key)))
    return [[{ keys: own, state }], { ...progress, state, trouble: undefined }]
  })

/** Behind a node's last page: which of its slots had it for their owner all the time. */
const finish = (
  plan: ClusterScanPlan,
  progress: Progress,
  pass: ScanPass,
  at: Engine
): Effect.Effect<Step, RedisError> =>
  Effect.gen(function* () {
    const identity = yield* identify(at)
    const topology = yield* refresh(plan)
    const { settled } = identity.view
    const kept = isSame(pass, identity)
      ? SlotSet.where((slot) => pass.slots.has(slot) && settled.has(slot) && topology.primaryOf(slot)?.id === pass.node)
      : noSlots
    const state = { done: progress.state.done.union(kept), pass: undefined }
    return [[], { state, verified: false, topology, trouble: kept.size > 0 ? undefined : progress.trouble }]
  })

/** What passes is tried again by the `unavailable` policy, for as long as one operation may take. */
const pause = (plan: ClusterScanPlan, progress: Progress, error: RedisError): Effect.Effect<Step, RedisError> =>
  Effect.gen(function* () {
    const { engine } = plan
    if (!error.transient) return yield* error
    const { execution, node, reason } = error
    const failure = { reason, execution }
    const trouble = progress.trouble ?? { since: engine.now(), pacer: new Pacer(engine.options.policies) }
    const delay = yield* trouble.pacer.next(
      { _tag: "Again", policy: "unavailable", failure },
      toScheduleInput(failure, "SCAN", node),
      engine.runtime.ticker.byClock(engine.now())
    )
    if (delay === undefined) return yield* error
    const deadline = trouble.since + engine.options.deadline
    if (engine.now() + delay >= deadline) {
      return yield* toRedisError(engine.outOfTime(deadline, failure, execution), "SCAN", node)
    }
    yield* Effect.sleep(delay)
    return [[], { ...progress, verified: false, topology: undefined, trouble }]
  })
