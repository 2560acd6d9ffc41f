/**
 * A command of several slots or nodes as parts that have one each: run together, retried apart, merged.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { CommandSpec } from "../command/CommandSpec.ts"
import { type CommandImpl, internalCommand } from "../command/make.ts"
import { DecodeMismatch } from "../command/Reply.ts"
import { type Failure, toRedisError, worst } from "../error/Failure.ts"
import { Decode, type OperationPart, PartialFailure, type Reason } from "../error/Reason.ts"
import type { RespValue } from "../protocol/RespValue.ts"
import { type SplitPart, splitPlan } from "../topology/SplitPlan.ts"
import { runSpread } from "./Batch.ts"
import type { Engine, Operation } from "./Engine.ts"
import { atKeys, type Merge, same, sum } from "./mergeReplies.ts"
import type { Outcome, PartEnd, RouterService, Spread, SpreadPart } from "./Router.ts"

/** The reply of the whole, read as the command reads it. */
const read = (command: CommandImpl, reply: () => RespValue): { readonly value: unknown } | Failure => {
  try {
    return { value: command.decode(reply()) }
  } catch (error) {
    const known = error instanceof DecodeMismatch
    const expected = known ? error.expected : "a decoder that does not throw"
    return {
      reason: new Decode({ expected, message: known ? error.message : String(error) }),
      execution: "Executed"
    }
  }
}

const isFailed = (end: PartEnd): end is Outcome => "failure" in end

const sameReason = (a: Reason, b: Reason): boolean => a._tag === b._tag && a.message === b.message

/** A part as the user sees it. Its result is a value of the user's, which nothing that prints the reason may show. */
const partOf = (command: CommandImpl, part: SpreadPart, end: PartEnd): OperationPart => {
  const { node } = end
  const shown = isFailed(end)
    ? { keys: part.keys, node, execution: end.failure.execution, reason: end.failure.reason }
    : { keys: part.keys, node, execution: "Executed" as const, reason: undefined }
  let result: unknown
  if (!isFailed(end)) {
    const decoded = read(command, () => end.reply)
    result = "value" in decoded ? decoded.value : end.reply
  }
  return Object.defineProperty(shown, "result", { value: result, enumerable: false }) as OperationPart
}

/** What the whole failed with. Where nothing was done, and all say why in the same words, that is why. */
const failureOf = (
  command: CommandImpl,
  parts: ReadonlyArray<SpreadPart>,
  ends: ReadonlyArray<PartEnd>,
  failed: ReadonlyArray<Outcome>
): Failure => {
  const [first, ...others] = failed.map(({ failure }) => failure)
  const alike = first !== undefined && others.every((other) => sameReason(first.reason, other.reason))
  const execution = ends.reduce<Failure["execution"]>(
    (least, end) => worst(least, isFailed(end) ? end.failure.execution : "Executed"),
    "NotSent"
  )
  if (alike && failed.length === ends.length) return { reason: first.reason, execution }
  const all = ends.map((end, at) => partOf(command, parts[at]!, end))
  const why = first === undefined ? "" : `, the first with ${first.reason._tag}: ${first.reason.message}`
  const message = `${failed.length} of ${ends.length} parts failed${why}`
  return { reason: new PartialFailure({ parts: all, message }), execution }
}

/** What blocks has connections of its own, one for each part. */
const runEnds = (
  engine: Engine,
  spread: Spread,
  operation: Omit<Operation, "frame">
): Effect.Effect<ReadonlyArray<PartEnd>> => {
  const { category, command, deadline } = operation
  const { apart } = engine
  if (command.spec.blocking === undefined || apart === undefined) return runSpread(engine, spread, operation)
  const run = (part: SpreadPart) => {
    const on = engine.with({ deadline: undefined, category: undefined, router: part.router ?? engine.router })
    const allowed = Math.max(0, deadline - engine.now())
    return Effect.match(apart.block(on, part.command, allowed, category), {
      onSuccess: (reply): PartEnd => ({ reply: reply as RespValue, node: undefined }),
      onFailure: ({ execution, node, reason }): PartEnd => ({ failure: { reason, execution }, error: undefined, node })
    })
  }
  return Effect.suspend(() => Effect.forEach(spread.parts, run, { concurrency: "unbounded" }))
}

/**
 * A command in parts. With `oneIsEnough` the parts that failed do not count where another one was done.
 *
 * @category constructors
 * @since 0.1.0
 */
export const spreadOf = (
  command: CommandImpl,
  parts: ReadonlyArray<SpreadPart>,
  merge: Merge,
  oneIsEnough = false
): Spread => {
  const whole: Spread["merge"] = (ends) => {
    const failed = ends.filter(isFailed)
    if (failed.length > 0 && !(oneIsEnough && failed.length < ends.length)) {
      return failureOf(command, parts, ends, failed)
    }
    const replies: Array<RespValue> = []
    for (const end of ends) if (!isFailed(end)) replies.push(end.reply)
    return read(command, () => merge(replies))
  }
  const spread: Spread = {
    parts,
    merge: whole,
    run: (engine, operation) =>
      Effect.flatMap(runEnds(engine, spread, operation), (ends) => {
        const end = whole(ends)
        return "value" in end
          ? engine.finish(command, end.value, undefined)
          : Effect.fail(toRedisError(end, command.name, undefined))
      })
  }
  return spread
}

/**
 * A command as it is, on each of several nodes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const spreadOver = (
  command: CommandImpl,
  routers: ReadonlyArray<RouterService>,
  { merge, oneIsEnough }: { readonly merge: Merge; readonly oneIsEnough: boolean }
): Spread => {
  const part = internalCommand(command.spec, command.args, command.bytes)
  const parts = routers.map((router): SpreadPart => ({ command: part, keys: undefined, router }))
  return spreadOf(command, parts, merge, oneIsEnough)
}

/** The descriptions of parts, made once for each command of the library: a raw one may have been told of the whole's keys only. */
const partSpecs = new WeakMap<CommandSpec, CommandSpec>()

const partSpec = (spec: CommandSpec, keys: CommandSpec["keys"], { args }: SplitPart): CommandSpec => {
  let known = partSpecs.get(spec)
  if (known === undefined) {
    // All keys of a part have one slot: the first tells it.
    known = { ...spec, keys, singleKey: keys(args)[0] ?? -2 }
    partSpecs.set(spec, known)
  }
  return known
}

/**
 * A command by the slots of its keys; `undefined` if it must stay whole.
 *
 * @category constructors
 * @since 0.1.0
 */
export const splitBySlot = (command: CommandImpl): Spread | undefined => {
  const plan = splitPlan(command.spec.name, command.args)
  if (plan === undefined) return undefined
  const spec = partSpec(command.spec, plan.positions, plan.parts[0]!)
  const parts = plan.parts.map(
    ({ args, keys }): SpreadPart => ({ command: internalCommand(spec, args, command.bytes), keys })
  )
  const merge = plan.merge === "sum" ? sum : plan.merge === "same" ? same : atKeys(plan.parts.map(({ keys }) => keys))
  return spreadOf(command, parts, merge)
}
