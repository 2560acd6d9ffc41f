import { assert, layer } from "@effect/vitest"
import type { RedisPubSubService } from "@reef-redis/node"
import { ClusterServers, RedisServer, type ServerControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { clusterClient, onCluster } from "../cluster/support/cluster.ts"
import { clientLines, eventually, pubSubOf } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { leavesNothing } from "../support/resources.ts"

const SUBSCRIPTIONS = sizeOf({ quick: 1000, full: 10_000 })
const FIBERS = sizeOf({ quick: 50, full: 500 })
/** Fewer names than fibers, so that they are shared, left and wanted again at the same time. */
const NAMES = Math.floor(FIBERS / 3)
const NAME = "churn"
const options = { clientName: NAME, pool: { idleTimeout: "200 millis" } } as const

const churn = (pubSub: RedisPubSubService) =>
  Effect.forEach(
    Array.from({ length: SUBSCRIPTIONS }, (_, n) => n),
    (n) =>
      Effect.scoped(
        Effect.gen(function* () {
          const kind = (["subscribe", "pSubscribe", "sSubscribe"] as const)[n % 3]!
          const stream = yield* pubSub[kind](`${kind}${n % NAMES}`)
          // Some are interrupted while they read, some end without having read.
          if (n % 4 === 0) yield* Effect.timeoutOption(Stream.runDrain(stream), 1)
          else if (n % 4 === 1) yield* Effect.yieldNow
        })
      ),
    { concurrency: FIBERS, discard: true }
  )

/** What a server has of subscriptions and of the client's connections beside the one for commands. */
const left = Effect.fnUntraced(function* (server: ServerControls) {
  const channels = yield* server.admin(["PUBSUB", "CHANNELS"])
  const shards = yield* server.admin(["PUBSUB", "SHARDCHANNELS"])
  const patterns = yield* server.admin(["PUBSUB", "NUMPAT"])
  const lines = yield* clientLines(server)
  const subscribing = lines.filter((line) => line.includes(` name=${NAME} `) && / cmd=s?p?(un)?subscribe/.test(line))
  return [channels, shards, [patterns], subscribing].flat().filter((one) => one !== 0)
}, Effect.orDie)

const nothingLeft = (servers: ReadonlyArray<ServerControls>, clients: number) =>
  eventually(
    "nothing is left at the servers",
    Effect.gen(function* () {
      const all = yield* Effect.forEach(servers, left)
      const lines = (yield* Effect.forEach(servers, clientLines)).flat()
      return all.flat().length === 0 && lines.filter((line) => line.includes(` name=${NAME} `)).length <= clients
    })
  )

layer(RedisServer.layer(), { excludeTestServices: true })("Opening and closing subscriptions at one server", (it) => {
  for (const protocol of [2, 3] as const) {
    it.effect(
      `leaves nothing on either side, under RESP${protocol}`,
      () =>
        leavesNothing(
          Effect.gen(function* () {
            const server = yield* RedisServer
            const { pubSub } = yield* pubSubOf(server, { ...options, protocol })
            yield* churn(pubSub)
            yield* nothingLeft([server], 1)
          })
        ),
      PROOF_TIMEOUT
    )
  }
})

onCluster()("Opening and closing subscriptions of a cluster", (it) => {
  it.effect(
    "leaves nothing on either side",
    () =>
      Effect.gen(function* () {
        const { nodes } = yield* ClusterServers
        const { pubSub, redis } = yield* clusterClient(options)
        yield* churn(pubSub)
        yield* nothingLeft(nodes, nodes.length)
        assert.strictEqual(yield* redis.publish("subscribe0", "nobody"), 0)
      }),
    PROOF_TIMEOUT
  )
})
