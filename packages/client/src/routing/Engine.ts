import * as Effect from "effect/Effect"
import type { Argument, RetryCategory } from "../command/CommandSpec.ts"
import type { CommandImpl } from "../command/make.ts"
import { DecodeMismatch } from "../command/Reply.ts"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import type { Pools } from "../connection/lazyPools.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import { abandon, type Pending, PendingPart, type ReplyHandler, State } from "../connection/Pending.ts"
import { type Failure, toRedisError, worst } from "../error/Failure.ts"
import { Decode, InvalidArgument, Timeout } from "../error/Reason.ts"
import type { Execution, RedisError } from "../error/RedisError.ts"
import { fromReply } from "../error/ServerFault.ts"
import type { RespError } from "../protocol/RespValue.ts"
import { encodeCommand, type Frame, InvalidArg } from "../protocol/RespWriter.ts"
import type { Observation } from "../telemetry/Observation.ts"
import type { Telemetry } from "../telemetry/Telemetry.ts"
import { ASKING_FRAME, joinFrames } from "./frames.ts"
import { ObservedSingle } from "./ObservedSingle.ts"
import { describe, Pacer, toScheduleInput, withCause } from "./Pacer.ts"
import type { Policies } from "./Policies.ts"
import { type Decision, mayPass, type Outcome, type RouterService } from "./Router.ts"
import { effectOf, Single, type SingleHandler } from "./Single.ts"
import { bySource, type Whole } from "./source.ts"
import { canSuspendDirectly } from "./suspension.ts"

/**
 * What holds for every command of a client unless a call says otherwise.
 *
 * @category options
 * @since 0.1.0
 */
export interface EngineOptions {
  /** End-to-end, in milliseconds; `Infinity` for none. */
  readonly deadline: number
  /** The worst category that is sent again after `MayHaveExecuted`. */
  readonly resend: RetryCategory
  /** What every command is taken to be unless its call says otherwise; absent for what it is. */
  readonly category?: RetryCategory | undefined
  readonly policies: Policies
  /** What becomes of an element that was taken for a caller who was interrupted. */
  readonly onOrphan: OnOrphan
}

/**
 * An element that a blocking command has taken from the data set and that its caller, interrupted meanwhile, no longer takes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Orphan {
  /** The name of the command. */
  readonly command: string
  /** Its keys, as they were sent. */
  readonly keys: ReadonlyArray<Argument>
  /** The address of the node that it was taken from. */
  readonly node: string
  /** What the command gives, before functions of the user's own (`Command.map`, `Command.decode`). */
  readonly value: unknown
}

/**
 * Takes in orphans.
 *
 * @category models
 * @since 0.1.0
 */
export type OnOrphan = (orphan: Orphan) => Effect.Effect<void>

/**
 * What there is beside the shared connections.
 *
 * @category models
 * @since 0.1.0
 */
export interface Apart {
  readonly pools: Pools
  /** Runs a blocking command. */
  readonly block: (
    engine: Engine,
    command: CommandImpl,
    allowed: number,
    category: RetryCategory | undefined
  ) => Effect.Effect<unknown, RedisError>
  /** Why a command that changes its connection cannot be sent, if it cannot. */
  readonly stateProblem: (command: CommandImpl) => string | undefined
}

/**
 * The settings of one operation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operation {
  readonly command: CommandImpl
  readonly frame: Frame
  /** Absolute, in milliseconds of the client's clock. */
  readonly deadline: number
  readonly category: RetryCategory | undefined
  readonly observation: Observation | undefined
}

const ranks: Record<RetryCategory, number> = { readOnly: 0, idempotent: 1, lastWriteWins: 2, accumulating: 3, never: 4 }

type Attempt = { readonly value: unknown; readonly node: string | undefined } | Outcome

/**
 * The engine of one client.
 *
 * @category models
 * @since 0.1.0
 */
