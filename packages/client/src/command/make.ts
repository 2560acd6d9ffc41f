/**
 * The one implementation of {@link Command} and its views.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type * as Fiber from "effect/Fiber"
import { InvalidArgument } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { RespValue } from "../protocol/RespValue.ts"
import type { Redis } from "../Redis.ts"
import { type Command, type MultiSlotCommand, RedisKey, TypeId } from "./Command.ts"
import type { Argument, CommandSpec, RetryCategory } from "./CommandSpec.ts"
import { type ClusterPolicy, policyOf } from "./clusterPolicy.ts"
import { mismatch, Reply, value as rawValue, same } from "./Reply.ts"

type Decode = (value: RespValue) => unknown

/**
 * How a command differs from the text view of its reply. Most commands do not, and carry none.
 *
 * @category models
 * @since 0.1.0
 */
export interface View {
  readonly decode: Decode
  readonly bytes: boolean
  readonly after: ((value: unknown) => unknown) | undefined
  readonly constant: { readonly value: unknown } | undefined
  readonly invalid: InvalidArgument | undefined
}

/**
 * What the runtime knows of a command value. One is made for every operation, so it has few fields.
 *
 * @category models
 * @since 0.1.0
 */
export class CommandImpl {
  declare readonly [TypeId]: { readonly _A: () => never; readonly _B: () => never }
  readonly spec: CommandSpec
  readonly args: ReadonlyArray<Argument>
  readonly reply: Reply<unknown, unknown>
  readonly view: View | undefined

  constructor(
    spec: CommandSpec,
    args: ReadonlyArray<Argument>,
    reply: Reply<unknown, unknown>,
    view?: View | undefined
  ) {
    this.spec = spec
    this.args = args
    this.reply = reply
    this.view = view
  }

  /** Reads the reply inside the read loop. */
  decode(value: RespValue): unknown {
    return this.view === undefined ? this.reply.text(value) : this.view.decode(value)
  }
  /** Whether bulk strings shall arrive as bytes. */
  get bytes(): boolean {
    return this.view?.bytes === true
  }
  /** The user's functions, run on the user's fiber; may throw. */
  get after(): ((value: unknown) => unknown) | undefined {
    return this.view?.after
  }
  /** The answer that needs no server. */
  get constant(): { readonly value: unknown } | undefined {
    return this.view?.constant
  }
  /** Why the command can never be sent. */
  get invalid(): InvalidArgument | undefined {
    return this.view?.invalid
  }
  get name(): string {
    return this.spec.name
  }
  get keys(): ReadonlyArray<number> {
    return this.spec.keys(this.args)
  }
  get retry(): RetryCategory {
    return this.spec.retry(this.args)
  }
  get readOnly(): boolean {
    return this.retry === "readOnly"
  }
  get policy(): ClusterPolicy {
    return policyOf(this.spec.name, this.args)
  }
}

interface Runner {
  readonly run: (command: CommandImpl) => Effect.Effect<unknown, RedisError>
}

// The Redis service is looked up by its key, since this folder knows nothing of the module that defines it.
const Runner = Context.Service<Runner>(RedisKey)

const prototype = Effectable.Prototype<Effect.Effect<unknown, RedisError, Redis>>({
  label: "Redis.Command",
  evaluate(fiber: Fiber.Fiber<unknown, unknown>) {
    return Context.getUnsafe(fiber.context, Runner).run(this as unknown as CommandImpl)
  }
})

const count = (args: ReadonlyArray<unknown>) => (args.length === 1 ? "1 argument" : `${args.length} arguments`)

// Values never show: a command in a log or an inspection tells its name and how many arguments it has.
Object.setPrototypeOf(
  CommandImpl.prototype,
  Object.assign(prototype, {
    [TypeId]: { _A: undefined, _B: undefined },
    toString(this: CommandImpl) {
      return `Command(${this.name}, ${count(this.args)})`
    },
    toJSON(this: CommandImpl) {
      return { _id: "Command", name: this.name, arguments: this.args.length }
    },
    [Symbol.for("nodejs.util.inspect.custom")](this: CommandImpl) {
      return `Command(${this.name}, ${count(this.args)})`
    }
  })
)

