/**
 * Commands on strings that hold a number.
 *
 * @since 0.1.0
 */
import { optionProblem, wordProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type Text } from "./CommandSpec.ts"
import { pushExpiry, type ReadExpiry } from "./Expiry.ts"
import { make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * The bounds of INCREX and the life of the key.
 *
 * @category options
 * @since 0.1.0
 */
export type IncrExOptions<N> = {
  readonly lowerBound?: N | undefined
  readonly upperBound?: N | undefined
  /** Stop at the bound instead of refusing what would pass it (default false). */
  readonly saturate?: boolean | undefined
  /** `NX`: set the expiry only if the key has none; needs `expiry` or `expireAt`. */
  readonly expiryCondition?: "NX" | undefined
} & ReadExpiry

/**
 * What INCREX did: the value of the key, and what was added (0 if a bound forbade it).
 *
 * @category models
 * @since 0.1.0
 */
export interface IncrExResult {
  readonly value: number
  readonly increment: number
}

/**
 * Commands on strings that hold a number, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface CounterCommands<F extends CommandLambda> {
  /** Subtract 1 from the integer at `key` (0 if missing) and give the difference. */
  decr(key: Text): Kind<F, number>
  /** Subtract an integer; see `decr`. */
  decrBy(key: Text, decrement: number | bigint): Kind<F, number>
  /** Add 1 to the integer at `key` (0 if missing) and give the sum. */
  incr(key: Text): Kind<F, number>
  /** Add an integer; see `incr`. */
  incrBy(key: Text, increment: number | bigint): Kind<F, number>
  /** Add a floating-point number. */
  incrByFloat(key: Text, increment: number): Kind<F, number>
  /** Add an integer (default 1) within bounds, and set the life of the key. Redis 8.8, Valkey 9.2. */
  increx(
    key: Text,
    options?: { readonly by?: number | bigint | undefined } & IncrExOptions<number | bigint>
  ): Kind<F, IncrExResult>
  /** Add a floating-point number within bounds, and set the life of the key. Redis 8.8, Valkey 9.2. */
  incrExByFloat(key: Text, increment: number, options?: IncrExOptions<number>): Kind<F, IncrExResult>
}

const counting = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "accumulating" })

const DECR = counting("DECR")
const DECRBY = counting("DECRBY")
const INCR = counting("INCR")
const INCRBY = counting("INCRBY")
const INCRBYFLOAT = counting("INCRBYFLOAT")
const INCREX = counting("INCREX")

const incrExOptions = {
  lowerBound: "value",
  upperBound: "value",
  saturate: "flag",
  expiryCondition: "value",
  expiry: "value",
  expireAt: "value",
  persist: "flag"
} as const

const conditionProblem = (options: IncrExOptions<number | bigint> | undefined): string | undefined => {
  if (options?.expiryCondition === undefined) return undefined
  return options.expiry === undefined && options.expireAt === undefined
    ? "expiryCondition needs expiry or expireAt"
    : wordProblem("expiryCondition", options.expiryCondition, ["NX"])
}

const incrementWith = (
  reply: Reply.Reply<IncrExResult>,
  args: Array<Argument>,
  options: IncrExOptions<number | bigint> | undefined,
  known: Readonly<Record<string, "value" | "flag">>
): Command<IncrExResult> => {
  if (options?.lowerBound !== undefined) args.push("LBOUND", options.lowerBound)
  if (options?.upperBound !== undefined) args.push("UBOUND", options.upperBound)
  if (options?.saturate === true) args.push("SATURATE")
  const problem = optionProblem(options, known) ?? pushExpiry(args, options) ?? conditionProblem(options)
  if (options?.expiryCondition !== undefined) args.push("ENX")
  return makeChecked(INCREX, args, reply, problem)
}

const incrExResult = (number: Reply.Reply<number>): Reply.Reply<IncrExResult> =>
  Reply.map(Reply.tuple(number, number), ([value, increment]) => ({ value, increment }))
const byInteger = incrExResult(Reply.integer)
const byFloat = incrExResult(Reply.double)

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const counters: CounterCommands<AsCommand> = {
  decr: (key) => make(DECR, [key], Reply.integer),
  decrBy: (key, decrement) => make(DECRBY, [key, decrement], Reply.integer),
  incr: (key) => make(INCR, [key], Reply.integer),
  incrBy: (key, increment) => make(INCRBY, [key, increment], Reply.integer),
  incrByFloat: (key, increment) => make(INCRBYFLOAT, [key, increment], Reply.double),
  increx: (key, options) =>
    incrementWith(byInteger, options?.by === undefined ? [key] : [key, "BYINT", options.by], options, {
      ...incrExOptions,
      by: "value"
    }),
  incrExByFloat: (key, increment, options) =>
    incrementWith(byFloat, [key, "BYFLOAT", increment], options, incrExOptions)
}
