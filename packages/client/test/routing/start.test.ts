import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { Transport } from "../../src/connection/Transport.ts"
import type { ConnectError } from "../../src/error/RedisError.ts"
import { Redis, type RedisOptions, type WithPolicies } from "../../src/Redis.ts"
import { RedisCluster } from "../../src/RedisCluster.ts"
import { endingWithServers, isDone, settle, standalone, start, succeeded } from "../support/client.ts"
import { clustered, FakeCluster, k1 } from "../support/FakeCluster.ts"
import { bulk, error, FakeTransport, refused, type Script } from "../support/FakeTransport.ts"

const tagsOf = (failure: ConnectError) => failure.attempts.map(({ node, reason }) => `${node} ${reason._tag}`).sort()

/** A client of a server that cannot be reached so far. */
const unreachable = (options: RedisOptions & WithPolicies) =>
  Effect.gen(function* () {
    const transport = new FakeTransport()
    transport.onOpen = () => refused("connect ECONNREFUSED")
    const made = Redis.make({ host: "h", port: 1, ...options })
    const making = yield* start(Effect.result(Effect.provideService(made, Transport, transport.service)))
    return { transport, making }
  })

describe("Start of a client of one server", () => {
  it.effect("eager waits for the server", () =>
    Effect.gen(function* () {
      const { making, transport } = yield* unreachable({})
      yield* TestClock.adjust("5 seconds")
      assert.isFalse(yield* isDone(making))
      transport.onOpen = () => Effect.void
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* succeeded(making))._tag, "Success")
    })
  )

  it.effect("eager fails by the discovery policy with what it met", () =>
    Effect.gen(function* () {
      const { making } = yield* unreachable({
        policies: { discovery: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 3 })) }
      })
      yield* TestClock.adjust("2900 millis")
      assert.isFalse(yield* isDone(making))
      yield* TestClock.adjust("5 seconds")
      const made = yield* succeeded(making)
      const failure = made._tag === "Failure" ? made.failure : assert.fail("the client was made")
      assert.deepStrictEqual(tagsOf(failure), ["h:1 ConnectFailed"])
      assert.include(failure.message, "ECONNREFUSED")
    })
  )

  it.effect("failFast tries once", () =>
    Effect.gen(function* () {
      const { making, transport } = yield* unreachable({ start: "failFast" })
      assert.strictEqual((yield* Effect.andThen(settle, succeeded(making)))._tag, "Failure")
      assert.strictEqual(transport.dialled.length, 1)
    })
  )

  it.effect("lazy connects with the first command", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone({ start: "lazy" }, ([name]) =>
        name === "GET" ? bulk("1") : undefined
      )
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(transport.dialled, [])
      assert.strictEqual(yield* succeeded(yield* start(redis.get("a"))), "1")
    })
  )

  it.effect("does not wait where waiting cannot help", () =>
    Effect.gen(function* () {
      const script: Script = ([name]) => (name === "HELLO" ? error("WRONGPASS invalid") : undefined)
      const failure = yield* Effect.flip(standalone({ password: Redacted.make("x") }, script))
      assert.deepStrictEqual(tagsOf(failure), ["h:1 WrongPassword"])
    })
  )
})

describe("Start of a client of a cluster", () => {
  const making = (setup: (fake: FakeCluster) => void, options: Parameters<typeof clustered>[0] = {}) =>
    Effect.gen(function* () {
      const fake = new FakeCluster()
      setup(fake)
      const made = RedisCluster.make({ nodes: ["n1:1", "n2:1"], ...options })
      const fiber = yield* start(Effect.result(Effect.provideService(made, Transport, fake.transport.service)))
      return { fake, fiber }
    })

  it.effect("eager asks all seeds in rounds until one answers", () =>
    Effect.gen(function* () {
      const { fake, fiber } = yield* making((cluster) => cluster.down("n1:1", "n2:1"))
      yield* TestClock.adjust("3 seconds")
      assert.isFalse(yield* isDone(fiber))
      fake.down("n1:1")
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* succeeded(fiber))._tag, "Success")
    })
  )

  it.effect("failFast fails with the cause of each seed", () =>
    Effect.gen(function* () {
      const { fiber } = yield* making((cluster) => cluster.down("n1:1", "n2:1"), { start: "failFast" })
      yield* settle
      const made = yield* succeeded(fiber)
      const failure = made._tag === "Failure" ? made.failure : assert.fail("the client was made")
      assert.deepStrictEqual(tagsOf(failure), ["n1:1 ConnectFailed", "n2:1 ConnectFailed"])
    })
  )

  it.effect("fails at once as ClusterDisabled when cluster mode is off", () =>
    Effect.gen(function* () {
      const { fiber } = yield* making((cluster) => {
        cluster.on = ([name]) =>
          name === "CLUSTER" ? error("ERR This instance has cluster support disabled") : undefined
      })
      yield* settle
      const made = yield* succeeded(fiber)
      const failure = made._tag === "Failure" ? made.failure : assert.fail("the client was made")
      assert.deepStrictEqual(tagsOf(failure), ["n1:1 ClusterDisabled", "n2:1 ClusterDisabled"])
    })
  )

  it.effect("lazy asks nothing before the first command", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({ start: "lazy" })
      yield* settle
      assert.deepStrictEqual(fake.transport.dialled, [])
      const fiber = yield* start(redis.get(k1))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(fiber), "n1:1")
    })
  )

  it.effect("does not wait for a node that does not answer once there is the view of another one", () =>
    Effect.gen(function* () {
      const { fake, fiber } = yield* making((cluster) => {
        cluster.on = ([name], { address }) => (name === "CLUSTER" && address === "n1:1" ? "" : undefined)
      })
      yield* TestClock.adjust("100 millis")
      assert.strictEqual((yield* succeeded(fiber))._tag, "Success")
      yield* endingWithServers(fake.transport)
    })
  )
})
