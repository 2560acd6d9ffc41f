/**
 * Moving a hash slot the classic way (CLUSTER SETSLOT and MIGRATE), in the order of the cluster specification, which is the
 * one that loses nothing while clients write: the target learns first that it imports and first that it owns.
 */
import * as Effect from "effect/Effect"
import type { AdminArgument, AdminReply } from "../AdminReply.ts"
import type { ServerError } from "../ServerError.ts"
import { type NodeProcess, roleOf, runningOf } from "./ClusterState.ts"
import { pause } from "./wait.ts"

/** Keys per MIGRATE unless asked otherwise: the source is blocked while it sends them. */
export const DEFAULT_KEYS_PER_MIGRATE = 100
/** The server's own limit for one MIGRATE, in milliseconds; its clients wait meanwhile. */
const MIGRATE_TIMEOUT_MILLIS = 5_000
const MIGRATE_ANSWER_MILLIS = 2 * MIGRATE_TIMEOUT_MILLIS
const RETRIES = 20
const RETRY_PAUSE_MILLIS = 50

/**
 * Each step may be repeated without harm, so that a connection which a test has cut, or a replica that Valkey waits for
 * before it answers SETSLOT (NOREPLICAS), does not leave a slot half moved.
 */
const passing = (error: ServerError): boolean =>
  error.reason === "ConnectionLost" ||
  (error.reason === "ErrorReply" && /^(NOREPLICAS|TRYAGAIN|IOERR)/.test(error.detail))

const persist = <A>(step: Effect.Effect<A, ServerError>): Effect.Effect<A, ServerError> => {
  const attempt = (left: number): Effect.Effect<A, ServerError> =>
    Effect.catch(step, (error) =>
      left > 0 && passing(error)
        ? Effect.andThen(pause(RETRY_PAUSE_MILLIS), attempt(left - 1))
        : Effect.fail<ServerError>(error)
    )
  return attempt(RETRIES)
}

const setSlot = (node: NodeProcess, slot: number, ...words: ReadonlyArray<string>) =>
  persist(node.ask(["CLUSTER", "SETSLOT", slot, ...words]))

export const runningPrimaries = (nodes: ReadonlyArray<NodeProcess>) =>
  Effect.filter(runningOf(nodes), (node) => Effect.map(roleOf(node), (role) => role === "primary"), {
    concurrency: "unbounded"
  })

export const beginMigration = (slot: number, from: NodeProcess, to: NodeProcess): Effect.Effect<void, ServerError> =>
  Effect.asVoid(Effect.andThen(setSlot(to, slot, "IMPORTING", from.id), setSlot(from, slot, "MIGRATING", to.id)))

const migrate = Effect.fnUntraced(function* (
  from: NodeProcess,
  to: NodeProcess,
  keys: ReadonlyArray<AdminArgument>,
  password: string | undefined
) {
  const command = (replace: boolean): ReadonlyArray<AdminArgument> => [
    "MIGRATE",
    to.host,
    to.port,
    "",
    0,
    MIGRATE_TIMEOUT_MILLIS,
    ...(replace ? ["REPLACE"] : []),
    ...(password === undefined ? [] : ["AUTH", password]),
    "KEYS",
    ...keys
  ]
  const run = (replace: boolean) => from.ask(command(replace), { deadlineMillis: MIGRATE_ANSWER_MILLIS })
  // After a break the target may have a copy of a key that the source still owns and serves: the source's is the newer one.
  yield* Effect.catch(run(false), (error) => (passing(error) ? persist(run(true)) : Effect.fail(error)))
})

const keysIn = (
  node: NodeProcess,
  slot: number,
  count: number
): Effect.Effect<ReadonlyArray<Uint8Array>, ServerError> =>
  Effect.map(
    persist(node.ask(["CLUSTER", "GETKEYSINSLOT", slot, count], { encoding: "latin1" })),
    (reply: AdminReply) => (Array.isArray(reply) ? reply.map((key) => Buffer.from(String(key), "latin1")) : [])
  )

export interface MigrateKeysPlan {
  readonly slot: number
  readonly from: NodeProcess
  readonly to: NodeProcess
  readonly password: string | undefined
  readonly keysPerMigrate: number
  /** At most so many keys. */
  readonly limit: number
}

export const migrateKeys = Effect.fnUntraced(function* (plan: MigrateKeysPlan): Effect.fn.Return<number, ServerError> {
  let moved = 0
  while (moved < plan.limit) {
    const keys = yield* keysIn(plan.from, plan.slot, Math.min(plan.keysPerMigrate, plan.limit - moved))
    if (keys.length === 0) break
    yield* migrate(plan.from, plan.to, keys, plan.password)
    moved += keys.length
  }
  return moved
})

export const migrateTheseKeys = migrate

export const finishMigration = Effect.fnUntraced(function* (
  slot: number,
  from: NodeProcess,
  to: NodeProcess,
  primaries: ReadonlyArray<NodeProcess>
): Effect.fn.Return<void, ServerError> {
  // The source would refuse, but only after the target has already taken the slot.
  const left = yield* persist(from.ask(["CLUSTER", "COUNTKEYSINSLOT", slot]))
  if (left !== 0) return yield* from.fail("InvalidOption", `finish the migration of slot ${slot}`, `${left} keys left`)
  yield* setSlot(to, slot, "NODE", to.id)
  yield* setSlot(from, slot, "NODE", to.id)
  const others = primaries.filter((node) => node.id !== from.id && node.id !== to.id && node.stateNow() === "running")
  yield* Effect.forEach(others, (node) => setSlot(node, slot, "NODE", to.id), {
    concurrency: "unbounded",
    discard: true
  })
})
