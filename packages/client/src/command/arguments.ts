/**
 * Small conversions that the constructors share. None throws: what cannot be converted becomes NaN or undefined, which the writer
 * refuses as `InvalidArgument` with its position.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { Argument, Text } from "./CommandSpec.ts"

/**
 * Several values, written out (`"a", "b"`) or as one array.
 *
 * @category models
 * @since 0.1.0
 */
export type Several<T> = readonly [T, ...Array<T>] | readonly [values: ReadonlyArray<T>]

/**
 * Names and values: a record, a Map, or pairs.
 *
 * @category models
 * @since 0.1.0
 */
export type Fields =
  | Readonly<Record<string, Argument>>
  | ReadonlyMap<Text, Argument>
  | ReadonlyArray<readonly [name: Text, value: Argument]>

/**
 * One result for each of several keys or fields, by position.
 *
 * @category models
 * @since 0.1.0
 */
export type ByPosition<K extends ReadonlyArray<unknown>, A> = { -readonly [I in keyof K]: A }

/** A new list of what was given: the command must not change when the caller's array does. A lone value is a list of one. */
export const list = <T>(values: T | ReadonlyArray<T>): Array<T> =>
  Array.isArray(values) ? [...(values as ReadonlyArray<T>)] : [values as T]

/** The same for values that were written out or given as one array. */
export const several = <T>(values: Several<T>): Array<T> =>
  values.length === 1 ? list(values[0]) : ([...values] as Array<T>)

/** Adds `values` behind `args`, one by one: spreading a long array into a call overflows the stack. */
export const append = (args: Array<Argument>, values: ReadonlyArray<Argument>): Array<Argument> => {
  for (let at = 0; at < values.length; at++) args.push(values[at]!)
  return args
}

const isPlain = (value: object): value is Readonly<Record<string, Argument>> => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Names and values alternately; `undefined` if `fields` is none of the three forms. */
export const flatten = (
  fields: Fields | ReadonlyMap<Argument, Argument> | ReadonlyArray<readonly [Argument, Argument]>
): Array<Argument> | undefined => {
  if (typeof fields !== "object" || fields === null) return undefined
  const flat: Array<Argument> = []
  if (Array.isArray(fields)) {
    for (const pair of fields as ReadonlyArray<unknown>) {
      if (!Array.isArray(pair) || pair.length !== 2) return undefined
      flat.push(pair[0], pair[1])
    }
    return flat
  }
  if (fields instanceof Map) {
    for (const [name, value] of fields) flat.push(name, value)
    return flat
  }
  if (!isPlain(fields)) return undefined
  for (const [name, value] of Object.entries(fields)) flat.push(name, value)
  return flat
}

/** What {@link flatten} refuses, in words. */
export const NOT_FIELDS = "expected a record, a Map or an array of pairs"

/**
 * What is wrong with an options object of a caller without types: not an object, an unknown name, a flag that is no boolean.
 * `known` gives each option's name, and whether it is a flag. An option that is silently ignored could make a conditional write an
 * unconditional one.
 */
export const optionProblem = (
  options: object | undefined,
  known: Readonly<Record<string, "value" | "flag">>
): string | undefined => {
  if (options === undefined) return undefined
  if (typeof options !== "object" || options === null || Array.isArray(options)) return "options must be an object"
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) return `unknown option ${name}`
    if (known[name] === "flag" && value !== undefined && typeof value !== "boolean") return `${name} must be a boolean`
  }
  return undefined
}

/**
 * What is wrong with an option that is one of a few words, for callers without types. Servers read them in any letter case, but the retry
 * category is read from these words: a condition that is not recognized here would leave it without.
 */
export const wordProblem = (name: string, word: unknown, words: ReadonlyArray<string>): string | undefined =>
  word === undefined || words.includes(word as string) ? undefined : `${name} must be one of ${words.join(", ")}`

const isDurationObject = (input: object): boolean => {
  const parts = Object.entries(input)
  return parts.length > 0 && parts.every(([unit, value]) => unit in durationUnits && !Number.isNaN(value ?? Number.NaN))
}

