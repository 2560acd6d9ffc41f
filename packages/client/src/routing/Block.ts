/**
 * A transaction: MULTI, the commands and EXEC as one record, written whole or not at all, on one node. Redirects re-send the whole block.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { defineSpec } from "../command/CommandSpec.ts"
import { type CommandImpl, internalCommand } from "../command/make.ts"
import { DecodeMismatch } from "../command/Reply.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import { abandon, PendingPart, type ReplyHandler } from "../connection/Pending.ts"
import type { PooledConnection } from "../connection/PooledConnection.ts"
import { type Failure, isTransient, toRedisError } from "../error/Failure.ts"
import { Decode, ExecAborted, InvalidArgument, WatchConflict } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { fromReply, reasonOf } from "../error/ServerFault.ts"
import { RespError, RespMap, type RespValue } from "../protocol/RespValue.ts"
import type { Frame } from "../protocol/RespWriter.ts"
import type { Observation } from "../telemetry/Observation.ts"
import { attempts, leftNothing } from "./attempts.ts"
import type { Engine } from "./Engine.ts"
import { ASKING_FRAME, joinFrames } from "./frames.ts"
import type { Decision, Outcome } from "./Router.ts"

const MULTI_FRAME = "*1\r\n$5\r\nMULTI\r\n"
const EXEC_FRAME = "*1\r\n$4\r\nEXEC\r\n"

const EXEC = defineSpec({ name: "EXEC", keys: "none", retry: "accumulating" })

/** A redirect, to whatever node. */
const REDIRECT = /^(MOVED|ASK|REDIRECT) /

/** Why EXEC itself was refused though everything had been queued (multi.c): the role changed meanwhile, say. */
const BECAUSE = /^EXECABORT Transaction discarded because of: (.+)$/s

/** What EXEC was refused by, if it says so and that passes. */
const causeOf = (error: RespError): RespError => {
  const cause = BECAUSE.exec(error.message)?.[1]
  if (cause === undefined) return error
  const found = new RespError(cause)
  return REDIRECT.test(cause) || isTransient(reasonOf(found)) ? found : error
}

const positionOf = ({ reason }: Failure): number | undefined =>
  reason._tag === "ExecAborted" ? reason.position : undefined

interface Replies {
  readonly replies: ReadonlyArray<RespValue>
  readonly node: string | undefined
}

type Attempt = { readonly done: Replies } | Outcome

/** A block as it is written, on whatever node. */
interface Written {
  readonly exec: CommandImpl
  readonly block: Frame
  readonly sent: ReadonlyArray<CommandImpl>
  readonly deadline: number
  readonly watching: PooledConnection | undefined
}

/** What the server said to one command of the block when it was queued. */
interface QueueError {
  readonly position: number
  readonly error: RespError
}

