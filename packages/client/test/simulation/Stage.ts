/**
 * What every simulation begins with and ends with: a network, a modelled cluster and a client of it; and the closing of the client, after which
 * nothing of it may be left.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { Transport } from "../../src/connection/Transport.ts"
import type { RedisService } from "../../src/Redis.ts"
import { RedisCluster, type RedisClusterOptions, type RedisClusterService } from "../../src/RedisCluster.ts"
import type { Violation } from "./Checker.ts"
import { ClusterModel, type ClusterOptions } from "./ClusterModel.ts"
import { Network, type NetworkPlant } from "./Network.ts"
import { Rng } from "./Rng.ts"
import { tagsPerShard } from "./Slots.ts"
import { idOf } from "./Truth.ts"
import { type MapSeen, watchMap } from "./Views.ts"
import { pass, type World } from "./World.ts"

const SHARDS = 3
const TAGS_PER_SHARD = 2
/** Until a client has found a healthy cluster, at the most (ms). */
const START = 200
/** Until a client has closed, beyond its close time-out (ms). */
const CLOSING = 700
/** Nothing may happen for so long after the client is closed (ms). */
const SILENCE_AFTER_CLOSE = 60_000

/** How long the client awaits replies when it closes (ms). */
export const CLOSE_TIMEOUT = 300

export interface StageOptions {
  readonly seed: number
  readonly cluster: Pick<ClusterOptions, "nodeTimeout" | "requireFullCoverage" | "resp2Only" | "hidesEpochs">
  readonly client?: Partial<RedisClusterOptions> | undefined
  readonly plant?: NetworkPlant | undefined
}

export class Stage {
  readonly world: World
  readonly rng: Rng
  readonly network: Network
  readonly model: ClusterModel
  readonly tags: ReadonlyArray<string>
  readonly redis: RedisService
  readonly cluster: RedisClusterService
  /** Each map of the client. */
  readonly maps: ReadonlyArray<MapSeen>
  private readonly scope: Scope.Closeable
  private readonly watching: Fiber.Fiber<void>

  private constructor(
    parts: Pick<Stage, "world" | "rng" | "network" | "model" | "tags" | "redis" | "cluster" | "maps">,
    scope: Scope.Closeable,
    watching: Fiber.Fiber<void>
  ) {
    this.world = parts.world
    this.rng = parts.rng
    this.network = parts.network
    this.model = parts.model
    this.tags = parts.tags
    this.redis = parts.redis
    this.cluster = parts.cluster
    this.maps = parts.maps
    this.scope = scope
    this.watching = watching
  }

  /** Three primaries with a replica each, and a client that has found them. */
  static readonly make = (world: World, options: StageOptions): Effect.Effect<Stage> =>
    Effect.gen(function* () {
      const rng = new Rng(options.seed, "run")
      const tags = tagsPerShard(SHARDS, TAGS_PER_SHARD)
      const network = new Network(world, rng.fork("network"), options.plant)
      const shape = { ...options.cluster, tags, primaries: SHARDS, replicasPerPrimary: 1 }
      const model = new ClusterModel(world, network, rng.fork("model"), shape)
      network.onCommand = (words) => {
        const id = idOf(words)
        if (id !== undefined) model.truth.written.add(id)
      }
      const scope = yield* Scope.make()
      const seeds = [model.bus.node(0), model.bus.node(4)].map(({ address }) => address)
      const made = RedisCluster.make({ nodes: seeds, closeTimeout: CLOSE_TIMEOUT, ...options.client }).pipe(
        Effect.provideService(Transport, network.transport),
        Scope.provide(scope)
      )
      const building = yield* Effect.forkChild(world.client(made))
      yield* pass(START)
      const built = building.pollUnsafe()
      if (built === undefined || Exit.isFailure(built))
        return yield* Effect.die(new Error(`no client: ${String(built)}`))
      const { cluster, redis } = built.value
      const maps: Array<MapSeen> = []
      const watching = yield* Effect.forkChild(watchMap(cluster, model, maps), { startImmediately: true })
      return new Stage({ world, rng, network, model, tags, redis, cluster, maps }, scope, watching)
    })

  /** Close the client, and the cluster after it; gives what is left. */
  readonly close: Effect.Effect<ReadonlyArray<Violation>> = Effect.gen({ self: this }, function* () {
    const { model, network, scope, watching, world } = this
    world.trace.add("the client closes")
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
    yield* pass(CLOSE_TIMEOUT + CLOSING)
    const found: Array<string> = []
    if (closing.pollUnsafe() === undefined) found.push("the scope does not close")
    watching.interruptUnsafe()
    const { activity } = network
    yield* pass(SILENCE_AFTER_CLOSE)
    const { fibers, timers } = world.left
    const streams = network.open.size
    const done = network.activity - activity
    if (streams + timers + fibers + done > 0) {
      found.push(`${streams} streams, ${timers} timers and ${fibers} fibers are left; ${done} things were done`)
    }
    model.stop()
    yield* pass(100)
    return found.map((detail) => ({ invariant: "nothing left", about: "closes", detail }))
  })
}