export class Engine {
  readonly runtime: ConnectionRuntime
  readonly router: RouterService
  readonly options: EngineOptions
  readonly apart: Apart | undefined
  private readonly telemetry: Telemetry | undefined
  /** The handler of all single commands of this client. */
  private readonly singles: SingleHandler

  constructor(runtime: ConnectionRuntime, router: RouterService, options: EngineOptions, apart?: Apart | undefined) {
    this.runtime = runtime
    this.telemetry = runtime.telemetry
    this.router = router
    this.options = options
    this.apart = apart
    this.singles = this.handlerFor(options.deadline, undefined)
  }

  /** The same with other options. Who keeps it pays for them once. */
  with(change: {
    readonly deadline: number | undefined
    readonly category: RetryCategory | undefined
    readonly router: RouterService
  }): Engine {
    const deadline = change.deadline ?? this.options.deadline
    const category = change.category ?? this.options.category
    return new Engine(this.runtime, change.router, { ...this.options, deadline, category }, this.apart)
  }

  /** Run one command, by default with the deadline and category that hold for all. */
  run(
    command: CommandImpl,
    deadline?: number | undefined,
    category?: RetryCategory | undefined
  ): Effect.Effect<unknown, RedisError> {
    const frame = this.encode(command)
    const { telemetry } = this
    if (frame === undefined) return this.finish(command, command.constant?.value, undefined)
    if (frame instanceof InvalidArgument) {
      const apart = this.setApart(command, frame, deadline, category)
      return telemetry === undefined
        ? apart
        : Effect.withFiber((fiber) => telemetry.beginApart(fiber, command).over(apart))
    }
    const plain = deadline === undefined && category === undefined
    const handler = plain ? this.singles : this.handlerFor(deadline ?? this.options.deadline, category)
    return effectOf(
      telemetry === undefined
        ? new Single(command, frame, handler)
        : new ObservedSingle(command, frame, handler, telemetry)
    )
  }

  /** What the shared connection does not carry: blocking commands have one of their own, the rest is refused. */
  private setApart(
    command: CommandImpl,
    reason: InvalidArgument,
    deadline: number | undefined,
    category: RetryCategory | undefined
  ): Effect.Effect<unknown, RedisError> {
    const { apart } = this
    const { spec } = command
    const { connectionState, blocking } = spec
    if (apart === undefined || blocking === undefined || connectionState || command.invalid !== undefined) {
      return this.refuse(command, reason)
    }
    const allowed = deadline ?? this.options.deadline
    if (spec.singleKey !== -1 || this.router.spread === undefined) return apart.block(this, command, allowed, category)
    return Effect.suspend(() => {
      const node = this.router.route(command)
      const own = { command, frame: "", deadline: this.now() + allowed, category, observation: undefined }
      const failed = node instanceof NodeConnection ? undefined : { failure: node, error: undefined, node: undefined }
      return (failed && this.spread(own, failed)) ?? apart.block(this, command, allowed, category)
    })
  }

  private handlerFor(allowed: number, category: RetryCategory | undefined): SingleHandler {
    const recover = (pending: Pending, failure: Failure, error: RespError | undefined): void => {
      const single = pending as Single
      single.resume(single.over(this.recover(single, category, { failure, error, node: pending.node })))
    }
    return {
      direct: canSuspendDirectly(),
      dispatch: (single) => {
        single.deadline = this.runtime.ticker.now() + allowed
        const node = this.router.route(single.command)
        if (node instanceof NodeConnection) node.send(single)
        else {
          this.runtime.ticker.refresh()
          single.state = State.Settled
          recover(single, node, undefined)
        }
      },
      succeed: (pending, value) => {
        const single = pending as Single
        if (pending.command.view === undefined) single.succeed(value)
        else single.resume(single.over(this.finish(pending.command, value, pending.node)))
      },
      refuse: (pending, error) => recover(pending, fromReply(error, pending.command.spec.script), error),
      fail: (pending, failure) => recover(pending, failure, undefined)
    }
  }

