/**
 * Access tokens that expire: the next is asked for before the one in use ends, the live connection says it to the server, and the program
 * knows nothing of it. Here the tokens' issuer changes the user's password, as an identity provider's rotation does.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Credentials, Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Clock, Console, Effect, Layer, Redacted, Schedule } from "effect"

const LIFE_MILLIS = 500

/** What a request to an identity provider would be; how a token says when it expires is for the application to read. */
const requestToken = Effect.gen(function* () {
  const server = yield* RedisServer
  const now = yield* Clock.currentTimeMillis
  const token = `token of ${now}`
  yield* server.admin(["ACL", "SETUSER", "app", "on", "resetpass", `>${token}`, "~*", "&*", "+@all"])
  return { username: "app", password: Redacted.make(token), expiresAt: now + LIFE_MILLIS }
})

const credentials = Layer.unwrap(
  RedisServer.useSync((server) =>
    Credentials.layerTokens({
      request: Effect.provideService(requestToken, RedisServer, server),
      refreshRatio: 0.7,
      requestTimeout: "5 seconds",
      retry: Schedule.exponential("100 millis").pipe(Schedule.upTo({ times: 5 }))
    })
  )
)

const program = Effect.gen(function* () {
  const redis = yield* Redis
  const begun = yield* redis.clientId()
  for (let second = 0; second < 3; second++) {
    yield* redis.incr("seconds")
    yield* Effect.sleep("700 millis")
  }
  const { id, user } = yield* redis.clientInfo()
  yield* Console.log(`as ${user}, on one connection: ${id === begun}, counted ${yield* redis.get("seconds")}`)
})

// A client takes its credentials from the context where it is given none of its own.
const redis = Layer.unwrap(RedisServer.useSync(({ host, port }) => RedisLive({ host, port })))
const live = Layer.provideMerge(Layer.provide(redis, credentials), RedisServer.layer())

program.pipe(Effect.provide(live), NodeRuntime.runMain)
