/**
 * The replies of the commands on vector sets.
 *
 * @since 0.1.0
 */
import { RespMap, type RespValue } from "../protocol/RespValue.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"

/**
 * How a vector set keeps its vectors: as they are (`NOQUANT`), in 8 bits a component (`Q8`), in one bit (`BIN`).
 *
 * @category models
 * @since 0.1.0
 */
export type Quantization = "NOQUANT" | "Q8" | "BIN"

/**
 * An element and how similar it is: 1 is the same direction, 0 the opposite one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Scored<Element = string> {
  readonly element: Element
  readonly score: number
}

/**
 * An element and its attributes, JSON as text; `undefined` if it has none.
 *
 * @category models
 * @since 0.1.0
 */
export interface Attributed<Element = string> {
  readonly element: Element
  readonly attributes: Element | undefined
}

/**
 * A vector as the server keeps it.
 *
 * @category models
 * @since 0.1.0
 */
export interface RawVector {
  readonly quantization: Quantization
  /** Components of the normalized vector: 32-bit floats (little-endian), signed bytes, or bits. */
  readonly data: Uint8Array
  /** The length (L2 norm) of the vector before it was normalized. */
  readonly norm: number
  /** What the byte 127 of `Q8` stands for; `undefined` for the others. */
  readonly range: number | undefined
}

/**
 * A vector set as its server describes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface VectorSetInfo {
  readonly quantization: Quantization
  /** How many links an element has in each layer. */
  readonly m: number | undefined
  readonly dimension: number
  /** The dimension of the vectors before they were reduced; `undefined` if they are not. */
  readonly inputDimension: number | undefined
  readonly size: number
  readonly maxLevel: number
  /** How many elements have attributes. */
  readonly attributesCount: number | undefined
  /** What this library has no name for. */
  readonly fields: OtherFields
}

const quantizations: ReadonlyMap<string, Quantization> = new Map<string, Quantization>([
  // Each in the word of the server and in that of its documentation.
  ["f32", "NOQUANT"],
  ["fp32", "NOQUANT"],
  ["int8", "Q8"],
  ["q8", "Q8"],
  ["bin", "BIN"]
])

const quantizationOf = (reply: RespValue): Quantization =>
  quantizations.get(Reply.string.text(reply)) ?? Reply.mismatch("f32, int8 or bin", reply)

type Read<A> = (reply: RespValue) => A

/** A reply of which each view reads elements in its own way. */
const byElement = <A, B>(text: (element: Read<string>) => Read<A>, bytes: (element: Read<Uint8Array>) => Read<B>) =>
  new Reply.Reply(text(Reply.text.text), bytes(Reply.text.bytes))

const optionally =
  <A>(read: Read<A>): Read<A | undefined> =>
  (reply) =>
    reply === undefined ? undefined : read(reply)

/** Elements with something each: a map under RESP3, alternately under RESP2. */
const each =
  <E, A>(element: Read<E>, join: (element: E, one: RespValue) => A): Read<Array<A>> =>
  (reply) => {
    const flat = Reply.entriesOf(reply)
    const out: Array<A> = []
    for (let at = 0; at < flat.length; at += 2) out.push(join(element(flat[at]), flat[at + 1]))
    return out
  }

const scoredBy = <E>(element: Read<E>): Read<Array<Scored<E>>> =>
  each(element, (found, score) => ({ element: found, score: Reply.double.text(score) }))

/** Elements with scores. @category replies @since 0.1.0 */
export const scored: Reply.Reply<Array<Scored>, Array<Scored<Uint8Array>>> = byElement(scoredBy, scoredBy)

const attributedBy = <E>(element: Read<E>): Read<Array<Attributed<E>>> => {
  const attributes = optionally(element)
  return each(element, (found, one) => ({ element: found, attributes: attributes(one) }))
}

/** Elements with attributes. @category replies @since 0.1.0 */
export const attributed: Reply.Reply<Array<Attributed>, Array<Attributed<Uint8Array>>> = byElement(
  attributedBy,
  attributedBy
)

/** Elements with both: a map to pairs under RESP3, three by three under RESP2. */
const scoredAttributedBy = <E>(element: Read<E>): Read<Array<Scored<E> & Attributed<E>>> => {
  const attributes = optionally(element)
  return (reply) => {
    const flat = reply instanceof RespMap ? reply.entries : Reply.elementsOf(reply)
    const out: Array<Scored<E> & Attributed<E>> = []
    for (let at = 0; at < flat.length; ) {
      const nested = flat[at + 1]
      const both = Array.isArray(nested) ? nested : flat.slice(at + 1, at + 3)
      if (both.length !== 2) return Reply.mismatch("elements with scores and attributes", reply)
      out.push({ element: element(flat[at]), score: Reply.double.text(both[0]), attributes: attributes(both[1]) })
      at += Array.isArray(nested) ? 2 : 3
    }
    return out
  }
}

/** Elements with scores and attributes. @category replies @since 0.1.0 */
export const scoredAttributed: Reply.Reply<
  Array<Scored & Attributed>,
  Array<Scored<Uint8Array> & Attributed<Uint8Array>>
> = byElement(scoredAttributedBy, scoredAttributedBy)

/** A vector as it is kept, to be read in the bytes view. @category replies @since 0.1.0 */
export const rawVector: Reply.Reply<RawVector | undefined> = Reply.optional(
  Reply.same((reply): RawVector => {
    const [quantization, data, norm, range] = Reply.elementsOf(reply)
    return {
      quantization: quantizationOf(quantization),
      data: Reply.text.bytes(data),
      norm: Reply.double.text(norm),
      range: Reply.optionalDouble.text(range)
    }
  })
)

/** A vector set as its server describes it. @category replies @since 0.1.0 */
export const vectorSetInfo: Reply.Reply<VectorSetInfo | undefined> = Reply.optional(
  Reply.same((reply): VectorSetInfo => {
    const report = new Report(reply)
    return {
      quantization: quantizationOf(report.take("quant-type")),
      m: Reply.optionalInteger.text(report.take("hnsw-m")),
      dimension: Reply.integer.text(report.take("vector-dim")),
      // 0 says that nothing is reduced.
      inputDimension: Reply.optionalInteger.text(report.take("projection-input-dim")) || undefined,
      size: Reply.integer.text(report.take("size")),
      maxLevel: Reply.integer.text(report.take("max-level")),
      attributesCount: Reply.optionalInteger.text(report.take("attributes-count")),
      fields: report.rest()
    }
  })
)
