/**
 * A permit that is held: renewed, watched by the client's own clock, given back once.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { RedisError } from "../error/RedisError.ts"
import { type LockError, LockLost, NotHeld } from "../LockError.ts"
import type { RedisService } from "../Redis.ts"
import type { Taken } from "./permitAsk.ts"
import * as scripts from "./permitScripts.ts"
import { errorOf, invalid, millisOf, now, PAUSE, RELEASE_TIME, type Settings } from "./permitSettings.ts"

/** How many times a permit is renewed within its time: two renewals may fail. */
const RENEWALS = 3

/**
 * A permit that is held.
 *
 * @category models
 * @since 0.1.0
 */
export interface Held {
  /** The name of the lock or semaphore. */
  readonly name: string
  /**
   * The fencing token: greater than that of every earlier holder. Send it along with each write to what the lock protects, which
   * refuses a token that is less than one it has seen.
   */
  readonly token: number
  /** Fails once it is lost, and never succeeds. */
  readonly lost: Effect.Effect<never, LockError>
  /** Fails if it is lost or released, or may have expired, by the client's own monotonic clock. Asks nobody. */
  readonly check: Effect.Effect<void, LockError>
  /** Whether the server says that it is held. */
  readonly owned: Effect.Effect<boolean, RedisError>
  /** For how long it is held still if nobody renews it, as far as is certain; never more than the server thinks. */
  readonly remaining: Effect.Effect<Duration.Duration>
  /** Hold it for so much longer, or, with `replace`, for so long from now on. Without an end there is nothing to extend: `InvalidArgument`. */
  extend(
    time: Duration.Input,
    options?: { readonly replace?: boolean | undefined }
  ): Effect.Effect<void, LockError | RedisError>
  /** Hold it for its whole `ttl` from now on. */
  readonly reacquire: Effect.Effect<void, LockError | RedisError>
  /** Give it back before the scope ends; fails if it was lost meanwhile. */
  readonly release: Effect.Effect<void, LockError | RedisError>
}
/** How it was lost, once it was. */
interface Loss {
  how: LockLost["how"] | undefined
  /** The last failure of renewing it. */
  cause: RedisError | undefined
}

/** What is known of a permit while it is held. */
export class Permit {
  readonly redis: RedisService
  readonly settings: Settings
  readonly id: string
  readonly fence: number
  readonly lost: Deferred.Deferred<never, LockError>
  readonly loss: Loss = { how: undefined, cause: undefined }
  /** Until when it is certain, in milliseconds of the monotonic clock. */
  until: number
  state: "held" | "lost" | "released" = "held"

  constructor(
    redis: RedisService,
    settings: Settings,
    id: string,
    taken: Taken,
    lost: Deferred.Deferred<never, LockError>
  ) {
    this.redis = redis
    this.settings = settings
    this.id = id
    this.fence = taken.fence
    this.until = taken.until
    this.lost = lost
  }

  /** Lost: everybody who asks is told the same from now on. */
  private lose(how: LockLost["how"]): Effect.Effect<never, LockError> {
    return Effect.suspend(() => {
      const message =
        how === "refused"
          ? "the server says that it is not held any more"
          : "it was not renewed before it may have expired"
      this.state = "lost"
      this.loss.how ??= how
      const reason = new LockLost({ how, cause: this.loss.cause, message })
      return Effect.andThen(Deferred.fail(this.lost, errorOf(this.settings, reason)), Deferred.await(this.lost))
    })
  }

  get check(): Effect.Effect<void, LockError> {
    return Effect.flatMap(now, (at): Effect.Effect<void, LockError> => {
      if (this.state === "released") {
        return Effect.fail(errorOf(this.settings, new NotHeld({ message: "it was released before" })))
      }
      if (this.state === "lost") return Deferred.await(this.lost)
      return at < this.until ? Effect.void : this.lose("unconfirmed")
    })
  }

  /** Change how long it is held, and learn that. */
  extend(time: number, how: "renew" | "set" | "add", deadline?: number): Effect.Effect<void, LockError | RedisError> {
    return Effect.gen({ self: this }, function* () {
      yield* this.check
      const begun = yield* now
      const command = scripts.extend(this.settings.keys, { token: this.id, time, how })
      const left = yield* this.redis.run(command, {
        ...(how === "add" ? {} : { retry: "idempotent" as const }),
        ...(deadline === undefined ? {} : { deadline })
      })
      if (left === -1) return yield* this.state === "held" ? this.lose("refused") : this.check
      if (left >= 0) this.until = begun + left
    })
  }

  /** Renews it until that is refused, or could not be confirmed in time. */
  get keep(): Effect.Effect<never, LockError> {
    return Effect.gen({ self: this }, function* () {
      const { ttl } = this.settings
      let next = (yield* now) + ttl / RENEWALS
      while (true) {
        yield* Effect.sleep(Math.max(1, Math.min(next, this.until) - (yield* now)))
        const at = yield* now
        if (at >= this.until) return yield* this.lose("unconfirmed")
        if (at < next) continue
        const left = Math.max(1, Math.ceil(this.until - at))
        const renewed = yield* Effect.result(Effect.timeoutOption(this.extend(ttl, "renew", left), left))
        if (renewed._tag === "Success" && Option.isSome(renewed.success)) {
          next = at + ttl / RENEWALS
          continue
        }
        if (renewed._tag === "Failure") {
          if (renewed.failure._tag === "LockError") return yield* Effect.fail(renewed.failure)
          this.loss.cause = renewed.failure
        }
        next = (yield* now) + Math.min(PAUSE, ttl / RENEWALS)
      }
    })
  }

  /** Without renewal it still ends at its time. */
  get expire(): Effect.Effect<never, LockError> {
    return Effect.gen({ self: this }, function* () {
      while (true) {
        const left = this.until - (yield* now)
        if (left <= 0) return yield* this.lose("unconfirmed")
        yield* Effect.sleep(left)
      }
    })
  }

  /** Give it back. Whoever cannot be told has it expire. */
  get release(): Effect.Effect<void, LockError | RedisError> {
    return Effect.gen({ self: this }, function* () {
      yield* this.check
      const { keys, permits } = this.settings
      this.state = "released"
      const held = yield* this.redis.run(scripts.release(keys, { token: this.id, permits }), { deadline: RELEASE_TIME })
      if (held === 0) return yield* this.lose("refused")
    })
  }
}

/** As its holder sees it. */
export const publish = (permit: Permit): Held => {
  const { fence, id, lost, redis, settings } = permit
  return {
    name: settings.name,
    token: fence,
    lost: Deferred.await(lost),
    check: permit.check,
    owned: Effect.map(redis.run(scripts.look(settings.keys, { token: id })), ([, ours]) => ours === 1),
    remaining: Effect.map(now, (at) => Duration.millis(permit.state === "held" ? Math.max(0, permit.until - at) : 0)),
    extend: (time, options) => {
      const millis = millisOf(time, Number.NaN)
      if (!Number.isFinite(settings.ttl)) return Effect.fail(invalid("extend: it is held without an end"))
      if (!(millis > 0) || !Number.isFinite(millis))
        return Effect.fail(invalid("extend: must be a duration above zero"))
      return permit.extend(millis, options?.replace === true ? "set" : "add")
    },
    reacquire: Number.isFinite(settings.ttl)
      ? permit.extend(settings.ttl, "set")
      : Effect.fail(invalid("reacquire: it is held without an end")),
    release: permit.release
  }
}
