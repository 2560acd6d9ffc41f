/** A process of many fibers that contend for one lock and write to what it protects, which lives in the parent. See `Contenders`. */
import { Lock, RedisClusterLive, RedisLive, RedisSentinelLive } from "@reef-redis/node"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Ask, Setup, Told } from "./Contenders.ts"

const setup = JSON.parse(process.argv[2] ?? "") as Setup

/** How long a holder works between two writes, in milliseconds. */
const WORK = 4
/** Writes of each holder. */
const WRITES = 3
/** Between two times that a fiber asks for the lock, in milliseconds. */
const PAUSE = 20

const tell = (told: Told) => Effect.sync(() => void process.send?.(told))

const answers = new Map<number, (accepted: boolean) => void>()
let asked = 0
let stop = () => {}

/** Write to the resource with a token: whether it was accepted. */
const write = (token: number, holder: string) =>
  Effect.callback<boolean>((resume) => {
    const id = asked++
    answers.set(id, (accepted) => {
      answers.delete(id)
      resume(Effect.succeed(accepted))
    })
    process.send?.({ _tag: "Write", id, token, holder } satisfies Told)
  })

process.on("message", (message: Ask) => {
  if (message._tag === "Stop") stop()
  else answers.get(message.id)?.(message.accepted)
})

const contend = (name: string) =>
  Effect.gen(function* () {
    const lock = Lock.make(setup.lock, { ttl: setup.ttl, wait: "2 seconds" })
    for (let turn = 0; ; turn++) {
      const holder = `${name}-${turn}`
      let held: number | undefined
      const work = lock.withLock(({ token }) =>
        Effect.gen(function* () {
          held = token
          yield* tell({ _tag: "Held", token, holder })
          for (let n = 0; n < WRITES; n++) {
            // An accepted write goes on, and so does a refused one: who is not the holder any more has to learn it by itself.
            yield* write(token, holder)
            yield* Effect.sleep(WORK)
          }
          yield* tell({ _tag: "Finished", token, holder })
        })
      )
      const result = yield* Effect.result(work)
      if (result._tag === "Failure") {
        const { failure } = result
        const reason = failure.reason._tag
        // The write that comes too late: what a holder would do that has learnt nothing.
        const late = reason === "LockLost" && held !== undefined ? yield* write(held, holder) : undefined
        yield* tell({ _tag: "Failed", reason, token: held, holder, late })
      }
      yield* Effect.sleep(PAUSE)
    }
  })

const program = Effect.gen(function* () {
  const fibers = yield* Effect.forEach(
    Array.from({ length: setup.fibers }, (_, index) => `${process.pid}-${index}`),
    (name) => Effect.forkChild(contend(name))
  )
  yield* Effect.callback<void>((resume) => {
    stop = () => resume(Effect.void)
  })
  yield* Fiber.interruptAll(fibers)
})

const { nodes, sentinels, url } = setup
await Effect.runPromise(
  nodes !== undefined
    ? Effect.provide(program, RedisClusterLive({ nodes }))
    : sentinels !== undefined
      ? Effect.provide(program, RedisSentinelLive({ sentinels: sentinels.seeds, service: sentinels.service }))
      : Effect.provide(program, RedisLive({ url }))
)
process.disconnect()
