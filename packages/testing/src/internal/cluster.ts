/**
 * Starts the nodes of a cluster and builds its controls.
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { ServerBinary } from "../Binary.ts"
import type {
  AddNodeOptions,
  ClusterControls,
  ClusterNode,
  ClusterServersOptions,
  SlotSelection
} from "../ClusterServers.ts"
import { type ClusterView, myself, ownerOf, SLOT_COUNT } from "../ClusterView.ts"
import type { ServerError } from "../ServerError.ts"
import { beginAtomicMigration, migratesAtomically } from "./atomicMigration.ts"
import { type NodeProcess, roleOf, runningOf, stability, viewOf } from "./ClusterState.ts"
import { electionPause } from "./election.ts"
import { formCluster, inShards, POLL_MILLIS } from "./formation.ts"
import { makeGroupTls } from "./groupTls.ts"
import { acquaintedWith, countPrimaries, forget, introduce, isKnownFree, refuseBound } from "./membership.ts"
import {
  beginMigration,
  DEFAULT_KEYS_PER_MIGRATE,
  finishMigration,
  migrateKeys,
  migrateTheseKeys,
  runningPrimaries
} from "./migration.ts"
import { planMoves } from "./rebalancing.ts"
import { makeServerProcess } from "./ServerProcess.ts"
import { makeSupervisor } from "./Supervisor.ts"
import { pause, timeoutMillis, until, Waiting } from "./wait.ts"

const DEFAULT_NODE_TIMEOUT_MILLIS = 2_000
/** A manual failover that has not happened by then was given up by the server (`CLUSTER_MF_TIMEOUT` is 5 s): ask again. */
const FAILOVER_ATTEMPT_MILLIS = 6_000

const nodeTimeoutMillis = ({ nodeTimeout }: ClusterServersOptions): number =>
  nodeTimeout === undefined ? DEFAULT_NODE_TIMEOUT_MILLIS : timeoutMillis(nodeTimeout)

const nodeConfig = (options: ClusterServersOptions, ports: ReadonlyArray<number>): ReadonlyArray<string> => [
  "cluster-enabled yes",
  "cluster-config-file nodes.conf",
  // By default it is the port plus 10000, which nobody has claimed.
  `cluster-port ${ports[1]}`,
  `cluster-node-timeout ${nodeTimeoutMillis(options)}`,
  `cluster-require-full-coverage ${options.requireFullCoverage === false ? "no" : "yes"}`,
  "cluster-allow-replica-migration no",
  ...(options.tls === undefined || options.tls === false ? [] : ["tls-cluster yes"]),
  "repl-diskless-sync yes",
  "repl-diskless-sync-delay 0"
]

const startNode = Effect.fnUntraced(function* (
  index: number,
  shared: Omit<Parameters<typeof makeServerProcess>[0], "name">
): Effect.fn.Return<NodeProcess & ClusterNode, ServerError, Scope.Scope> {
  const server = yield* makeServerProcess({ ...shared, name: `node-${index}` })
  const id = yield* server.ask(["CLUSTER", "MYID"])
  if (typeof id !== "string") return yield* server.fail("UnexpectedReply", "CLUSTER MYID", String(id))
  // Not a copy: its port may change.
  return Object.assign(server, { id, role: roleOf(server) })
})

const noPreparation = () => Effect.void

const slotsOf = (selection: SlotSelection): ReadonlyArray<number> => {
  if (typeof selection === "number") return [selection]
  if (!("start" in selection)) return [...selection]
  return Array.from({ length: selection.end - selection.start + 1 }, (_, i) => selection.start + i)
}

