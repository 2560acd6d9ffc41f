import { assert } from "@effect/vitest"
import type { RedisPubSubService } from "@reef-redis/node"
import { ClusterServers, type ServerControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { clusterClient, onCluster, primariesOf, replicaOf } from "../cluster/support/cluster.ts"
import { keyIn } from "../cluster/support/slots.ts"
import { eventually, start } from "../support/client.ts"
import { rawSocket } from "./support/rawSocket.ts"

/** What a subscription got so far: payloads, and the names of events. */
const watch = Effect.fnUntraced(function* (
  pubSub: RedisPubSubService,
  kind: "subscribe" | "pSubscribe" | "sSubscribe",
  names: string | ReadonlyArray<string>
) {
  const got: Array<string> = []
  const stream = yield* pubSub[kind](names, { events: true })
  yield* start(
    Stream.runForEach(stream, (item) => Effect.sync(() => got.push(item._tag === "Message" ? item.payload : item._tag)))
  )
  return got
})

const shardNumSub = (node: ServerControls, channel: string) =>
  Effect.orDie(
    Effect.map(node.admin(["PUBSUB", "SHARDNUMSUB", channel]), (reply) => Number((reply as ReadonlyArray<unknown>)[1]))
  )

onCluster({ nodeTimeout: "1 second" })("Subscriptions of a cluster", (it) => {
  it.effect("reach every node's messages, and sharded ones the owners of their slots", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { pubSub, redis } = yield* clusterClient()
      const channels = [keyIn(1, "s"), keyIn(8_200, "s"), keyIn(16_000, "s"), keyIn(2, "s")]
      const plain = yield* watch(pubSub, "subscribe", "plain")
      const pattern = yield* watch(pubSub, "pSubscribe", "pl*")
      const sharded = yield* watch(pubSub, "sSubscribe", channels)
      for (const node of yield* primariesOf(servers)) yield* Effect.orDie(node.admin(["PUBLISH", "plain", node.name]))
      for (const channel of channels) assert.strictEqual(yield* redis.sPublish(channel, channel), 1)
      const all = Effect.sync(() => plain.length === 4 && pattern.length === 4 && sharded.length === 8)
      yield* eventually("all came", all)
      assert.deepStrictEqual(new Set(sharded), new Set(["Subscribed", ...channels]))
    })
  )

  it.effect("follow a slot that migrates, with one gap for each subscription", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [first, second] = yield* primariesOf(servers)
      const { pubSub, redis } = yield* clusterClient()
      const [moving, other, staying] = [keyIn(10, "m"), keyIn(10, "n"), keyIn(11, "m")]
      const moved = yield* watch(pubSub, "sSubscribe", [moving, other])
      const kept = yield* watch(pubSub, "sSubscribe", staying)
      yield* redis.sPublish(moving, "before")
      yield* servers.moveSlots([10], first, second)
      yield* eventually(
        "moved",
        Effect.sync(() => moved.filter((one) => one === "Moved").length === 2)
      )
      yield* redis.sPublish(moving, "after")
      yield* redis.sPublish(staying, "after")
      yield* eventually(
        "came",
        Effect.sync(() => moved.includes("after") && kept.includes("after"))
      )
      assert.deepStrictEqual(moved, ["Subscribed", "Subscribed", "before", "Gap", "Moved", "Moved", "after"])
      assert.deepStrictEqual(kept, ["Subscribed", "after"])
      assert.strictEqual(yield* shardNumSub(second, moving), 1)
      assert.strictEqual(yield* shardNumSub(first, moving), 0)
      yield* servers.moveSlots([10], second, first)
    })
  )

  it.effect("go on at the promoted replica after their primary died", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { pubSub, redis } = yield* clusterClient()
      const channel = keyIn(12_000, "f")
      const victim = yield* servers.primaryOf(12_000)
      const sharded = yield* watch(pubSub, "sSubscribe", channel)
      const plain = yield* Effect.all(Array.from({ length: 3 }, (_, n) => watch(pubSub, "subscribe", `p${n}`)))
      yield* servers.kill(victim)
      yield* eventually(
        "moved",
        Effect.sync(() => sharded.includes("Moved")),
        20
      )
      yield* redis.sPublish(channel, "after")
      yield* Effect.forEach([0, 1, 2], (n) => redis.publish(`p${n}`, "after"))
      yield* eventually(
        "came",
        Effect.sync(() => [sharded, ...plain].every((got) => got.includes("after")))
      )
      assert.deepStrictEqual(sharded, ["Subscribed", "Gap", "Moved", "after"])
      for (const got of plain) {
        assert.include([["Subscribed", "after"].join(), ["Subscribed", "Gap", "Moved", "after"].join()], got.join())
      }
      yield* servers.restart(victim)
      yield* servers.awaitStable
    })
  )

  it.effect("go on when their primary becomes a replica by order, with one gap at most", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { pubSub, redis } = yield* clusterClient()
      const channel = keyIn(5, "h")
      const primary = yield* servers.primaryOf(5)
      const replica = yield* replicaOf(servers, primary)
      const sharded = yield* watch(pubSub, "sSubscribe", channel)
      yield* servers.failover(replica)
      yield* servers.awaitStable
      // Once more where it fell into the gap: servers differ in whether they end the subscriptions then, and how soon.
      yield* eventually(
        "came",
        Effect.map(redis.sPublish(channel, "after"), () => sharded.at(-1) === "after")
      )
      assert.match(sharded.join(), /^Subscribed,(after,)*(Gap,(Resubscribed|Moved),)?after(,after)*$/)
      yield* servers.failover(primary)
      yield* servers.awaitStable
    })
  )

  // Redis 7.0: the old primary takes the subscription again at once, but its successor sends it no message until it has heard that this is a replica.
  it.effect("miss nothing once they are acknowledged again after such a failover", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { pubSub } = yield* clusterClient()
      for (let round = 0; round < 2; round++) {
        const channel = keyIn(6, `r${round}`)
        const primary = yield* servers.primaryOf(6)
        const replica = yield* replicaOf(servers, primary)
        const sharded = yield* watch(pubSub, "sSubscribe", channel)
        // Whoever publishes knows of the successor from the first moment.
        const publisher = yield* rawSocket(replica)
        let sent = 0
        const sending = yield* start(
          Effect.forever(
            Effect.andThen(
              Effect.sync(() => publisher.socket.write(`SPUBLISH ${channel} ${sent++}\r\n`)),
              Effect.sleep(1)
            )
          )
        )
        yield* servers.failover(replica)
        yield* eventually(
          "acknowledged again",
          Effect.sync(() => /Gap,(.*,)?(Moved|Resubscribed)/.test(sharded.join()))
        )
        const until = sent + 1000
        yield* eventually(
          "more messages came",
          Effect.sync(() => Number(sharded.at(-1)) > until)
        )
        yield* Fiber.interrupt(sending)
        const again = Math.max(sharded.lastIndexOf("Moved"), sharded.lastIndexOf("Resubscribed"))
        const [first = "", ...others] = sharded.slice(again + 1)
        assert.deepStrictEqual(
          others.map(Number),
          others.map((_, at) => Number(first) + 1 + at)
        )
        assert.strictEqual(sharded.filter((one) => one === "Gap").length, 1)
        yield* servers.awaitStable
      }
    })
  )
})
