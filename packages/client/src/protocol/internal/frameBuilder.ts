/**
 * Puts values together to frames: which values may stand where, the aggregates that are open (on a stack of its own, so that depth
 * costs no call stack), and the handler's turn once a frame is complete.
 */
import type { RespHandler, RespLimits } from "../RespHandler.ts"
import { RespMap, type RespValue } from "../RespValue.ts"
import { ATTRIBUTE, MAP, PUSH, STREAM_END } from "./bytes.ts"

const SCALAR = 1
const AGGREGATE = 2

/** What a type byte begins; 0 if nothing. */
const kinds = /* @__PURE__ */ (() => {
  const table = new Uint8Array(256)
  for (const type of "+-:$_#,(!=") table[type.charCodeAt(0)] = SCALAR
  for (const type of "*%~>|") table[type.charCodeAt(0)] = AGGREGATE
  return table
})()

/** An aggregate that still waits for elements. */
interface Aggregate {
  /** The type byte. */
  type: number
  /** Elements still to come; negative and falling from -1 where their number is not announced. */
  remaining: number
  values: Array<RespValue>
  /** How strings were wanted outside of this aggregate. */
  bytesOutside: boolean
}

const NO_VALUES: Array<RespValue> = []

const vacant = (): Aggregate => ({ type: 0, remaining: 0, values: NO_VALUES, bytesOutside: false })

export class FrameBuilder {
  /** Whether bulk and verbatim strings are wanted as bytes at this place. */
  bytes = false
  private depth = 0
  private top: Aggregate = vacant()
  // Entries are reused: an aggregate allocates its array of values and nothing else. Entry 0 stands for "no aggregate".
  private readonly stack: Array<Aggregate> = [this.top]
  private annotated = false // an attribute was read whose value has not begun
  private readonly handler: RespHandler
  private readonly maxDepth: number
  private readonly maxElements: number
  private readonly streamFull: number

  constructor(handler: RespHandler, limits: RespLimits) {
    this.handler = handler
    this.maxDepth = limits.maxDepth
    this.maxElements = limits.maxElements
    this.streamFull = -1 - limits.maxElements
  }

  /** Whether an aggregate has begun and is not complete. */
  get isOpen(): boolean {
    return this.depth > 0
  }

  /** Why no value of this type may stand here, or `undefined`; then a top-level frame asks how its strings are wanted. */
  refuses(type: number): string | undefined {
    const kind = kinds[type]!
    const depth = this.depth
    if (kind === 0) return type === STREAM_END ? this.refusesEnd() : `an unknown type byte 0x${type.toString(16)}`
    if (kind === AGGREGATE && depth >= this.maxDepth) return `aggregates deeper than the limit of ${this.maxDepth}`
    this.annotated = false
    if (depth === 0) {
      if (type !== ATTRIBUTE) this.bytes = this.handler.asBytes(type === PUSH)
      return undefined
    }
    if (this.top.remaining === this.streamFull) return `an aggregate over the limit of ${this.maxElements} elements`
    if (type === PUSH) return "a push inside another frame"
    return undefined
  }

  /** An aggregate begins, of which -1 elements mean that their number is not announced. */
  open(type: number, elements: number): void {
    const depth = ++this.depth
    let entry = this.stack[depth]
    if (entry === undefined) {
      entry = vacant()
      this.stack.push(entry)
    }
    entry.type = type
    entry.remaining = elements
    entry.values = []
    entry.bytesOutside = this.bytes
    this.top = entry
    if (type === ATTRIBUTE) this.bytes = false
    if (elements === 0) this.close()
  }

  /** A value is complete. */
  add(value: RespValue): void {
    if (this.depth === 0) {
      this.handler.onReply(value)
    } else {
      this.top.values.push(value)
      if (--this.top.remaining === 0) this.close()
    }
  }

  /** The innermost aggregate is complete, and with it perhaps those around it. */
  close(): void {
    for (;;) {
      const { bytesOutside, type, values } = this.top
      this.pop()
      this.bytes = bytesOutside
      if (type === PUSH) {
        this.handler.onPush(values)
        return
      }
      if (type === ATTRIBUTE) {
        this.annotated = true
        this.handler.onAttribute?.(new RespMap(values), this.depth)
        return
      }
      const value = type === MAP ? new RespMap(values) : values
      if (this.depth === 0) {
        this.handler.onReply(value)
        return
      }
      this.top.values.push(value)
      if (--this.top.remaining !== 0) return
    }
  }

  clear(): void {
    while (this.depth > 0) this.pop()
  }

  private pop(): void {
    this.top.values = NO_VALUES
    this.top = this.stack[--this.depth]!
  }

  private refusesEnd(): string | undefined {
    const { remaining, type } = this.top
    if (this.depth === 0 || remaining >= 0) return "an end of stream outside of a streamed aggregate"
    if (this.annotated) return "an attribute without a value"
    // -1 when empty, so an even number means that an odd number of elements came.
    return type === MAP && remaining % 2 === 0 ? "a streamed map with a key but no value" : undefined
  }
}
