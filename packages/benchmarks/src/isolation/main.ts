// `node packages/benchmarks/src/isolation/main.ts`: whether a frozen node of a cluster slows the others. A cluster of three primaries with a replica
// each serves at 30 % of what it can do, as measured just before, with a flow of operations for each shard; then one primary is frozen, and the
// flows of the other two are compared with themselves.
import { NodeTransport, RedisCluster, type RedisService } from "@reef-redis/node"
import { type ClusterControls, type ClusterNode, ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { type Figures, figuresOf, judge } from "./judge.ts"
import { startFlow } from "./openLoop.ts"

/** Of the capacity. */
const LOAD = 0.3
/** Callers that each wait for their reply: what the capacity is measured by. */
const CALLERS = 100
/** The group of one shard. */
const FIBERS_PER_SHARD = 100
const KEYS_PER_SHARD = 200
const VALUE = "x".repeat(64)
/** Milliseconds. */
const WARM_UP = 2_000
const CAPACITY = 3_000
const PHASE = 10_000
/** The first moments of a flow are not measured. */
const SETTLING = 1_000
/** Both phases, and what may come before and after. */
const LONGEST = 3 * PHASE
/** No replica takes over meanwhile: the node is frozen for the whole phase. */
const NODE_TIMEOUT = "120 seconds"

interface Shard {
  readonly node: ClusterNode
  readonly keys: ReadonlyArray<string>
}

const shardsOf = Effect.fnUntraced(function* (cluster: ClusterControls) {
  const shards = cluster.nodes.slice(0, 3).map((node) => ({ node, keys: [] as Array<string> }))
  const [view] = yield* cluster.views
  for (let i = 0; shards.some(({ keys }) => keys.length < KEYS_PER_SHARD); i++) {
    const key = `isolation:${i}`
    const slot = Number(yield* cluster.nodes[0]!.admin(["CLUSTER", "KEYSLOT", key]))
    const owner = view?.members.find(({ slots }) => slots.some(({ end, start }) => start <= slot && slot <= end))
    const shard = shards.find(({ node }) => node.id === owner?.id)
    if (shard !== undefined && shard.keys.length < KEYS_PER_SHARD) shard.keys.push(key)
  }
  return shards satisfies ReadonlyArray<Shard>
})

/** GET and SET in turn. */
const operationOn = (redis: RedisService, keys: ReadonlyArray<string>) => (number: number) => {
  const key = keys[(number >> 1) % keys.length]!
  return number % 2 === 0 ? Effect.asVoid(redis.get(key)) : Effect.asVoid(redis.set(key, VALUE))
}

/** Operations per second by callers that wait. */
const capacityOf = Effect.fnUntraced(function* (redis: RedisService, shards: ReadonlyArray<Shard>, millis: number) {
  const operation = operationOn(
    redis,
    Array.from({ length: KEYS_PER_SHARD }, (_, at) => shards.map(({ keys }) => keys[at]!)).flat()
  )
  const start = performance.now()
  let done = 0
  const caller = (index: number) =>
    Effect.gen(function* () {
      for (let i = index; performance.now() < start + millis; i += 1) {
        yield* operation(i)
        done++
      }
    })
  yield* Effect.forEach(
    Array.from({ length: CALLERS }, (_, index) => index * 7),
    caller,
    { concurrency: "unbounded", discard: true }
  )
  return (done * 1_000) / (performance.now() - start)
})

const shown = ({ longest, p50, p99, rate }: Figures): string =>
  `${Math.round(rate)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, longest ${longest.toFixed(1)} ms`

const program = Effect.gen(function* () {
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  const cluster = yield* ClusterServers.make({
    primaries: 3,
    replicasPerPrimary: 1,
    appendonly: false,
    requireFullCoverage: false,
    nodeTimeout: NODE_TIMEOUT
  })
  const { redis } = yield* Effect.provide(RedisCluster.make({ nodes: cluster.seeds }), NodeTransport.layer)
  const shards = yield* shardsOf(cluster)
  yield* capacityOf(redis, shards, WARM_UP)
  const capacity = yield* capacityOf(redis, shards, CAPACITY)
  const perShard = (capacity * LOAD) / shards.length
  const { product, version } = cluster.nodes[0]!.binary
  say(
    `${product} ${version}: ${Math.round(capacity)} operations per second by ${CALLERS} callers; ${LOAD} of it for the flows`
  )
  const flows = yield* Effect.forEach(shards, ({ keys }) =>
    startFlow({ perSecond: perShard, fibers: FIBERS_PER_SHARD, longest: LONGEST, operation: operationOn(redis, keys) })
  )
  yield* Effect.sleep(SETTLING)
  const undisturbed = { from: performance.now(), to: performance.now() + PHASE }
  yield* Effect.sleep(PHASE)
  const victim = shards[0]!.node
  yield* victim.freeze
  const frozen = { from: performance.now(), to: performance.now() + PHASE }
  yield* Effect.sleep(PHASE)
  yield* victim.thaw
  yield* Effect.forEach(flows, ({ stop }) => stop, { concurrency: "unbounded" })
  let holds = true
  for (const [index, { samples }] of flows.entries()) {
    const before = figuresOf(samples, undisturbed)
    const after = figuresOf(samples, frozen)
    say(`${shards[index]!.node.name} undisturbed    ${shown(before)}`)
    say(`${shards[index]!.node.name} ${index === 0 ? "frozen        " : "beside it     "} ${shown(after)}`)
    if (index === 0) continue
    const verdict = judge(before, after)
    holds &&= verdict.holds && samples.failed === 0
    say(
      `  keeps ${(verdict.rateKept * 100).toFixed(1)} % of its rate; p99 ${verdict.slower.toFixed(2)} times the undisturbed`
    )
  }
  say(holds ? "holds" : "FAILED")
  return holds
})

process.exitCode = (await Effect.runPromise(Effect.scoped(program))) ? 0 : 1
