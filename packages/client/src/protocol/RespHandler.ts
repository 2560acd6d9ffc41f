/**
 * What a parser of the protocol reports, and what bounds it.
 *
 * @since 0.1.0
 */
import type { RespMap, RespValue } from "./RespValue.ts"

/**
 * Receives what the parser reads. A callback may call anything but `push`; what it throws poisons the parser and leaves `push`.
 *
 * @category models
 * @since 0.1.0
 */
export interface RespHandler {
  /** A complete top-level frame that is not a push. */
  onReply(value: RespValue): void
  /** The elements of a RESP3 push frame. */
  onPush(values: Array<RespValue>): void
  /**
   * Asked once at the start of each top-level frame (`push` tells which kind): shall its bulk and verbatim strings be bytes
   * rather than text? Simple strings, errors and attributes are always text.
   */
  readonly asBytes: (push: boolean) => boolean
  /**
   * A RESP3 attribute, before the value that it describes; `depth` counts the aggregates around it, 0 is before a top-level
   * frame. Without this callback attributes are read and dropped.
   */
  onAttribute?(attributes: RespMap, depth: number): void
}

/**
 * How much a server may demand of this side. Exceeding any of them is malformed input.
 *
 * @category models
 * @since 0.1.0
 */
export interface RespLimits {
  /** Aggregates within aggregates, attributes included. Default 128, far beyond what commands reply. */
  readonly maxDepth: number
  /** Bytes of one bulk or verbatim string, streamed ones in total. Default 512 MiB, the servers' `proto-max-bulk-len`. */
  readonly maxBulkBytes: number
  /**
   * Elements of one aggregate (a map counts keys and values). Default 2^26: an array that V8 can still grow; much beyond it the
   * process would be aborted. Nothing is reserved ahead of the elements.
   */
  readonly maxElements: number
  /** Bytes of a simple string, simple error, double or big number. Default 64 KiB, the longest inline line a server reads. */
  readonly maxLineBytes: number
}

/**
 * The bounds of a parser that is given none.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultLimits: RespLimits = {
  maxDepth: 128,
  maxBulkBytes: 512 * 1024 * 1024,
  maxElements: 2 ** 26,
  maxLineBytes: 64 * 1024
}

/**
 * Why a stream could not be read on.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProtocolFailure {
  /** The position of the first malformed byte, counted from the first byte of the stream. */
  readonly offset: number
  /** Up to 32 bytes around it, as far as its chunk has them. */
  readonly bytes: Uint8Array
  /** What was wrong, in English; `handler` if a callback threw. */
  readonly detail: string
}
