/** What commands with a policy give on three shards, against what one server with the same data gives. */
import { assert, layer } from "@effect/vitest"
import { Command, type RedisError, type RedisService } from "@reef-redis/node"
import { ClusterServers, RedisServer, type ServerControls } from "@reef-redis/testing"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { clientOf, eventually, start } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { clusterClient } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

const RUNS = sizeOf({ quick: 10, full: 300 })
const MOST_STEPS = sizeOf({ quick: 25, full: 60 })

/** Keys of few and of many slots, on all shards. */
const KEYS = [
  ...Array.from({ length: 10 }, (_, at) => `k${at}`),
  "{tag}1",
  "{tag}2",
  "ключ",
  keyIn(0, "edge"),
  keyIn(16_383, "edge")
]
const PATTERNS = ["*", "k*", "k?", "{tag}*", "none*"]
const SCRIPTS = [0, 1, 2, 3].map((n) => `return ${n}`)
const library = (n: number, body = `return ${n}`) =>
  `#!lua name=lib${n}\nredis.register_function('f${n}', function(keys, args) ${body} end)`
/** Longer than any command that is not slow on purpose; milliseconds. */
const SLOW = 60
const slowly = `local from = redis.call('TIME') repeat local now = redis.call('TIME')
  until (now[1] - from[1]) * 1000 + (now[2] - from[2]) / 1000 > ${SLOW + 20} return 1`
const FOREVER = "while true do end"

/** One step of a program: which command, and what its arguments are made of. */
const Step = Schema.Struct({
  kind: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 })),
  n: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99 })),
  keys: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: KEYS.length - 1 }))).check(
    Schema.isMinLength(1),
    Schema.isMaxLength(12)
  )
})
type Step = typeof Step.Type
const programs = Arbitrary.array(Arbitrary.schema(Step), { minLength: 5, maxLength: MOST_STEPS })

interface Case {
  readonly name: string
  readonly make: (step: Step, keys: ReadonlyArray<string>) => Command<unknown, unknown>
  /** How often it is chosen (default 1). */
  readonly weight?: number
  /** What of the result is to be the same. */
  readonly of?: (value: unknown) => unknown
}

const sorted = (value: unknown): unknown => (value as ReadonlyArray<string>).toSorted()
const fields = (keys: ReadonlyArray<string>, n: number) => keys.map((key, at) => [key, n + at] as const)
const pick = <T>(items: ReadonlyArray<T>, n: number): T => items[n % items.length]!
const modes = [undefined, "ASYNC", "SYNC"] as const

const shas = [
  "e0e1f9fabfc9d4800c877a703b823ac0578ff8db",
  "4ca238f611c9d0ae4e9a75a5dbac22aedc1e64ae",
  "7f923f79fe76194c868d7e1d0820de36700eb649",
  "0000000000000000000000000000000000000000"
]