  /** The frame of a command, `undefined` if it needs none, or why it cannot be sent. One that blocks needs a connection for itself. */
  encode(command: CommandImpl, alone = false): Frame | InvalidArgument | undefined {
    if (command.constant !== undefined) return undefined
    if (command.invalid !== undefined) return command.invalid
    const { spec } = command
    if (spec.connectionState) {
      const message =
        this.apart === undefined
          ? `${spec.name} changes the state of its connection and is refused here`
          : this.apart.stateProblem(command)
      if (message !== undefined) return new InvalidArgument({ position: undefined, message })
    }
    if (spec.blocking !== undefined && !alone) {
      const message = `${spec.name} may block and would delay the other commands of a batch; run it by itself`
      return new InvalidArgument({ position: undefined, message })
    }
    const frame = encodeCommand(spec.header, spec.words, command.args, this.runtime.transport.text, spec.starts)
    if (frame instanceof InvalidArg) {
      return new InvalidArgument({ position: frame.position, message: `argument ${frame.position}: ${frame.detail}` })
    }
    return frame
  }

  /** Apply the user's functions of a view to a decoded reply, on the user's fiber. */
  finish(
    command: CommandImpl,
    value: unknown,
    node: string | undefined,
    index?: number
  ): Effect.Effect<unknown, RedisError> {
    const { after } = command
    if (after === undefined) return Effect.succeed(value)
    return Effect.suspend(() => {
      try {
        return Effect.succeed(after(value))
      } catch (error) {
        const expected = error instanceof DecodeMismatch ? error.expected : "a value that the view's function accepts"
        const message = error instanceof DecodeMismatch || error instanceof Error ? error.message : String(error)
        const reason = new Decode({ expected, message })
        const execution: Execution = command.constant === undefined ? "Executed" : "NotSent"
        return Effect.fail(toRedisError({ reason, execution }, command.name, node, index))
      }
    })
  }

  refuse(command: CommandImpl, reason: InvalidArgument, index?: number): Effect.Effect<never, RedisError> {
    return Effect.suspend(() =>
      Effect.fail(toRedisError({ reason, execution: "NotSent" }, command.name, undefined, index))
    )
  }

  /** Whether an attempt that ended so may be repeated at all. */
  mayResend(command: CommandImpl, category: RetryCategory | undefined, execution: Execution): boolean {
    if (execution === "NotSent" || execution === "Refused") return true
    if (execution === "Executed") return false
    const allowed = ranks[this.options.resend]
    const assumed = category ?? this.options.category
    // Who says of one call that it is idempotent has decided that it may be repeated.
    return assumed === undefined
      ? ranks[command.retry] <= allowed
      : ranks[assumed] <= Math.max(allowed, ranks.idempotent)
  }

  /** The retry loop of a single command. */
  private recover(
    pending: Single,
    category: RetryCategory | undefined,
    first: Outcome
  ): Effect.Effect<unknown, RedisError> {
    const { command, deadline, frame, observation } = pending
    const operation = { command, frame, deadline, category, observation }
    return (
      this.spread(operation, first) ??
      Effect.flatMap(this.retry(operation, first), (attempt) =>
        "value" in attempt
          ? this.finish(command, attempt.value, attempt.node)
          : // Where there was no map at first, the command may turn out to be one for several nodes.
            (this.spread(operation, attempt) ?? Effect.fail(toRedisError(attempt.failure, command.name, attempt.node)))
      )
    )
  }

  /** What becomes of a command that has no node, if it can have several. */
  private spread(operation: Operation, { failure, node }: Outcome): Effect.Effect<unknown, RedisError> | undefined {
    if (node !== undefined) return undefined
    return this.router.spread?.(operation.command, failure)?.run(this, operation)
  }

