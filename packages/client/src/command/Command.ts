/**
 * A command as an immutable value: what is sent, where its keys are, how its reply is read. The same value runs by itself (it is an
 * Effect), and goes into `redis.run`, `redis.pipeline` and `redis.transaction`.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { RedisError } from "../error/RedisError.ts"
import type { Redis } from "../Redis.ts"
import type { Argument, RetryCategory } from "./CommandSpec.ts"
import type { ClusterPolicy } from "./clusterPolicy.ts"

/**
 * The identifier of commands.
 *
 * @category type IDs
 * @since 0.1.0
 */
export const TypeId = "~@reef-redis/client/Command"

/**
 * The key of the `Redis` service, under which a command that runs by itself looks for it.
 *
 * @category type IDs
 * @since 0.1.0
 */
export const RedisKey = "@reef-redis/client/Redis"

/**
 * A command whose result is `A`, and `B` in its bytes view.
 *
 * @category models
 * @since 0.1.0
 */
export interface Command<out A, out B = A> extends Effect.Effect<A, RedisError, Redis> {
  readonly [TypeId]: { readonly _A: () => A; readonly _B: () => B }
  /** The name on the wire (`GET`, `CLUSTER SLOTS`). */
  readonly name: string
  /** The arguments behind the name. */
  readonly args: ReadonlyArray<Argument>
  /** The positions of the keys among `args`. */
  readonly keys: ReadonlyArray<number>
  /** What running it twice does, by its actual arguments. */
  readonly retry: RetryCategory
  /** Whether it only reads. */
  readonly readOnly: boolean
  /** On which nodes of a cluster it has to run and how their answers become one, by the servers' tips for its name; raw ones too. */
  readonly policy: ClusterPolicy
}

/**
 * A command whose keys may be of several slots of a cluster: there it runs as one command for each slot, all at once, and its result is
 * put together in the caller's order. What is of one slot is atomic, the whole is not: others may run in between, and some parts
 * may be done while others fail (`PartialFailure`). One server, one slot and a transaction run it whole; a transaction refuses several
 * slots.
 *
 * @category models
 * @since 0.1.0
 */
export interface MultiSlotCommand<out A, out B = A> extends Command<A, B> {
  readonly [TypeId]: { readonly _A: () => A; readonly _B: () => B; readonly _multiSlot: () => true }
}

/**
 * Any command.
 *
 * @category models
 * @since 0.1.0
 */
export type Any = Command<unknown, unknown>

/**
 * A function from a result and its bytes view to a type, applied by {@link Kind}: declares each group of commands once, for
 * constructors and for methods.
 *
 * @category type lambdas
 * @since 0.1.0
 */
export interface CommandLambda {
  readonly A: unknown
  readonly B: unknown
  readonly type: unknown
  /** The type for a command that a cluster may split by slot. */
  readonly multiSlot: unknown
}

/**
 * The type that a lambda gives for a result.
 *
 * @category type lambdas
 * @since 0.1.0
 */
export type Kind<F extends CommandLambda, A, B = A> = (F & { readonly A: A; readonly B: B })["type"]

/**
 * The same for a command that a cluster may split by slot.
 *
 * @category type lambdas
 * @since 0.1.0
 */
export type MultiSlotKind<F extends CommandLambda, A, B = A> = (F & { readonly A: A; readonly B: B })["multiSlot"]

/**
 * Members are constructors of command values.
 *
 * @category type lambdas
 * @since 0.1.0
 */
export interface AsCommand extends CommandLambda {
  readonly type: Command<this["A"], this["B"]>
  readonly multiSlot: MultiSlotCommand<this["A"], this["B"]>
}

/**
 * Members are methods that run.
 *
 * @category type lambdas
 * @since 0.1.0
 */
export interface AsEffect extends CommandLambda {
  readonly type: Effect.Effect<this["A"], RedisError>
  readonly multiSlot: Effect.Effect<this["A"], RedisError>
}

/**
 * Several commands, by position or by name.
 *
 * @category models
 * @since 0.1.0
 */
export type Batch = ReadonlyArray<Any> | { readonly [name: string]: Any }

/**
 * The results of a batch, by position or by name.
 *
 * @category models
 * @since 0.1.0
 */
export type Results<T> = { -readonly [K in keyof T]: T[K] extends Command<infer A, unknown> ? A : never } & {}

/**
 * Options of one call.
 *
 * @category options
 * @since 0.1.0
 */
export interface RunOptions {
  /** The end-to-end deadline of this call (default: the client's). A plain number is milliseconds. */
  readonly deadline?: Duration.Input | undefined
  /** The retry category to assume instead of the command's own: `idempotent` lets it be re-sent after `MayHaveExecuted`. */
  readonly retry?: RetryCategory | undefined
  /** The node to send to, by its address (`host:port`); redirects are not followed then (default: the one that the command belongs to). */
  readonly target?: string | undefined
}
