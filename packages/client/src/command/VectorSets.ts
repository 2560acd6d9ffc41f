/**
 * The constructors of the commands on vector sets. They are no methods: `redis.run(VectorSet.vAdd(…))`.
 *
 * @since 0.1.0
 */
import { append, optionProblem } from "./arguments.ts"
import type { Command } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { asBytes, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import {
  type Attributed,
  attributed,
  type Quantization,
  type RawVector,
  rawVector,
  type Scored,
  scored,
  scoredAttributed,
  type VectorSetInfo,
  vectorSetInfo
} from "./VectorReplies.ts"

/**
 * A vector: numbers, which go as text; a `Float32Array`, which goes as it is and costs less; or the bytes of 32-bit floats
 * (little-endian), as embedding services give them.
 *
 * @category models
 * @since 0.1.0
 */
export type Vector = ReadonlyArray<number> | Float32Array | Uint8Array

/**
 * What VSIM looks for: what is similar to a vector, or to an element of the set.
 *
 * @category models
 * @since 0.1.0
 */
export type VectorQuery = Vector | { readonly element: Text }

/**
 * How an element is added. The first one decides on `reduce`, `quantization` and `m` of the set; later ones must agree.
 *
 * @category options
 * @since 0.1.0
 */
export interface VAddOptions {
  /** Reduce vectors to so many dimensions by random projection. */
  readonly reduce?: number | undefined
  /** Look for neighbours in a thread of the server (default false). */
  readonly cas?: boolean | undefined
  /** How vectors are kept (the servers' default is `Q8`). */
  readonly quantization?: Quantization | undefined
  /** How much effort finding neighbours is worth (the servers' default is 200). */
  readonly ef?: number | undefined
  /** The attributes of the element: JSON as text. */
  readonly attributes?: Text | undefined
  /** How many links an element has in each layer (the servers' default is 16). */
  readonly m?: number | undefined
}

/**
 * How VSIM searches.
 *
 * @category options
 * @since 0.1.0
 */
export interface VSimOptions {
  /** At most so many elements (the servers' default is 10). */
  readonly count?: number | undefined
  /** Only elements whose score is at least 1 less this, from 0 to 1. Redis 8.0 doubles the distance, and so finds fewer. */
  readonly epsilon?: number | undefined
  /** How much effort the search is worth: 50 to 1000 make sense. */
  readonly ef?: number | undefined
  /** Only elements whose attributes fulfil an expression: `.year > 1950 and .genre == "drama"`. */
  readonly filter?: Text | undefined
  /** Try at most so many elements against the filter (the servers' default is a hundred times `count`). */
  readonly filterEf?: number | undefined
  /** Compare all elements, for the exact result (default false). */
  readonly truth?: boolean | undefined
  /** Search in the main thread of the server, which holds up everybody (default false). */
  readonly noThread?: boolean | undefined
}

const defined = (name: string, retry: RetryCategory): CommandSpec => defineSpec({ name, keys: "first", retry })
const read = (name: string): CommandSpec => defined(name, "readOnly")
const write = (name: string): CommandSpec => defined(name, "lastWriteWins")

const VADD = write("VADD")
const VCARD = read("VCARD")
const VDIM = read("VDIM")
const VEMB = read("VEMB")
const VGETATTR = read("VGETATTR")
const VINFO = read("VINFO")
const VISMEMBER = read("VISMEMBER")
const VLINKS = read("VLINKS")
const VRANDMEMBER = read("VRANDMEMBER")
const VRANGE = read("VRANGE")
const VREM = write("VREM")
const VSETATTR = write("VSETATTR")
const VSIM = read("VSIM")

const elements = Reply.array(Reply.text)
const layers = Reply.optional(Reply.array(elements))
const scoredLayers = Reply.optional(Reply.array(scored))
const components = Reply.optional(Reply.array(Reply.double))

const BYTES_OF_FLOAT = 4
const NO_VECTOR = "expected a vector of at least one number: an array, a Float32Array or the bytes of 32-bit floats"

/** The floats in the order of bytes that servers read, whatever this machine has. A copy, as of all arguments that may change. */
const bytesOf = (floats: Float32Array): Uint8Array => {
  const bytes = new Uint8Array(floats.length * BYTES_OF_FLOAT)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < floats.length; at++) view.setFloat32(at * BYTES_OF_FLOAT, floats[at]!, true)
  return bytes
}

