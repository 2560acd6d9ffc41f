/**
 * Options from configuration. Here the provider is made from a server that was just started; without one, Effect reads the environment.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { NodeTransport, Redis } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Config, ConfigProvider, Console, Duration, Effect, Layer } from "effect"

const configured = Redis.layerConfig({
  host: Config.String("REDIS_HOST"),
  port: Config.Port("REDIS_PORT"),
  password: Config.Redacted("REDIS_PASSWORD"),
  commandTimeout: Config.Duration("REDIS_TIMEOUT").pipe(Config.withDefault(Duration.seconds(2)))
}).pipe(Layer.provide(NodeTransport.layer))

const password = "only for this example"

const environment = Layer.unwrap(
  RedisServer.useSync(({ host, port }) =>
    ConfigProvider.layer(
      ConfigProvider.fromEnv({ env: { REDIS_HOST: host, REDIS_PORT: String(port), REDIS_PASSWORD: password } })
    )
  )
)

const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("configured", "yes")
  yield* Console.log(yield* redis.get("configured"))
})

const live = configured.pipe(Layer.provide(environment), Layer.provide(RedisServer.layer({ requirepass: password })))

program.pipe(Effect.provide(live), NodeRuntime.runMain)
