/** A handler that writes down what a parser reports. */
import type { ProtocolFailure, RespHandler, RespLimits } from "../../src/protocol/RespHandler.ts"
import { RespParser } from "../../src/protocol/RespParser.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"
import { portableTextCodec, type TextCodec } from "../../src/protocol/TextCodec.ts"

export type Event =
  | readonly ["reply", RespValue]
  | readonly ["push", ReadonlyArray<RespValue>]
  | readonly ["attribute", ReadonlyArray<RespValue>, depth: number]

export interface Recording {
  readonly events: Array<Event>
  /** The answers of `asBytes`, one for each time that it was asked: whether it was asked for a push. */
  readonly asked: Array<boolean>
  readonly parser: RespParser
  readonly failure: ProtocolFailure | undefined
}

export interface RecordOptions {
  readonly bytes?: boolean | undefined
  readonly limits?: Partial<RespLimits> | undefined
  readonly text?: TextCodec | undefined
  /** Called with each event after it was written down. */
  readonly on?: ((event: Event, parser: RespParser) => void) | undefined
}

/** The functions of Node's Buffer, as its transport hands them in. */
export const bufferTextCodec: TextCodec = {
  utf8: (bytes, start, end) => Buffer.prototype.utf8Slice.call(bytes, start, end),
  latin1: (bytes, start, end) => Buffer.prototype.latin1Slice.call(bytes, start, end),
  byteLength: (text) => Buffer.byteLength(text),
  encode: (text) => Buffer.from(text)
}

export const recorder = (options: RecordOptions = {}): Recording => {
  const events: Array<Event> = []
  const asked: Array<boolean> = []
  const add = (event: Event): void => {
    events.push(event)
    options.on?.(event, parser)
  }
  const handler: RespHandler = {
    onReply: (value) => add(["reply", value]),
    onPush: (values) => add(["push", values]),
    onAttribute: (attributes, depth) => add(["attribute", attributes.entries, depth]),
    asBytes: (push) => {
      asked.push(push)
      return options.bytes === true
    }
  }
  const parser = new RespParser(handler, options.text ?? portableTextCodec, options.limits)
  return {
    events,
    asked,
    parser,
    get failure() {
      return parser.failure
    }
  }
}

/** What a parser reports when it is given these chunks. */
export const record = (chunks: Iterable<Uint8Array>, options?: RecordOptions): Recording => {
  const recording = recorder(options)
  for (const chunk of chunks) recording.parser.push(chunk)
  return recording
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

export const singly = (bytes: Uint8Array): Array<Uint8Array> => Array.from(bytes, (byte) => Uint8Array.of(byte))

/** Cuts into pieces of these sizes, which repeat; what is handed out does not share memory with `bytes`. */
export const cut = (bytes: Uint8Array, sizes: ReadonlyArray<number>): Array<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? bytes.length
    chunks.push(bytes.slice(at, at + size))
    at += size
  }
  return chunks
}
