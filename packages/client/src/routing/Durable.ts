/**
 * A write that counts once enough replicas have it: the command and WAIT in one write on one connection, since WAIT speaks of what its
 * own connection has written.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { defineSpec } from "../command/CommandSpec.ts"
import { type CommandImpl, internalCommand } from "../command/make.ts"
import { DecodeMismatch } from "../command/Reply.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import { abandon, PendingPart, type ReplyHandler, State } from "../connection/Pending.ts"
import type { PooledConnection } from "../connection/PooledConnection.ts"
import { toRedisError } from "../error/Failure.ts"
import { Decode, InvalidArgument, NotReplicated } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { fromReply, reasonOf } from "../error/ServerFault.ts"
import { RespError, type RespValue } from "../protocol/RespValue.ts"
import { encodeCommand, type Frame, InvalidArg } from "../protocol/RespWriter.ts"
import { attempts } from "./attempts.ts"
import type { Engine } from "./Engine.ts"
import { ASKING_FRAME, joinFrames } from "./frames.ts"
import type { Decision, Outcome } from "./Router.ts"

const WAIT = defineSpec({ name: "WAIT", keys: "none", retry: "never" })

/**
 * How many replicas, and how long they are waited for, in milliseconds.
 *
 * @category options
 * @since 0.1.0
 */
export interface Durability {
  readonly replicas: number
  readonly timeout: number
}

const durabilityProblem = (replicas: number, timeout: number): InvalidArgument | undefined => {
  const counted = Number.isSafeInteger(replicas) && replicas > 0
  if (counted && timeout > 0 && Number.isFinite(timeout)) return undefined
  const message = counted
    ? "timeout: must be a duration above zero, and not for ever"
    : "replicas: must be a whole number above zero"
  return new InvalidArgument({ position: undefined, message })
}

type Attempt = { readonly done: unknown } | Outcome

/**
 * Run a write and wait for its replicas. Too few in time is `NotReplicated`, which is `Executed`: the write was done.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runDurable = (
  engine: Engine,
  command: CommandImpl,
  { replicas, timeout }: Durability,
  allowed: number
): Effect.Effect<unknown, RedisError> =>
  Effect.suspend(() => {
    const { apart } = engine
    const frame = engine.encode(command)
    if (frame === undefined) return engine.finish(command, command.constant?.value, undefined)
    if (frame instanceof InvalidArgument) return engine.refuse(command, frame)
    const problem = durabilityProblem(replicas, timeout)
    if (problem !== undefined) return engine.refuse(command, problem)
    const wait = encodeCommand(WAIT.header, WAIT.words, [replicas, timeout], engine.runtime.transport.text)
    if (wait instanceof InvalidArg || apart === undefined) {
      const message = apart === undefined ? "there are no connections to lease here" : "the replicas are no number"
      return engine.refuse(command, new InvalidArgument({ position: undefined, message }))
    }
    const deadline = engine.now() + allowed
    const once = (decision: Decision | undefined): Effect.Effect<Attempt> => {
      const node = decision?._tag === "Redirect" ? decision.to : engine.router.routeBlock([command])
      if (!(node instanceof NodeConnection)) {
        return Effect.succeed({ failure: node, error: undefined, node: undefined })
      }
      const asking = decision?._tag === "Redirect" && decision.asking
      const whole = joinFrames(asking ? [ASKING_FRAME, frame, wait] : [frame, wait])
      return Effect.scoped(
        Effect.flatMap(Effect.result(apart.pools.lease(node, deadline)), (leased) =>
          leased._tag === "Failure"
            ? Effect.succeed<Attempt>({ failure: leased.failure, error: undefined, node: node.text })
            : write(leased.success, command, whole, asking ? 1 : 0, replicas, deadline + timeout)
        )
      )
    }
    const tried = attempts(engine, {
      command,
      name: command.name,
      once,
      deadline: () => deadline,
      mayResend: (execution) => engine.mayResend(command, undefined, execution)
    })
    return Effect.flatMap(tried, (attempt) =>
      "done" in attempt
        ? engine.finish(command, attempt.done, undefined)
        : Effect.fail(toRedisError(attempt.failure, command.name, attempt.node))
    )
  })

const write = (
  pooled: PooledConnection,
  command: CommandImpl,
  frame: Frame,
  before: number,
  wanted: number,
  deadline: number
): Effect.Effect<Attempt> =>
  Effect.callback<Attempt>((resume) => {
    let reply: RespValue
    const finish = (attempt: Attempt) => resume(Effect.succeed(attempt))
    const executed = (
      reason: NotReplicated | Decode | ReturnType<typeof reasonOf>,
      node: string | undefined
    ): Attempt => ({
      failure: { reason, execution: "Executed" },
      error: undefined,
      node
    })
    /** What the write itself said comes first: one that was refused has nothing that could be replicated. */
    const settle = (node: string | undefined, waited: RespValue): Attempt => {
      if (reply instanceof RespError) {
        return { failure: fromReply(reply, command.spec.script), error: reply, node }
      }
      if (waited instanceof RespError) return executed(reasonOf(waited), node)
      const acknowledged = Number(waited)
      if (!(acknowledged >= wanted)) {
        const message = `${acknowledged} of ${wanted} replicas acknowledged the write in time`
        return executed(new NotReplicated({ wanted, acknowledged, message }), node)
      }
      try {
        return { done: command.decode(reply) }
      } catch (error) {
        const expected = error instanceof DecodeMismatch ? error.expected : "a decoder that does not throw"
        return executed(new Decode({ expected, message: String(error) }), node)
      }
    }
    const handler: ReplyHandler = {
      lead: (_, value, position) => {
        if (position === before) reply = value
        if (value instanceof RespError && value.code === "NOAUTH") pooled.spoilt = true
      },
      succeed: (pending, value) => finish(settle(pending.node, value as RespValue)),
      refuse: (pending, error) => finish(settle(pending.node, error)),
      fail: (pending, failure) => {
        if (failure.reason._tag === "Timeout") pooled.spoilt = true
        finish({ failure, error: undefined, node: pending.node })
      }
    }
    const wait = internalCommand(WAIT, [], command.bytes)
    const pending = new PendingPart(wait, frame, deadline, handler, 0, before + 1)
    pooled.connection.send(pending)
    return Effect.sync(() => {
      // It waits for replicas still: nobody else can use the connection meanwhile.
      if (pending.state === State.Written) pooled.spoilt = true
      abandon(pending)
    })
  })
