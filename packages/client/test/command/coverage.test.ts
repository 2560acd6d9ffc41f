/** All commands of a server against the constructors: nothing is forgotten, and what is left out has a reason. */
import { assert, describe, layer } from "@effect/vitest"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { implOf } from "../../src/command/make.ts"
import { Specification } from "../../src/command/Specification.ts"
import { maySend, sendGolden } from "../support/sendGolden.ts"
import { factRows } from "../support/serverFacts.ts"
import { goldens } from "./goldens/index.ts"
import { clusterCases } from "./live/cluster.ts"
import { Fails } from "./live/frame.ts"
import { liveCases } from "./live/index.ts"

/** Commands that no application has a use for. */
const skipped: Readonly<Record<string, string>> = {
  "CLUSTER SYNCSLOTS": "spoken by nodes that move a slot",
  DEBUG: "for the servers' own tests; can crash a server",
  PFDEBUG: "for the servers' own tests",
  PFSELFTEST: "for the servers' own tests",
  PSYNC: "spoken by replicas; turns the connection into a stream of changes",
  REPLCONF: "spoken by replicas",
  "RESTORE-ASKING": "sent by a server that moves a slot",
  SYNC: "spoken by replicas; turns the connection into a stream of changes"
}

const FEWER_THAN = 10

/** What turns a connection into a receiver of messages is served as streams and has no single reply. */
const services: Readonly<Record<string, string>> = {
  MONITOR: "RedisPubSub",
  PSUBSCRIBE: "RedisPubSub",
  PUNSUBSCRIBE: "RedisPubSub",
  SSUBSCRIBE: "RedisPubSub",
  SUBSCRIBE: "RedisPubSub",
  SUNSUBSCRIBE: "RedisPubSub",
  UNSUBSCRIBE: "RedisPubSub"
}

/** Commands whose real replies are read by tests of their own, since they need other nodes, other connections or good timing. */
const decodedElsewhere: Readonly<Record<string, string>> = {
  "ACL LOAD": "live.server.test.ts",
  "ACL SAVE": "live.server.test.ts",
  AUTH: "live.server.test.ts",
  "CLUSTER CANCELSLOTMIGRATIONS": "live.cluster.test.ts",
  "CLUSTER COUNT-FAILURE-REPORTS": "live.cluster.test.ts",
  "CLUSTER FAILOVER": "live.cluster.test.ts",
  "CLUSTER FORGET": "live.cluster.test.ts",
  "CLUSTER MEET": "live.cluster.test.ts",
  "CLUSTER MIGRATESLOTS": "live.cluster.test.ts",
  "CLUSTER MYSHARDID": "live.cluster.test.ts",
  "CLUSTER REPLICAS": "live.cluster.test.ts",
  "CLUSTER REPLICATE": "live.cluster.test.ts",
  "CLUSTER SLAVES": "live.cluster.test.ts",
  CLUSTERSCAN: "live.cluster.test.ts",
  DISCARD: "live.transactions.test.ts",
  EXEC: "live.transactions.test.ts",
  FAILOVER: "live.server.test.ts",
  "FUNCTION KILL": "live.scripting.test.ts",
  "FUNCTION RESTORE": "live.scripting.test.ts",
  MULTI: "live.transactions.test.ts",
  "SCRIPT DEBUG": "live.transactions.test.ts",
  "SCRIPT KILL": "live.scripting.test.ts",
  SHUTDOWN: "live.server.test.ts",
  UNWATCH: "live.transactions.test.ts",
  WATCH: "live.transactions.test.ts"
}

/** Commands of which neither the steps in `live/`, nor a golden, nor a test of their own meets a reply that is no error. */
const NO_MODULE = "no module is at hand"
const notDecoded: Readonly<Record<string, string>> = {
  "MODULE LOAD": NO_MODULE,
  "MODULE LOADEX": NO_MODULE,
  "MODULE UNLOAD": NO_MODULE
}

const implemented = new Set(goldens.map(({ command }) => command.name))

