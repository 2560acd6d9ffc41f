/**
 * The service that applications use, put together over an engine: methods, batches, leases, under a prefix and with other options.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { list } from "../command/arguments.ts"
import type { Batch, Command, RunOptions } from "../command/Command.ts"
import type { Text } from "../command/CommandSpec.ts"
import { connectionStateCommands } from "../command/ConnectionStateCommands.ts"
import { keyPrefixer } from "../command/keyPrefix.ts"
import { CommandImpl, implOf } from "../command/make.ts"
import { sharedCommands } from "../command/SharedCommands.ts"
import { checkHealth } from "../connection/health.ts"
import type { PooledConnection } from "../connection/PooledConnection.ts"
import { toRedisError } from "../error/Failure.ts"
import { InvalidArgument } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { DurableOptions, LeasedRedis, LeaseOptions } from "../LeasedRedis.ts"
import type { BatchOptions, RedisService } from "../Redis.ts"
import { runBatch } from "../routing/Batch.ts"
import { runBlock } from "../routing/Block.ts"
import { runDurable } from "../routing/Durable.ts"
import type { Engine } from "../routing/Engine.ts"
import { runLease } from "../routing/Lease.ts"
import { engineWith, type Overrides } from "../routing/overrides.ts"
import { runWatch } from "../routing/Watch.ts"
import { lazyMethods } from "./lazyMethods.ts"

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
  methods.run = (command: Command<unknown, unknown>, options?: RunOptions & Pick<Overrides, "readFrom">) => {
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
