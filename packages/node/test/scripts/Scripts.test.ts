import { assert, layer } from "@effect/vitest"
import { Command, FunctionLibrary, type RedisService, Script } from "@reef-redis/node"
import { RedisServer, type ServerControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { callsOf, clientOf, eventually, failing, isError } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const bump = Script.make({
  lua: `return redis.call("INCRBY", KEYS[1], ARGV[1])`,
  keys: ["counter"],
  args: { by: Schema.Int },
  result: Schema.Int
})

const peek = Script.make({
  lua: `return redis.call("GET", KEYS[1])`,
  keys: ["counter"],
  result: Schema.UndefinedOr(Schema.NumberFromString),
  readOnly: true
})

/** Writes, and then fails. */
const halfWay = Script.make({
  lua: `redis.call("INCR", KEYS[1]) if ARGV[1] == "raise" then error({ err = "NOSCRIPT of its own" }) end
    return redis.call("LPUSH", KEYS[1], 1)`,
  keys: ["counter"],
  args: { how: Schema.Literals(["raise", "call"]) },
  result: Schema.Int
})

const libraryOptions = {
  name: "reef_counters",
  code: `#!lua name=reef_counters
redis.register_function("reef_bump", function(keys, args) return redis.call("INCRBY", keys[1], args[1]) end)
redis.register_function({ function_name = "reef_peek", flags = { "no-writes" },
  callback = function(keys) return redis.call("GET", keys[1]) end })
redis.register_function("reef_half", function(keys)
  redis.call("INCR", keys[1])
  return redis.call("LPUSH", keys[1], 1)
end)`,
  functions: {
    reef_bump: { keys: ["counter"], args: { by: Schema.Int }, result: Schema.Int },
    reef_half: { keys: ["counter"], result: Schema.Int },
    reef_peek: { keys: ["counter"], result: Schema.UndefinedOr(Schema.NumberFromString), readOnly: true }
  }
} as const

const counters = FunctionLibrary.make(libraryOptions)

const counter = "counter"

/** The hash is known: from now on calls are by it. */
const byHash = eventually(
  "the hash is known",
  Effect.sync(() => bump({ counter }, { by: 1 }).name === "EVALSHA" && peek({ counter }).name === "EVALSHA_RO")
)

type Case = (redis: RedisService, forget: Effect.Effect<unknown>) => Effect.Effect<void, unknown>

/** Each way to run a command, on a server that has just forgotten the code. */
const everyWay =
  (add: (by: number) => Command<number>, read: Command<number | undefined>): Case =>
  (redis, forget) =>
    Effect.gen(function* () {
      yield* redis.del(counter)
      yield* forget
      assert.strictEqual(yield* redis.run(add(1)), 1)
      assert.strictEqual(yield* redis.run(add(1)), 2)
      yield* forget
      assert.strictEqual(yield* redis.run(read), 2)
      yield* forget
      assert.deepStrictEqual(yield* redis.pipeline([add(1), Command.incr(counter), add(1), read]), [3, 4, 5, 5])
      yield* forget
      assert.deepStrictEqual(
        yield* redis
          .pipeline([add(1), Command.incr("another")], { mode: "result" })
          .pipe(Effect.map(([first]) => first._tag)),
        "Success"
      )
      yield* forget
      assert.deepStrictEqual(yield* redis.transaction([add(1), Command.incr(counter), add(1)]), [7, 8, 9])
      yield* forget
      const watched = redis.watch([counter], (tx) =>
        Effect.map(tx.run(read), (now) => [Command.set("seen", String(now)), add(1)] as const)
      )
      assert.deepStrictEqual(yield* watched, [true, 10])
      yield* forget
      const leased = Effect.flatMap(redis.lease(), (mine) =>
        Effect.all([mine.run(add(1)), mine.pipeline([add(1), add(1)]), mine.transaction([add(1)])])
      )
      assert.deepStrictEqual(yield* Effect.scoped(leased), [11, [12, 13], [14]])
      yield* forget
      isError(yield* failing(redis.durable(add(1), { replicas: 1, timeout: "1 millis" })), "NotReplicated", "Executed")
      assert.strictEqual(yield* redis.get(counter), "15")
      yield* forget
      const under = redis.withKeyPrefix("p:")
      yield* under.del(counter)
      assert.strictEqual(yield* under.run(add(1)), 1)
      assert.strictEqual(yield* redis.get(`p:${counter}`), "1")
    })

layer(RedisServer.layer(), { excludeTestServices: true })("On a live server", (it) => {
  const forgetting = (server: ServerControls, what: "SCRIPT" | "FUNCTION") =>
    Effect.orDie(server.admin([what, "FLUSH"]))

  it.effect("scripts run in every way a command can, though it has forgotten them, under RESP3 and RESP2", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        for (const protocol of [3, 2] as const) {
          const redis = yield* clientOf(server, { protocol })
          yield* redis.run(bump({ counter }, { by: 1 }))
          yield* redis.run(peek({ counter }))
          yield* byHash
          yield* everyWay((by) => bump({ counter }, { by }), peek({ counter }))(redis, forgetting(server, "SCRIPT"))
        }
      })
    )
  )

  it.effect("functions run in every way a command can, though it has lost their library", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const redis = yield* clientOf(server)
        const { reef_bump, reef_peek } = counters.call
        yield* everyWay((by) => reef_bump({ counter }, { by }), reef_peek({ counter }))(
          redis,
          forgetting(server, "FUNCTION")
        )
        assert.strictEqual(
          yield* redis.run(FunctionLibrary.make({ ...libraryOptions, replace: true }).load),
          "reef_counters"
        )
      })
    )
  )

  it.effect("what failed half-way has happened once, is MayHaveExecuted, and is not run again", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const redis = yield* clientOf(server)
        for (const [how, tag] of [
          ["raise", "NoScript"],
          ["call", "WrongType"]
        ] as const) {
          yield* redis.del(counter)
          for (let turn = 1; turn <= 3; turn++) {
            isError(yield* failing(redis.run(halfWay({ counter }, { how }))), tag, "MayHaveExecuted")
            assert.strictEqual(yield* redis.get(counter), String(turn))
          }
          const [result] = yield* redis.pipeline([halfWay({ counter }, { how })], { mode: "result" })
          isError(result._tag === "Failure" ? result.failure : undefined, tag, "MayHaveExecuted")
          assert.strictEqual(yield* redis.get(counter), "4")
        }
        isError(yield* failing(redis.run(counters.call.reef_half({ counter }))), "WrongType", "MayHaveExecuted")
        assert.strictEqual(yield* redis.get(counter), "5")
      })
    )
  )

  it.effect("calls by hash are answered without sending the source again", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const redis = yield* clientOf(server)
        yield* redis.run(bump({ counter: "n" }, { by: 1 }))
        yield* byHash
        yield* server.admin(["CONFIG", "RESETSTAT"])
        for (let turn = 0; turn < 20; turn++) yield* redis.run(bump({ counter: "n" }, { by: 1 }))
        assert.deepStrictEqual([yield* callsOf(server, "evalsha"), yield* callsOf(server, "eval")], [20, 0])
      })
    )
  )
})
