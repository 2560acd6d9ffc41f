/**
 * Blocking commands without a lease of the caller's own: each has a connection to itself while it waits, so that it delays nobody. After
 * a refusal it is sent again with the time that remains.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { withBlockingTime } from "../command/blocking.ts"
import type { RetryCategory } from "../command/CommandSpec.ts"
import { CommandImpl } from "../command/make.ts"
import type { Pools } from "../connection/lazyPools.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { InvalidArgument } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { attempts } from "./attempts.ts"
import { blockOn, handingOn, type Take } from "./blockOn.ts"
import type { Engine } from "./Engine.ts"
import type { Decision, Outcome } from "./Router.ts"

type Attempt = { readonly done: unknown } | Outcome

/**
 * How long a command may block, in milliseconds.
 *
 * @category getters
 * @since 0.1.0
 */
export const blockingTime = ({ args, spec }: CommandImpl): number => spec.blocking?.(args) ?? 0

const withTime = (command: CommandImpl, millis: number): CommandImpl => {
  const { args, reply, spec, view } = command
  if (spec.blocking === undefined) return command
  return new CommandImpl(spec, withBlockingTime(spec.blocking, args, millis), reply, view)
}

/** The operation: what it may take besides blocking, and how much of its time to block is left. */
class Waiting {
  private readonly engine: Engine
  private readonly pools: Pools
  private readonly command: CommandImpl
  private readonly take: Take
  private readonly time: number
  private left: number
  /** Until when all that is not blocking has to be over. */
  ownEnd: number

  constructor(engine: Engine, pools: Pools, command: CommandImpl, allowed: number, take: Take) {
    this.take = take
    this.engine = engine
    this.pools = pools
    this.command = command
    this.time = blockingTime(command)
    this.left = this.time
    this.ownEnd = engine.now() + allowed
  }

  readonly once = (decision: Decision | undefined): Effect.Effect<Attempt> =>
    Effect.suspend((): Effect.Effect<Attempt> => {
      const { engine } = this
      const command = this.left === this.time ? this.command : withTime(this.command, this.left)
      const frame = engine.encode(command, true)
      if (frame === undefined || frame instanceof InvalidArgument) {
        const reason = frame ?? new InvalidArgument({ position: undefined, message: "there is nothing to send" })
        return Effect.succeed(failed({ reason, execution: "NotSent" }, undefined))
      }
      const node = decision?._tag === "Redirect" ? decision.to : engine.router.route(command)
      if (!(node instanceof NodeConnection)) return Effect.succeed(failed(node, undefined))
      const asking = decision?._tag === "Redirect" && decision.asking
      return Effect.scoped(
        Effect.flatMap(Effect.result(this.pools.lease(node, this.ownEnd)), (leased) => {
          if (leased._tag === "Failure") return Effect.succeed(failed(leased.failure, node.text))
          const pooled = leased.success
          const begun = engine.now()
          const blocked = blockOn(engine, {
            pooled,
            carrier: pooled.connection,
            shared: node,
            command,
            frame,
            asking,
            take: this.take,
            deadline: this.ownEnd + this.left
          })
          return Effect.map(blocked, (attempt) => {
            const passed = Math.min(engine.now() - begun, this.left)
            if (this.left !== Number.POSITIVE_INFINITY) this.left -= passed
            this.ownEnd += passed
            return attempt
          })
        })
      )
    })
}

const failed = (failure: Failure, node: string | undefined): Outcome => ({ failure, error: undefined, node })

/**
 * Run a blocking command on a connection that it has while it waits.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runBlocking = (
  pools: Pools,
  engine: Engine,
  command: CommandImpl,
  allowed: number,
  category: RetryCategory | undefined
): Effect.Effect<unknown, RedisError> =>
  Effect.suspend(() => {
    // What cannot be encoded needs no connection to be refused.
    const frame = engine.encode(command, true)
    if (frame instanceof InvalidArgument) return engine.refuse(command, frame)
    return handingOn(engine, command, (take) => {
      const waiting = new Waiting(engine, pools, command, allowed, take)
      const tried = attempts(engine, {
        command,
        name: command.name,
        once: waiting.once,
        deadline: () => waiting.ownEnd,
        mayResend: (execution) => engine.mayResend(command, category, execution)
      })
      return Effect.flatMap(tried, (attempt) =>
        "done" in attempt
          ? engine.finish(command, attempt.done, undefined)
          : Effect.fail(toRedisError(attempt.failure, command.name, attempt.node))
      )
    })
  })
