/**
 * The client that applications use: every command as a method, pipelines and transactions. The same service stands before one server, a
 * cluster or a sentinel group; a program does not know which.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as SubscriptionRef from "effect/SubscriptionRef"
import { type ClientOptions, resolveOptions, withCredentials } from "./ClientOptions.ts"
import { list } from "./command/arguments.ts"
import { type AsEffect, type Batch, type Command, RedisKey, type Results, type RunOptions } from "./command/Command.ts"
import type { Text } from "./command/CommandSpec.ts"
import { connectionStateCommands } from "./command/ConnectionStateCommands.ts"
import { keyPrefixer } from "./command/keyPrefix.ts"
import { CommandImpl, implOf } from "./command/make.ts"
import { type SharedCommands, sharedCommands } from "./command/SharedCommands.ts"
import type { ConnectionEvent, ConnectionStates } from "./connection/ConnectionMonitor.ts"
import { makeConnectionPools } from "./connection/ConnectionPools.ts"
import { makeRuntime } from "./connection/ConnectionRuntime.ts"
import { checkHealth, type Health } from "./connection/health.ts"
import { makeNodeConnections } from "./connection/NodeConnections.ts"
import type { PooledConnection } from "./connection/PooledConnection.ts"
import * as RedisUrl from "./connection/RedisUrl.ts"
import type { Address, Transport } from "./connection/Transport.ts"
import { toRedisError } from "./error/Failure.ts"
import { invalidOption } from "./error/invalidOption.ts"
import { InvalidArgument } from "./error/Reason.ts"
import type { ConnectError, RedisError } from "./error/RedisError.ts"
import { lazyMethods } from "./internal/lazyMethods.ts"
import type { DurableOptions, LeasedRedis, LeaseOptions, WatchedRedis } from "./LeasedRedis.ts"
import { runBatch } from "./routing/Batch.ts"
import { runBlock } from "./routing/Block.ts"
import { apartBy } from "./routing/Blocking.ts"
import { runDurable } from "./routing/Durable.ts"
import { Engine, type OnOrphan } from "./routing/Engine.ts"
import { runLease } from "./routing/Lease.ts"
import { engineWith, type Overrides } from "./routing/overrides.ts"
import type { Policies } from "./routing/Policies.ts"
import { makeStandaloneRouter } from "./routing/StandaloneRouter.ts"
import { startNode } from "./routing/start.ts"
import { runWatch } from "./routing/Watch.ts"
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
  run<A>(command: Command<A, unknown>, options?: RunOptions): Effect.Effect<A, RedisError>
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
   * `PoolTimeout` if none comes free in time. Blocking commands need none: they lease by themselves.
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

type ModeOptions = BatchOptions & { readonly mode?: "result" }

type BatchRunner = (batch: Batch, options?: ModeOptions) => Effect.Effect<unknown, RedisError>

const listOf = (batch: Batch): ReadonlyArray<Command<unknown, unknown>> =>
  Array.isArray(batch) ? batch : Object.values(batch)

/** The results in the form of the batch, or the first failure. */
const inForm = (
  batch: Batch,
  options: ModeOptions | undefined,
  results: ReadonlyArray<Result.Result<unknown, RedisError>>
): Effect.Effect<unknown, RedisError> => {
  const shape = (values: ReadonlyArray<unknown>): unknown =>
    Array.isArray(batch) ? values : Object.fromEntries(Object.keys(batch).map((key, at) => [key, values[at]]))
  if (options?.mode === "result") return Effect.succeed(shape(results))
  const values: Array<unknown> = []
  for (const result of results) {
    if (Result.isFailure(result)) return Effect.fail(result.failure)
    values.push(result.success)
  }
  return Effect.succeed(shape(values))
}

const toMillis = (deadline: Duration.Input | undefined, fallback: number): number => {
  if (deadline === undefined) return fallback
  const duration = Option.getOrUndefined(Duration.fromInput(deadline))
  return duration === undefined ? Number.NaN : Duration.toMillis(duration)
}

const refused = (name: string, reason: InvalidArgument) =>
  Effect.suspend(() => Effect.fail(toRedisError({ reason, execution: "NotSent" }, name, undefined)))

const invalidDeadline = (name: string) =>
  refused(name, new InvalidArgument({ position: undefined, message: "deadline: must be a duration above zero" }))

/** How a command value becomes what the engine runs. */
type Enter = (command: Command<unknown, unknown>) => CommandImpl