/**
 * The runtime side of a command value.
 *
 * @category getters
 * @since 0.1.0
 */
export const implOf = (command: Command<unknown, unknown>): CommandImpl => command as unknown as CommandImpl

const publish = <A, B>(impl: CommandImpl): Command<A, B> => impl as unknown as Command<A, B>

/**
 * Whether a value is a command.
 *
 * @category guards
 * @since 0.1.0
 */
export const isCommand = (value: unknown): value is Command<unknown, unknown> => value instanceof CommandImpl

/**
 * A command value of a described command.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <A, B>(spec: CommandSpec, args: ReadonlyArray<Argument>, reply: Reply<A, B>): Command<A, B> =>
  publish(new CommandImpl(spec, args, reply))

/**
 * A command that answers `value` without a call, as empty input does. `value` is the same in every view.
 *
 * @category constructors
 * @since 0.1.0
 */
export const constant = <A, B>(spec: CommandSpec, reply: Reply<A, B>, value: A & B): Command<A, B> =>
  publish(withView(new CommandImpl(spec, [], reply), { constant: { value } }))

/**
 * A command that fails as `InvalidArgument` before anything is sent: constructors never throw.
 *
 * @category constructors
 * @since 0.1.0
 */
export const invalid = <A, B>(
  spec: CommandSpec,
  reply: Reply<A, B>,
  message: string,
  position?: number | undefined
): Command<A, B> =>
  publish(withView(new CommandImpl(spec, [], reply), { invalid: new InvalidArgument({ position, message }) }))

/**
 * A command whose options were checked: {@link make}, or {@link invalid} if there is a problem with them.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeChecked = <A, B>(
  spec: CommandSpec,
  args: ReadonlyArray<Argument>,
  reply: Reply<A, B>,
  problem: string | undefined,
  position?: number | undefined
): Command<A, B> => (problem === undefined ? make(spec, args, reply) : invalid(spec, reply, problem, position))

/**
 * The same command, said to be one that a cluster may split by slot: `topology/SplitPlan` must know its name.
 *
 * @category constructors
 * @since 0.1.0
 */
export const multiSlot = <A, B>(command: Command<A, B>): MultiSlotCommand<A, B> => command as MultiSlotCommand<A, B>

const withView = (impl: CommandImpl, change: Partial<View>): CommandImpl =>
  new CommandImpl(impl.spec, impl.args, impl.reply, {
    decode: impl.view?.decode ?? impl.reply.text,
    bytes: impl.bytes,
    after: impl.after,
    constant: impl.constant,
    invalid: impl.invalid,
    ...change
  })

/**
 * A command of the client's own (handshake, probe, EXEC): its reply is taken as the protocol reads it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const internalCommand = (spec: CommandSpec, args: ReadonlyArray<Argument>, bytes = false): CommandImpl => {
  const command = new CommandImpl(spec, args, rawValue)
  return bytes ? withView(command, { bytes }) : command
}

/** @internal */
export const asBytes = <A, B>(command: Command<A, B>): Command<B, B> => {
  const impl = implOf(command)
  return publish(impl.after !== undefined ? impl : withView(impl, { decode: impl.reply.bytes, bytes: true }))
}

/** @internal */
export const asBigInt = <A extends number | undefined>(
  command: Command<A, unknown>
): Command<bigint | Exclude<A, number>> => {
  const impl = implOf(command)
  const decode = impl.reply.bigint
  if (decode === undefined || impl.after !== undefined) {
    return invalid(impl.spec, same(impossible), `${impl.name} has no bigint view`)
  }
  const known = impl.constant
  const constant = known === undefined || typeof known.value !== "number" ? known : { value: BigInt(known.value) }
  return publish(
    withView(new CommandImpl(impl.spec, impl.args, new Reply(decode, decode, decode), impl.view), { decode, constant })
  )
}

const impossible = (value: RespValue): never => mismatch("a bigint view", value)

/** @internal */
export const map = <A, C>(command: Command<A, unknown>, f: (value: A) => C): Command<C> => {
  const impl = implOf(command)
  const before = impl.after
  const after = before === undefined ? (value: unknown) => f(value as A) : (value: unknown) => f(before(value) as A)
  return publish(withView(impl, { after }))
}
