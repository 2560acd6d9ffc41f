/**
 * Decoders from a reply to a command's result. Each has a text view and a bytes view, and reads RESP2 and RESP3 alike, so that a
 * command gives the same value under both. They run inside the read loop: pure, total except for {@link DecodeMismatch}.
 *
 * @since 0.1.0
 */
import { RespError, RespMap, type RespValue } from "../protocol/RespValue.ts"

/**
 * The reply is not what its decoder expects. Plain data that is thrown and caught within the library.
 *
 * @category errors
 * @since 0.1.0
 */
export class DecodeMismatch {
  readonly expected: string
  readonly message: string
  constructor(expected: string, message: string) {
    this.expected = expected
    this.message = message
  }
}

const describe = (value: RespValue): string => {
  if (value === undefined) return "null"
  if (value instanceof RespError) return `the error ${value.code}`
  if (value instanceof RespMap) return `a map of ${value.entries.length / 2} entries`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === "string") return `a string of ${value.length} characters`
  return typeof value === "bigint" ? "an integer beyond 2^53" : `a ${typeof value}`
}

/**
 * Give up decoding. The message shows the kind of what came, never its content.
 *
 * @category errors
 * @since 0.1.0
 */
export const mismatch = (expected: string, value: RespValue): never => {
  throw new DecodeMismatch(expected, `expected ${expected}, got ${describe(value)}`)
}

/**
 * How the reply of a command is read: `text` and `bytes` views, and a `bigint` one where integers may pass 2^53.
 *
 * **Details**
 *
 * A nominal type: only what this library made is a `Reply`, since it runs in the read loop, where a user's function could stall or
 * break every other command. Users combine the ones that are given; their own functions go through `Command.map` and
 * `Command.decode`, which run on the caller's fiber.
 *
 * @category models
 * @since 0.1.0
 */
export class Reply<out A, out B = A> {
  declare protected readonly ofThisLibrary: true
  readonly text: (value: RespValue) => A
  readonly bytes: (value: RespValue) => B
  readonly bigint: ((value: RespValue) => bigint | undefined) | undefined
  constructor(
    text: (value: RespValue) => A,
    bytes: (value: RespValue) => B,
    bigint?: ((value: RespValue) => bigint | undefined) | undefined
  ) {
    this.text = text
    this.bytes = bytes
    this.bigint = bigint
  }
}

/**
 * A reply whose bytes view is the same as its text view.
 *
 * @category constructors
 * @since 0.1.0
 */
export const same = <A>(decode: (value: RespValue) => A): Reply<A> => new Reply(decode, decode)

const utf8 = new TextDecoder()

const toText = (value: RespValue): string =>
  typeof value === "string" ? value : value instanceof Uint8Array ? utf8.decode(value) : mismatch("text", value)

const toBytes = (value: RespValue): Uint8Array =>
  value instanceof Uint8Array
    ? value
    : typeof value === "string"
      ? new TextEncoder().encode(value)
      : mismatch("bytes", value)

const toInteger = (value: RespValue): number => {
  if (typeof value === "number") return value
  return mismatch("an integer within 2^53", value)
}

const toBigInt = (value: RespValue): bigint => {
  if (typeof value === "bigint") return value
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value)
  return mismatch("an integer", value)
}

const toDouble = (value: RespValue): number => {
  if (typeof value === "number") return value
  if (typeof value === "string" || value instanceof Uint8Array) {
    const text = toText(value)
    if (text === "inf" || text === "+inf") return Number.POSITIVE_INFINITY
    if (text === "-inf") return Number.NEGATIVE_INFINITY
    const number = Number(text)
    if (text.trim() !== "" && (!Number.isNaN(number) || text === "nan")) return number
  }
  return mismatch("a number", value)
}

/** The reply as the protocol reads it. @category replies @since 0.1.0 */
export const value: Reply<RespValue> = same((reply) => reply)

/** Text that is always there. @category replies @since 0.1.0 */
export const text: Reply<string, Uint8Array> = new Reply(toText, toBytes)

/** Text in both views: names, states and the servers' own reports. @category replies @since 0.1.0 */
export const string: Reply<string> = same(toText)

/** Text, or `undefined` for a missing value. @category replies @since 0.1.0 */
export const optionalText: Reply<string | undefined, Uint8Array | undefined> = new Reply(
  (reply) => (reply === undefined ? undefined : toText(reply)),
  (reply) => (reply === undefined ? undefined : toBytes(reply))
)

