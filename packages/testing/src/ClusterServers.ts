/**
 * A real Redis or Valkey cluster for a test, with the faults that a cluster client has to live through.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { AdminArgument } from "./AdminReply.ts"
import type { AppendOnlyFile } from "./AppendOnly.ts"
import { findBinary } from "./Binary.ts"
import { type ClusterView, SLOT_COUNT, type SlotRange } from "./ClusterView.ts"
import { makeCluster } from "./internal/cluster.ts"
import type { ServerAddress, ServerControls, ServerOptions } from "./ServerControls.ts"
import { ServerError } from "./ServerError.ts"

/**
 * Options of a cluster.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterServersOptions extends ServerOptions {
  /** Number of primaries, 1 or more. Servers elect a new primary by themselves only if there are at least 3. */
  readonly primaries: number
  /** Default 1. */
  readonly replicasPerPrimary?: number | undefined
  /** `cluster-node-timeout`. Default 2 seconds: a dead primary is replaced after about 3 to 4. */
  readonly nodeTimeout?: Duration.Input | undefined
  /** Keep an append-only log. Default `true`, so that a restarted primary has its data and losses can be proven. */
  readonly appendonly?: boolean | undefined
  /** `cluster-require-full-coverage`: whether all shards refuse while one has no primary. Default `true`, as the servers'. */
  readonly requireFullCoverage?: boolean | undefined
}

/**
 * One node of the cluster: the controls of a server, and its place in the cluster.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterNode extends ServerControls {
  /** `node-0`, `node-1` …: the first ones started as primaries. */
  readonly name: string
  /** Node id, the same for the node's whole life. */
  readonly id: string
  /** What the node itself says that it is at this moment (ROLE). */
  readonly role: Effect.Effect<"primary" | "replica", ServerError>
}

/**
 * Which slots: one, a range, or any list.
 *
 * @category models
 * @since 0.1.0
 */
export type SlotSelection = number | SlotRange | Iterable<number>

/**
 * How keys are moved.
 *
 * @category models
 * @since 0.1.0
 */
export interface MigrateOptions {
  /** Keys per MIGRATE, during which the source serves nobody. Default 100. */
  readonly keysPerMigrate?: number | undefined
}

/**
 * How several slots are moved.
 *
 * @category models
 * @since 0.1.0
 */
export interface MoveSlotsOptions extends MigrateOptions {
  /** So many slots are under way at a time. Default 1; empty slots move much faster with 100. */
  readonly slotsAtOnce?: number | undefined
}

/**
 * A node that changes its address.
 *
 * @category models
 * @since 0.1.0
 */
export interface NewAddressOptions {
  /**
   * Runs when the ports are known and nobody listens on them yet, so that a proxy can stand before the node before anybody hears of it
   * (`FaultProxyControls.add`). Runs again if another program was faster and other ports are taken. Default: nothing.
   */
  readonly beforeStart?: ((address: ServerAddress) => Effect.Effect<void, ServerError>) | undefined
}

/**
 * A node that joins.
 *
 * @category models
 * @since 0.1.0
 */
export interface AddNodeOptions extends NewAddressOptions {
  /** The primary that it replicates. Default: it is a primary without slots. */
  readonly replicaOf?: ClusterNode | undefined
}

/**
 * How slots are shared out anew.
 *
 * @category models
 * @since 0.1.0
 */
export interface RebalanceOptions extends MoveSlotsOptions {
  /** By `moveSlotsAtomically`, all slots that go from one node to another in one step. Default: if the servers can. */
  readonly atomically?: boolean | undefined
}