/** By the steps in `live/`, and by tests of their own. */
const decodedInSteps = new Set([
  ...Object.keys(decodedElsewhere),
  ...[...liveCases, ...clusterCases].flatMap(({ steps }) =>
    steps.flatMap(([command, expected]) => (expected instanceof Fails ? [] : [command.name]))
  )
])

const classes = ["typed and decoded live", "typed", "served by a service", "skipped", "missing"] as const

const classOf = (name: string, decoded: ReadonlySet<string>): (typeof classes)[number] => {
  if (implemented.has(name)) return decoded.has(name) ? "typed and decoded live" : "typed"
  if (Object.hasOwn(services, name)) return "served by a service"
  return Object.hasOwn(skipped, name) ? "skipped" : "missing"
}

/** Reads the replies to goldens of what the steps do not read, mostly commands that change their connection. */
const decodeGoldens = Effect.fnUntraced(function* (decoded: Set<string>) {
  const server = yield* RedisServer
  for (const golden of goldens) {
    const { command } = golden
    if (decodedInSteps.has(command.name) || !maySend(golden)) continue
    for (const protocol of [2, 3] as const) {
      const { reply } = yield* sendGolden(server, golden, protocol)
      if (reply === undefined) continue
      implOf(command).decode(reply.value)
      decoded.add(command.name)
    }
  }
})

const isUnder = (name: string, container: string) => name.startsWith(`${container} `)

/** Everything that can be called: a container that does nothing without a subcommand counts through them. */
const callable = (arities: ReadonlyMap<string, number>): ReadonlyArray<string> => {
  const names = [...arities.keys()].sort()
  return names.filter((name) => arities.get(name) !== -2 || !names.some((other) => isUnder(other, name)))
}

const count = (counts: Map<string, number>, what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)

const shown = (counts: ReadonlyMap<string, number>) => [...counts].map(([what, n]) => `${what} ${n}`).join(", ")

describe("coverage", () => {
  layer(RedisServer.layer({ appendonly: true }), { excludeTestServices: true })((it) => {
    it.effect("each command of the server is implemented, served, or skipped for a reason", () =>
      Effect.gen(function* () {
        const { admin, binary } = yield* RedisServer
        const rows = factRows(yield* admin(["COMMAND"]), yield* admin(["COMMAND", "DOCS"]))
        const names = callable(new Map([...rows].map(([name, row]) => [name, Number(row[3])])))
        const decoded = new Set(decodedInSteps)
        yield* decodeGoldens(decoded)
        yield* decodeGoldens(decoded).pipe(Effect.provide(RedisServer.layer({ config: ["cluster-enabled yes"] })))
        const byClass = new Map(classes.map((each) => [each as string, 0]))
        const byGroup = new Map<string, Map<string, number>>()
        for (const name of names) {
          const group = String(rows.get(name)![1]) || "module"
          const counts = byGroup.get(group) ?? new Map<string, number>()
          byGroup.set(group, counts)
          count(byClass, classOf(name, decoded))
          count(counts, classOf(name, decoded))
        }
        console.log(`${binary.product} ${binary.version}, ${names.length} commands: ${shown(byClass)}`)
        for (const [group, counts] of [...byGroup].sort()) console.log(`  ${group}: ${shown(counts)}`)

        const missing = names.filter((name) => classOf(name, decoded) === "missing")
        const unread = names.filter((name) => classOf(name, decoded) === "typed" && !Object.hasOwn(notDecoded, name))
        const read = Object.keys(notDecoded).filter((name) => decoded.has(name))
        assert.deepStrictEqual({ missing, unread, read }, { missing: [], unread: [], read: [] })
      })
    )

    it("what is left out exists, is really left out, and is little", () => {
      assert.isBelow(Object.keys(skipped).length, FEWER_THAN)
      for (const name of Object.keys(notDecoded)) assert.isDefined(Specification.find(name), name)
      for (const name of Object.keys(decodedElsewhere)) assert.isTrue(implemented.has(name), name)
      for (const name of [...Object.keys(skipped), ...Object.keys(services)]) {
        assert.isDefined(Specification.find(name), name)
        assert.isFalse(implemented.has(name), name)
      }
    })
  })
})
