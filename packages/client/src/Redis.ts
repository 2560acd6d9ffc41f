/**
 * The client that applications use: every command as a method, pipelines and transactions. The same service stands before one server, a
 * cluster or a sentinel group; a program does not know which.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as SubscriptionRef from "effect/SubscriptionRef"
import { type ClientOptions, resolveOptions, withCredentials } from "./ClientOptions.ts"
import { type AsEffect, type Batch, type Command, RedisKey, type Results, type RunOptions } from "./command/Command.ts"
import type { Text } from "./command/CommandSpec.ts"
import type { SharedCommands } from "./command/SharedCommands.ts"
import type { ConnectionEvent, ConnectionStates } from "./connection/ConnectionMonitor.ts"
import { makeRuntime } from "./connection/ConnectionRuntime.ts"
import type { Health } from "./connection/health.ts"
import { makeLazyPools } from "./connection/lazyPools.ts"
import { makeNodeConnections } from "./connection/NodeConnections.ts"
import * as RedisUrl from "./connection/RedisUrl.ts"
import type { Address, Transport } from "./connection/Transport.ts"
import { invalidOption } from "./error/invalidOption.ts"
import type { ConnectError, RedisError } from "./error/RedisError.ts"
import { lazyPubSub } from "./internal/lazyPubSub.ts"
import { fromEngine } from "./internal/service.ts"
import type { DurableOptions, LeasedRedis, LeaseOptions, WatchedRedis } from "./LeasedRedis.ts"
import { RedisPubSub, type RedisPubSubService } from "./RedisPubSub.ts"
import { apartBy } from "./routing/apart.ts"
import { Engine, type OnOrphan } from "./routing/Engine.ts"
import type { Overrides } from "./routing/overrides.ts"
import type { Policies } from "./routing/Policies.ts"
import { makeStandaloneRouter } from "./routing/StandaloneRouter.ts"
import { startNode } from "./routing/start.ts"
import { MAX_PORT } from "./topology/Endpoint.ts"

/**
 * The results of a batch in result mode: success or failure for each position.
 *
 * @category models
 * @since 0.1.0
 */
export type BatchResults<T> = {
  -readonly [K in keyof T]: T[K] extends Command<infer A, unknown> ? Result.Result<A, RedisError> : never
} & {}

/**
 * Options of a pipeline or transaction.
 *
 * @category options
 * @since 0.1.0
 */
export interface BatchOptions extends Overrides {
  /** The end-to-end deadline of the whole batch (default: the client's). */
  readonly deadline?: Duration.Input | undefined
}

/**
 * What clients and leased connections have in common: every command as a method, command values, pipelines and transactions.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisOperations extends SharedCommands<AsEffect> {
  /** Run a command value, with options of its own. */
  run<A>(command: Command<A, unknown>, options?: RunOptions & Pick<Overrides, "readFrom">): Effect.Effect<A, RedisError>
  /**
   * Send commands together, to whatever nodes they belong, and await all replies. Fails with the first error (its `index` tells which);
   * in mode `result` each position has its own. Not atomic.
   */
  pipeline<const T extends Batch>(commands: T, options?: BatchOptions): Effect.Effect<Results<T>, RedisError>
  pipeline<const T extends Batch>(
    commands: T,
    options: BatchOptions & { readonly mode: "result" }
  ): Effect.Effect<BatchResults<T>, RedisError>
  /**
   * Run commands of one slot between MULTI and EXEC: all together or none, checked before sending. A command's error inside EXEC is
   * `Executed`, since the others ran.
   */
  transaction<const T extends Batch>(commands: T, options?: BatchOptions): Effect.Effect<Results<T>, RedisError>
  transaction<const T extends Batch>(
    commands: T,
    options: BatchOptions & { readonly mode: "result" }
  ): Effect.Effect<BatchResults<T>, RedisError>
}

