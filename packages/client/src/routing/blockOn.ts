/**
 * One blocking command on a connection that nobody else uses. When its caller is interrupted the server is told to end the wait, and what
 * it says is read: an element that was taken all the same is handed on, never dropped unseen.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type { CommandImpl } from "../command/make.ts"
import { ask } from "../connection/ask.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import { abandon, type Pending, PendingPart, type ReplyHandler, State } from "../connection/Pending.ts"
import type { PooledConnection } from "../connection/PooledConnection.ts"
import { ConnectionLost } from "../error/Reason.ts"
import { fromReply } from "../error/ServerFault.ts"
import type { Frame } from "../protocol/RespWriter.ts"
import type { Engine, Orphan } from "./Engine.ts"
import { ASKING_FRAME, joinFrames } from "./frames.ts"
import type { Outcome } from "./Router.ts"

const CLIENT_ID_FRAME = "*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n"

/** The server does not tell (Redis before 5.0, or an ACL): nobody can unblock it by number. */
const UNKNOWN = -1

/** Between two words to a server that has not yet begun to block, in milliseconds. */
const FIRST_PAUSE = 2
const LONGEST_PAUSE = 50

/**
 * Notes what a command has taken at a node.
 *
 * @category models
 * @since 0.1.0
 */
export type Take = (value: unknown, node: string) => void

/**
 * What is sent where.
 *
 * @category models
 * @since 0.1.0
 */
export interface Blocked {
  readonly pooled: PooledConnection
  /** What the command is given to: the connection, or the lease that somebody has on it. */
  readonly carrier: { readonly send: (pending: Pending) => void }
  /** The node's shared connection, for the word that ends the wait. */
  readonly shared: NodeConnection
  readonly command: CommandImpl
  readonly frame: Frame
  /** Whether it follows an ASK. */
  readonly asking?: boolean | undefined
  /** Told of what the command took. */
  readonly take: Take
  /** In milliseconds of the client's clock, the time to block included. */
  readonly deadline: number
}

/** Whether a command takes what it gives: nobody could get it a second time. */
const takes = ({ keys, retry }: CommandImpl): boolean =>
  keys.length > 0 && retry !== "readOnly" && retry !== "idempotent"

/**
 * The decoded reply, or how it ended without one.
 *
 * @category combinators
 * @since 0.1.0
 */
export const blockOn = (
  engine: Engine,
  { asking, carrier, command, deadline, frame, pooled, shared, take }: Blocked
): Effect.Effect<{ readonly done: unknown } | Outcome> =>
  Effect.callback<{ readonly done: unknown } | Outcome>((resume) => {
    const answered = Latch.makeUnsafe(false)
    let interrupted = false
    let ended: { readonly done: unknown } | Outcome | undefined
    const end = (attempt: { readonly done: unknown } | Outcome) => {
      ended = attempt
      pooled.unblock = undefined
      answered.openUnsafe()
      resume(Effect.succeed(attempt))
    }
    const asksId = pooled.clientId === undefined
    const handler: ReplyHandler = {
      lead: (_, reply, position) => {
        if (asksId && position === 0) pooled.clientId = typeof reply === "number" ? reply : UNKNOWN
      },
      succeed: (_, value) => {
        take(value, shared.text)
        end({ done: value })
      },
      refuse: (pending, error) => {
        const failure = fromReply(error, command.spec.script)
        // A server that changes its role unblocks its clients and closes their connections behind the reply (blocked.c); one that does not
        // know the client any more will be told by the next connection.
        if ((failure.reason._tag === "Unblocked" && !interrupted) || error.code === "NOAUTH") pooled.spoilt = true
        end({ failure, error, node: pending.node })
      },
      fail: (pending, failure) => {
        // Its deadline passed, and the server may still hold it: the connection has an answer too many to come.
        if (failure.execution !== "NotSent" && failure.reason._tag === "Timeout") pooled.spoilt = true
        end({ failure, error: undefined, node: pending.node })
      }
    }
    const before: Array<Frame> = []
    if (asksId) before.push(CLIENT_ID_FRAME)
    if (asking === true) before.push(ASKING_FRAME)
    const whole = before.length === 0 ? frame : joinFrames([...before, frame])
    const pending = new PendingPart(command, whole, deadline, handler, 0, before.length)
    const unblock = tellToEnd(engine, shared, pooled, answered.await, () => ended !== undefined)
    carrier.send(pending)
    if (ended === undefined) pooled.unblock = unblock
    return Effect.suspend(() => {
      interrupted = true
      if (pending.state === State.Queued) {
        abandon(pending)
        pooled.unblock = undefined
        return Effect.void
      }
      const unknown = Effect.suspend(() => (ended === undefined ? giveUp(pooled, shared, command) : Effect.void))
      return Effect.andThen(unblock, unknown)
    })
  })

/**
 * Hand on what was taken if the caller is interrupted before it has it: while the server is told to end the wait, or in the moment between the
 * reply and the caller's next step.
 *
 * @category combinators
 * @since 0.1.0
 */
export const handingOn = <A, E>(
  engine: Engine,
  command: CommandImpl,
  run: (take: Take) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    let taken: Orphan | undefined
    const keys = command.keys.flatMap((at) => command.args[at] ?? [])
    const take: Take = (value, node) => {
      if (value !== undefined && value !== null && takes(command)) taken = { command: command.name, keys, node, value }
    }
    return Effect.onInterrupt(run(take), () =>
      taken === undefined
        ? Effect.void
        : Effect.catchCause(engine.options.onOrphan(taken), (cause) =>
            Effect.logWarning(`onOrphan failed for an element of ${command.name}`, cause)
          )
    )
  })

/**
 * Tell the server to end the wait, again while it has not read the command yet, until the reply is here or the close time-out is over. What
 * was told without an answer might reach another wait on this connection, which is then not used again.
 */
const tellToEnd = (
  engine: Engine,
  shared: NodeConnection,
  pooled: PooledConnection,
  answered: Effect.Effect<void>,
  hasEnded: () => boolean
): Effect.Effect<void> => {
  const { closeTimeout } = engine.runtime.limits
  const words = Effect.gen(function* () {
    let pause = FIRST_PAUSE
    while (!hasEnded()) {
      const id = pooled.clientId
      if (id === UNKNOWN) return
      if (id !== undefined) {
        const told = yield* Effect.result(ask(engine.runtime, shared, closeTimeout, "CLIENT UNBLOCK", [id, "ERROR"]))
        if (told._tag === "Failure") {
          pooled.spoilt = true
          return
        }
      }
      if (hasEnded()) return
      yield* Effect.raceFirst(answered, Effect.sleep(pause))
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
  })
  return Effect.timeoutOrElse(words, {
    duration: closeTimeout,
    orElse: () =>
      Effect.sync(() => {
        pooled.spoilt = true
      })
  })
}

/** Nothing came: the connection ends, and with it the wait. */
const giveUp = (pooled: PooledConnection, shared: NodeConnection, command: CommandImpl): Effect.Effect<void> =>
  Effect.suspend(() => {
    const message = `${command.name} was interrupted and its wait could not be ended otherwise`
    pooled.connection.close(new ConnectionLost({ address: shared.text, message }))
    return takes(command)
      ? Effect.logWarning(`${message}: whether it had taken an element at ${shared.text} is not known`)
      : Effect.void
  })
