import { assert } from "@effect/vitest"
import { Command, type RedisError } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { eventually, failing, isError, start } from "../support/client.ts"
import { clusterClient, onCluster, primariesOf } from "./support/cluster.ts"
import { assertClean, Ledger } from "./support/Ledger.ts"
import { keyIn, slotsFrom } from "./support/slots.ts"

/** Slots all over the cluster, neighbours on different nodes. */
const SLOTS = slotsFrom(11, 1_500).map((at) => (at * 5_461) % 16_384)

const outcomes = (results: ReadonlyArray<Result.Result<unknown, RedisError>>) =>
  results.map((result) =>
    Result.isSuccess(result)
      ? "ok"
      : `${result.failure.reason._tag} ${result.failure.execution} ${result.failure.index}`
  )

onCluster({ replicasPerPrimary: 0, requireFullCoverage: false, nodeTimeout: "500 millis" })(
  "A pipeline over a cluster",
  (it) => {
    it.effect("gives the results of all nodes in the caller's order, by position and by name", () =>
      Effect.gen(function* () {
        const { redis } = yield* clusterClient()
        const keys = SLOTS.map((slot, at) => keyIn(slot, `p${at}`))
        const results = yield* redis.pipeline(
          keys.flatMap((key, at) => [Command.set(key, `value ${at}`), Command.get(key)] as const)
        )
        assert.deepStrictEqual(
          results.filter((_, at) => at % 2 === 1),
          keys.map((_, at) => `value ${at}`)
        )
        assert.deepStrictEqual(
          yield* redis.pipeline({
            first: Command.get(keys[0]!),
            second: Command.strLen(keys[1]!),
            none: Command.mGet([])
          }),
          { first: "value 0", second: 7, none: [] }
        )
      })
    )

    it.effect("stays complete when each node takes only a few commands at once", () =>
      Effect.gen(function* () {
        const { redis } = yield* clusterClient({ maxInFlight: 5 })
        const keys = SLOTS.map((slot, at) => keyIn(slot, `p${at}`))
        const results = yield* redis.pipeline(keys.map((key) => Command.get(key)))
        assert.deepStrictEqual(
          results,
          keys.map((_, at) => `value ${at}`)
        )
      })
    )

    it.effect("fails by position for what cannot be sent or is refused, and runs the rest", () =>
      Effect.gen(function* () {
        const { redis } = yield* clusterClient()
        const [list, text] = [keyIn(100, "list"), keyIn(12_000, "text")]
        const commands = [
          Command.rPush(list, "1"),
          Command.rename(list, text),
          Command.incr(list),
          Command.set(text, "1"),
          Command.swapDb(0, 1),
          Command.get(text)
        ]
        assert.deepStrictEqual(outcomes(yield* redis.pipeline(commands, { mode: "result" })), [
          "ok",
          "CrossSlot NotSent 1",
          "WrongType Refused 2",
          "ok",
          "InvalidArgument NotSent 4",
          "ok"
        ])
        assert.strictEqual((yield* failing(redis.pipeline(commands))).index, 1)
      })
    )

    it.effect("has the results of the other nodes when one dies, and each position's own account of the dead one", () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { redis } = yield* clusterClient({ commandTimeout: "1 second" })
        const [, victim, third] = yield* primariesOf(servers)
        const ledger = new Ledger()
        const onVictim = (slot: number) => slot >= 5_461 && slot < 10_922
        let batches = 0
        let broken: ReadonlyArray<Result.Result<unknown, RedisError>> | undefined
        const writer = yield* start(
          Effect.gen(function* () {
            while (broken === undefined) {
              const writes = SLOTS.slice(0, 600).map((slot) => ledger.open(keyIn(slot, ledger.name)))
              const results = yield* redis.pipeline(
                writes.map(({ id, key }) => Command.rPush(key, id)),
                { mode: "result" }
              )
              ledger.settle(writes, results)
              batches++
              if (results.some(Result.isFailure)) broken = results
            }
          })
        )
        yield* eventually(
          "batches run",
          Effect.sync(() => batches > 10)
        )
        yield* servers.kill(victim)
        yield* eventually(
          "a batch was hit",
          Effect.sync(() => broken !== undefined)
        )
        assert.isDefined(writer.pollUnsafe())
        for (const [at, outcome] of outcomes(broken!).entries()) {
          if (onVictim(SLOTS[at]!))
            assert.match(outcome, /^(ok|ConnectionLost MayHaveExecuted \d+|Timeout NotSent \d+)$/)
          else assert.strictEqual(outcome, "ok")
        }
        for (const error of ledger.errors) {
          assert.strictEqual(error.command, "RPUSH")
          assert.strictEqual(error.node, `127.0.0.1:${victim.port}`)
        }
        yield* eventually(
          "the others have noticed",
          Effect.map(third.admin(["CLUSTER", "NODES"]), (nodes) => /master,fail /.test(String(nodes)))
        )

        const keys = [keyIn(1, "after"), keyIn(8_000, "after"), keyIn(16_000, "after"), keyIn(8_001, "after")]
        const after = redis.pipeline(
          keys.map((key) => Command.set(key, "1")),
          { deadline: "200 millis" }
        )
        assert.strictEqual(isError(yield* failing(after), "Timeout", "NotSent").index, 1)
        const each = yield* redis.pipeline(
          keys.map((key) => Command.set(key, "2")),
          { deadline: "200 millis", mode: "result" }
        )
        assert.deepStrictEqual(outcomes(each), ["ok", "Timeout NotSent 1", "ok", "Timeout NotSent 3"])

        yield* servers.restart(victim)
        yield* servers.awaitStable
        assert.deepStrictEqual(yield* redis.pipeline(keys.map((key) => Command.get(key))), [
          "2",
          undefined,
          "2",
          undefined
        ])
        assert.strictEqual(yield* assertClean(servers, ledger), 0)
      })
    )
  }
)
