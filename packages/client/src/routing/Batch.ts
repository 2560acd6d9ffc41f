/**
 * A pipeline: commands for any number of nodes, one suspension of the fiber. Each node gets its part in one write; what failed and may be
 * tried again is sent again in order, and the results come back in the caller's order.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CommandImpl } from "../command/make.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import { abandon, type Pending, PendingPart, type ReplyHandler } from "../connection/Pending.ts"
import { type Failure, toRedisError, worst } from "../error/Failure.ts"
import { InvalidArgument } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { fromReply } from "../error/ServerFault.ts"
import type { Frame } from "../protocol/RespWriter.ts"
import type { TextCodec } from "../protocol/TextCodec.ts"
import type { Observation } from "../telemetry/Observation.ts"
import type { Engine } from "./Engine.ts"
import { describe, Pacer, toScheduleInput, withCause } from "./Pacer.ts"
import { type Decision, mayPass, type Outcome } from "./Router.ts"

/** One command of a batch and what became of it. */
interface Part {
  readonly index: number
  readonly command: CommandImpl
  readonly frame: Frame
  value: unknown
  /** Set while it is not answered: why the last attempt failed. */
  outcome: Outcome | undefined
  /** The worst of its attempts. */
  execution: Failure["execution"]
  /** Where the next attempt goes. */
  decision: Decision | undefined
  /** Why the attempt before the last one failed. */
  lastCause: string | undefined
}

const ASKING_FRAME = "*1\r\n$6\r\nASKING\r\n"

/** Send parts, each to its node, and resume when every one has an answer. */
const dispatch = (
  engine: Engine,
  parts: ReadonlyArray<Part>,
  deadline: number,
  observation: Observation | undefined
): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    let missing = parts.length
    const sent: Array<Pending> = []
    const byIndex = new Map<number, Part>()
    const done = () => {
      missing--
      if (missing === 0) resume(Effect.void)
    }
    const failed = (pending: Pending, outcome: Outcome) => {
      const part = byIndex.get(pending.index)
      if (part === undefined) return
      part.outcome = outcome
      part.execution = worst(part.execution, outcome.failure.execution)
      done()
    }
    const handler: ReplyHandler = {
      succeed: (pending, value) => {
        const part = byIndex.get(pending.index)
        if (part === undefined) return
        part.value = value
        part.outcome = undefined
        done()
      },
      refuse: (pending, error) =>
        failed(pending, { failure: fromReply(error, pending.command.spec.script), error, node: pending.node }),
      fail: (pending, failure) => failed(pending, { failure, error: undefined, node: pending.node })
    }
    const byNode = new Map<NodeConnection, Array<Pending>>()
    const unrouted: Array<readonly [Pending, Failure]> = []
    for (const part of parts) {
      byIndex.set(part.index, part)
      const { decision } = part
      const asking = decision?._tag === "Redirect" && decision.asking
      const frame: Frame = !asking
        ? part.frame
        : typeof part.frame === "string"
          ? ASKING_FRAME + part.frame
          : [ASKING_FRAME, ...part.frame]
      const pending = new PendingPart(part.command, frame, deadline, handler, part.index, asking ? 1 : 0)
      sent.push(pending)
      const node = decision?._tag === "Redirect" ? decision.to : engine.router.route(part.command)
      if (!(node instanceof NodeConnection)) {
        unrouted.push([pending, node])
        continue
      }
      const group = byNode.get(node)
      if (group === undefined) byNode.set(node, [pending])
      else group.push(pending)
    }
    // Which of several nodes a pipeline went to is no one address.
    if (byNode.size === 1) for (const node of byNode.keys()) observation?.contacted(node.text)
    for (const [node, group] of byNode) node.sendAll(group)
    for (const [pending, failure] of unrouted) handler.fail(pending, failure)
    return Effect.sync(() => {
      for (const pending of sent) abandon(pending)
    })
  })

/** A key's bytes, one char code each: the same key may be given as text here and as bytes there. */
const keyText = (key: unknown, codec: TextCodec): string => {
  const text = key instanceof Uint8Array ? "" : String(key)
  if (!(key instanceof Uint8Array) && codec.byteLength(text) === text.length) return text
  const bytes = key instanceof Uint8Array ? key : codec.encode(text)
  return codec.latin1(bytes, 0, bytes.length)
}

/**
 * The keys of a command, so that equal ones are equal texts.
 *
 * @category getters
 * @since 0.1.0
 */
export const keysOf = (command: CommandImpl, codec: TextCodec): ReadonlyArray<string> =>
  command.keys.map((at) => keyText(command.args[at], codec))

/** For each key the last command that ran (or may have), and the last of these that wrote. */
type LastRun = ReadonlyMap<string, { readonly any: number; readonly write: number }>

const lastRunOf = (parts: ReadonlyArray<Part>, codec: TextCodec): LastRun => {
  const last = new Map<string, { any: number; write: number }>()
  for (const part of parts) {
    const ran = part.outcome === undefined || part.execution === "MayHaveExecuted" || part.execution === "Executed"
    if (!ran) continue
    for (const key of keysOf(part.command, codec)) {
      const before = last.get(key)
      const write = part.command.readOnly ? (before?.write ?? -1) : part.index
      last.set(key, { any: part.index, write })
    }
  }
  return last
}