/**
 * A cluster and what a test can do with it. Every control returns when it is done and fails with `ServerError` if that
 * takes longer than the option `timeout`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterControls {
  /**
   * All nodes at this moment, dead ones too: first those that started as primaries, then their replicas in turn, then those that
   * were added, in their order.
   */
  readonly nodes: ReadonlyArray<ClusterNode>
  /** URLs of all nodes at this moment, for a client's list of seeds. */
  readonly seeds: ReadonlyArray<string>
  /** The owner of the slot according to the highest configuration epoch that a running node knows of. */
  readonly primaryOf: (slot: number) => Effect.Effect<ClusterNode, ServerError>
  /** The nodes that, by their own account, replicate this one. */
  readonly replicasOf: (primary: ClusterNode) => Effect.Effect<ReadonlyArray<ClusterNode>, ServerError>
  /** What each running node believes, in the order of `nodes`. */
  readonly views: Effect.Effect<ReadonlyArray<ClusterView>, ServerError>
  /**
   * Waits until the running nodes are of one mind: each says `cluster_state:ok`, all slots belong to running nodes, all maps
   * and roles are equal, and each replica is linked to its primary, and listed by it as online with a lag of at most one
   * second. After a kill this waits for the promotion; after a restart also for the returned node.
   */
  readonly awaitStable: Effect.Effect<void, ServerError>
  /**
   * CLUSTER FAILOVER on a replica; returns once it is the primary and every running node says so. `FORCE` does not ask the
   * old primary, `TAKEOVER` does not ask the other primaries either. A node that has asked for votes lately cannot do so
   * again before four node timeouts have passed; except with `TAKEOVER` this waits for that first.
   */
  readonly failover: (replica: ClusterNode, mode?: "FORCE" | "TAKEOVER") => Effect.Effect<void, ServerError>
  readonly kill: (node: ClusterNode) => Effect.Effect<void, ServerError>
  readonly freeze: (node: ClusterNode) => Effect.Effect<void, ServerError>
  readonly thaw: (node: ClusterNode) => Effect.Effect<void, ServerError>
  /** Starts a node again with its port, id and folder; `awaitStable` then waits until it has rejoined. */
  readonly restart: (node: ClusterNode) => Effect.Effect<void, ServerError>
  /**
   * Stops a node in an orderly way and starts it with its id and folder under other ports, which the others learn by gossip. Nothing listens
   * on the old ports again.
   */
  readonly restartElsewhere: (node: ClusterNode, options?: NewAddressOptions) => Effect.Effect<void, ServerError>
  /**
   * A new node joins, as a primary without slots or as a replica; returns when all running nodes know it and are of one mind. From then on
   * it is among `nodes`.
   */
  readonly addNode: (options?: AddNodeOptions) => Effect.Effect<ClusterNode, ServerError>
  /**
   * All others forget a replica or a primary without slots and without replicas (CLUSTER FORGET), and it stops. It is no longer among `nodes`;
   * its own controls go on working, so that its files can be read. Fails with `InvalidOption` if it still has slots or a replica.
   */
  readonly removeNode: (node: ClusterNode) => Effect.Effect<void, ServerError>
  /**
   * Moves slots with their keys from one primary to another, one after the other unless told otherwise, while clients may go on. An
   * interruption takes effect between two slots. Gives the number of keys moved.
   */
  readonly moveSlots: (
    slots: SlotSelection,
    from: ClusterNode,
    to: ClusterNode,
    options?: MoveSlotsOptions
  ) => Effect.Effect<number, ServerError>
  /** Whether these servers have `moveSlotsAtomically`. */
  readonly canMoveAtomically: boolean
  /**
   * CLUSTER MIGRATESLOTS of Valkey 9.0: all the slots change hands in one step, so that no client meets ASK or TRYAGAIN. Returns when every
   * running node knows the new owner. Fails with `InvalidOption` on other servers, and with `UnexpectedReply` if the servers give it up.
   */
  readonly moveSlotsAtomically: (
    slots: SlotSelection,
    from: ClusterNode,
    to: ClusterNode
  ) => Effect.Effect<void, ServerError>
  /** Moves as few slots as it takes for these primaries to have equal shares and all others none. Gives the number of slots moved. */
  readonly rebalance: (
    onto: ReadonlyArray<ClusterNode>,
    options?: RebalanceOptions
  ) => Effect.Effect<number, ServerError>
  /** First step: the target imports, then the source migrates. Keys that are not at the source answer ASK from now on. */
  readonly beginMigration: (slot: number, from: ClusterNode, to: ClusterNode) => Effect.Effect<void, ServerError>
  /**
   * Second step, repeatable: moves the keys given, or at most `limit`, or all. A slot with some of its keys moved makes
   * commands over both sorts answer TRYAGAIN. Gives the number of keys moved.
   */
  readonly migrateKeys: (
    slot: number,
    from: ClusterNode,
    to: ClusterNode,
    options?: MigrateOptions & {
      readonly limit?: number | undefined
      readonly keys?: ReadonlyArray<string | Uint8Array> | undefined
    }
  ) => Effect.Effect<number, ServerError>
  /** Last step, when the source has no key of the slot left: target, source, then the other primaries learn the new owner. */
  readonly finishMigration: (slot: number, from: ClusterNode, to: ClusterNode) => Effect.Effect<void, ServerError>
  /**
   * The raw append-only log of a node, dead or alive, with all that it held before later resynchronisations (`history`): an
   * id that a primary acknowledged stands in its files even if the cluster has lost it.
   */
  readonly appendOnlyFiles: (node: ClusterNode) => Effect.Effect<ReadonlyArray<AppendOnlyFile>, ServerError>
  /** Sends one command to every running node, in the order of `nodes`. */
  readonly adminAll: (args: ReadonlyArray<AdminArgument>) => Effect.Effect<void, ServerError>
}