/** Adds a vector; whether it is one. What is no number among its components is refused by the writer. */
const pushVector = (args: Array<Argument>, vector: Vector): boolean => {
  if (Array.isArray(vector)) {
    append(append(args, ["VALUES", vector.length]), vector as ReadonlyArray<number>)
    return vector.length > 0
  }
  const bytes = vector instanceof Float32Array ? bytesOf(vector) : vector
  args.push("FP32", bytes as Uint8Array)
  return bytes instanceof Uint8Array && bytes.length > 0 && bytes.length % BYTES_OF_FLOAT === 0
}

const addOptions = {
  reduce: "value",
  cas: "flag",
  quantization: "value",
  ef: "value",
  attributes: "value",
  m: "value"
} as const

/**
 * Add an element with its vector, or give it another vector; whether it is new. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vAdd = (key: Text, vector: Vector, element: Text, options?: VAddOptions | undefined): Command<boolean> => {
  const problem = optionProblem(options, addOptions)
  if (problem !== undefined) return invalid(VADD, Reply.boolean, problem)
  const { attributes, cas, ef, m, quantization, reduce } = options ?? {}
  const args: Array<Argument> = [key]
  if (reduce !== undefined) args.push("REDUCE", reduce)
  if (!pushVector(args, vector)) return invalid(VADD, Reply.boolean, NO_VECTOR, 1)
  args.push(element)
  if (cas === true) args.push("CAS")
  if (quantization !== undefined) args.push(quantization)
  if (ef !== undefined) args.push("EF", ef)
  if (attributes !== undefined) args.push("SETATTR", attributes)
  if (m !== undefined) args.push("M", m)
  return make(VADD, args, Reply.boolean)
}

/**
 * How many elements there are. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vCard = (key: Text): Command<number> => make(VCARD, [key], Reply.integer)

/**
 * How many dimensions the vectors have, after a reduction; an error if the key is missing. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vDim = (key: Text): Command<number> => make(VDIM, [key], Reply.integer)

/**
 * The vector of an element, as near as its quantization allows; `undefined` if it is missing. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vEmb = (key: Text, element: Text): Command<Array<number> | undefined> =>
  make(VEMB, [key, element], components)

/**
 * The vector of an element as the server keeps it; `undefined` if it is missing. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vEmbRaw = (key: Text, element: Text): Command<RawVector | undefined> =>
  asBytes(make(VEMB, [key, element, "RAW"], rawVector))

/**
 * The attributes of an element, JSON as text for `Command.decode`; `undefined` if it has none or is missing. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vGetAttr = (key: Text, element: Text): Command<string | undefined, Uint8Array | undefined> =>
  make(VGETATTR, [key, element], Reply.optionalText)

/**
 * The set as its server describes it; `undefined` if the key is missing. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vInfo = (key: Text): Command<VectorSetInfo | undefined> => make(VINFO, [key], vectorSetInfo)

/**
 * Whether an element is in the set. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vIsMember = (key: Text, element: Text): Command<boolean> => make(VISMEMBER, [key, element], Reply.boolean)

/**
 * The neighbours of an element in each layer of the graph, the lowest layer last; `undefined` if it is missing. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vLinks = (
  key: Text,
  element: Text
): Command<Array<Array<string>> | undefined, Array<Array<Uint8Array>> | undefined> =>
  make(VLINKS, [key, element], layers)

/**
 * The same with the scores of the neighbours. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vLinksWithScores = (
  key: Text,
  element: Text
): Command<Array<Array<Scored>> | undefined, Array<Array<Scored<Uint8Array>>> | undefined> =>
  make(VLINKS, [key, element, "WITHSCORES"], scoredLayers)

/**
 * Any element; `undefined` if the key is missing. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vRandMember = (key: Text): Command<string | undefined, Uint8Array | undefined> =>
  make(VRANDMEMBER, [key], Reply.optionalText)

/**
 * Several elements: different ones, or with a negative count exactly as many, with repetition. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vRandMemberCount = (key: Text, count: number): Command<Array<string>, Array<Uint8Array>> =>
  make(VRANDMEMBER, [key, count], elements)

/**
 * The elements from one name to another in the order of their bytes: `"["` before a name includes it, `"("` excludes it, `"-"` is the
 * least, `"+"` the greatest. At most `count` (default: all). Redis 8.4.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vRange = (
  key: Text,
  start: Text,
  end: Text,
  count?: number | undefined
): Command<Array<string>, Array<Uint8Array>> =>
  make(VRANGE, count === undefined ? [key, start, end] : [key, start, end, count], elements)

/**
 * Remove an element; whether it was there. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vRem = (key: Text, element: Text): Command<boolean> => make(VREM, [key, element], Reply.boolean)

/**
 * Set the attributes of an element, JSON as text; empty text removes them. Whether the element is there. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vSetAttr = (key: Text, element: Text, attributes: Text): Command<boolean> =>
  make(VSETATTR, [key, element, attributes], Reply.boolean)

const simOptions = {
  count: "value",
  epsilon: "value",
  ef: "value",
  filter: "value",
  filterEf: "value",
  truth: "flag",
  noThread: "flag"
} as const

const pushQuery = (args: Array<Argument>, query: VectorQuery): boolean => {
  if (typeof query !== "object" || query === null || !("element" in query)) return pushVector(args, query)
  args.push("ELE", query.element)
  return true
}

const sim = <A, B>(
  reply: Reply.Reply<A, B>,
  key: Text,
  query: VectorQuery,
  options: VSimOptions | undefined,
  words: ReadonlyArray<string>
): Command<A, B> => {
  const args: Array<Argument> = [key]
  if (!pushQuery(args, query)) return invalid(VSIM, reply, `${NO_VECTOR}, or an element`, 1)
  append(args, words)
  const { count, ef, epsilon, filter, filterEf, noThread, truth } = options ?? {}
  if (count !== undefined) args.push("COUNT", count)
  if (epsilon !== undefined) args.push("EPSILON", epsilon)
  if (ef !== undefined) args.push("EF", ef)
  if (filter !== undefined) args.push("FILTER", filter)
  if (filterEf !== undefined) args.push("FILTER-EF", filterEf)
  if (truth === true) args.push("TRUTH")
  if (noThread === true) args.push("NOTHREAD")
  return makeChecked(VSIM, args, reply, optionProblem(options, simOptions))
}

/**
 * The elements that are most similar to a vector or to an element, the most similar first. Empty if the key is missing, an error if
 * the element is. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vSim = (
  key: Text,
  query: VectorQuery,
  options?: VSimOptions | undefined
): Command<Array<string>, Array<Uint8Array>> => sim(elements, key, query, options, [])

/**
 * The same with attributes. Redis 8.2.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vSimWithAttribs = (
  key: Text,
  query: VectorQuery,
  options?: VSimOptions | undefined
): Command<Array<Attributed>, Array<Attributed<Uint8Array>>> => sim(attributed, key, query, options, ["WITHATTRIBS"])

/**
 * The same with scores. Redis 8.0.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vSimWithScores = (
  key: Text,
  query: VectorQuery,
  options?: VSimOptions | undefined
): Command<Array<Scored>, Array<Scored<Uint8Array>>> => sim(scored, key, query, options, ["WITHSCORES"])

/**
 * The same with scores and attributes. Redis 8.2.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vSimWithScoresAndAttribs = (
  key: Text,
  query: VectorQuery,
  options?: VSimOptions | undefined
): Command<Array<Scored & Attributed>, Array<Scored<Uint8Array> & Attributed<Uint8Array>>> =>
  sim(scoredAttributed, key, query, options, ["WITHSCORES", "WITHATTRIBS"])
