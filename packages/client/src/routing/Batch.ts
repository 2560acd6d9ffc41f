/**
 * A pipeline: commands for any number of nodes, one suspension of the fiber. Each node gets its part in one write; what failed and may be
 * tried again is sent again in order, and the results come back in the caller's order.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { RetryCategory } from "../command/CommandSpec.ts"
import type { CommandImpl } from "../command/make.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import { abandon, type Pending, PendingPart, type ReplyHandler } from "../connection/Pending.ts"
import { type Failure, toRedisError, worst } from "../error/Failure.ts"
import { InvalidArgument } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { fromReply } from "../error/ServerFault.ts"
import type { RespValue } from "../protocol/RespValue.ts"
import type { Frame } from "../protocol/RespWriter.ts"
import type { TextCodec } from "../protocol/TextCodec.ts"
import type { Observation } from "../telemetry/Observation.ts"
import type { Engine, Operation } from "./Engine.ts"
import { ASKING_FRAME, joinFrames } from "./frames.ts"
import { describe, Pacer, toScheduleInput, withCause } from "./Pacer.ts"
import { type Decision, mayPass, type Outcome, type PartEnd, type RouterService, type Spread } from "./Router.ts"
import { attachSources, bySource } from "./source.ts"

/** One command of a batch, or a part of one, and what became of it. */
interface Part {
  /** The place of its command in the batch. */
  readonly index: number
  command: CommandImpl
  frame: Frame
  /** What goes before it: the library of its function. */
  before: ReadonlyArray<Frame>
  readonly router: RouterService
  /** Where the first attempt goes. */
  readonly first: NodeConnection | Failure
  value: unknown
  /** The address that it was last given to. */
  node: string | undefined
  /** Set while it is not answered: why the last attempt failed. */
  outcome: Outcome | undefined
  /** The worst of its attempts. */
  execution: Failure["execution"]
  /** Where the next attempt goes. */
  decision: Decision | undefined
  /** Why the attempt before the last one failed. */
  lastCause: string | undefined
}

const partOf = (
  index: number,
  command: CommandImpl,
  frame: Frame,
  router: RouterService,
  first: NodeConnection | Failure
): Part => ({
  index,
  command,
  frame,
  before: [],
  router,
  first,
  value: undefined,
  node: undefined,
  outcome: undefined,
  execution: "NotSent",
  decision: undefined,
  lastCause: undefined
})