/** The batch forms by position and by name, over what runs a list. */
const batchRunner =
  (
    engine: Engine,
    name: string,
    runList: (
      engine: Engine,
      list: ReadonlyArray<CommandImpl>,
      allowed: number
    ) => Effect.Effect<Array<Result.Result<unknown, RedisError>>, RedisError>,
    enter: Enter
  ): BatchRunner =>
  (batch, options) => {
    const on = options === undefined ? engine : engineWith(engine, options)
    if (on instanceof InvalidArgument) return refused(name, on)
    const run = (commands: ReadonlyArray<CommandImpl>, left: number) => runList(on, commands, left)
    const { deadline } = on.options
    const entered = listOf(batch).map(enter)
    return Effect.flatMap(on.router.keyRules?.run(on, entered, deadline, run) ?? run(entered, deadline), (results) =>
      inForm(batch, options, results)
    )
  }

type Construct = (...args: ReadonlyArray<unknown>) => Command<unknown, unknown>

/** A method runs what its constructor makes. Most take one or two arguments: these calls build no array. */
const methodOf = (engine: Engine, construct: Construct) =>
  function (first?: unknown, second?: unknown): Effect.Effect<unknown, RedisError> {
    // biome-ignore lint/complexity/noArguments: a rest parameter would allocate for every command
    switch (arguments.length) {
      case 1:
        return engine.run(implOf(construct(first)))
      case 2:
        return engine.run(implOf(construct(first, second)))
      default:
        // biome-ignore lint/complexity/noArguments: handed on as they are
        return engine.run(implOf(construct.apply(undefined, arguments as unknown as Array<unknown>)))
    }
  }

const prefixed =
  (construct: Construct, enter: Enter): Construct =>
  (...args) =>
    enter(construct(...args)) as unknown as Command<unknown, unknown>

/** Empty for none, `undefined` for one that is no text; or why nothing can be run whatever the prefix. */
type Prefix = string | undefined | InvalidArgument

/** Every command comes to the same refusal. */
const refusing =
  (invalid: InvalidArgument): Enter =>
  (command) => {
    const { args, reply, spec } = implOf(command)
    const decode = (value: unknown) => value
    return new CommandImpl(spec, args, reply, { decode, bytes: false, after: undefined, constant: undefined, invalid })
  }

/** How commands are entered under a prefix. */
const enterOf = (prefix: Prefix): Enter =>
  prefix === "" ? implOf : prefix instanceof InvalidArgument ? refusing(prefix) : keyPrefixer(prefix)

/** What a further prefix makes of one. */
const longer = (prefix: Prefix, more: unknown): Prefix =>
  prefix instanceof InvalidArgument
    ? prefix
    : prefix !== undefined && typeof more === "string"
      ? prefix + more
      : undefined

/** How commands become methods on an engine. */
const methodsUnder = (prefix: Prefix, enter: Enter) => (engine: Engine, construct: Construct) =>
  // Without a prefix a method is what it would be if there were none.
  methodOf(engine, prefix === "" ? construct : prefixed(construct, enter))

/** What clients and leased connections have beside the methods of commands. `watched`: the connection, if it may watch keys. */
const addOperations = (
  methods: Record<string, unknown>,
  engine: Engine,
  enter: Enter,
  watched?: PooledConnection | undefined
): void => {
  methods.run = (command: Command<unknown, unknown>, options?: RunOptions) => {
    const on = options === undefined ? engine : engineWith(engine, options)
    if (on instanceof InvalidArgument) return refused(command.name, on)
    const entered = enter(command)
    const { keyRules } = on.router
    if (keyRules === undefined || !keyRules.areOpen(entered)) return on.run(entered)
    return keyRules.run(on, [entered], on.options.deadline, ([told], left) => on.run(told!, left))
  }
  methods.pipeline = batchRunner(engine, "PIPELINE", runBatch, enter)
  const runTransaction: typeof runBlock = (on, list, allowed) => runBlock(on, list, allowed, watched)
  methods.transaction = batchRunner(engine, "MULTI", runTransaction, enter)
}

/** How leases get their methods: made once for each prefix. */
const leasedUnder = (prefix: Prefix): ((engine: Engine, pooled: PooledConnection) => LeasedRedis) => {
  const enter = enterOf(prefix)
  const groups = { ...sharedCommands, ...connectionStateCommands } as unknown as Record<string, Construct>
  const bound = lazyMethods(groups, methodsUnder(prefix, enter))
  return (engine, pooled) => {
    const methods = bound(engine)
    addOperations(methods, engine, enter, pooled)
    methods.withKeyPrefix = (more: unknown) => leasedUnder(longer(prefix, more))(engine, pooled)
    return methods as unknown as LeasedRedis
  }
}