/**
 * Run commands as a transaction on one node. Each position has its own result; the error is of the block as a whole: nothing of it was
 * executed, or (as `MayHaveExecuted`) nothing is known. On a connection that watches keys it may also be a `WatchConflict`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runBlock = (
  engine: Engine,
  commands: ReadonlyArray<CommandImpl>,
  allowed: number,
  watching?: PooledConnection | undefined
): Effect.Effect<Array<Result.Result<unknown, RedisError>>, RedisError> => {
  const { telemetry } = engine.runtime
  if (telemetry === undefined) return runObserved(engine, commands, allowed, watching, undefined)
  return Effect.withFiber((fiber) => {
    const observation = telemetry.beginBatch(fiber, "MULTI", commands)
    return observation.overBatch(runObserved(engine, commands, allowed, watching, observation))
  })
}

const runObserved = (
  engine: Engine,
  commands: ReadonlyArray<CommandImpl>,
  allowed: number,
  watching: PooledConnection | undefined,
  observation: Observation | undefined
): Effect.Effect<Array<Result.Result<unknown, RedisError>>, RedisError> =>
  Effect.suspend(() => {
    const frames: Array<Frame> = [MULTI_FRAME]
    const sent: Array<CommandImpl> = []
    for (const [index, command] of commands.entries()) {
      const frame = engine.encode(command)
      if (frame === undefined) continue
      if (frame instanceof InvalidArgument) return engine.refuse(command, frame, index)
      frames.push(frame)
      sent.push(command)
    }
    const block = joinFrames([...frames, EXEC_FRAME])
    const exec = internalCommand(
      EXEC,
      [],
      sent.some((command) => command.bytes)
    )
    const deadline = engine.now() + allowed
    const run: Effect.Effect<Attempt> =
      sent.length === 0
        ? Effect.succeed({ done: { replies: [], node: undefined } })
        : attempts(engine, {
            command: exec,
            name: "MULTI",
            once: (decision) =>
              Effect.tap(once(engine, { exec, block, sent, deadline, watching }, decision), (attempt) =>
                Effect.sync(() => observation?.contacted("done" in attempt ? attempt.done.node : attempt.node))
              ),
            deadline: () => deadline,
            mayResend: leftNothing,
            observation
          })
    return Effect.flatMap(run, (attempt) =>
      "done" in attempt
        ? results(engine, commands, attempt.done.replies, attempt.done.node)
        : Effect.fail(toRedisError(attempt.failure, "MULTI", attempt.node, positionOf(attempt.failure)))
    )
  })

const once = (
  engine: Engine,
  { block, deadline, exec, sent, watching }: Written,
  decision: Decision | undefined
): Effect.Effect<Attempt> =>
  Effect.callback<Attempt>((resume) => {
    const asking = decision?._tag === "Redirect" && decision.asking
    const before = asking ? 1 : 0
    const node = decision?._tag === "Redirect" ? decision.to : engine.router.routeBlock(sent)
    let multiRefused: RespError | undefined
    const queueErrors: Array<QueueError> = []
    const finish = (attempt: Attempt) => resume(Effect.succeed(attempt))
    const refusedBy = (error: RespError, address: string | undefined): Outcome => {
      // Nothing between says who the connection is: if MULTI and EXEC were refused for that, so was everything.
      if (multiRefused?.code === "NOAUTH" && error.code === "NOAUTH") {
        return { failure: fromReply(error, false), error, node: address }
      }
      if (multiRefused !== undefined) {
        // Without MULTI the commands ran one by one; this connection's state is not to be trusted.
        if (node instanceof NodeConnection) node.reset("MULTI was not answered by OK")
        return {
          failure: { reason: reasonOf(multiRefused), execution: "MayHaveExecuted" },
          error: undefined,
          node: address
        }
      }
      const [first] = queueErrors
      if (first === undefined) {
        const cause = causeOf(error)
        return { failure: fromReply(cause, false), error: cause, node: address }
      }
      const cause = fromReply(first.error, false)
      // A redirect (or another passing refusal) of any command is one of the block; the rest is the caller's mistake, by position.
      const passing = isTransient(cause.reason) || REDIRECT.test(first.error.message)
      if (passing) return { failure: cause, error: first.error, node: address }
      const refusals = queueErrors.map((one) => ({ position: one.position, reason: reasonOf(one.error) }))
      const reason = new ExecAborted({ position: first.position, refusals, message: cause.reason.message })
      return { failure: { reason, execution: "Refused" }, error: undefined, node: address }
    }
    const handler: ReplyHandler = {
      lead: (_, value, position) => {
        const place = position - before
        if (place === 0 && value !== "OK") {
          multiRefused = value instanceof RespError ? value : new RespError("ERR MULTI was not answered by OK")
        } else if (place > 0 && value instanceof RespError) queueErrors.push({ position: place - 1, error: value })
      },
      succeed: (pending, value) => {
        watching?.onExecuted()
        if (multiRefused !== undefined) finish(refusedBy(multiRefused, pending.node))
        else if (Array.isArray(value) && value.length === sent.length) {
          finish({ done: { replies: value, node: pending.node } })
        } else if (watching !== undefined && (value === undefined || value === null)) {
          const reason = new WatchConflict({ message: "a watched key was changed by somebody else" })
          finish({ failure: { reason, execution: "Refused" }, error: undefined, node: pending.node })
        } else {
          const expected = `an array of ${sent.length}`
          const reason = new Decode({ expected, message: `EXEC was not answered by ${expected}` })
          finish({ failure: { reason, execution: "Executed" }, error: undefined, node: pending.node })
        }
      },
      refuse: (pending, error) => {
        watching?.onExecuted()
        finish(refusedBy(error, pending.node))
      },
      fail: (pending, failure) => {
        finish({ failure, error: undefined, node: pending.node })
      }
    }
    const frame = asking ? joinFrames([ASKING_FRAME, block]) : block
    const pending = new PendingPart(exec, frame, deadline, handler, 0, sent.length + 1 + before)
    if (node instanceof NodeConnection) node.send(pending)
    else handler.fail(pending, node)
    return Effect.sync(() => abandon(pending))
  })

/** EXEC's reply is read as bytes when one command wants bytes; the others get their text back here. */
const asText = (engine: Engine, reply: RespValue): RespValue => {
  if (reply instanceof Uint8Array) return engine.runtime.transport.text.utf8(reply, 0, reply.length)
  if (Array.isArray(reply)) return reply.map((item) => asText(engine, item))
  return reply instanceof RespMap ? new RespMap(reply.entries.map((item) => asText(engine, item))) : reply
}

/** The results by position; a command's error inside EXEC's reply ran after MULTI and before EXEC's end, so it is `Executed`. */
const results = (
  engine: Engine,
  commands: ReadonlyArray<CommandImpl>,
  replies: ReadonlyArray<RespValue>,
  node: string | undefined
) =>
  Effect.gen(function* () {
    const out: Array<Result.Result<unknown, RedisError>> = []
    let next = 0
    for (const [index, command] of commands.entries()) {
      const fail = (failure: Failure) => out.push(Result.fail(toRedisError(failure, command.name, node, index)))
      let value: unknown = command.constant?.value
      if (command.constant === undefined) {
        const reply = replies[next++]
        if (reply instanceof RespError) {
          fail({ reason: reasonOf(reply), execution: "Executed" })
          continue
        }
        try {
          value = command.decode(command.bytes ? reply : asText(engine, reply))
        } catch (error) {
          const known = error instanceof DecodeMismatch
          const reason = new Decode({
            expected: known ? error.expected : "a decoder that does not throw",
            message: known ? error.message : String(error)
          })
          fail({ reason, execution: "Executed" })
          continue
        }
      }
      out.push(yield* Effect.result(engine.finish(command, value, node, index)))
    }
    return out
  })
