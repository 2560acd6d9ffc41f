/**
 * How a cluster client paces what it meets is a Schedule each: `redirect`, `unavailable`, `reconnect`, `discovery`. Here a slot moves by hand,
 * its two keys in different halves for a while, and the client's own schedules say what it waits for.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { type Policies, Redis, RedisCluster, RedisClusterLive, type RedisError } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import { Console, Effect, Fiber, Layer, Schedule } from "effect"

const met = new Set<string>()

/** Redirects are followed at once, what is split between two nodes is tried again every 20 ms; and what was met is noted. */
const redirect: Policies.Policy = Schedule.spaced("20 millis").pipe(
  Schedule.setInputType<RedisError>(),
  Schedule.modifyDelay(({ duration, input }) => Effect.succeed(input.reason._tag === "Redirected" ? 0 : duration)),
  Schedule.tap(({ input }) =>
    Effect.sync(() => {
      met.add(input.reason._tag === "Redirected" ? input.reason.kind : input.reason._tag)
    })
  )
)

const policies: Partial<Policies.Policies> = {
  redirect,
  // A start that finds no cluster within a second fails; the default is ten.
  discovery: Schedule.max([Schedule.spaced("100 millis"), Schedule.during("1 second")])
}

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const slot = (yield* RedisCluster).slotOf("{cart}")
  const servers = yield* ClusterServers
  const [from, to] = yield* Effect.all([servers.primaryOf(slot), servers.primaryOf((slot + 8192) % 16384)])

  yield* redis.mSet({ "{cart}:pens": "1", "{cart}:pads": "2" })
  yield* servers.beginMigration(slot, from, to)
  yield* servers.migrateKeys(slot, from, to, { keys: ["{cart}:pens"] })
  yield* Console.log(`pens: ${yield* redis.get("{cart}:pens")}`)

  // No node has both: the command waits until one has.
  const both = yield* Effect.forkChild(redis.mGet(["{cart}:pens", "{cart}:pads"]))
  yield* Effect.sleep("100 millis")
  yield* servers.migrateKeys(slot, from, to, { keys: ["{cart}:pads"] })
  yield* servers.finishMigration(slot, from, to)
  yield* Console.log(`both: ${yield* Fiber.join(both)}`)
  yield* Console.log(`pads: ${yield* redis.get("{cart}:pads")}`)
  yield* Console.log(`met: ${[...met].sort().join(", ")}`)
})

const live = Layer.unwrap(ClusterServers.useSync(({ seeds }) => RedisClusterLive({ nodes: seeds, policies })))

program.pipe(
  Effect.provide(Layer.provideMerge(live, ClusterServers.layer({ primaries: 3, replicasPerPrimary: 0 }))),
  NodeRuntime.runMain
)
