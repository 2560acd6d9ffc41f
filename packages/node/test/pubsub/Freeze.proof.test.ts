import { assert, layer } from "@effect/vitest"
import { ClusterServers, RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { clusterClient, onCluster } from "../cluster/support/cluster.ts"
import { keyIn } from "../cluster/support/slots.ts"
import { eventually, pubSubOf, start } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"

/** The promise: a silence of `silence` and an unanswered probe of `probeTimeout`; the defaults in the whole proof. Milliseconds. */
const silence = sizeOf({ quick: 400, full: 2000 })
const probeTimeout = sizeOf({ quick: 200, full: 1000 })
/** What the scheduling of a busy machine may add. */
const SLACK = 2000
const ROUNDS = sizeOf({ quick: 1, full: 5 })
const times = { silence, probeTimeout, connectTimeout: "1 second" } as const

const watch = <E>(stream: Stream.Stream<{ readonly _tag: string }, E>) =>
  Effect.gen(function* () {
    const got: Array<readonly [tag: string, at: number]> = []
    yield* start(Stream.runForEach(stream, ({ _tag }) => Effect.sync(() => got.push([_tag, performance.now()]))))
    return got
  })

const count = (got: ReadonlyArray<readonly [string, number]>, tag: string) => got.filter(([one]) => one === tag).length

layer(RedisServer.layer(), { excludeTestServices: true })("An idle subscription of one server", (it) => {
  it.effect(
    "finds within silence and probeTimeout that the server is frozen, and goes on after the thaw",
    () =>
      Effect.gen(function* () {
        const server = yield* RedisServer
        const { pubSub, redis } = yield* pubSubOf(server, times)
        const got = yield* watch(yield* pubSub.subscribe("idle", { events: true }))
        for (let round = 1; round <= ROUNDS; round++) {
          // Longer than both without a message: it is the server that says nothing, not nobody that asks.
          yield* Effect.sleep(2 * (silence + probeTimeout))
          assert.strictEqual(count(got, "Gap"), round - 1)
          const frozenAt = performance.now()
          yield* server.freeze
          yield* eventually(
            "gap",
            Effect.sync(() => count(got, "Gap") === round),
            30
          )
          const took = got.at(-1)![1] - frozenAt
          console.log(`found after ${Math.round(took)} ms of ${silence + probeTimeout}`)
          assert.isAtMost(took, silence + probeTimeout + SLACK)
          yield* server.thaw
          yield* eventually(
            "resubscribed",
            Effect.sync(() => count(got, "Resubscribed") === round),
            30
          )
          yield* Effect.retry(redis.publish("idle", "again"), { times: 5 })
          yield* eventually(
            "a message",
            Effect.sync(() => got.at(-1)![0] === "Message")
          )
        }
      }),
    PROOF_TIMEOUT
  )
})

onCluster({ nodeTimeout: "1 second" })("An idle subscription of a cluster", (it) => {
  it.effect(
    "goes on at the promoted replica when its primary freezes while nothing is published",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { pubSub, redis } = yield* clusterClient(times)
        for (let round = 0; round < ROUNDS; round++) {
          const channel = keyIn(100, `idle${round}`)
          const got = yield* watch(yield* pubSub.sSubscribe(channel, { events: true }))
          const primary = yield* servers.primaryOf(100)
          const frozenAt = performance.now()
          yield* servers.freeze(primary)
          yield* eventually(
            "gap",
            Effect.sync(() => count(got, "Gap") === 1),
            30
          )
          const took = got.at(-1)![1] - frozenAt
          console.log(`found after ${Math.round(took)} ms of ${silence + probeTimeout}`)
          assert.isAtMost(took, silence + probeTimeout + SLACK)
          yield* eventually(
            "moved",
            Effect.sync(() => count(got, "Moved") === 1),
            30
          )
          yield* Effect.retry(redis.sPublish(channel, "again"), { times: 5 })
          yield* eventually(
            "a message",
            Effect.sync(() => count(got, "Message") === 1)
          )
          assert.deepStrictEqual(
            got.map(([tag]) => tag),
            ["Subscribed", "Gap", "Moved", "Message"]
          )
          yield* servers.thaw(primary)
          yield* servers.awaitStable
        }
      }),
    PROOF_TIMEOUT
  )
})