const invalid = (detail: string): ServerError =>
  new ServerError({ reason: "InvalidOption", action: "start a cluster", detail, log: "" })

/** CLUSTER ADDSLOTSRANGE and the append-only log in several files came with 7.0. */
const OLDEST_MAJOR = 7

const make = Effect.fnUntraced(function* (
  options: ClusterServersOptions
): Effect.fn.Return<ClusterControls, ServerError, Scope.Scope> {
  const { primaries, replicasPerPrimary = 1 } = options
  if (!Number.isInteger(primaries) || primaries < 1 || primaries > SLOT_COUNT) {
    return yield* invalid(`primaries is ${primaries}, and must be a whole number from 1`)
  }
  if (!Number.isInteger(replicasPerPrimary) || replicasPerPrimary < 0) {
    return yield* invalid(`replicasPerPrimary is ${replicasPerPrimary}, and must be a whole number from 0`)
  }
  const program = yield* findBinary(options)
  if (program.major < OLDEST_MAJOR) {
    return yield* invalid(`${program.path} is version ${program.version}; 7.0 is the oldest that works`)
  }
  return yield* makeCluster(program, { ...options, primaries, replicasPerPrimary })
})

/**
 * A running cluster and its controls.
 *
 * **Details**
 *
 * `ClusterServers.layer(options)` starts and forms one (about 3 seconds: a fresh primary refuses to serve for the first
 * two); it is ready in the sense of `awaitStable`. Replica migration is off (`cluster-allow-replica-migration no`), so that a
 * test knows which node replicates which. Waits use real time, also under `TestClock`.
 *
 * **Example** (A failover in a test)
 *
 * ```ts
 * import { assert, layer } from "@effect/vitest"
 * import { ClusterServers } from "@reef-redis/testing"
 * import { Effect } from "effect"
 *
 * layer(ClusterServers.layer({ primaries: 3, replicasPerPrimary: 1 }), { timeout: "60 seconds" })("a cluster", (it) => {
 *   it.effect("survives the death of a primary", () =>
 *     Effect.gen(function*() {
 *       const cluster = yield* ClusterServers
 *       const victim = yield* cluster.primaryOf(0)
 *       yield* cluster.kill(victim)
 *       yield* cluster.awaitStable
 *       const successor = yield* cluster.primaryOf(0)
 *       assert.notStrictEqual(successor.id, victim.id)
 *     }), 60_000)
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class ClusterServers extends Context.Service<ClusterServers, ClusterControls>()(
  "@reef-redis/testing/ClusterServers"
) {
  /** Starts a cluster that lives as long as the scope. */
  static readonly make: (options: ClusterServersOptions) => Effect.Effect<ClusterControls, ServerError, Scope.Scope> =
    make
  /** Starts a cluster that lives as long as the layer. Each call is a cluster of its own. */
  static readonly layer = (options: ClusterServersOptions): Layer.Layer<ClusterServers, ServerError> =>
    Layer.effect(ClusterServers, make(options))
}
