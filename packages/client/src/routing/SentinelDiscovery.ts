/**
 * Who serves a service by the word of sentinels: a service of its own, which several clients may share and which a user may replace. It
 * is asked whenever a client doubts its primary; what sentinels announce by themselves only makes it ask sooner.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { Credentials } from "../connection/Credentials.ts"
import type { CredentialsService } from "../connection/Identity.ts"
import type { ConnectionProfile } from "../connection/open.ts"
import * as RedisUrl from "../connection/RedisUrl.ts"
import { DEFAULT_SENTINEL_PORT, withPort } from "../connection/SentinelUrl.ts"
import { resolveSocketOptions, type SocketOptions } from "../connection/SocketOptions.ts"
import type { TlsOptions, Transport } from "../connection/Transport.ts"
import { invalidOption } from "../error/invalidOption.ts"
import type { ConnectError, RedisError } from "../error/RedisError.ts"
import { type AddressRemap, type Endpoint, endpointKey, parseEndpoint } from "../topology/Endpoint.ts"
import type { SentinelAnnouncement } from "../topology/SentinelAnnouncement.ts"
import type { SentinelGroup } from "../topology/SentinelGroup.ts"
import { makeSentinels } from "./Sentinels.ts"

/**
 * What a server says of itself (ROLE). `unknown`: it lives, and does not tell (an ACL forbids it, or it is busy).
 *
 * @category models
 * @since 0.1.0
 */
export type ServerRole = "primary" | "replica" | "sentinel" | "unknown"

/**
 * What a client gives the discovery for one question.
 *
 * @category options
 * @since 0.1.0
 */
export interface LocateOptions {
  /** Asks the server at an address for its role, as the client would reach it, within a short time. */
  readonly verify: (endpoint: Endpoint) => Effect.Effect<ServerRole, RedisError>
  /** The epoch of the group that the client believed last: an older one is stale. */
  readonly newest?: number | undefined
  /** The client has no primary, or doubts it: ask all at once. */
  readonly urgent?: boolean | undefined
}

/**
 * A sentinel that is known.
 *
 * @category models
 * @since 0.1.0
 */
export interface KnownSentinel {
  readonly endpoint: Endpoint
  /** Its id, once it has told it (since 6.2). */
  readonly id: string | undefined
  /** Whether there is an open connection to it. */
  readonly isConnected: boolean
}

/**
 * What a sentinel (its address) has announced.
 *
 * @category models
 * @since 0.1.0
 */
export interface Announced {
  readonly sentinel: string
  readonly announcement: SentinelAnnouncement
}

/**
 * The interface.
 *
 * @category services
 * @since 0.1.0
 */
export interface SentinelDiscoveryService {
  /**
   * Find the primary and the replicas of a service. Fails with `NoSentinel`, `UnknownService` or `PrimaryDown`, or with the server's own
   * refusal of the client's credentials.
   */
  readonly locate: (service: string, options: LocateOptions) => Effect.Effect<SentinelGroup, RedisError>
  /** What sentinels announce from now on, about all services. Any of it may be missed. */
  readonly announcements: Stream.Stream<Announced>
  /** The sentinels that are known, the one to ask first in front. */
  readonly sentinels: Effect.Effect<ReadonlyArray<KnownSentinel>>
}

/**
 * How sentinels are reached, and when they are believed.
 *
 * @category options
 * @since 0.1.0
 */
export interface SentinelDiscoveryOptions {
  /**
   * Sentinels: `host:port`, `host` (port 26379), or URLs, whose user, password and TLS are for all sentinels. They are kept for ever and
   * resolved anew each time.
   */
  readonly sentinels: ReadonlyArray<string>
  /** The sentinels' own ACL user and password, which are not those of the servers (default: none). */
  readonly sentinelUsername?: string | undefined
  readonly sentinelPassword?: Redacted.Redacted | undefined
  /** The same from a source that may change, instead of user and password. */
  readonly sentinelCredentials?: CredentialsService | undefined
  /** `true` for the platform's defaults (default: none). */
  readonly sentinelTls?: boolean | TlsOptions | undefined
  /** How sockets to sentinels are opened. */
  readonly sentinelSocket?: SocketOptions | undefined
  /** How long one sentinel may take to answer; the next one is asked sooner (default 500 ms). */
  readonly sentinelTimeout?: Duration.Input | undefined
  /** So many sentinels have to name the same primary (default 1). */
  readonly agreement?: number | undefined
  /** A sentinel that knows fewer others than this is not believed (default 0). */
  readonly minOtherSentinels?: number | undefined
  /** Whether sentinels that are not listed are learnt from those that are (default true). */
  readonly discoverSentinels?: boolean | undefined
  /** Whether to subscribe to what sentinels announce, by one connection to each (default true). */
  readonly listen?: boolean | undefined
  /** Turns each address that a sentinel tells (of primaries, replicas and sentinels) into the one to dial. */
  readonly addressRemap?: AddressRemap | undefined
  /** The host of every primary, whatever sentinels say; the port is theirs. */
  readonly forcedPrimaryHost?: string | undefined
}

const DEFAULT_TIMEOUT = 500

/** A user and password, of a URL or of the options. */
interface Sentinels {
  readonly seeds: ReadonlyArray<Endpoint>
  readonly username: string | undefined
  readonly password: Redacted.Redacted | undefined
  readonly tls: boolean
}

