/** Scripts and functions while nodes forget them, fail over and move slots: see DESIGN §5 for what a half-way failure is. */
import { assert } from "@effect/vitest"
import { Command, FunctionLibrary, type RedisError, type RedisService, Script } from "@reef-redis/node"
import { type ClusterControls, ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { clusterClient, onCluster, primariesOf, replicaOf } from "../cluster/support/cluster.ts"
import { keyIn, slotsFrom } from "../cluster/support/slots.ts"
import { eventually, start } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"

const FIBERS = 30
/** Rounds of: a failover, a slot migration there and back, and in the whole proof a SIGKILL. */
const ROUNDS = sizeOf({ quick: 1, full: 8 })
/** Slots that move in each round. */
const MOVED = sizeOf({ quick: 20, full: 400 })
/** Between two times that all nodes forget all scripts, in milliseconds. */
const FORGET = 25
/** Between two operations of a fiber, in milliseconds: the servers have to keep up with all else. */
const PAUSE = 5

/** Counts its runs under an id of the call, and fails half-way if it is told to. */
const lua = `local runs = redis.call("INCR", KEYS[1])
if ARGV[1] == "fail" then return redis.call("LPUSH", KEYS[1], 1) end
return runs`

const script = Script.make({ lua, keys: ["id"], args: { how: Schema.String }, result: Schema.Int })

const library = FunctionLibrary.make({
  name: "reef_proof",
  code: `#!lua name=reef_proof
redis.register_function("reef_run", function(keys, args)
  local KEYS, ARGV = keys, args
  ${lua}
end)`,
  functions: { reef_run: { keys: ["id"], args: { how: Schema.String }, result: Schema.Int } }
})

interface Call {
  readonly key: string
  readonly how: "succeed" | "fail"
  result: Result.Result<unknown, RedisError> | undefined
}

/** Calls in turn by themselves, in pipelines and in transactions, each under a key of its own. */
const startCalls = (redis: RedisService, name: string) =>
  Effect.gen(function* () {
    const calls: Array<Call> = []
    let running = true
    const begin = (slot: number, how: Call["how"]): Call => {
      const call: Call = { key: keyIn(slot, `${name}-${calls.length}`), how, result: undefined }
      calls.push(call)
      return call
    }
    const commandOf = ({ how, key }: Call, turn: number) =>
      turn % 2 === 0 ? script({ id: key }, { how }) : library.call.reef_run({ id: key }, { how })
    const work = (index: number) =>
      Effect.gen(function* () {
        for (let turn = index; running; turn++) {
          const slot = (turn * 37 + index * 541) % 16_384
          const how = turn % 5 === 0 ? "fail" : "succeed"
          if (turn % 3 === 0) {
            const call = begin(slot, how)
            call.result = yield* Effect.result(redis.run(commandOf(call, turn)))
          } else if (turn % 3 === 1) {
            const both = [begin(slot, "succeed"), begin((slot + 8_192) % 16_384, how), begin(slot, "succeed")]
            // What reads the same key behind a call is what makes a second attempt too late.
            const results = yield* redis.pipeline(
              [...both.map(commandOf), ...both.map(({ key }) => Command.get(key))],
              { mode: "result" }
            )
            for (const [at, call] of both.entries()) call.result = results[at]
          } else {
            const pair = [begin(slot, "succeed"), begin(slot, how)]
            const results = yield* Effect.result(redis.transaction(pair.map(commandOf), { mode: "result" }))
            for (const [at, call] of pair.entries()) {
              call.result = Result.isFailure(results) ? Result.fail(results.failure) : results.success[at]
            }
          }
          yield* Effect.sleep(PAUSE)
        }
      })
    const fiber = yield* start(Effect.forEach(slotsFrom(0, FIBERS), work, { concurrency: "unbounded", discard: true }))
    return {
      calls,
      stop: Effect.andThen(
        Effect.sync(() => (running = false)),
        Fiber.join(fiber)
      )
    }
  })

const forgetting = (servers: ClusterControls) =>
  Effect.forever(Effect.andThen(Effect.ignore(servers.adminAll(["SCRIPT", "FLUSH"])), Effect.sleep(FORGET)))

interface Account {
  readonly calls: number
  readonly failedHalfWay: number
  readonly unknown: number
  readonly lostByServers: number
}

/** Holds every call against what the servers have counted. `kills`: servers may have lost acknowledged writes. */
const account = (redis: RedisService, calls: ReadonlyArray<Call>, kills: boolean) =>
  Effect.gen(function* () {
    let [failedHalfWay, unknown, lostByServers] = [0, 0, 0]
    const counts = yield* redis.pipeline(calls.map(({ key }) => Command.get(key)))
    for (const [at, call] of calls.entries()) {
      const runs = Number(counts[at] ?? 0)
      const { result } = call
      const what = `${call.key} (${call.how}) ran ${runs} times: ${result?._tag === "Failure" ? result.failure.message : "answered"}`
      assert.isDefined(result, what)
      assert.isAtMost(runs, 1, what)
      if (Result.isSuccess(result!)) {
        assert.strictEqual(call.how, "succeed", what)
        if (runs === 0) lostByServers++
        continue
      }
      const { execution, reason } = result!.failure
      assert.notInclude(["NoScript", "NoFunction"], reason._tag, what)
      if (execution === "NotSent" || execution === "Refused") assert.strictEqual(runs, 0, what)
      else if (reason._tag === "WrongType") {
        assert.strictEqual(call.how, "fail", what)
        failedHalfWay++
        if (runs === 0) lostByServers++
      } else unknown++
    }
    if (!kills) assert.strictEqual(lostByServers, 0)
    assert.isAbove(failedHalfWay, 0)
    return { calls: calls.length, failedHalfWay, unknown, lostByServers } satisfies Account
  })

onCluster({ nodeTimeout: "1 second" })("Scripts and functions on a cluster", (it) => {
  it.effect(
    "run at most once each and no NOSCRIPT is seen, while nodes forget them, fail over and move slots",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { redis } = yield* clusterClient()
        const forgetter = yield* start(forgetting(servers))
        const { calls, stop } = yield* startCalls(redis, "moved")
        yield* eventually(
          "the load is on",
          Effect.sync(() => calls.length > 500)
        )
        for (let round = 0; round < ROUNDS; round++) {
          const [first, second, third] = yield* primariesOf(servers)
          yield* servers.failover(yield* replicaOf(servers, round % 2 === 0 ? third : first))
          const slots = slotsFrom(round * MOVED, MOVED)
          const [from, to] = [yield* servers.primaryOf(0), second]
          yield* servers.moveSlots(slots, from, to, { keysPerMigrate: 20 })
          yield* servers.moveSlots(slots, to, from, { keysPerMigrate: 20 })
        }
        yield* stop
        yield* Fiber.interrupt(forgetter)
        const told = yield* account(redis, calls, false)
        console.log(`${ROUNDS} failovers and ${2 * ROUNDS * MOVED} slots moved: ${JSON.stringify(told)}`)
      }),
    PROOF_TIMEOUT
  )

  it.effect(
    "survive the death of primaries: what was under way may have happened, and never twice",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const { redis } = yield* clusterClient()
        const forgetter = yield* start(forgetting(servers))
        const { calls, stop } = yield* startCalls(redis, "killed")
        for (let round = 0; round < ROUNDS; round++) {
          const before = calls.length
          yield* eventually(
            "the load is on",
            Effect.sync(() => calls.length > before + 500)
          )
          const victim = (yield* primariesOf(servers))[round % 3]!
          const successor = yield* replicaOf(servers, victim)
          yield* servers.kill(victim)
          yield* eventually(
            "the replica is promoted",
            Effect.map(successor.role, (role) => role === "primary"),
            30
          )
          yield* servers.restart(victim)
          yield* servers.awaitStable
        }
        yield* stop
        yield* Fiber.interrupt(forgetter)
        const told = yield* account(redis, calls, true)
        console.log(`${ROUNDS} primaries killed: ${JSON.stringify(told)}`)
      }),
    PROOF_TIMEOUT
  )
})
