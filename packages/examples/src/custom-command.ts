/**
 * Commands defined outside the library have the same standing: they are routed by their keys, retried by their category, and go into
 * pipelines. `Command.raw` is for a single use.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisClusterLive, Reply } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import { Console, Effect, Layer, Schema } from "effect"

/** Count `elements` approximately: a HyperLogLog takes them as often as one likes. */
const pfAdd = Command.define({ name: "PFADD", keys: "first", retry: "idempotent", reply: Reply.boolean })
const pfCount = Command.define({ name: "PFCOUNT", keys: "all", retry: "readOnly", reply: Reply.integer })

const visited = (page: string, ...visitors: ReadonlyArray<string>) => pfAdd([page, ...visitors])

const Settings = Schema.fromJsonString(Schema.Struct({ theme: Schema.String, size: Schema.Int }))

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const [changed, count] = yield* redis.pipeline([visited("home", "Ada", "Grace", "Ada"), pfCount(["home"])])
  yield* Console.log(`changed: ${changed}, visitors: ${count}`)

  // A command is an Effect, and its views are commands.
  const described = pfCount(["home"]).pipe(Command.map((n) => `about ${n}`))
  yield* Console.log(yield* described)

  yield* redis.set("settings", `{"theme":"dark","size":12}`)
  const settings = yield* Command.get("settings").pipe(Command.decode(Settings)) // undefined if the key is missing
  yield* Console.log(settings?.theme)

  yield* Console.log(yield* Command.raw("OBJECT ENCODING", ["settings"], { keys: "first", retry: "readOnly" }))
})

const servers = ClusterServers.layer({ primaries: 3, replicasPerPrimary: 0 })
const live = Layer.unwrap(ClusterServers.useSync(({ seeds }) => RedisClusterLive({ nodes: seeds })))

program.pipe(Effect.provide(Layer.provide(live, servers)), NodeRuntime.runMain)