  /**
   * Try again until there is a value, the decision is to fail, a policy ends, or the deadline leaves no room. The outcome's execution is
   * the worst over all attempts.
   */
  retry(operation: Operation, first: Outcome): Effect.Effect<Attempt> {
    const { command, deadline } = operation
    return Effect.gen({ self: this }, function* () {
      let whole: Whole = { command, frame: operation.frame, before: [] }
      let decision: Decision | undefined
      let outcome = first
      let execution = first.failure.execution
      let lastCause: string | undefined
      const pacer = new Pacer(this.options.policies)
      while (true) {
        const full = bySource(this, whole.command, outcome)
        if (full !== undefined && this.now() < deadline) {
          operation.observation?.repeated(outcome.failure.reason, outcome.node, 0)
          whole = full
          const attempt: Attempt = yield* this.attempt(whole, deadline, decision)
          operation.observation?.contacted(attempt.node)
          if ("value" in attempt) return attempt
          outcome = attempt
          execution = worst(execution, attempt.failure.execution)
          continue
        }
        decision = this.router.decide(command, outcome)
        const { node } = outcome
        const fail = (failure: Failure): Outcome => ({
          failure: {
            reason: withCause(failure.reason, lastCause),
            execution: worst(execution, failure.execution)
          },
          error: undefined,
          node
        })
        if (
          decision._tag === "Fail" ||
          !mayPass(decision.failure.reason) ||
          decision.failure.reason._tag === "Timeout" ||
          !this.mayResend(command, operation.category, outcome.failure.execution)
        ) {
          return fail(decision.failure)
        }
        const delay = yield* pacer.next(
          decision,
          toScheduleInput(decision.failure, command.name, outcome.node),
          this.runtime.ticker.byClock(this.now())
        )
        if (delay === undefined) return fail(pacer.exhausted(decision, execution))
        if (this.now() + delay >= deadline) return fail(this.outOfTime(deadline, decision.failure, execution))
        operation.observation?.repeated(decision.failure.reason, outcome.node, delay)
        lastCause = describe(decision.failure)
        if (delay > 0) yield* Effect.sleep(delay)
        const attempt: Attempt = yield* this.attempt(whole, deadline, decision)
        operation.observation?.contacted(attempt.node)
        if ("value" in attempt) return attempt
        outcome = attempt
        execution = worst(execution, attempt.failure.execution)
      }
    })
  }

  private attempt(
    { before, command, frame }: Whole,
    deadline: number,
    decision: Decision | undefined
  ): Effect.Effect<Attempt> {
    return Effect.callback<Attempt>((resume) => {
      const end = (attempt: Attempt) => resume(Effect.succeed(attempt))
      const handler: ReplyHandler = {
        succeed: (pending, value) => end({ value, node: pending.node }),
        refuse: (pending, error) => end({ failure: fromReply(error, command.spec.script), error, node: pending.node }),
        fail: (pending, failure) => end({ failure, error: undefined, node: pending.node })
      }
      const asking = decision?._tag === "Redirect" && decision.asking
      const ahead = asking ? [...before, ASKING_FRAME] : before
      const sent = ahead.length === 0 ? frame : joinFrames([...ahead, frame])
      const pending = new PendingPart(command, sent, deadline, handler, 0, ahead.length)
      const node = decision?._tag === "Redirect" ? decision.to : this.router.route(command)
      if (node instanceof NodeConnection) node.send(pending)
      else end({ failure: node, error: undefined, node: undefined })
      return Effect.sync(() => abandon(pending))
    })
  }

  outOfTime(allowed: number, last: Failure, execution: Execution): Failure {
    const lastCause = describe(last)
    const deadline = this.runtime.ticker.byClock(allowed)
    const message = `the deadline leaves no room for another attempt; the last one ended with ${lastCause}`
    return { reason: new Timeout({ phase: "retrying", deadline, lastCause, message }), execution }
  }

  now(): number {
    return this.runtime.ticker.exact()
  }
}