const readSentinels = (texts: ReadonlyArray<string>): Result.Result<Sentinels, ConnectError> => {
  const seeds = new Map<string, Endpoint>()
  const add = (endpoint: Endpoint) => seeds.set(endpointKey(endpoint), endpoint)
  let found: Omit<Sentinels, "seeds"> = { username: undefined, password: undefined, tls: false }
  for (const text of texts) {
    if (!text.includes("://")) {
      const endpoint = parseEndpoint(/^[^:]+$|^\[.*\]$/.test(text) ? `${text}:${DEFAULT_SENTINEL_PORT}` : text)
      if (endpoint === undefined) {
        return Result.fail(invalidOption("sentinels", `"${text}" is neither a URL nor host:port`))
      }
      add(endpoint)
      continue
    }
    const parsed = RedisUrl.parse(withPort(text, DEFAULT_SENTINEL_PORT))
    if (Result.isFailure(parsed)) {
      const { detail, part, url } = parsed.failure
      return Result.fail(invalidOption("sentinels", `${part} of ${url}: ${detail}`))
    }
    const url = parsed.success
    if (url._tag === "Unix")
      return Result.fail(invalidOption("sentinels", "a sentinel is not reached by a Unix socket"))
    if (url.database !== undefined) return Result.fail(invalidOption("sentinels", "a sentinel has no databases"))
    for (const endpoint of url.endpoints) add(endpoint)
    found = {
      username: found.username ?? url.username,
      password: found.password ?? url.password,
      tls: found.tls || url.tls
    }
  }
  return seeds.size === 0
    ? Result.fail(invalidOption("sentinels", "must name at least one sentinel"))
    : Result.succeed({ ...found, seeds: [...seeds.values()] })
}

/**
 * The options checked, with their defaults.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResolvedDiscovery {
  readonly seeds: ReadonlyArray<Endpoint>
  readonly profile: ConnectionProfile
  /** Milliseconds. */
  readonly timeout: number
  readonly agreement: number
  readonly minOtherSentinels: number
  readonly discoverSentinels: boolean
  readonly listen: boolean
  readonly addresses: { readonly remap: AddressRemap | undefined; readonly forcedPrimaryHost: string | undefined }
}

const resolve = (options: SentinelDiscoveryOptions): Result.Result<ResolvedDiscovery, ConnectError> =>
  Result.gen(function* () {
    const read = yield* readSentinels(options.sentinels)
    const { agreement = 1, forcedPrimaryHost, minOtherSentinels = 0, sentinelCredentials } = options
    const username = options.sentinelUsername ?? read.username
    const password = options.sentinelPassword ?? read.password
    if (sentinelCredentials !== undefined && (username !== undefined || password !== undefined)) {
      return yield* Result.fail(
        invalidOption("sentinelCredentials", "stand beside a user or password of the sentinels; give one")
      )
    }
    const least = (name: string, value: number, from: number) =>
      Number.isSafeInteger(value) && value >= from
        ? Result.succeed(undefined)
        : Result.fail(invalidOption(name, `must be a whole number from ${from}`))
    yield* least("agreement", agreement, 1)
    yield* least("minOtherSentinels", minOtherSentinels, 0)
    if (forcedPrimaryHost === "") return yield* Result.fail(invalidOption("forcedPrimaryHost", "is empty"))
    const given = Option.getOrUndefined(Duration.fromInput(options.sentinelTimeout ?? DEFAULT_TIMEOUT))
    const timeout = given === undefined ? Number.NaN : Duration.toMillis(given)
    if (!(timeout > 0 && timeout < Number.POSITIVE_INFINITY)) {
      return yield* Result.fail(invalidOption("sentinelTimeout", "must be a finite duration above zero"))
    }
    let problem: ConnectError | undefined
    const socket = resolveSocketOptions(options.sentinelSocket, (name, message) => {
      problem ??= invalidOption(name.replace("socket", "sentinelSocket"), message)
    })
    if (problem !== undefined) return yield* Result.fail(problem)
    const tls = options.sentinelTls ?? read.tls
    return {
      seeds: read.seeds,
      profile: {
        handshake: {},
        credentials:
          sentinelCredentials ?? (password === undefined ? undefined : Credentials.fixed({ username, password })),
        tls: tls === true ? {} : tls === false ? undefined : tls,
        socket
      },
      timeout,
      agreement,
      minOtherSentinels,
      discoverSentinels: options.discoverSentinels ?? true,
      listen: options.listen ?? true,
      addresses: { remap: options.addressRemap, forcedPrimaryHost }
    }
  })

/**
 * The discovery by sentinels. Where a program provides one, every `RedisSentinel` that names no sentinels of its own uses it: several
 * services over one set of sentinels share its connections.
 *
 * @category services
 * @since 0.1.0
 */
export class SentinelDiscovery extends Context.Service<SentinelDiscovery, SentinelDiscoveryService>()(
  "@reef-redis/client/SentinelDiscovery"
) {
  /**
   * A discovery that lives as long as the scope. It asks nobody before it is asked.
   *
   * @since 0.1.0
   */
  static readonly make = (
    options: SentinelDiscoveryOptions
  ): Effect.Effect<SentinelDiscoveryService, ConnectError, Transport | Scope.Scope> =>
    Effect.flatMap(Effect.fromResult(resolve(options)), makeSentinels)

  /**
   * The same as a layer.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    options: SentinelDiscoveryOptions
  ): Layer.Layer<SentinelDiscovery, ConnectError, Transport> =>
    Layer.effect(SentinelDiscovery, SentinelDiscovery.make(options))
}