const cases: ReadonlyArray<Case> = [
  { name: "SET", weight: 4, make: ({ n }, [key = ""]) => Command.set(key, n) },
  { name: "RPUSH", make: ({ n }, [key = ""]) => Command.rPush(key, String(n)) },
  { name: "MSET", weight: 6, make: ({ n }, keys) => Command.mSet(fields(keys, n)) },
  { name: "MGET", weight: 6, make: (_, keys) => Command.mGet(keys) },
  { name: "DEL", weight: 3, make: (_, keys) => Command.del(keys) },
  { name: "UNLINK", weight: 2, make: (_, keys) => Command.unlink(keys) },
  { name: "EXISTS", weight: 3, make: (_, keys) => Command.exists(keys) },
  { name: "TOUCH", weight: 2, make: (_, keys) => Command.touch(keys) },
  { name: "MSETEX", weight: 2, make: ({ n }, keys) => Command.mSetEx(fields(keys, n), { expiry: "1 hour" }) },
  { name: "KEYS", weight: 3, make: ({ n }) => Command.keys(pick(PATTERNS, n)), of: sorted },
  { name: "DBSIZE", weight: 3, make: () => Command.dbSize() },
  { name: "RANDOMKEY", weight: 2, make: () => Command.randomKey(), of: (key) => key === undefined },
  { name: "FLUSHALL", make: ({ n }) => Command.flushAll(pick(modes, n)) },
  { name: "FLUSHDB", make: ({ n }) => Command.flushDb(pick(modes, n)) },
  { name: "SCRIPT LOAD", weight: 2, make: ({ n }) => Command.scriptLoad(pick(SCRIPTS, n)) },
  { name: "SCRIPT EXISTS", weight: 2, make: ({ keys }) => Command.scriptExists(keys.map((at) => pick(shas, at))) },
  { name: "SCRIPT FLUSH", make: ({ n }) => Command.scriptFlush(pick(modes, n)) },
  { name: "SCRIPT KILL", make: () => Command.scriptKill() },
  { name: "FUNCTION LOAD", weight: 2, make: ({ n }) => Command.functionLoad(library(n % 3), { replace: n % 2 === 0 }) },
  { name: "FUNCTION DELETE", make: ({ n }) => Command.functionDelete(`lib${n % 3}`) },
  { name: "FUNCTION FLUSH", make: ({ n }) => Command.functionFlush(pick(modes, n)) },
  { name: "FUNCTION KILL", make: () => Command.functionKill() },
  { name: "FUNCTION STATS", make: () => Command.functionStats() },
  { name: "CONFIG SET", make: ({ n }) => Command.configSet("list-max-listpack-size", 10 + n) },
  { name: "CONFIG RESETSTAT", make: () => Command.configResetStat() },
  { name: "CONFIG REWRITE", make: () => Command.configRewrite() },
  { name: "MEMORY PURGE", make: () => Command.memoryPurge() },
  { name: "PING", make: () => Command.ping() },
  { name: "INFO", make: () => Command.info("keyspace"), of: (info) => typeof info },
  { name: "WAIT", make: () => Command.wait(0, "1 second") },
  { name: "WAITAOF", make: () => Command.waitAof(0, 0, "1 second") },
  { name: "ACL SETUSER", make: ({ n }) => Command.aclSetUser(`user${n % 3}`, ["on", "nopass", "+@all"]) },
  { name: "ACL DELUSER", make: ({ keys }) => Command.aclDelUser([...new Set(keys.map((at) => `user${at % 3}`))]) },
  { name: "ACL SAVE", make: () => Command.aclSave() },
  { name: "SLOWLOG RESET", make: () => Command.slowLogReset() },
  { name: "COMMANDLOG RESET", make: () => Command.commandLogReset("slow") },
  { name: "LATENCY RESET", make: () => Command.latencyReset("none") },
  { name: "LATENCY HISTORY", make: () => Command.latencyHistory("none") },
  // Each refuses them on a shared connection.
  { name: "CLIENT SETNAME", make: () => Command.raw("CLIENT SETNAME", ["x"]) },
  { name: "CLIENT SETINFO", make: () => Command.raw("CLIENT SETINFO", ["LIB-NAME", "x"]) },
  // What was done is seen from any node, thus on all.
  {
    name: "FUNCTION LIST",
    make: () => Command.functionList(),
    of: (value) => sorted((value as ReadonlyArray<{ name: string }>).map(({ name }) => name))
  },
  { name: "CONFIG GET", make: () => Command.configGet("list-max-listpack-size") },
  { name: "ACL USERS", make: () => Command.aclUsers(), of: sorted }
]
const drawn = cases.flatMap((one) => new Array<Case>(one.weight ?? 1).fill(one))

/** Tipped commands that no generated program has, and why. */
const apart: Readonly<Record<string, string>> = {
  "FUNCTION RESTORE": "below, since what it restores was dumped before",
  "SLOWLOG GET": "below, with commands that are slow on purpose",
  "SLOWLOG LEN": "below",
  "COMMANDLOG GET": "below",
  "COMMANDLOG LEN": "below",
  "LATENCY HISTOGRAM": "below",
  "LATENCY LATEST": "below",
  "LATENCY DOCTOR": "a report for people on one node: refused",
  "LATENCY GRAPH": "a report for people on one node: refused",
  "MEMORY DOCTOR": "a report for people on one node: refused",
  "MEMORY MALLOC-STATS": "a report for people on one node: refused",
  "MEMORY STATS": "a report on one node: refused",
  "CLUSTER SLOT-STATS": "a single server has no slots",
  MSETNX: "tipped by servers before 7.2; but all or nothing does not survive a split: CrossSlot",
  CLUSTERSCAN: "a single server has none",
  SCAN: "a cursor is of one node: refused, see RedisCluster.scan"
}

