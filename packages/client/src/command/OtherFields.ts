/**
 * What a server tells beyond what this library has names for: newer versions add fields to their reports, and none shall be lost.
 *
 * @since 0.1.0
 */
import { RespError, RespMap, type RespValue } from "../protocol/RespValue.ts"
import { partsOf, string } from "./Reply.ts"

/**
 * A part of a reply that this library does not know: text, numbers, and lists of them. Maps are lists of alternate keys and values, so
 * that it is the same under RESP2 and RESP3.
 *
 * @category models
 * @since 0.1.0
 */
export type OtherValue = string | number | bigint | boolean | undefined | ReadonlyArray<OtherValue>

/**
 * Fields of a report by the servers' own names, as a record without a prototype.
 *
 * @category models
 * @since 0.1.0
 */
export type OtherFields = Readonly<Record<string, OtherValue>>

const otherOf = (value: RespValue): OtherValue => {
  if (value instanceof Uint8Array) return string.text(value)
  if (value instanceof RespError) return value.message
  if (value instanceof RespMap) return value.entries.map(otherOf)
  return Array.isArray(value) ? value.map(otherOf) : value
}

/**
 * The parts of a report, taken one by one; what nobody took is in `rest`.
 *
 * @category models
 * @since 0.1.0
 */
export class Report {
  private readonly parts: Map<string, RespValue>
  constructor(reply: RespValue) {
    this.parts = new Map(partsOf(reply))
  }
  take(name: string): RespValue {
    const value = this.parts.get(name)
    this.parts.delete(name)
    return value
  }
  rest(): OtherFields {
    const fields: Record<string, OtherValue> = Object.create(null)
    for (const [name, value] of this.parts) fields[name] = otherOf(value)
    return fields
  }
}