/** Text in both views, or `undefined`. @category replies @since 0.1.0 */
export const optionalString: Reply<string | undefined> = same((reply) =>
  reply === undefined ? undefined : toText(reply)
)

/** An integer; one beyond 2^53 fails as `Decode`, save under `Command.asBigInt`. @category replies @since 0.1.0 */
export const integer: Reply<number> = new Reply(toInteger, toInteger, toBigInt)

/** An integer, or `undefined`. @category replies @since 0.1.0 */
export const optionalInteger: Reply<number | undefined> = new Reply(
  (reply) => (reply === undefined ? undefined : toInteger(reply)),
  (reply) => (reply === undefined ? undefined : toInteger(reply)),
  (reply) => (reply === undefined ? undefined : toBigInt(reply))
)

/** A floating-point number (text in RESP2, a double in RESP3). @category replies @since 0.1.0 */
export const double: Reply<number> = same(toDouble)

/** A floating-point number, or `undefined`. @category replies @since 0.1.0 */
export const optionalDouble: Reply<number | undefined> = same((reply) =>
  reply === undefined ? undefined : toDouble(reply)
)

/** `true` for 1 or true, `false` for 0 or false. @category replies @since 0.1.0 */
export const boolean: Reply<boolean> = same((reply) => {
  if (reply === 1 || reply === true) return true
  if (reply === 0 || reply === false) return false
  return mismatch("0 or 1", reply)
})

const isOk = (reply: RespValue): boolean =>
  reply === "OK" || (reply instanceof Uint8Array && reply.length === 2 && toText(reply) === "OK")

/** `+OK`, as `void`. @category replies @since 0.1.0 */
export const ok: Reply<void> = same((reply) => {
  if (!isOk(reply)) return mismatch("OK", reply)
})

/** `true` for `OK`, `false` for null: a write with a condition. @category replies @since 0.1.0 */
export const okOrNull: Reply<boolean> = same((reply) => {
  if (reply === undefined) return false
  return isOk(reply) ? true : mismatch("OK or null", reply)
})

/** The elements of an array or set. @category getters @since 0.1.0 */
export const elementsOf = (reply: RespValue): ReadonlyArray<RespValue> => {
  if (Array.isArray(reply)) return reply
  return mismatch("an array", reply)
}

/**
 * The keys and values of a RESP3 map or of RESP2's flat array, alternately.
 *
 * @category getters
 * @since 0.1.0
 */
export const entriesOf = (reply: RespValue): ReadonlyArray<RespValue> => {
  const flat = reply instanceof RespMap ? reply.entries : elementsOf(reply)
  if (flat.length % 2 !== 0) return mismatch("keys and values", reply)
  return flat
}

/**
 * The named parts of a reply that describes one thing. A `Map`, so that no name is special.
 *
 * @category getters
 * @since 0.1.0
 */
export const partsOf = (reply: RespValue): ReadonlyMap<string, RespValue> => {
  const flat = entriesOf(reply)
  const parts = new Map<string, RespValue>()
  for (let at = 0; at < flat.length; at += 2) parts.set(toText(flat[at]), flat[at + 1])
  return parts
}

/** An array (or set) of one kind of element. @category combinators @since 0.1.0 */
export const array = <A, B>(item: Reply<A, B>): Reply<Array<A>, Array<B>> =>
  new Reply(
    (reply) => elementsOf(reply).map(item.text),
    (reply) => elementsOf(reply).map(item.bytes)
  )

/** What another reply gives, or `undefined` for null. @category combinators @since 0.1.0 */
export const optional = <A, B>(item: Reply<A, B>): Reply<A | undefined, B | undefined> =>
  new Reply(
    (reply) => (reply === undefined ? undefined : item.text(reply)),
    (reply) => (reply === undefined ? undefined : item.bytes(reply))
  )

/**
 * Field names to values. The text view is a record without a prototype, so that a field named `__proto__` is one like any other;
 * the bytes view is pairs, since a field's bytes need not be text.
 *
 * @category combinators
 * @since 0.1.0
 */