/**
 * Whether a part may be sent again without changing the order per key: no later part that shares a key with it has run (or may have), save
 * when both only read.
 */
const keepsOrder = (part: Part, last: LastRun, codec: TextCodec): boolean =>
  keysOf(part.command, codec).every((key) => {
    const ran = last.get(key)
    return ran === undefined || (part.command.readOnly ? ran.write : ran.any) <= part.index
  })

/** Try what failed again, in rounds, until each part has a value or its failure is final. */
const recover = (
  engine: Engine,
  parts: ReadonlyArray<Part>,
  deadline: number,
  observation: Observation | undefined
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const codec = engine.runtime.transport.text
    const pacers = new Map<Part, Pacer>()
    let open = parts.filter((part) => part.outcome !== undefined)
    while (open.length > 0) {
      const again: Array<Part> = []
      const last = lastRunOf(parts, codec)
      let delay = 0
      for (const part of open) {
        const outcome = part.outcome
        if (outcome === undefined) continue
        const decision = engine.router.decide(part.command, outcome)
        const { failure } = decision
        part.outcome = { ...outcome, failure }
        if (
          decision._tag === "Fail" ||
          !mayPass(failure.reason) ||
          failure.reason._tag === "Timeout" ||
          !engine.mayResend(part.command, undefined, outcome.failure.execution) ||
          !keepsOrder(part, last, codec)
        ) {
          continue
        }
        const pacer = pacers.get(part) ?? new Pacer(engine.options.policies)
        pacers.set(part, pacer)
        const wait = yield* pacer.next(
          decision,
          toScheduleInput(failure, part.command.name, outcome.node),
          engine.runtime.ticker.byClock(engine.now())
        )
        if (wait === undefined) {
          part.outcome = { ...outcome, failure: pacer.exhausted(decision, part.execution) }
          continue
        }
        if (engine.now() + wait >= deadline) {
          part.outcome = { ...outcome, failure: engine.outOfTime(deadline, failure, part.execution) }
          continue
        }
        observation?.repeated(failure.reason, outcome.node, wait)
        part.decision = decision
        part.lastCause = describe(failure)
        delay = Math.max(delay, wait)
        again.push(part)
      }
      if (again.length === 0) return
      if (delay > 0) yield* Effect.sleep(delay)
      yield* dispatch(engine, again, deadline, observation)
      open = again.filter((part) => part.outcome !== undefined)
    }
  })

/**
 * Run commands as a pipeline. Each position has its own result.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runBatch = (
  engine: Engine,
  commands: ReadonlyArray<CommandImpl>,
  allowed: number
): Effect.Effect<Array<Result.Result<unknown, RedisError>>> => {
  const { telemetry } = engine.runtime
  if (telemetry === undefined) return runParts(engine, commands, allowed, undefined)
  return Effect.withFiber((fiber) => {
    const observation = telemetry.beginBatch(fiber, "PIPELINE", commands)
    return observation.overBatch(runParts(engine, commands, allowed, observation))
  })
}

const runParts = (
  engine: Engine,
  commands: ReadonlyArray<CommandImpl>,
  allowed: number,
  observation: Observation | undefined
): Effect.Effect<Array<Result.Result<unknown, RedisError>>> =>
  Effect.suspend(() => {
    const results: Array<Result.Result<unknown, RedisError>> = new Array(commands.length)
    const parts: Array<Part> = []
    for (const [index, command] of commands.entries()) {
      const frame = engine.encode(command)
      if (frame === undefined) results[index] = Result.succeed(command.constant?.value)
      else if (frame instanceof InvalidArgument) {
        const failure: Failure = { reason: frame, execution: "NotSent" }
        results[index] = Result.fail(toRedisError(failure, command.name, undefined, index))
      } else {
        parts.push({
          index,
          command,
          frame,
          value: undefined,
          outcome: undefined,
          execution: "NotSent",
          decision: undefined,
          lastCause: undefined
        })
      }
    }
    const deadline = engine.now() + allowed
    const collect = Effect.gen(function* () {
      for (const part of parts) {
        const { command, index, outcome } = part
        if (outcome === undefined) results[index] = Result.succeed(part.value)
        else {
          const failure: Failure = {
            reason: withCause(outcome.failure.reason, part.lastCause),
            execution: worst(part.execution, outcome.failure.execution)
          }
          results[index] = Result.fail(toRedisError(failure, command.name, outcome.node, index))
        }
      }
      for (const [index, command] of commands.entries()) {
        const result = results[index]
        if (command.after === undefined || result === undefined || Result.isFailure(result)) continue
        results[index] = yield* Effect.result(engine.finish(command, result.success, undefined, index))
      }
      return results
    })
    if (parts.length === 0) return collect
    return dispatch(engine, parts, deadline, observation).pipe(
      Effect.andThen(
        Effect.suspend(() =>
          parts.some((part) => part.outcome !== undefined) ? recover(engine, parts, deadline, observation) : Effect.void
        )
      ),
      Effect.andThen(collect)
    )
  })