/** Send parts, each to its node, and resume when every one has an answer. */
const dispatch = (
  parts: ReadonlyArray<Part>,
  deadline: number,
  observation: Observation | undefined
): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    let missing = parts.length
    const sent: Array<Pending> = []
    const done = () => {
      missing--
      if (missing === 0) resume(Effect.void)
    }
    const failed = (pending: Pending, outcome: Outcome) => {
      const part = parts[pending.index]
      if (part === undefined) return
      part.node = pending.node
      part.outcome = outcome
      part.execution = worst(part.execution, outcome.failure.execution)
      done()
    }
    const handler: ReplyHandler = {
      succeed: (pending, value) => {
        const part = parts[pending.index]
        if (part === undefined) return
        part.value = value
        part.node = pending.node
        part.outcome = undefined
        done()
      },
      refuse: (pending, error) =>
        failed(pending, { failure: fromReply(error, pending.command.spec.script), error, node: pending.node }),
      fail: (pending, failure) => failed(pending, { failure, error: undefined, node: pending.node })
    }
    const byNode = new Map<NodeConnection, Array<Pending>>()
    const unrouted: Array<readonly [Pending, Failure]> = []
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at]!
      const { before, decision } = part
      const asking = decision?._tag === "Redirect" && decision.asking
      const ahead = asking ? [...before, ASKING_FRAME] : before
      const frame: Frame = ahead.length === 0 ? part.frame : joinFrames([...ahead, part.frame])
      const pending = new PendingPart(part.command, frame, deadline, handler, at, ahead.length)
      sent.push(pending)
      const node =
        decision === undefined
          ? part.first
          : decision._tag === "Redirect"
            ? decision.to
            : part.router.route(part.command)
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
  category: RetryCategory | undefined,
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
        const whole = bySource(engine, part.command, outcome)
        if (whole !== undefined && engine.now() < deadline && keepsOrder(part, last, codec)) {
          observation?.repeated(outcome.failure.reason, outcome.node, 0)
          again.push(Object.assign(part, whole))
          continue
        }
        const decision = part.router.decide(part.command, outcome)
        const { failure } = decision
        part.outcome = { ...outcome, failure }
        if (
          decision._tag === "Fail" ||
          !mayPass(failure.reason) ||
          failure.reason._tag === "Timeout" ||
          !engine.mayResend(part.command, category, outcome.failure.execution) ||
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
      yield* dispatch(again, deadline, observation)
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

/** Until each part has a value or its failure is final. */
const settle = (
  engine: Engine,
  parts: ReadonlyArray<Part>,
  deadline: number,
  category: RetryCategory | undefined,
  observation: Observation | undefined
): Effect.Effect<void> =>
  Effect.flatMap(dispatch(parts, deadline, observation), () =>
    parts.some((part) => part.outcome !== undefined)
      ? recover(engine, parts, deadline, category, observation)
      : Effect.void
  )

const outcomeOf = (part: Part, outcome: Outcome): Outcome => ({
  ...outcome,
  failure: {
    reason: withCause(outcome.failure.reason, part.lastCause),
    execution: worst(part.execution, outcome.failure.execution)
  }
})

const endOf = (part: Part): PartEnd =>
  part.outcome === undefined ? { reply: part.value as RespValue, node: part.node } : outcomeOf(part, part.outcome)

/** Add the parts of a spread command, or give the reason why one cannot be sent. */
const addSpread = (
  engine: Engine,
  parts: Array<Part>,
  spread: Pick<Spread, "parts">,
  index: number
): InvalidArgument | undefined => {
  for (const { command, router = engine.router } of spread.parts) {
    const frame = engine.encode(command)
    if (frame instanceof InvalidArgument) return frame
    if (frame !== undefined) parts.push(partOf(index, command, frame, router, router.route(command)))
  }
  return undefined
}

/**
 * Run the parts of a spread command, those of one node in one write. Gives the end of each, in their order.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runSpread = (
  engine: Engine,
  spread: Pick<Spread, "parts">,
  { category, deadline, observation }: Omit<Operation, "frame" | "command">
): Effect.Effect<ReadonlyArray<PartEnd>> =>
  Effect.suspend(() => {
    const parts: Array<Part> = []
    const reason = addSpread(engine, parts, spread, 0)
    if (reason !== undefined) {
      const end: PartEnd = { failure: { reason, execution: "NotSent" }, error: undefined, node: undefined }
      return Effect.succeed(spread.parts.map(() => end))
    }
    return Effect.map(settle(engine, parts, deadline, category, observation), () => parts.map(endOf))
  })

/** What a window may have: so many commands and bytes are encoded and on their way at once. */
interface WindowLimits {
  readonly commands: number
  readonly bytes: number
}

/**
 * The commands of one window: as many as the default budget of a node has room for, so that a longer batch is written and answered at the
 * same time as a shorter one would be, and needs memory for this many frames only.
 */
const WINDOW = 16_384
/** The bytes of one window: of large values a few are enough to keep a connection busy. */
const WINDOW_BYTES = 16 * 2 ** 20

/** A client that fails rather than waits is given no more at once than its budget holds: by itself a batch is not over it. */
const windowOf = ({ runtime }: Engine): WindowLimits => {
  const { maxInFlight, maxInFlightBytes, overload } = runtime.limits
  return overload === "fail"
    ? { commands: Math.min(WINDOW, maxInFlight), bytes: Math.min(WINDOW_BYTES, maxInFlightBytes) }
    : { commands: WINDOW, bytes: WINDOW_BYTES }
}

/** About as many bytes as it will be: characters count as one, which is enough for a bound. */
const sizeOf = (frame: Frame): number => {
  if (typeof frame === "string") return frame.length
  let size = 0
  for (const piece of frame) size += piece.length
  return size
}

const runParts = (
  engine: Engine,
  commands: ReadonlyArray<CommandImpl>,
  allowed: number,
  observation: Observation | undefined
): Effect.Effect<Array<Result.Result<unknown, RedisError>>> =>
  Effect.suspend(() => {
    const results: Array<Result.Result<unknown, RedisError>> = new Array(commands.length)
    const limits = windowOf(engine)
    const deadline = engine.now() + allowed
    const windowAt = (from: number): Effect.Effect<void> => {
      const window = new Window(engine, commands, results)
      const next = window.fill(from, limits)
      const run = window.run(deadline, observation)
      // The frames of a window are gone before the next one is filled, and what is refused in it has been settled: the order per key stays.
      return next < commands.length ? Effect.flatMap(run, () => windowAt(next)) : run
    }
    return Effect.as(windowAt(0), results)
  })

/** A run of a batch's commands that are encoded and on their way together. */
class Window {
  private readonly engine: Engine
  private readonly commands: ReadonlyArray<CommandImpl>
  private readonly results: Array<Result.Result<unknown, RedisError>>
  private readonly parts: Array<Part> = []
  /** By the place of the command, where its parts begin. */
  private readonly spreads = new Map<number, readonly [Spread, from: number]>()
  private from = 0
  private end = 0

  constructor(
    engine: Engine,
    commands: ReadonlyArray<CommandImpl>,
    results: Array<Result.Result<unknown, RedisError>>
  ) {
    this.engine = engine
    this.commands = commands
    this.results = results
  }

  private refuse(index: number, name: string, reason: InvalidArgument): void {
    this.results[index] = Result.fail(toRedisError({ reason, execution: "NotSent" }, name, undefined, index))
  }

  /** Encode from a place on until the window is full; gives the place behind it. */
  fill(from: number, limits: WindowLimits): number {
    const { commands, engine, parts, results, spreads } = this
    const { router } = engine
    let bytes = 0
    let index = from
    for (; index < commands.length && parts.length < limits.commands && bytes < limits.bytes; index++) {
      const command = commands[index]!
      const frame = engine.encode(command)
      if (frame === undefined) results[index] = Result.succeed(command.constant?.value)
      else if (frame instanceof InvalidArgument) this.refuse(index, command.name, frame)
      else {
        bytes += sizeOf(frame)
        const node = router.route(command)
        const spread = node instanceof NodeConnection ? undefined : router.spread?.(command, node)
        if (spread === undefined) {
          parts.push(partOf(index, command, frame, router, node))
          continue
        }
        const first = parts.length
        const reason = addSpread(engine, parts, spread, index)
        if (reason === undefined) spreads.set(index, [spread, first])
        else {
          parts.length = first
          this.refuse(index, command.name, reason)
        }
      }
    }
    attachSources(engine, parts, (command) => keysOf(command, engine.runtime.transport.text))
    this.from = from
    this.end = index
    return index
  }

  run(deadline: number, observation: Observation | undefined): Effect.Effect<void> {
    return this.parts.length === 0
      ? this.collect
      : Effect.andThen(settle(this.engine, this.parts, deadline, undefined, observation), this.collect)
  }

  private readonly collect: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    const { commands, engine, parts, results, spreads } = this
    for (const part of parts) {
      const { command, index } = part
      if (spreads.has(index)) continue
      if (part.outcome === undefined) results[index] = Result.succeed(part.value)
      else {
        const { failure, node } = outcomeOf(part, part.outcome)
        results[index] = Result.fail(toRedisError(failure, command.name, node, index))
      }
    }
    for (const [index, [spread, first]] of spreads) {
      const ends = parts.slice(first, first + spread.parts.length).map(endOf)
      const end = spread.merge(ends)
      results[index] =
        "value" in end
          ? Result.succeed(end.value)
          : Result.fail(toRedisError(end, commands[index]?.name ?? "", undefined, index))
    }
    for (let index = this.from; index < this.end; index++) {
      const command = commands[index]
      const result = results[index]
      if (command?.after === undefined || result === undefined || Result.isFailure(result)) continue
      results[index] = yield* Effect.result(engine.finish(command, result.success, undefined, index))
    }
  })
}
