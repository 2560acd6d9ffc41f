/**
 * What locks and semaphores share: a permit for a scope, or for an effect.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { RedisError } from "../error/RedisError.ts"
import { type LockError, LockLost, NotConfirmed } from "../LockError.ts"
import { Redis, type RedisService } from "../Redis.ts"
import { type Held, Permit, publish } from "./Permit.ts"
import { ask, type Taken, type Traces, take, traceless } from "./permitAsk.ts"
import * as scripts from "./permitScripts.ts"
import { errorOf, type Settings, undo } from "./permitSettings.ts"

/** Let `replicas` confirm it: WAIT speaks of all that the primary had done by then. */
const confirm = (
  redis: RedisService,
  settings: Settings,
  token: string
): Effect.Effect<void, LockError | RedisError> => {
  const { durable, keys, ttl } = settings
  if (durable === undefined) return Effect.void
  const again = scripts.extend(keys, { token, time: Number.isFinite(ttl) ? ttl : 0, how: "renew" })
  const refused = new LockLost({
    how: "refused",
    cause: undefined,
    message: "it was lost before replicas confirmed it"
  })
  return redis.durable(again, durable).pipe(
    Effect.flatMap((left) => (left === -1 ? Effect.fail(errorOf(settings, refused)) : Effect.void)),
    Effect.catchReason("RedisError", "NotReplicated", ({ acknowledged, wanted }) => {
      const message = `${acknowledged} of ${wanted} replicas confirmed it in time`
      return Effect.fail(errorOf(settings, new NotConfirmed({ wanted, acknowledged, message })))
    })
  )
}

/** Give it back at the end of a scope: a loss has been told by `lost`, and what cannot be given back expires. */
const settle = (permit: Permit): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { id, loss, redis, settings, state } = permit
    if (state === "held") {
      const said = `${settings.name} was not given back`
      return Effect.catch(permit.release, (error) => Effect.logDebug(said, error))
    }
    // Nobody has said that it is not ours: it may stand there still.
    return state === "lost" && loss.how === "unconfirmed" ? undo(redis, settings, id) : Effect.void
  })

const holdBy = <E>(
  settings: Settings,
  get: (redis: RedisService, settings: Settings, token: string, traces: Traces) => Effect.Effect<Taken | undefined, E>
): Effect.Effect<Permit | undefined, E | LockError | RedisError, Redis | Scope.Scope> =>
  Effect.gen(function* () {
    const redis = yield* Redis
    const id = globalThis.crypto.randomUUID()
    const permit = yield* Effect.acquireRelease(
      Effect.gen(function* () {
        const taken = yield* traceless(redis, settings, id, (traces) =>
          Effect.tap(get(redis, settings, id, traces), (got) =>
            got === undefined ? Effect.void : confirm(redis, settings, id)
          )
        )
        if (taken === undefined) return undefined
        return new Permit(redis, settings, id, taken, yield* Deferred.make<never, LockError>())
      }),
      (held) => (held === undefined ? Effect.void : settle(held)),
      { interruptible: true }
    )
    if (permit === undefined) return undefined
    if (settings.renew) yield* Effect.forkScoped(Effect.ignore(permit.keep), { startImmediately: true })
    else if (Number.isFinite(settings.ttl)) {
      yield* Effect.forkScoped(Effect.ignore(permit.expire), { startImmediately: true })
    }
    return permit
  })

/** Waits for it. */
export const acquirePermit = (settings: Settings): Effect.Effect<Held, LockError | RedisError, Redis | Scope.Scope> =>
  Effect.map(holdBy(settings, take), (permit) => publish(permit!))

/** Takes it if it is free. */
export const tryPermit = (
  settings: Settings
): Effect.Effect<Held | undefined, LockError | RedisError, Redis | Scope.Scope> =>
  Effect.map(
    holdBy(settings, (redis, _, token, traces) =>
      Effect.map(
        ask(redis, settings, token, traces, { ticket: "", patience: 0, allowed: Number.POSITIVE_INFINITY }),
        (asked) => ("fence" in asked ? asked : undefined)
      )
    ),
    (permit) => (permit === undefined ? undefined : publish(permit))
  )

/** Runs an effect while it is held, and interrupts that if it is lost. */
export const withPermit = <A, E, R>(
  settings: Settings,
  use: (held: Held) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | LockError | RedisError, R | Redis> =>
  Effect.acquireUseRelease(
    Scope.make(),
    (scope) =>
      Effect.gen(function* () {
        const permit = (yield* Effect.provideService(holdBy(settings, take), Scope.Scope, scope))!
        const held = publish(permit)
        const value = yield* Effect.raceFirst(use(held), held.lost)
        if (permit.state === "released") return value
        // Somebody else's by now is a loss, too; but what only could not be said to the server expires there.
        yield* Effect.catchTag(permit.release, "RedisError", (error) =>
          Effect.logDebug(`${settings.name} was not given back`, error)
        )
        return value
      }),
    (scope, exit) => Scope.close(scope, exit)
  )

/** How many permits are held. */
export const heldPermits = ({ keys }: Settings): Effect.Effect<number, RedisError, Redis> =>
  Effect.map(scripts.look(keys, { token: "" }), ([held]) => held)
