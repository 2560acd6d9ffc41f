/**
 * The values that the protocol knows, as plain data. RESP2 and RESP3 give the same ones, so that a decoder of a command need
 * not ask which version a connection speaks.
 *
 * @since 0.1.0
 */

/**
 * An error reply, also when nested in an aggregate. Not an `Error`: most of them (MOVED, ASK, NOSCRIPT) never reach a user,
 * and a stack trace costs more than the command.
 *
 * @category models
 * @since 0.1.0
 */
export class RespError {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
  /** The upper-case prefix (`WRONGTYPE`, `MOVED`), or `ERR` if the server gave none. */
  get code(): string {
    const space = this.message.indexOf(" ")
    const word = space === -1 ? this.message : this.message.slice(0, space)
    return /^[A-Z][A-Z0-9_-]*$/.test(word) ? word : "ERR"
  }
}

/**
 * A RESP3 map in the order of the wire: keys at even, values at odd positions. RESP2 sends the same as a flat array.
 *
 * @category models
 * @since 0.1.0
 */
export class RespMap {
  readonly entries: Array<RespValue>
  constructor(entries: Array<RespValue>) {
    this.entries = entries
  }
}

/**
 * What a reply is. Nulls of every kind are `undefined`; bulk and verbatim strings are text or bytes as the reader asked;
 * simple strings are text; an integer is a `bigint` only where a `number` would round it; sets are arrays.
 *
 * @category models
 * @since 0.1.0
 */
export type RespValue =
  | string
  | Uint8Array
  | number
  | bigint
  | boolean
  | undefined
  | RespError
  | RespMap
  | Array<RespValue>
