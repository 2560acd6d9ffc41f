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
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { type ClientOptions, invalidOption, resolveOptions } from "./ClientOptions.ts"
import { type AsEffect, type Batch, type Command, RedisKey, type Results, type RunOptions } from "./command/Command.ts"
import { type Commands, commands } from "./command/Commands.ts"
import { keyPrefixer } from "./command/keyPrefix.ts"
import { type CommandImpl, implOf } from "./command/make.ts"
import { makeRuntime } from "./connection/ConnectionRuntime.ts"
import { makeNodeConnections } from "./connection/NodeConnections.ts"
import * as RedisUrl from "./connection/RedisUrl.ts"
import type { Address, Transport } from "./connection/Transport.ts"
import { toRedisError } from "./error/Failure.ts"
import { InvalidArgument } from "./error/Reason.ts"
import type { ConnectError, RedisError } from "./error/RedisError.ts"
import { runBatch } from "./routing/Batch.ts"
import { runBlock } from "./routing/Block.ts"
import { Engine } from "./routing/Engine.ts"
import { hasOpenKeys, withKeysTold } from "./routing/KeyRules.ts"
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
export interface BatchOptions {
  /** The end-to-end deadline of the whole batch (default: the client's). */
  readonly deadline?: Duration.Input | undefined
}

/**
 * The operations of a client.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisService extends Commands<AsEffect> {
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
 * The policies of a client, where they shall differ from the defaults.
 *
 * @category options
 * @since 0.1.0
 */
export interface WithPolicies {
  readonly policies?: Partial<Policies> | undefined
}

type BatchRunner = (
  batch: Batch,
  options?: BatchOptions & { readonly mode?: "result" }
) => Effect.Effect<unknown, RedisError>

const toMillis = (deadline: Duration.Input | undefined, fallback: number): number => {
  if (deadline === undefined) return fallback
  const duration = Option.getOrUndefined(Duration.fromInput(deadline))
  return duration === undefined ? Number.NaN : Duration.toMillis(duration)
}

const invalidDeadline = (name: string) =>
  Effect.suspend(() => {
    const reason = new InvalidArgument({ position: undefined, message: "deadline: must be a duration above zero" })
    return Effect.fail(toRedisError({ reason, execution: "NotSent" }, name, undefined))
  })

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
    const allowed = toMillis(options?.deadline, engine.options.deadline)
    if (!(allowed > 0)) return invalidDeadline(name)
    const list: ReadonlyArray<Command<unknown, unknown>> = Array.isArray(batch) ? batch : Object.values(batch)
    const shape = (values: ReadonlyArray<unknown>): unknown =>
      Array.isArray(batch) ? values : Object.fromEntries(Object.keys(batch).map((key, at) => [key, values[at]]))
    const run = (commands: ReadonlyArray<CommandImpl>, left: number) => runList(engine, commands, left)
    return Effect.flatMap(withKeysTold(engine, list.map(enter), allowed, run), (results) => {
      if (options?.mode === "result") return Effect.succeed(shape(results))
      const values: Array<unknown> = []
      for (const result of results) {
        if (Result.isFailure(result)) return Effect.fail(result.failure)
        values.push(result.success)
      }
      return Effect.succeed(shape(values))
    })
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

const serviceOf = (engine: Engine, prefix: string | undefined): RedisService => {
  const enter: Enter = prefix === "" ? implOf : keyPrefixer(prefix)
  const methods: Record<string, unknown> = {
    run: (command: Command<unknown, unknown>, options?: RunOptions) => {
      const entered = enter(command)
      const open = hasOpenKeys(engine, entered)
      if (options === undefined && !open) return engine.run(entered)
      const allowed = toMillis(options?.deadline, engine.options.deadline)
      if (!(allowed > 0)) return invalidDeadline(command.name)
      const run = ([told]: ReadonlyArray<CommandImpl>, left: number) => engine.run(told!, left, options?.retry)
      return open ? withKeysTold(engine, [entered], allowed, run) : run([entered], allowed)
    },
    pipeline: batchRunner(engine, "PIPELINE", runBatch, enter),
    transaction: batchRunner(engine, "MULTI", runBlock, enter),
    withKeyPrefix: (more: unknown) =>
      serviceOf(engine, prefix !== undefined && typeof more === "string" ? prefix + more : undefined)
  }
  for (const [name, make] of Object.entries(commands)) {
    const construct = make as Construct
    // Without a prefix a method is what it would be if there were none.
    methods[name] = methodOf(engine, prefix === "" ? construct : prefixed(construct, enter))
  }
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
  tls: options.tls ?? (url.tls ? true : undefined)
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
    const resolved = yield* Effect.fromResult(resolveOptions(merged, options.policies))
    const runtime = yield* makeRuntime(resolved.limits, resolved.telemetry)
    const nodes = yield* makeNodeConnections(runtime, resolved.profile, resolved.engine.policies.reconnect, {
      onDown: () => {},
      onUp: () => {}
    })
    const server = nodes.at(address)
    yield* startNode(server, resolved)
    return fromEngine(
      new Engine(
        runtime,
        makeStandaloneRouter(() => server, nodes),
        resolved.engine
      ),
      resolved.keyPrefix
    )
  })

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