/**
 * The operations of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisService extends RedisOperations {
  /**
   * A write, and WAIT for replicas on the same connection. Too few in time is `NotReplicated`, whose `execution` is `Executed`: the write
   * was done, and stays. Replication is asynchronous: what replicas have acknowledged survives a failover only if one of them is promoted.
   */
  durable<A>(command: Command<A, unknown>, options: DurableOptions): Effect.Effect<A, RedisError>
  /**
   * A connection of one's own for as long as the scope lives, from the node's pool (`pool` among the options of the client). Fails as
   * `PoolTimeout` if none comes free in time. While no node can be reached that could give one it waits within its deadline by the
   * `unavailable` policy. Blocking commands need none: they lease by themselves.
   */
  lease(options?: LeaseOptions): Effect.Effect<LeasedRedis, RedisError, Scope.Scope>
  /**
   * An optimistic transaction: the keys are watched on a leased connection, `f` reads by `tx` and gives the commands to run, and these run
   * between MULTI and EXEC if nobody has changed a watched key since; else all is done again by the `watchConflict` policy.
   *
   * **Details**
   *
   * `f` may run several times. Commands of `tx` run at once, outside of the transaction. No commands: nothing is run, and nothing
   * checked. The keys must be of one slot (`CrossSlot` before anything is sent), which the commands must be of, too. Fails with
   * `WatchConflict` when the policy ends; with `f`'s own failure; a lost connection is replaced unless EXEC was written
   * (`MayHaveExecuted`). `deadline` bounds all attempts, but does not interrupt `f`.
   */
  watch<const T extends Batch, E = never, R = never>(
    keys: Text | ReadonlyArray<Text>,
    f: (tx: WatchedRedis) => Effect.Effect<T, E, R>,
    options?: BatchOptions
  ): Effect.Effect<Results<T>, RedisError | E, R>
  watch<const T extends Batch, E = never, R = never>(
    keys: Text | ReadonlyArray<Text>,
    f: (tx: WatchedRedis) => Effect.Effect<T, E, R>,
    options: BatchOptions & { readonly mode: "result" }
  ): Effect.Effect<BatchResults<T>, RedisError | E, R>
  /**
   * The same client with a prefix before every key (behind the one that it may have already): of methods, command values, pipelines and
   * transactions. Keep what it gives: each call builds all methods anew.
   *
   * **Details**
   *
   * Where a reply names keys (KEYS, SCAN, RANDOMKEY, XREAD, BLPOP, LMPOP and their kin) the prefix is taken off again, and what does not
   * begin with it is left out: RANDOMKEY gives `undefined` if it drew a key of others. Patterns of KEYS, SCAN and SORT get it too. It is
   * not put before channels, nor before names that a script puts together itself; FLUSHDB and DBSIZE mean the whole database. A raw
   * command has to tell its keys (`keys: "none"` if it has none), or fails as `InvalidArgument`, as every command does if the prefix is
   * no well-formed text.
   */
  withKeyPrefix(prefix: string): RedisService
  /**
   * The same client with other defaults for every operation: deadline, retry category, target. Keep what it gives: each call builds all
   * methods anew. Options that cannot be used fail every operation as `InvalidArgument`.
   */
  withOptions(overrides: Overrides): RedisService
  /**
   * How the client's nodes are now: each that it has a connection to, or tries to, is sent a PING (for `probeTimeout` at most). Does not
   * fail: what is wrong stands in the result.
   */
  readonly health: Effect.Effect<Health>
  /** The state of the connection of each node, by address, and each change of it (`SubscriptionRef.changes`). */
  readonly connections: SubscriptionRef.SubscriptionRef<ConnectionStates>
  /** What happens to the client's connections, from now on. */
  readonly events: Stream.Stream<ConnectionEvent>
}

/**
 * Options of a client of one server: a URL (`redis`, `rediss`, `valkey`, `valkeys`, `unix`), or an address. A field given here wins over the
 * same setting in the URL.
 *
 * @category options
 * @since 0.1.0
 */
export interface RedisOptions extends ClientOptions {
  readonly url?: string | undefined
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined
  /** Default 6379. */
  readonly port?: number | undefined
  /** A Unix socket, instead of host and port. */
  readonly path?: string | undefined
  /** SELECTed by each connection (default 0). */
  readonly database?: number | undefined
}

/**
 * The policies of a client, where they shall differ from the defaults, and its hooks: what no configuration can say.
 *
 * @category options
 * @since 0.1.0
 */
export interface WithPolicies {
  readonly policies?: Partial<Policies> | undefined
  /**
   * Gets the element that a blocking command had taken when its caller was interrupted, and that would be lost otherwise (default: a
   * warning is logged, without the element). It cannot be interrupted, and the interruption waits for it.
   */
  readonly onOrphan?: OnOrphan | undefined
}

/** The address and settings that the options and their URL give together. */
const fromUrl = (options: RedisOptions): Result.Result<readonly [Address, RedisOptions], ConnectError> => {
  if (options.url === undefined) {
    const { host, path, port } = options
    if (port !== undefined && !(Number.isSafeInteger(port) && port > 0 && port <= MAX_PORT)) {
      return Result.fail(invalidOption("port", `must be a whole number from 1 to ${MAX_PORT}`))
    }
    if (host === "") return Result.fail(invalidOption("host", "is empty"))
    if (path === "") return Result.fail(invalidOption("path", "is empty"))
    const address: Address =
      path !== undefined ? { path } : { host: host ?? "127.0.0.1", port: port ?? RedisUrl.DEFAULT_PORT }
    return Result.succeed([address, options])
  }
  const parsed = RedisUrl.parse(options.url)
  if (Result.isFailure(parsed)) {
    const { detail, part, url } = parsed.failure
    return Result.fail(invalidOption("url", `${part} of ${url}: ${detail}`))
  }
  const url = parsed.success
  if (url._tag === "Tcp" && url.endpoints.length > 1) {
    return Result.fail(invalidOption("url", "names several hosts; a client of one server takes one"))
  }
  const address: Address = url._tag === "Unix" ? { path: url.path } : url.endpoints[0]
  return Result.succeed([address, mergeUrl(url, options)])
}