/** The same of both: a value, or a reason. */
const outcome = (result: Result.Result<unknown, RedisError>, of: (value: unknown) => unknown): unknown =>
  Result.isSuccess(result)
    ? { value: of(result.success) }
    : [result.failure.reason._tag, result.failure.reason.message, result.failure.execution]

const same = (value: unknown): unknown => value

interface Both {
  readonly cluster: RedisService
  readonly single: RedisService
}

const clients: Effect.Effect<Both, unknown, ClusterServers | RedisServer | Scope.Scope> = Effect.gen(function* () {
  const single = yield* clientOf(yield* RedisServer)
  const { redis } = yield* clusterClient()
  return { cluster: redis, single }
})

/** Run on both, and compare. */
const compare = (both: Both, { make, name, of = same }: Case, step: Step) =>
  Effect.gen(function* () {
    const command = make(
      step,
      step.keys.map((at) => KEYS[at]!)
    )
    const expected = outcome(yield* Effect.result(both.single.run(command)), of)
    const found = outcome(yield* Effect.result(both.cluster.run(command)), of)
    assert.deepStrictEqual(found, expected, `${name} ${JSON.stringify(step)}`)
  })

const reset = ({ cluster, single }: Both) =>
  Effect.forEach([cluster, single], (redis) =>
    Effect.andThen(redis.flushAll(), Effect.andThen(redis.scriptFlush(), redis.run(Command.functionFlush())))
  )

const knows = (server: ServerControls, name: string) =>
  Effect.map(
    server.admin(["COMMAND", "INFO", name.toLowerCase().replace(" ", "|")]),
    (reply) => Array.isArray(reply) && Array.isArray(reply[0])
  )

const servers = Layer.mergeAll(
  ClusterServers.layer({ primaries: 3, replicasPerPrimary: 0, appendonly: false }),
  RedisServer.layer()
)

