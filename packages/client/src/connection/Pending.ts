/**
 * One frame that was or shall be sent, and who waits for its reply. Exactly one of its handler's three answers is given, once, unless
 * the waiter has gone; then the record stays behind as a tombstone that swallows the reply.
 *
 * @since 0.1.0
 */

import type { CommandImpl } from "../command/make.ts"
import type { Failure } from "../error/Failure.ts"
import type { RespError, RespValue } from "../protocol/RespValue.ts"
import type { Frame } from "../protocol/RespWriter.ts"

/** Where a record is: in the client, handed to the transport, handed over with nobody waiting any more, or done with. */
export const State = { Queued: 0, Written: 1, Abandoned: 2, Settled: 3 } as const

/**
 * Who is told of the reply. One handler serves many records: the singles of a router share one, a batch is one.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReplyHandler {
  /** A reply before the last one: of ASKING, of MULTI, or `QUEUED`. `position` counts them from 0. */
  readonly lead?: (pending: Pending, value: RespValue, position: number) => void
  /** The reply came and was decoded. */
  readonly succeed: (pending: Pending, value: unknown) => void
  /** The server answered with an error. */
  readonly refuse: (pending: Pending, error: RespError) => void
  /** No usable reply came; `execution` of the failure says what may have happened. */
  readonly fail: (pending: Pending, failure: Failure) => void
}

/**
 * The record. One is made for every command, so it has no fields that only some of them need.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pending {
  readonly command: CommandImpl
  readonly frame: Frame
  /** When it is given up, in milliseconds of the client's clock. */
  readonly deadline: number
  readonly handler: ReplyHandler
  /** One of `State`. */
  state: number
  /** The address of the node that it was given to. */
  node: string | undefined
  /** How many replies come before the one that counts: a record is written whole or not at all. */
  readonly lead: number
  /** How many of these have come. */
  leadSeen: number
  /** Its place in a batch. */
  readonly index: number
}

/** The waiter is gone: an unwritten record will be skipped, a written one swallows its reply. */
export const abandon = (pending: Pending): void => {
  if (pending.state === State.Queued) pending.state = State.Settled
  else if (pending.state === State.Written) pending.state = State.Abandoned
}

/**
 * The record of a part of a batch, or of a frame with several replies.
 *
 * @category models
 * @since 0.1.0
 */
export class PendingPart implements Pending {
  readonly command: CommandImpl
  readonly frame: Frame
  readonly deadline: number
  readonly handler: ReplyHandler
  state: number = State.Queued
  node: string | undefined = undefined
  readonly lead: number
  leadSeen = 0
  readonly index: number

  constructor(
    command: CommandImpl,
    frame: Frame,
    deadline: number,
    handler: ReplyHandler,
    index: number,
    lead: number
  ) {
    this.command = command
    this.frame = frame
    this.deadline = deadline
    this.handler = handler
    this.index = index
    this.lead = lead
  }
}
