// One process, one variant of the client: so many nanoseconds of CPU time for each GET, printed as JSON. Arguments: the variant, the
// milliseconds of each measurement, and the module to take the client from.
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import { memoryTransport } from "./memoryTransport.ts"
import { isVariant, VARIANTS, type Variant } from "./variants.ts"

const FIBERS = 50
/** Keys for the fibers to walk through. */
const KEYS = Array.from({ length: 1000 }, (_, i) => `reef-bench:${i}`)
/** Measurements in one process; the best is the one that was disturbed least. */
const MEASUREMENTS = 5

const [name = "", millis = "", module = ""] = process.argv.slice(2)
if (!isVariant(name)) throw new Error(`no variant ${name}`)
const { telemetry }: Variant = VARIANTS[name]
const { Redis, Transport } = (await import(module)) as typeof import("@reef-redis/client")

const counted = { completed: 0, running: true }

const worker = (redis: (typeof Redis)["Service"], first: number) =>
  Effect.gen(function* () {
    let at = first
    while (counted.running) {
      yield* redis.get(KEYS[at % KEYS.length]!)
      at++
      counted.completed++
    }
  })

/** Keeps nothing: what is measured is what the client does for a span, not an exporter. */
const tracer = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

const measured = Effect.promise(async () => {
  await pause(Number(millis))
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < MEASUREMENTS; i++) {
    const before = { cpu: process.cpuUsage(), completed: counted.completed }
    await pause(Number(millis))
    const { system, user } = process.cpuUsage(before.cpu)
    best = Math.min(best, ((user + system) * 1000) / (counted.completed - before.completed))
  }
  counted.running = false
  return best
})

const program = Effect.gen(function* () {
  const redis = yield* Redis.make({ protocol: 2, ...(telemetry === undefined ? {} : { telemetry }) })
  const workers = Effect.forEach(
    Array.from({ length: FIBERS }, (_, i) => i * 20),
    (first) => worker(redis, first),
    {
      concurrency: "unbounded"
    }
  )
  const [nanos] = yield* Effect.all([measured, workers], { concurrency: 2 })
  console.log(JSON.stringify({ nanos }))
})

await program.pipe(
  Effect.scoped,
  Effect.provideService(Transport, memoryTransport),
  Effect.provideService(Metric.MetricRegistry, new Map()),
  telemetry?.spans === true ? Effect.withTracer(tracer) : (effect) => effect,
  Effect.runPromise
)
process.exit(0)
