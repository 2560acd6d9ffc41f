/**
 * Who the client is: a user name and password that may change while it runs. Each connect asks for the newest; a change makes the live
 * connections say who they are anew.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { CredentialsUnavailable } from "../error/Reason.ts"
import type { ConnectError } from "../error/RedisError.ts"
import { type CredentialsService, type Identity, orUnavailable } from "./Identity.ts"
import type { TokenSourceOptions } from "./TokenSource.ts"

/** Only the newest matters to a connection. */
const CHANGES_KEPT = 2

const fixed = (identity: Identity): CredentialsService => ({ current: Effect.succeed(identity), changes: Stream.empty })

/** Loaded only by who has tokens. */
const tokenSource = <E>(options: TokenSourceOptions<E>) =>
  Effect.flatMap(
    Effect.promise(() => import("./TokenSource.ts")),
    ({ makeTokenSource }) => makeTokenSource(options)
  )

/**
 * The credentials of a client. Given in its options (`credentials`), or else taken from the context in which its layer is built.
 *
 * **Details**
 *
 * - `fixed`: these.
 * - `config`: these, from configuration.
 * - `provider`: ask anew on each connect. Whoever asks a slow service caches it (`Effect.cachedWithTTL`).
 * - `stream`: whatever the stream gave last. It lives as long as the scope.
 * - `tokens`: ask for a token, and for the next one before it expires.
 *
 * A connection whose server refuses a change keeps the identity that it has; what the server then says to commands (`NOAUTH`) makes it
 * ask for the newest credentials once more, and then be replaced.
 *
 * @category services
 * @since 0.1.0
 */
export class Credentials extends Context.Service<Credentials, CredentialsService>()("@reef-redis/client/Credentials") {
  /** @since 0.1.0 */
  static readonly fixed = fixed

  /** @since 0.1.0 */
  static readonly config = (identity: Config.Wrap<Identity>): Effect.Effect<CredentialsService, Config.ConfigError> =>
    Effect.map(Config.unwrap(identity), fixed)

  /**
   * An error or defect of `ask` is the reason `CredentialsUnavailable`, without its text.
   *
   * @since 0.1.0
   */
  static readonly provider = <E>(ask: Effect.Effect<Identity, E>): CredentialsService => ({
    current: orUnavailable(ask),
    changes: Stream.empty
  })

  /**
   * The first connect waits for the first element. When the stream ends or fails, the last one stays.
   *
   * @since 0.1.0
   */
  static readonly stream = Effect.fnUntraced(function* <E>(
    identities: Stream.Stream<Identity, E>
  ): Effect.fn.Return<CredentialsService, never, Scope.Scope> {
    const hub = yield* PubSub.sliding<Identity>({ capacity: CHANGES_KEPT })
    const first = Deferred.makeUnsafe<void, CredentialsUnavailable>()
    let latest: Identity | undefined
    const take = (identity: Identity) => {
      latest = identity
      Deferred.doneUnsafe(first, Effect.void)
      PubSub.publishUnsafe(hub, identity)
    }
    const ended = new CredentialsUnavailable({
      message: "the stream of credentials ended before it gave any",
      cause: Redacted.make(undefined)
    })
    yield* Stream.runForEach(identities, (identity) => Effect.sync(() => take(identity))).pipe(
      orUnavailable,
      Effect.andThen(Effect.fail(ended)),
      Effect.catch((failure) => Effect.sync(() => Deferred.doneUnsafe(first, Effect.fail(failure)))),
      Effect.forkScoped({ startImmediately: true })
    )
    return {
      current: Effect.suspend(() =>
        latest === undefined
          ? Effect.flatMap(Deferred.await(first), () => Effect.sync(() => latest as Identity))
          : Effect.succeed(latest)
      ),
      changes: Stream.fromPubSub(hub)
    }
  })

  /**
   * Tokens that expire, each asked for before the one before it has. Options that cannot be used fail as `ConnectError`.
   *
   * @since 0.1.0
   */
  static readonly tokens = <E>(
    options: TokenSourceOptions<E>
  ): Effect.Effect<CredentialsService, ConnectError, Scope.Scope> => tokenSource(options)

  /** @since 0.1.0 */
  static readonly layer = (identity: Identity): Layer.Layer<Credentials> => Layer.succeed(Credentials, fixed(identity))

  /** @since 0.1.0 */
  static readonly layerConfig = (identity: Config.Wrap<Identity>): Layer.Layer<Credentials, Config.ConfigError> =>
    Layer.effect(Credentials, Credentials.config(identity))

  /** @since 0.1.0 */
  static readonly layerTokens = <E>(options: TokenSourceOptions<E>): Layer.Layer<Credentials, ConnectError> =>
    Layer.effect(Credentials, tokenSource(options))
}