layer(servers, { timeout: "60 seconds", excludeTestServices: true })("Commands with a policy", (it) => {
  it.effect("are all here", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      const list = yield* server.admin(["COMMAND"])
      const tipped: Array<string> = []
      const note = (entry: unknown): void => {
        const [name, , , , , , , tips, , subcommands] = entry as ReadonlyArray<unknown>
        const policies = (tips as ReadonlyArray<string>).filter((tip) => tip.startsWith("request_policy:"))
        if (policies.length > 0) tipped.push(String(name).toUpperCase().replace("|", " "))
        for (const each of subcommands as ReadonlyArray<unknown>) note(each)
      }
      for (const entry of list as ReadonlyArray<unknown>) note(entry)
      const here = new Set([...cases.map(({ name }) => name), ...Object.keys(apart)])
      assert.isAtLeast(tipped.length, 40)
      assert.deepStrictEqual(
        tipped.filter((name) => !here.has(name)),
        []
      )
    })
  )

  it.effect.prop(
    "give what one server with the same data gives",
    [programs],
    ([program]) =>
      Effect.gen(function* () {
        const both = yield* clients
        yield* reset(both)
        for (const step of program) {
          yield* compare(both, pick(drawn, step.kind), step)
          const key = yield* both.cluster.randomKey()
          if (key !== undefined) assert.strictEqual(yield* both.cluster.exists(key), 1)
        }
        for (const key of KEYS) {
          const [a, b] = [yield* both.single.type(key), yield* both.cluster.type(key)]
          assert.strictEqual(b, a, key)
        }
        assert.deepStrictEqual(yield* both.cluster.mGet(KEYS), yield* both.single.mGet(KEYS))
      }).pipe(Effect.scoped),
    { timeout: PROOF_TIMEOUT, arbitrary: { runs: RUNS } }
  )

  it.effect("restore functions on all shards, and see them there", () =>
    Effect.gen(function* () {
      const both = yield* clients
      yield* reset(both)
      yield* both.single.run(Command.functionLoad(library(7)))
      const payload = yield* both.single.run(Command.functionDump())
      yield* both.single.run(Command.functionFlush())
      for (const policy of [undefined, undefined, "REPLACE", "FLUSH", "APPEND"] as const) {
        const name = `FUNCTION RESTORE ${policy}`
        yield* compare(
          both,
          { name, make: () => Command.functionRestore(payload, policy) },
          { kind: 0, n: 0, keys: [] }
        )
      }
      for (const slot of [0, 8_000, 16_000])
        assert.strictEqual(yield* both.cluster.fCall("f7", { keys: [keyIn(slot, "f")] }), 7)
    })
  )

  it.effect("tell of slow commands wherever they were", () =>
    Effect.gen(function* () {
      const both = yield* clients
      const logs = yield* knows(yield* RedisServer, "COMMANDLOG")
      const keys = [0, 8_000, 16_000].map((slot) => keyIn(slot, "slow"))
      const measured = (redis: RedisService) =>
        Effect.gen(function* () {
          yield* redis.configSet({ "slowlog-log-slower-than": String(SLOW * 1_000), "latency-monitor-threshold": "0" })
          yield* redis.run(Command.slowLogReset())
          yield* redis.configResetStat()
          for (const key of keys) yield* redis.eval(slowly, { keys: [key] })
          const isSlow = ({ arguments: words }: { readonly arguments: ReadonlyArray<string> }) => words[0] === "EVAL"
          const entries = yield* redis.run(Command.slowLogGet(10))
          const logged = logs ? yield* redis.run(Command.commandLogGetSlow(10)) : entries
          const [length, other] = [
            yield* redis.run(Command.slowLogLen()),
            logs ? yield* redis.run(Command.commandLogLen("slow")) : 3
          ]
          yield* redis.configSet("latency-monitor-threshold", String(SLOW))
          yield* redis.eval(slowly, { keys: [keys[1]!] })
          const latest = (yield* redis.run(Command.latencyLatest())).filter(({ event }) => event === "command")
          const history = yield* redis.run(Command.latencyHistory("command"))
          const histogram = (yield* redis.run(Command.latencyHistogram("eval"))).eval
          const forgotten = yield* redis.run(Command.latencyReset("command"))
          yield* redis.configSet({ "slowlog-log-slower-than": "-1", "latency-monitor-threshold": "0" })
          assert.isAtLeast(Math.min(length, other), 3)
          assert.strictEqual(histogram?.buckets.at(-1)?.calls, histogram?.calls)
          return {
            entries: entries
              .filter(isSlow)
              .map(({ arguments: words }) => words.at(-1))
              .toSorted(),
            logged: logged.filter(isSlow).length,
            latest: latest.map(({ event }) => event),
            worst: latest.map(({ latest: delay, max }) => [delay, max].every((one) => JSON.stringify(one) !== "0")),
            history: history.length,
            calls: histogram?.calls,
            forgotten
          }
        })
      const expected = yield* measured(both.single)
      assert.deepInclude(expected, { logged: 3, latest: ["command"], history: 1, calls: 4, forgotten: 1 })
      assert.deepStrictEqual(yield* measured(both.cluster), expected)
    })
  )

  it.effect("find and end the script or function that runs, on whichever node it does", () =>
    Effect.gen(function* () {
      const both = yield* clients
      // The connection on which a script runs has no room for the command that ends it.
      const others = yield* clients
      const key = keyIn(16_000, "loop")
      const ended = (redis: RedisService, other: RedisService) =>
        Effect.gen(function* () {
          yield* redis.configSet("busy-reply-threshold", "20")
          yield* redis.run(Command.functionLoad(library(9, FOREVER), { replace: true }))
          const script = yield* start(Effect.flip(redis.eval(FOREVER, { keys: [key] })))
          yield* eventually("the script is ended", Effect.map(Effect.result(other.scriptKill()), Result.isSuccess))
          const killed = yield* Fiber.join(script)
          const loop = yield* start(Effect.flip(redis.fCall("f9", { keys: [key] })))
          let running: string | undefined
          yield* eventually(
            "the function is seen",
            Effect.map(Effect.result(other.run(Command.functionStats())), (stats) => {
              running = Result.isSuccess(stats) ? stats.success.running?.name : undefined
              return running !== undefined
            })
          )
          yield* other.run(Command.functionKill())
          const stopped = yield* Fiber.join(loop)
          yield* redis.run(Command.functionFlush())
          const nothing = yield* Effect.flip(redis.run(Command.functionKill()))
          return [killed.reason._tag, running, stopped.reason._tag, nothing.reason.message]
        })
      const expected = yield* ended(both.single, others.single)
      assert.deepStrictEqual(expected.slice(0, 3), ["ServerReply", "f9", "ServerReply"])
      assert.deepStrictEqual(yield* ended(both.cluster, others.cluster), expected)
    })
  )
})
