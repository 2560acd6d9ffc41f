/**
 * Fibers that use the client as programs do: each issues one operation after another, some with short deadlines, some interrupted. Every write
 * carries an id of its own; every value and counter shows the key that it belongs to.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { Command } from "../../src/Command.ts"
import type { Any } from "../../src/command/Command.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import type { RedisService } from "../../src/Redis.ts"
import type { Kind, Ledger, Results } from "./Ledger.ts"
import type { Rng } from "./Rng.ts"

/** How often each kind of call is made. */
const MIX = { single: 62, pipeline: 24, transaction: 14 } as const
const KINDS = { RPUSH: 32, SET: 18, INCR: 20, GET: 20, MGET: 10 } as const
/** Keys for SET, GET and MGET of each tag. */
const VALUES = 3
/** Parts of the calls. */
const SHORT_DEADLINES = 0.12
const INTERRUPTED = 0.1
/** The longest of these times (ms). */
const SHORT_DEADLINE = 60
const LATEST_INTERRUPTION = 30
const LONGEST_PAUSE = 60

export interface LoadOptions {
  readonly redis: RedisService
  readonly ledger: Ledger
  readonly tags: ReadonlyArray<string>
  /** The client's deadline (ms). */
  readonly deadline: number
  /** No short deadlines and no interruptions. */
  readonly calm?: boolean | undefined
  /** Send pipelines with their last command first: another such fault. */
  readonly backwards?: boolean | undefined
  /** Around each call: a fault of the program, to prove that the checker sees it. */
  readonly wrap?: ((call: Effect.Effect<Results, RedisError>) => Effect.Effect<Results, RedisError>) | undefined
}

interface Draft {
  readonly id: string
  readonly kind: Kind
  readonly keys: ReadonlyArray<string>
  readonly command: Any
}

const draft = (rng: Rng, tag: string, id: string): Draft => {
  const kind = rng.weighted(KINDS)
  const key = `{${tag}}:v${rng.int(0, VALUES - 1)}`
  switch (kind) {
    case "RPUSH": {
      const list = `{${tag}}:list`
      return { id, kind, keys: [list], command: Command.rPush(list, id) }
    }
    case "SET":
      return { id, kind, keys: [key], command: Command.set(key, `${key}=${id}`) }
    case "INCR": {
      // A counter for each operation: whoever runs it twice, or answers for another, gives the wrong number.
      const counter = `{${tag}}:count${id}`
      return { id, kind, keys: [counter], command: Command.incr(counter) }
    }
    case "GET":
      return { id, kind, keys: [key], command: Command.get(key) }
    case "MGET": {
      const keys = Array.from({ length: VALUES }, (_, at) => `{${tag}}:v${at}`)
      return { id, kind, keys, command: Command.mGet(keys) }
    }
  }
}

const one = (call: Effect.Effect<unknown, RedisError>): Effect.Effect<Results, RedisError> =>
  Effect.map(call, (value) => [Result.succeed(value)])

/** One call: its commands, and how they are run. */
const plan = (rng: Rng, { backwards, redis, tags }: LoadOptions, id: string) => {
  const shape = rng.weighted(MIX)
  const count = shape === "single" ? 1 : shape === "pipeline" ? rng.int(2, 8) : rng.int(1, 4)
  const tag = rng.pick(tags)
  const drafts = Array.from({ length: count }, (_, part) =>
    draft(rng, shape === "pipeline" && rng.chance(0.6) ? rng.pick(tags) : tag, count === 1 ? id : `${id}.${part}`)
  )
  const commands = drafts.map(({ command }) => command)
  const run = (deadline: Duration.Input | undefined): Effect.Effect<Results, RedisError> => {
    const [first] = commands
    if (shape === "single" && first !== undefined) return one(redis.run(first, { deadline }))
    if (shape === "transaction") return redis.transaction(commands, { mode: "result", deadline })
    if (backwards !== true) return redis.pipeline(commands, { mode: "result", deadline })
    const reversed = redis.pipeline(commands.toReversed(), { mode: "result", deadline })
    return Effect.map(reversed, (results) => results.toReversed())
  }
  return { drafts, run }
}

/** One fiber, until it is told to stop. */
export const fiberOf = (options: LoadOptions, rng: Rng, fiber: number, isOver: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { calm, deadline, ledger, wrap } = options
    for (let call = 0; !isOver(); call++) {
      const { drafts, run } = plan(rng, options, `#${fiber}.${call}`)
      const isShort = calm !== true && rng.chance(SHORT_DEADLINES)
      const allowed = isShort ? rng.int(1, SHORT_DEADLINE) : deadline
      const records = drafts.map(({ id, keys, kind }, part) =>
        ledger.begin({ id, kind, keys, fiber, call, part, allowed })
      )
      const running = run(isShort ? Duration.millis(allowed) : undefined)
      const ended = (exit: Exit.Exit<Results, RedisError>) => Effect.sync(() => ledger.end(records, exit))
      const caller = yield* Effect.forkChild(Effect.exit(Effect.onExit(wrap?.(running) ?? running, ended)), {
        startImmediately: true
      })
      if (calm !== true && rng.chance(INTERRUPTED)) {
        yield* Effect.sleep(Duration.millis(rng.int(0, LATEST_INTERRUPTION)))
        yield* Fiber.interrupt(caller)
      }
      yield* Fiber.await(caller)
      yield* Effect.sleep(Duration.millis(rng.int(0, LONGEST_PAUSE)))
    }
  })

/** All fibers, each with random numbers of its own. */
export const load = (
  options: LoadOptions,
  rng: Rng,
  fibers: number,
  isOver: () => boolean
): Effect.Effect<ReadonlyArray<Fiber.Fiber<void>>> =>
  Effect.forEach(Array.from({ length: fibers }).keys(), (fiber) =>
    fiberOf(options, rng.fork(`fiber${fiber}`), fiber, isOver).pipe(
      Random.withSeed(rng.int(0, 2 ** 31)),
      Effect.forkChild({ startImmediately: true })
    )
  )
