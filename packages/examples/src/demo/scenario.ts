/**
 * The course of the demo: what is done to the servers while the load runs, and what is noted of it.
 */
import { type ClusterNode, ClusterServers, Observer, type ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { makeRandom, shuffle } from "../ledger/random.ts"
import { slotsIn, spread } from "./keyspace.ts"
import type { Load, Shard } from "./Load.ts"
import { type FaultRecord, type MoveRecord, SLOTS_TO_MOVE } from "./result.ts"
import { ServerLogs } from "./serverLog.ts"

export const MOVE_PHASE = `${SLOTS_TO_MOVE} slots move`

/** Each phase without a fault is at least this long, in milliseconds. */
const STEADY = 3_000
/** How long the fibers run at full speed before a fault, in milliseconds. */
const RUSH = 500
/** How long a shard is watched after its first success. */
const SETTLING = 1_000
/** The client is given up on after so long without a success, in milliseconds. */
const LONGEST_WAIT = 10_000
const POLL = 5
/** An observer that asks every 5 ms may be later than the client that is already served. */
const OBSERVER_LAG = 10
/** So many slots are moved in one go, with the load held on them and on those that come next. */
const SLOTS_AT_ONCE = 10
/** Few, so that a slot stays half moved for a while. */
const KEYS_PER_MIGRATE = 5
/** Slots of each shard that carry keys beside those that are moved. */
const SLOTS_PER_SHARD = 96

/** The three primaries in their parts, and the slots that the load uses. */
export interface Cast {
  readonly killed: ClusterNode
  readonly frozen: ClusterNode
  readonly source: ClusterNode
  readonly shards: ReadonlyArray<Shard>
  readonly moving: ReadonlyArray<number>
}

export interface ScenarioRecord {
  readonly faults: ReadonlyArray<FaultRecord>
  readonly moved: MoveRecord
  readonly evidence: ServerLogs
}

export interface ScenarioOptions {
  /** How long the load shall run in all, in milliseconds. */
  readonly millis: number
  readonly beginPhase: (name: string) => void
}

/** Who is killed, who is frozen, and from whom slots are moved. */
export const castRoles = Effect.fnUntraced(function* (
  seed: number
): Effect.fn.Return<Cast, ServerError, ClusterServers> {
  const cluster = yield* ClusterServers
  const [view] = yield* cluster.views
  const owned = cluster.nodes.flatMap((node) => {
    const slots = slotsIn(view?.members.find((member) => member.id === node.id)?.slots ?? [])
    return slots.length === 0 ? [] : [{ node, slots }]
  })
  const [killed, frozen, source] = shuffle(makeRandom(seed), owned) as [Owner, Owner, Owner]
  const moving = source.slots.slice(0, SLOTS_TO_MOVE)
  const staying = spread(source.slots.slice(SLOTS_TO_MOVE), SLOTS_PER_SHARD)
  return {
    killed: killed.node,
    frozen: frozen.node,
    source: source.node,
    moving,
    shards: [
      { name: killed.node.name, slots: spread(killed.slots, SLOTS_PER_SHARD) },
      { name: frozen.node.name, slots: spread(frozen.slots, SLOTS_PER_SHARD) },
      { name: source.node.name, slots: [...moving, ...staying] }
    ]
  }
})

interface Owner {
  readonly node: ClusterNode
  readonly slots: ReadonlyArray<number>
}

const firstAfter = (times: ReadonlyArray<number>, from: number): number | undefined =>
  times.find((time) => time >= from)

/** One primary fails, its replica is promoted, and it comes back. */
const fail = Effect.fnUntraced(function* (
  load: Load,
  cast: Cast,
  evidence: ServerLogs,
  kind: "killed" | "frozen",
  options: ScenarioOptions
): Effect.fn.Return<FaultRecord, ServerError, ClusterServers | Observer> {
  const cluster = yield* ClusterServers
  const observer = yield* Observer
  const victim = cast[kind]
  const shard = cast.shards.find(({ name }) => name === victim.name)
  const replicas = yield* cluster.replicasOf(victim)

  // With all fibers at full speed, the fault meets writes at every stage of their way.
  options.beginPhase("full speed")
  load.rush = true
  yield* Effect.sleep(RUSH)
  options.beginPhase(`${victim.name} ${kind}`)
  const at = Date.now()
  load.epoch++
  yield* kind === "killed" ? victim.kill : victim.freeze
  load.rush = false
  load.epoch++
  const successes: Array<number> = []
  load.watch = { slots: new Set(shard?.slots), successes }
  const promotion = yield* observer.firstPromotionAfter(
    at,
    replicas.map((replica) => replica.port)
  )
  const served = Effect.gen(function* () {
    while (firstAfter(successes, promotion.time - OBSERVER_LAG) === undefined) yield* Effect.sleep(POLL)
  })
  yield* Effect.timeoutOption(served, LONGEST_WAIT)
  yield* Effect.sleep(SETTLING)
  load.watch = undefined

  // Rejoining truncates what the victim has: its log is read before, and again after for what it did between thaw and demotion.
  const readLog = Effect.map(cluster.appendOnlyFiles(victim), (files) =>
    evidence.add(files.map((file) => file.contents))
  )
  yield* readLog
  options.beginPhase(`${victim.name} ${kind === "killed" ? "restarted" : "thawed"}`)
  load.epoch++
  yield* kind === "killed" ? victim.restart : victim.thaw
  yield* cluster.awaitStable
  load.epoch++
  yield* readLog
  return {
    kind,
    node: victim.name,
    address: `${victim.host}:${victim.port}`,
    at,
    promotedAt: promotion.time,
    servedAt: firstAfter(successes, promotion.time - OBSERVER_LAG)
  }
})

/** Moves slots under the load, half to each of the other two shards. */
const move = Effect.fnUntraced(function* (
  load: Load,
  cast: Cast
): Effect.fn.Return<MoveRecord, ServerError, ClusterServers> {
  const cluster = yield* ClusterServers
  const before = load.focused
  let slots = 0
  let keys = 0
  for (let at = 0; at < cast.moving.length; at += SLOTS_AT_ONCE) {
    const batch = cast.moving.slice(at, at + SLOTS_AT_ONCE)
    const shard = cast.shards[at < cast.moving.length / 2 ? 0 : 1]!
    const target = yield* cluster.primaryOf(shard.slots[0]!)
    load.focus = cast.moving.slice(at, at + 2 * SLOTS_AT_ONCE)
    keys += yield* cluster.moveSlots(batch, cast.source, target, { keysPerMigrate: KEYS_PER_MIGRATE })
    slots += batch.length
  }
  load.focus = undefined
  return { slots, keys, operations: load.focused - before }
})

/** All phases from the first operation to the last. */
export const runScenario = Effect.fnUntraced(function* (
  load: Load,
  cast: Cast,
  options: ScenarioOptions
): Effect.fn.Return<ScenarioRecord, ServerError, ClusterServers | Observer> {
  const startedAt = Date.now()
  const evidence = new ServerLogs()
  yield* Effect.sleep(STEADY)
  const killed = yield* fail(load, cast, evidence, "killed", options)
  options.beginPhase("steady again")
  yield* Effect.sleep(SETTLING)
  const frozen = yield* fail(load, cast, evidence, "frozen", options)
  options.beginPhase(MOVE_PHASE)
  const moved = yield* move(load, cast)
  options.beginPhase("steady to the end")
  yield* Effect.sleep(Math.max(SETTLING, startedAt + options.millis - Date.now()))
  load.running = false
  return { faults: [killed, frozen], moved, evidence }
})