const serviceOf = (engine: Engine, prefix: Prefix): RedisService => {
  const enter = enterOf(prefix)
  const methods: Record<string, unknown> = {}
  addOperations(methods, engine, enter)
  const method = methodsUnder(prefix, enter)
  for (const [name, construct] of Object.entries(sharedCommands)) methods[name] = method(engine, construct as Construct)
  let leased: ReturnType<typeof leasedUnder> | undefined
  const leasedOf = (on: Engine, pooled: PooledConnection): LeasedRedis => {
    leased ??= leasedUnder(prefix)
    return leased(on, pooled)
  }
  /** Keys under the prefix, by way of a command that has nothing but keys. */
  const enterKeys = (keys: ReadonlyArray<Text>): CommandImpl => enter(connectionStateCommands.watch(keys))
  methods.durable = (command: Command<unknown, unknown>, options: DurableOptions) => {
    const allowed = toMillis(options.deadline, engine.options.deadline)
    if (!(allowed > 0)) return invalidDeadline(command.name)
    const durability = { replicas: options.replicas, timeout: Math.ceil(toMillis(options.timeout, Number.NaN)) }
    return runDurable(engine, enter(command), durability, allowed)
  }
  methods.lease = (options: LeaseOptions = {}) => {
    const allowed = toMillis(options.deadline, engine.options.deadline)
    if (!(allowed > 0)) return invalidDeadline("LEASE")
    return runLease(engine, options.key === undefined ? undefined : enterKeys([options.key]), allowed, (lease) =>
      leasedOf(lease.engine("everything"), lease.pooled)
    )
  }
  methods.watch = (
    keys: Text | ReadonlyArray<Text>,
    f: (tx: LeasedRedis) => Effect.Effect<Batch, unknown, unknown>,
    options?: ModeOptions
  ) => {
    const on = options === undefined ? engine : engineWith(engine, options)
    if (on instanceof InvalidArgument) return refused("WATCH", on)
    const watched = list(keys)
    if (watched.length === 0) {
      return refused("WATCH", new InvalidArgument({ position: 0, message: "expected at least one key" }))
    }
    return runWatch(on, enterKeys(watched), on.options.deadline, (reads, pooled) =>
      Effect.map(f(leasedOf(reads, pooled)), (batch) => ({
        commands: listOf(batch).map(enter),
        shape: (results: ReadonlyArray<Result.Result<unknown, RedisError>>) => inForm(batch, options, results)
      }))
    )
  }
  methods.withKeyPrefix = (more: unknown) => serviceOf(engine, longer(prefix, more))
  methods.withOptions = (overrides: Overrides) => {
    const on = engineWith(engine, overrides)
    return on instanceof InvalidArgument ? serviceOf(engine, on) : serviceOf(on, prefix)
  }
  methods.health = checkHealth(engine.runtime)
  methods.connections = engine.runtime.monitor.states
  methods.events = engine.runtime.monitor.events
  return methods as unknown as RedisService
}

/**
 * The service over an engine, with a prefix before every key.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromEngine = (engine: Engine, prefix = ""): RedisService => serviceOf(engine, prefix)

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
  static readonly make = Effect.fnUntraced(function* (
    options: RedisOptions & WithPolicies = {}
  ): Effect.fn.Return<RedisService, ConnectError, Transport | Scope.Scope> {
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
    const pools = yield* makeConnectionPools(runtime, nodes, resolved.profile, resolved.pool)
    if (resolved.pool.min > 0) pools.of(server)
    return fromEngine(
      new Engine(
        runtime,
        makeStandaloneRouter(() => server, nodes),
        resolved.engine,
        apartBy(pools)
      ),
      resolved.keyPrefix
    )
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
  static readonly layer = (options?: RedisOptions & WithPolicies): Layer.Layer<Redis, ConnectError, Transport> =>
    Layer.effect(Redis, Redis.make(options))

  /**
   * The same with options from configuration. Schedules are none, so policies are given beside it.
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    options: Config.Wrap<RedisOptions>,
    policies?: Partial<Policies> | undefined
  ): Layer.Layer<Redis, ConnectError | Config.ConfigError, Transport> =>
    Layer.unwrap(Effect.map(Config.unwrap(options), (config) => Redis.layer({ ...config, policies })))

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
