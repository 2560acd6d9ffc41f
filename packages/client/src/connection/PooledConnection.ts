/**
 * A connection that one caller at a time has for itself, and what that caller has done to it: enough to undo it on return, or to know that
 * it cannot be undone.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { Argument } from "../command/CommandSpec.ts"
import type { Failure } from "../error/Failure.ts"
import { RespError, type RespValue } from "../protocol/RespValue.ts"
import type { Connection } from "./Connection.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import { exchange } from "./Handshake.ts"

type Said = readonly [name: string, args: ReadonlyArray<Argument>]

/** Commands that change a connection and that one other command undoes; the rest of them cannot be undone one by one. */
const undoing: ReadonlyMap<string, "queueing" | "watching" | "selected" | "readOnly" | "asking"> = new Map([
  ["ASKING", "asking"],
  ["MULTI", "queueing"],
  ["READONLY", "readOnly"],
  ["SELECT", "selected"],
  ["WATCH", "watching"]
])

/** What only ends a state that is known already. */
const ending: ReadonlySet<string> = new Set(["DISCARD", "EXEC", "READWRITE", "UNWATCH"])

/**
 * The connection and its state.
 *
 * @category models
 * @since 0.1.0
 */
export class PooledConnection {
  /** Closing it closes the socket. */
  readonly scope = Scope.makeUnsafe()
  /** In milliseconds of the client's clock. */
  readonly openedAt: number
  /** How often the node's shared connection had been reset by then. */
  readonly resets: number
  private readonly database: number
  private opened: Connection | undefined
  /** Since when nobody has it. */
  idleSince: number
  /** Its number on the server, once that was asked. */
  clientId: number | undefined
  /** Ends the wait of the blocking command that is on it now. */
  unblock: Effect.Effect<void> | undefined
  /** Something is still to come for a blocking command that nobody waits for any more. */
  spoilt = false
  private watching = false
  private queueing = false
  private selected = false
  private readOnly = false
  private asking = false

  constructor(now: number, resets: number, database: number | undefined) {
    this.openedAt = now
    this.resets = resets
    this.idleSince = now
    this.database = database ?? 0
  }

  /** The open connection. Nobody has this object before there is one. */
  get connection(): Connection {
    if (this.opened === undefined) throw new Error("a pooled connection is used before it is open")
    return this.opened
  }

  get isOpen(): boolean {
    return this.opened !== undefined && this.opened.closedBy === undefined
  }

  attach(connection: Connection): void {
    this.opened = connection
  }

  /** Notes that a command which changes the connection's state will be sent. */
  onStateful(name: string): void {
    const flag = undoing.get(name)
    // From here on AUTH would be queued as one of the transaction's commands.
    if (flag === "queueing" && !this.queueing) this.opened?.identity?.hold()
    if (flag !== undefined) this[flag] = true
    else if (!ending.has(name)) this.spoilt = true
  }

  /** EXEC was answered: whatever was watched is no longer. */
  onExecuted(): void {
    this.watching = false
  }

  /** Whether it can be given to the next caller as it is. */
  get isClean(): boolean {
    return (
      !this.spoilt &&
      !(this.watching || this.queueing || this.selected || this.readOnly || this.asking) &&
      this.opened?.isQuiet === true
    )
  }

  /**
   * Undo what the caller has done, behind the replies that are still to come. Whether it may be used again. A connection that was
   * changed in another way is not worth a RESET (the whole handshake would follow): it is closed.
   */
  reset(runtime: ConnectionRuntime): Effect.Effect<boolean, Failure> {
    const commands: Array<Said> = []
    if (this.queueing) commands.push(["DISCARD", []])
    if (this.watching) commands.push(["UNWATCH", []])
    if (this.selected) commands.push(["SELECT", [this.database]])
    if (this.readOnly) commands.push(["READWRITE", []])
    commands.push(["PING", []])
    return Effect.map(exchange(runtime, this.connection, commands), (replies) => {
      this.watching = false
      if (this.queueing) this.opened?.identity?.release()
      this.queueing = false
      this.selected = false
      this.readOnly = false
      this.asking = false
      return replies.every((reply, at) => isUndone(commands[at]?.[0], reply)) && this.connection.isQuiet
    })
  }
}

/** DISCARD without a MULTI is an error, and as good: its EXEC came. */
const isUndone = (name: string | undefined, reply: RespValue): boolean =>
  !(reply instanceof RespError) || (name === "DISCARD" && reply.message.includes("without MULTI"))