export const record = <A, B>(
  item: Reply<A, B>
): Reply<Record<string, A>, Array<readonly [field: Uint8Array, value: B]>> =>
  new Reply(
    (reply) => {
      const flat = entriesOf(reply)
      const fields: Record<string, A> = Object.create(null)
      for (let at = 0; at < flat.length; at += 2) fields[toText(flat[at])] = item.text(flat[at + 1])
      return fields
    },
    (reply) => {
      const flat = entriesOf(reply)
      const out: Array<readonly [Uint8Array, B]> = []
      for (let at = 0; at < flat.length; at += 2) out.push([toBytes(flat[at]), item.bytes(flat[at + 1])])
      return out
    }
  )

const readPairs = <X, Y>(reply: RespValue, left: (value: RespValue) => X, right: (value: RespValue) => Y) => {
  const flat = reply instanceof RespMap ? reply.entries : elementsOf(reply)
  const out: Array<readonly [X, Y]> = []
  if (Array.isArray(flat[0])) {
    for (const pair of flat) out.push(readPair(pair, left, right))
    return out
  }
  if (flat.length % 2 !== 0) return mismatch("pairs", reply)
  for (let at = 0; at < flat.length; at += 2) out.push([left(flat[at]), right(flat[at + 1])])
  return out
}

const readPair = <X, Y>(
  reply: RespValue,
  left: (value: RespValue) => X,
  right: (value: RespValue) => Y
): readonly [X, Y] => {
  const two = elementsOf(reply)
  return two.length === 2 ? [left(two[0]), right(two[1])] : mismatch("a pair", reply)
}

/**
 * Pairs, whether the server sends them nested (RESP3) or flat (RESP2).
 *
 * @category combinators
 * @since 0.1.0
 */
export const pairs = <A, B, C, D>(
  left: Reply<A, B>,
  right: Reply<C, D>
): Reply<Array<readonly [A, C]>, Array<readonly [B, D]>> =>
  new Reply(
    (reply) => readPairs(reply, left.text, right.text),
    (reply) => readPairs(reply, left.bytes, right.bytes)
  )

/** An array of two elements that each have their own kind. @category combinators @since 0.1.0 */
export const tuple = <A, B, C, D>(left: Reply<A, B>, right: Reply<C, D>): Reply<readonly [A, C], readonly [B, D]> =>
  new Reply(
    (reply) => readPair(reply, left.text, right.text),
    (reply) => readPair(reply, left.bytes, right.bytes)
  )

/**
 * One page of a scan: the `cursor` of the next page (`"0"` behind the last) and the page's items under `name`.
 *
 * @category models
 * @since 0.1.0
 */
export type Page<Name extends string, A> = { readonly cursor: string } & { readonly [N in Name]: A }

/** A page of a scan. @category combinators @since 0.1.0 */
export const page = <const Name extends string, A, B>(
  name: Name,
  items: Reply<A, B>
): Reply<Page<Name, A>, Page<Name, B>> => {
  const both = tuple(string, items)
  const view = <X>([cursor, item]: readonly [string, X]) => ({ cursor, [name]: item }) as Page<Name, X>
  return new Reply(
    (reply) => view(both.text(reply)),
    (reply) => view(both.bytes(reply))
  )
}

/**
 * What a command took, and from which of several keys.
 *
 * @category models
 * @since 0.1.0
 */
export type Taken<Key, Name extends string, A> = { readonly key: Key } & { readonly [N in Name]: A }

/** A key and what was taken from it, or `undefined` if there was nothing. @category combinators @since 0.1.0 */
export const taken = <const Name extends string, A, B>(
  name: Name,
  items: Reply<A, B>
): Reply<Taken<string, Name, A> | undefined, Taken<Uint8Array, Name, B> | undefined> => {
  const both = tuple(text, items)
  const view = <K, X>([key, item]: readonly [K, X]) => ({ key, [name]: item }) as Taken<K, Name, X>
  return optional(
    new Reply(
      (reply) => view(both.text(reply)),
      (reply) => view(both.bytes(reply))
    )
  )
}

/** One of a fixed set of words. @category combinators @since 0.1.0 */
export const literal = <const L extends string>(...words: ReadonlyArray<L>): Reply<L> =>
  same((reply) => {
    const word = toText(reply)
    const found = words.find((candidate) => candidate === word)
    return found === undefined ? mismatch(words.join(" | "), reply) : found
  })

/** A pure function behind another reply, for decoders of this library (users' functions go through `Command.map`). @category combinators @since 0.1.0 */
export const map = <A, B, C>(reply: Reply<A, B>, text: (a: A) => C): Reply<C> =>
  same((value) => text(reply.text(value)))