/**
 * The settings of a URL under those that were given beside it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const mergeUrl = <O extends ClientOptions & { readonly database?: number | undefined }>(
  url: RedisUrl.RedisUrl,
  options: O
): O => ({
  ...options,
  username: options.username ?? url.username,
  password: options.password ?? url.password,
  database: options.database ?? url.database,
  protocol: options.protocol ?? url.protocol,
  clientName: options.clientName ?? url.clientName,
  connectTimeout: options.connectTimeout ?? url.connectTimeout,
  commandTimeout: options.commandTimeout ?? url.commandTimeout,
  tls: options.tls ?? (url.tls ? true : undefined),
  socket: {
    ...options.socket,
    family: options.socket?.family ?? url.family,
    keepAlive: options.socket?.keepAlive ?? url.keepAlive
  }
})

/**
 * The Redis client.
 *
 * @category services
 * @since 0.1.0
 */
export class Redis extends Context.Service<Redis, RedisService>()(RedisKey) {
  /**
   * A client of one server, for as long as the scope lives.
   *
   * @since 0.1.0
   */
  static readonly make = (
    options?: RedisOptions & WithPolicies
  ): Effect.Effect<RedisService, ConnectError, Transport | Scope.Scope> =>
    Effect.map(Redis.makeAll(options), ({ redis }) => redis)

  /**
   * The same, and the subscriptions of that client.
   *
   * @since 0.1.0
   */
  static readonly makeAll = Effect.fnUntraced(function* (
    options: RedisOptions & WithPolicies = {}
  ): Effect.fn.Return<
    { readonly redis: RedisService; readonly pubSub: RedisPubSubService },
    ConnectError,
    Transport | Scope.Scope
  > {
    const [address, merged] = yield* Effect.fromResult(fromUrl(options))
    const resolved = yield* Effect.fromResult(
      resolveOptions(yield* withCredentials(merged), options.policies, options.onOrphan)
    )
    const runtime = yield* makeRuntime(resolved.limits, resolved.telemetry)
    const nodes = yield* makeNodeConnections(runtime, resolved.profile, resolved.engine.policies.reconnect, {
      onDown: () => {},
      onUp: () => {}
    })
    const server = nodes.at(address)
    yield* startNode(server, resolved)
    const pools = yield* makeLazyPools(runtime, nodes, resolved.profile, resolved.pool)
    if (resolved.pool.min > 0) yield* pools.open(server)
    const engine = new Engine(
      runtime,
      makeStandaloneRouter(() => server, nodes),
      resolved.engine,
      apartBy(pools)
    )
    return {
      redis: fromEngine(engine, resolved.keyPrefix),
      pubSub: yield* lazyPubSub(runtime, nodes, () => server.address, resolved)
    }
  })

  /**
   * A client with other defaults for every operation: `redis.withOptions(overrides)`, for use in a pipe.
   *
   * @since 0.1.0
   */
  static readonly withOptions: {
    (overrides: Overrides): (redis: RedisService) => RedisService
    (redis: RedisService, overrides: Overrides): RedisService
  } = dual(2, (redis: RedisService, overrides: Overrides): RedisService => redis.withOptions(overrides))

  /**
   * A client of one server as a layer.
   *
   * @since 0.1.0
   */
  static readonly layer = (
    options?: RedisOptions & WithPolicies
  ): Layer.Layer<Redis | RedisPubSub, ConnectError, Transport> =>
    Layer.effectContext(
      Effect.map(Redis.makeAll(options), ({ pubSub, redis }) =>
        Context.make(Redis, redis).pipe(Context.add(RedisPubSub, pubSub))
      )
    )

  /**
   * The same with options from configuration. Schedules and functions are none, so these are given beside it.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    options: Config.Wrap<RedisOptions>,
    more?: WithPolicies
  ): Layer.Layer<Redis | RedisPubSub, ConnectError | Config.ConfigError, Transport> =>
    Layer.unwrap(Effect.map(Config.unwrap(options), (config) => Redis.layer({ ...config, ...more })))

  /**
   * A client under a tag of one's own: `class CacheRedis extends Context.Service<CacheRedis, RedisService>()("CacheRedis") {}`.
   *
   * @since 0.1.0
   */
  static readonly layerFor = <Self>(
    tag: Context.Key<Self, RedisService>,
    options?: RedisOptions & WithPolicies
  ): Layer.Layer<Self, ConnectError, Transport> => Layer.effect(tag, Redis.make(options))
}