const durationUnits = {
  weeks: 1,
  days: 1,
  hours: 1,
  minutes: 1,
  seconds: 1,
  milliseconds: 1,
  microseconds: 1,
  nanoseconds: 1
}

/**
 * Milliseconds, rounded up to whole ones, NaN if it is no duration. `Duration` itself reads NaN and objects without a unit as a
 * duration of nothing, which in EXPIRE would delete the key.
 */
const toMillis = (input: Duration.Input): number => {
  try {
    if (typeof input === "number" && Number.isNaN(input)) return Number.NaN
    if (Array.isArray(input) && input.some((part) => Number.isNaN(part))) return Number.NaN
    if (typeof input === "object" && !Array.isArray(input) && !Duration.isDuration(input) && !isDurationObject(input)) {
      return Number.NaN
    }
    return Math.ceil(Duration.toMillis(Duration.fromInputUnsafe(input)))
  } catch {
    return Number.NaN
  }
}

/** Whole milliseconds, NaN if the duration is not finite, negative or not a duration. Fractions of a millisecond round up. */
export const millis = (duration: Duration.Input): number => {
  const ms = toMillis(duration)
  return Number.isFinite(ms) && ms >= 0 ? ms : Number.NaN
}

/** Whole seconds, NaN if the duration has a fraction of one (servers would round it silently). */
export const seconds = (duration: Duration.Input): number => {
  const ms = millis(duration)
  return ms % 1000 === 0 ? ms / 1000 : Number.NaN
}

/**
 * How long a blocking command waits, in seconds with a fraction as the servers want it: 0 for an infinite duration. NaN for a
 * duration of nothing, which on the wire would mean for ever, and for what is no duration.
 */
export const blockingSeconds = (duration: Duration.Input): number => {
  const ms = toMillis(duration)
  if (ms === Number.POSITIVE_INFINITY) return 0
  return ms > 0 ? ms / 1000 : Number.NaN
}

/** The same in whole milliseconds, for BLOCK. */
export const blockingMillis = (duration: Duration.Input): number => blockingSeconds(duration) * 1000

/** An instant in whole milliseconds of the Unix epoch, NaN if it is not one. */
export const epochMillis = (instant: DateTime.DateTime.Input): number => {
  try {
    return Math.ceil(DateTime.makeUnsafe(instant).epochMilliseconds)
  } catch {
    return Number.NaN
  }
}

/** An instant in seconds of the Unix epoch, NaN if it has a fraction of one. */
export const epochSeconds = (instant: DateTime.DateTime.Input): number => {
  const ms = epochMillis(instant)
  return ms % 1000 === 0 ? ms / 1000 : Number.NaN
}

const latin1 = new TextDecoder("latin1")

/** An argument as text: the words and numbers of commands are ASCII. Empty for what cannot be sent. */
export const wordOf = (argument: Argument | undefined): string => {
  if (typeof argument === "string") return argument
  if (argument instanceof Uint8Array) return latin1.decode(argument)
  return typeof argument === "number" || typeof argument === "bigint" ? String(argument) : ""
}

/** An argument as a number, NaN if it is none. */
export const numberOf = (argument: Argument | undefined): number => {
  const word = wordOf(argument)
  return word.trim() === "" ? Number.NaN : Number(word)
}

const encoder = new TextEncoder()

const bytesOf = (argument: Argument | undefined): Uint8Array =>
  argument instanceof Uint8Array ? argument : encoder.encode(wordOf(argument))

const sameBytes = (left: Argument | undefined, right: Argument | undefined): boolean => {
  if (typeof left === "string" && typeof right === "string") return left === right
  const bytes = bytesOf(right)
  const others = bytesOf(left)
  return others.length === bytes.length && others.every((byte, at) => byte === bytes[at])
}

/**
 * Whether a command reads the key that it writes: whether the argument at `written` is one of those at `read`. Running it twice is
 * then not the same as once (`ZUNIONSTORE a 2 a b` adds twice).
 */
export const readsItself = (args: ReadonlyArray<Argument>, written: number, read: ReadonlyArray<number>): boolean =>
  read.some((at) => at !== written && sameBytes(args[written], args[at]))
