/**
 * Optimistic transactions: WATCH, reads, MULTI and EXEC on a connection that nobody else uses, again after a conflict.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type { Text } from "../command/CommandSpec.ts"
import type { CommandImpl } from "../command/make.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import type { PooledConnection } from "../connection/PooledConnection.ts"
import { toRedisError, worst } from "../error/Failure.ts"
import { TryAgain } from "../error/Reason.ts"
import { type Execution, RedisError } from "../error/RedisError.ts"
import { leftNothing } from "./attempts.ts"
import { keysOf } from "./Batch.ts"
import { runBlock } from "./Block.ts"
import type { Engine } from "./Engine.ts"
import { type Lease, leaseFor } from "./Lease.ts"
import { Pacer, toScheduleInput } from "./Pacer.ts"
import type { Decision } from "./Router.ts"

/**
 * What is done between WATCH and EXEC: reads on the leased connection, and the commands that shall run if nobody has changed a watched key.
 *
 * @category models
 * @since 0.1.0
 */
export type WatchBody<A, E, R> = (
  engine: Engine,
  pooled: PooledConnection
) => Effect.Effect<{ readonly commands: ReadonlyArray<CommandImpl>; readonly shape: Shape<A> }, E, R>

/** What the caller gets of the results of each command. */
type Shape<A> = (results: Array<Result.Result<unknown, RedisError>>) => Effect.Effect<A, RedisError>

/**
 * Run it until it meets no conflict, the `watchConflict` policy ends, or the deadline leaves no room. A connection that was lost before
 * EXEC was written is replaced, too: nothing of the transaction has happened then.
 *
 * **Details**
 *
 * In a cluster the lease follows the slot: to its new owner after MOVED, and to the node that imports the slot if WATCH itself is answered by
 * ASK, where ASKING stands before WATCH and before the whole block. All watched keys have left the owner then, so that the importing node
 * sees every change of them; of other keys it may not, and a block that has such keys waits for the end of the migration.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runWatch = <A, E, R>(
  engine: Engine,
  watch: CommandImpl,
  allowed: number,
  body: WatchBody<A, E, R>
): Effect.Effect<A, RedisError | E, R> =>
  Effect.suspend(() => {
    const deadline = engine.now() + allowed
    const left = () => Math.max(1, deadline - engine.now())
    const place: Place = { importing: undefined, asked: () => undefined }
    const attempt = Effect.scoped(
      Effect.gen(function* () {
        const lease = yield* Effect.mapError(leaseFor(engine, watch, deadline, place.importing), (failure) =>
          // The router learns what the attempt met: a slot that nobody serves is asked for.
          toRedisError(
            engine.router.decide(watch, { failure, error: undefined, node: undefined }).failure,
            "WATCH",
            undefined
          )
        )
        place.asked = lease.asked
        yield* lease.engine("everything").run(watch, left())
        const read = body(lease.engine("stateless"), lease.pooled)
        const { commands, shape } = yield* Effect.mapError(
          read,
          (error) => new BodyFailed(error, isRepeatable(error, lease, engine, watch))
        )
        if (place.importing !== undefined && !areWatched(engine, watch, commands)) return yield* parted
        return yield* shape(yield* runBlock(lease.engine("everything"), commands, left(), lease.pooled))
      })
    )
    return again(engine, attempt, deadline, place)
  })

/** Whether a block has none but watched keys. */
const areWatched = (engine: Engine, watch: CommandImpl, commands: ReadonlyArray<CommandImpl>): boolean => {
  const codec = engine.runtime.transport.text
  const watched = new Set(keysOf(watch, codec))
  return commands.every((command) => keysOf(command, codec).every((key) => watched.has(key)))
}

const parted = Effect.suspend(() =>
  Effect.fail(
    toRedisError(
      {
        reason: new TryAgain({ message: "the watched keys have moved, and others of the transaction may not have" }),
        execution: "NotSent"
      },
      "MULTI",
      undefined
    )
  )
)

/** Where the next attempt goes if not to the owner of the slot, and where ASK sent the last one. */
interface Place {
  importing: NodeConnection | undefined
  asked: () => NodeConnection | undefined
}

/** What the caller's own function failed with. */
class BodyFailed<E> {
  readonly error: E
  /** Its connection was lost or its slot moved, and nothing but reads had been sent on it. */
  readonly repeatable: boolean
  constructor(error: E, repeatable: boolean) {
    this.error = error
    this.repeatable = repeatable
  }
}

const isRepeatable = (error: unknown, lease: Lease, engine: Engine, watch: CommandImpl): boolean => {
  if (!(error instanceof RedisError) || !error.transient || lease.wrote()) return false
  return !lease.pooled.isOpen || hasMoved(error, engine, watch)
}

/** Whether the slot of the watched keys is at another node than the one that refused, or on its way there. */
const hasMoved = ({ node, reason }: RedisError, { router }: Engine, watch: CommandImpl): boolean => {
  if (reason._tag !== "Redirected") return reason._tag === "TryAgain"
  const owner = router.routeKeys(watch.args as ReadonlyArray<Text>)
  return reason.kind === "ASK" || ("text" in owner && owner.text !== node)
}

/** Why an attempt may be followed by another one, `undefined` if it may not. */
const decisionOf = (failed: unknown): Decision | undefined => {
  const error = failed instanceof BodyFailed && failed.repeatable ? failed.error : failed
  if (!(error instanceof RedisError) || !error.transient) return undefined
  const { execution, reason } = error
  // WATCH changes nothing, and what the body has only read neither.
  const harmless = leftNothing(execution) || error.command === "WATCH" || failed instanceof BodyFailed
  if (!harmless || reason._tag === "PoolTimeout" || reason._tag === "Timeout") return undefined
  const policy =
    reason._tag === "WatchConflict"
      ? "watchConflict"
      : reason._tag === "Redirected" && reason.kind !== "ASK"
        ? "redirect"
        : "unavailable"
  return {
    _tag: "Again",
    policy,
    failure: { reason, execution: harmless && execution !== "NotSent" ? "Refused" : execution }
  }
}

const again = <A, E, R>(
  engine: Engine,
  attempt: Effect.Effect<A, RedisError | BodyFailed<E>, R>,
  deadline: number,
  place: Place
): Effect.Effect<A, RedisError | E, R> =>
  Effect.gen(function* () {
    const pacer = new Pacer(engine.options.policies)
    let execution: Execution = "NotSent"
    while (true) {
      const tried = yield* Effect.result(attempt)
      if (tried._tag === "Success") return tried.success
      const failed = tried.failure
      const fail = Effect.fail(failed instanceof BodyFailed ? failed.error : failed)
      const decision = decisionOf(failed)
      if (decision === undefined) return yield* fail
      const { failure } = decision
      execution = worst(execution, failure.execution)
      const before = place.importing
      const asked = failure.reason._tag === "Redirected" && failure.reason.kind === "ASK" ? place.asked() : undefined
      // Each further attempt asks the owner first: the slot may have come back to it meanwhile.
      place.importing = asked
      if (asked !== undefined && before === undefined && engine.now() < deadline) continue
      const now = engine.runtime.ticker.byClock(engine.now())
      const delay = yield* pacer.next(decision, toScheduleInput(failure, "WATCH", undefined), now)
      if (delay === undefined) return yield* fail
      if (engine.now() + delay >= deadline) {
        return yield* Effect.fail(toRedisError(engine.outOfTime(deadline, failure, execution), "WATCH", undefined))
      }
      if (delay > 0) yield* Effect.sleep(delay)
    }
  })