export const makeCluster = Effect.fnUntraced(function* (
  program: ServerBinary,
  options: ClusterServersOptions & { readonly replicasPerPrimary: number }
): Effect.fn.Return<ClusterControls, ServerError, Scope.Scope> {
  const supervisor = yield* makeSupervisor
  const { primaries, replicasPerPrimary, requirepass: password } = options
  const deadlineMillis = timeoutMillis(options.timeout)
  const tls = yield* makeGroupTls(supervisor, options.tls)
  const scope = yield* Effect.scope
  const start = (index: number, beforeStart: AddNodeOptions["beforeStart"]) =>
    startNode(index, {
      ...options,
      tls,
      supervisor,
      program,
      portCount: 2,
      appendonly: options.appendonly ?? true,
      save: "",
      roleConfig: (ports) => nodeConfig(options, ports),
      beforeStart
    })
  let nodes: ReadonlyArray<NodeProcess & ClusterNode> = yield* Effect.forEach(
    Array.from({ length: primaries * (1 + replicasPerPrimary) }, (_, index) => index),
    (index) => start(index, undefined),
    { concurrency: "unbounded" }
  )
  let started = nodes.length
  yield* formCluster(nodes, primaries, deadlineMillis)

  const fail = nodes[0]!.fail
  const wait = (action: string, probe: Effect.Effect<undefined | Waiting, ServerError>, millis = deadlineMillis) =>
    until(probe, {
      everyMillis: POLL_MILLIS,
      deadlineMillis: millis,
      onDeadline: (detail) => fail("Deadline", action, detail)
    })
  /** The process behind a node that a user hands in; a node of another cluster has none here. */
  const own = (action: string, node: ClusterNode): Effect.Effect<NodeProcess, ServerError> => {
    const found = nodes.find((candidate) => candidate.id === node.id)
    return found === undefined
      ? fail("InvalidOption", action, `${node.id} is not a node of this cluster`)
      : Effect.succeed(found)
  }
  const both = (action: string, from: ClusterNode, to: ClusterNode) =>
    from.id === to.id
      ? fail("InvalidOption", action, "source and target are the same node")
      : Effect.all([own(action, from), own(action, to)])
  const checkSlots = (action: string, slots: ReadonlyArray<number>) => {
    const bad = slots.find((slot) => !Number.isInteger(slot) || slot < 0 || slot >= SLOT_COUNT)
    return bad === undefined ? Effect.void : fail("InvalidOption", action, `there is no slot ${bad}`)
  }

  const views = Effect.suspend(() => Effect.forEach(runningOf(nodes), viewOf, { concurrency: "unbounded" }))

  const primaryOf = Effect.fnUntraced(function* (slot: number) {
    yield* checkSlots("primaryOf", [slot])
    const owners = (yield* views).flatMap((view) => ownerOf(view, slot) ?? [])
    const newest = owners.reduce<(typeof owners)[number] | undefined>(
      (best, owner) => (best === undefined || owner.configEpoch > best.configEpoch ? owner : best),
      undefined
    )
    const found = nodes.find((node) => node.id === newest?.id)
    return found ?? (yield* fail("UnexpectedReply", "CLUSTER NODES", `nobody owns slot ${slot}`))
  })

  const replicasOf = Effect.fnUntraced(function* (primary: ClusterNode) {
    const ids = (yield* views).flatMap((view) => {
      const self = myself(view)
      return self?.primaryId === primary.id ? [self.id] : []
    })
    return nodes.filter((node) => ids.includes(node.id))
  })

  const succeeded = (replica: NodeProcess, oldPrimary: string, slots: ReadonlyArray<number>) =>
    Effect.gen(function* () {
      if ((yield* roleOf(replica)) !== "primary") return new Waiting(`${replica.name} is still a replica`)
      for (const view of yield* views) {
        const agrees = slots.every((slot) => ownerOf(view, slot)?.id === replica.id)
        const demoted = view.members.find((member) => member.id === oldPrimary)?.slots.length !== 0
        if (!agrees || demoted) return new Waiting(`the node on port ${view.port} has not noticed yet`)
      }
      return undefined
    })

  const failover = Effect.fnUntraced(function* (node: ClusterNode, mode?: "FORCE" | "TAKEOVER") {
    const action = `CLUSTER FAILOVER ${mode ?? ""}`.trimEnd()
    const replica = yield* own(action, node)
    const oldPrimary = myself(yield* viewOf(replica))?.primaryId
    if (oldPrimary === undefined) return yield* fail("InvalidOption", action, `${replica.name} is not a replica`)
    const rangesOf = (view: ClusterView) => view.members.find((member) => member.id === oldPrimary)?.slots ?? []
    // Right after a slot was moved the replica may still think that its primary has it, and would claim it in vain.
    const witness = runningOf(nodes).find((node) => node.id === oldPrimary) ?? replica
    const ranges = rangesOf(yield* viewOf(witness))
    const informed = Effect.map(viewOf(replica), (view) =>
      JSON.stringify(rangesOf(view)) === JSON.stringify(ranges)
        ? undefined
        : new Waiting(`${replica.name} has an old map`)
    )
    yield* wait(action, informed)
    const done = succeeded(
      replica,
      oldPrimary,
      ranges.map((range) => range.start)
    )
    const attempts = Math.max(1, Math.floor(deadlineMillis / FAILOVER_ATTEMPT_MILLIS))
    // TAKEOVER is not an election.
    if (mode !== "TAKEOVER") yield* pause(electionPause(yield* replica.log, nodeTimeoutMillis(options), Date.now()))
    const attempt = (left: number): Effect.Effect<void, ServerError> =>
      replica.ask(["CLUSTER", "FAILOVER", ...(mode === undefined ? [] : [mode])]).pipe(
        Effect.andThen(wait(action, done, Math.min(FAILOVER_ATTEMPT_MILLIS, deadlineMillis))),
        Effect.catch((error) =>
          error.reason === "Deadline" && left > 1 ? attempt(left - 1) : Effect.fail<ServerError>(error)
        )
      )
    yield* attempt(attempts)
  })

  const moveSlots: ClusterControls["moveSlots"] = Effect.fnUntraced(function* (selection, fromNode, toNode, move = {}) {
    const slots = slotsOf(selection)
    yield* checkSlots("moveSlots", slots)
    const [from, to] = yield* both("moveSlots", fromNode, toNode)
    const known = yield* runningPrimaries(nodes)
    const keysPerMigrate = move.keysPerMigrate ?? DEFAULT_KEYS_PER_MIGRATE
    const moveOne = Effect.fnUntraced(function* (slot: number) {
      yield* beginMigration(slot, from, to)
      const moved = yield* migrateKeys({ slot, from, to, password, keysPerMigrate, limit: Number.POSITIVE_INFINITY })
      yield* finishMigration(slot, from, to, known)
      return moved
    })
    // A slot is never left open: each is moved wholly or not at all.
    const moved = yield* Effect.forEach(slots, (slot) => Effect.uninterruptible(moveOne(slot)), {
      concurrency: move.slotsAtOnce ?? 1
    })
    return moved.reduce((sum, keys) => sum + keys, 0)
  })

  const moveSlotsAtomically = Effect.fnUntraced(function* (
    selection: SlotSelection,
    fromNode: ClusterNode,
    toNode: ClusterNode
  ) {
    const action = "moveSlotsAtomically"
    const slots = slotsOf(selection)
    yield* checkSlots(action, slots)
    const [from, to] = yield* both(action, fromNode, toNode)
    if (!migratesAtomically(program)) return yield* fail("InvalidOption", action, "Valkey 9.0 is the oldest that can")
    if (slots.length === 0) return
    const moved = yield* beginAtomicMigration(slots, from, to)
    yield* wait(action, moved)
    const told = Effect.map(views, (all) => {
      const late = all.find((view) => slots.some((slot) => ownerOf(view, slot)?.id !== to.id))
      return late === undefined ? undefined : new Waiting(`the node on port ${late.port} has not noticed yet`)
    })
    yield* wait(action, told)
  })

  const rebalance: ClusterControls["rebalance"] = Effect.fnUntraced(function* (onto, rebalancing = {}) {
    const action = "rebalance"
    const targets = yield* Effect.forEach(onto, (node) => own(action, node))
    if (targets.length === 0) return yield* fail("InvalidOption", action, "there must be a node to have the slots")
    const owned = (yield* Effect.forEach(yield* runningPrimaries(nodes), viewOf)).flatMap((view) => {
      const self = myself(view)
      return self === undefined ? [] : [{ id: self.id, slots: self.slots }]
    })
    const moves = planMoves(
      owned,
      targets.map(({ id }) => id)
    )
    const nodeOf = (id: string) => nodes.find((node) => node.id === id)!
    for (const { from, slots, to } of moves) {
      if (rebalancing.atomically ?? migratesAtomically(program))
        yield* moveSlotsAtomically(slots, nodeOf(from), nodeOf(to))
      else yield* moveSlots(slots, nodeOf(from), nodeOf(to), rebalancing)
    }
    return moves.reduce((sum, { slots }) => sum + slots.length, 0)
  })

  const addNode: ClusterControls["addNode"] = Effect.fnUntraced(function* ({ beforeStart, replicaOf } = {}) {
    const primary = replicaOf === undefined ? undefined : yield* own("addNode", replicaOf)
    const node = yield* Scope.provide(start(started++, beforeStart), scope)
    yield* introduce(node, nodes)
    yield* wait("addNode", acquaintedWith(node, nodes))
    nodes = [...nodes, node]
    if (primary !== undefined) yield* node.ask(["CLUSTER", "REPLICATE", primary.id])
    yield* wait("addNode", stability(nodes))
    yield* wait("addNode", inShards(runningOf(nodes), yield* countPrimaries(nodes)))
    return node
  })

  const removeNode = Effect.fnUntraced(function* (node: ClusterNode) {
    const leaving = yield* own("removeNode", node)
    yield* refuseBound(leaving, nodes)
    yield* wait("removeNode", isKnownFree(leaving, nodes))
    yield* forget(leaving, nodes)
    yield* leaving.stop
    nodes = nodes.filter(({ id }) => id !== leaving.id)
  })

  return {
    get nodes() {
      return nodes
    },
    get seeds() {
      return nodes.map((node) => node.url)
    },
    canMoveAtomically: migratesAtomically(program),
    primaryOf,
    replicasOf,
    views,
    awaitStable: Effect.suspend(() => wait("awaitStable", stability(nodes))),
    failover,
    kill: (node) => node.kill,
    freeze: (node) => node.freeze,
    thaw: (node) => node.thaw,
    restart: (node) => node.restart,
    restartElsewhere: Effect.fnUntraced(function* (node, { beforeStart = noPreparation } = {}) {
      const moving = yield* own("restartElsewhere", node)
      yield* moving.restartElsewhere(beforeStart)
    }),
    addNode,
    removeNode,
    moveSlots,
    moveSlotsAtomically,
    rebalance,
    beginMigration: Effect.fnUntraced(function* (slot, fromNode, toNode) {
      yield* checkSlots("beginMigration", [slot])
      const [from, to] = yield* both("beginMigration", fromNode, toNode)
      yield* Effect.uninterruptible(beginMigration(slot, from, to))
    }),
    migrateKeys: Effect.fnUntraced(function* (slot, fromNode, toNode, move = {}) {
      yield* checkSlots("migrateKeys", [slot])
      const [from, to] = yield* both("migrateKeys", fromNode, toNode)
      const { keys, keysPerMigrate = DEFAULT_KEYS_PER_MIGRATE, limit = Number.POSITIVE_INFINITY } = move
      if (keys === undefined) return yield* migrateKeys({ slot, from, to, password, keysPerMigrate, limit })
      yield* migrateTheseKeys(from, to, keys, password)
      return keys.length
    }),
    finishMigration: Effect.fnUntraced(function* (slot, fromNode, toNode) {
      yield* checkSlots("finishMigration", [slot])
      const [from, to] = yield* both("finishMigration", fromNode, toNode)
      yield* Effect.uninterruptible(finishMigration(slot, from, to, yield* runningPrimaries(nodes)))
    }),
    appendOnlyFiles: (node) => node.appendOnlyFiles,
    adminAll: (args) =>
      Effect.suspend(() =>
        Effect.forEach(runningOf(nodes), (node) => node.admin(args), { concurrency: "unbounded", discard: true })
      )
  }
})
