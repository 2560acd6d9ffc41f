import { assert } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { clientCount, eventually, failing, isError, start } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"
import { accepted, calls, causesOf, clusterClient, onCluster, primariesOf } from "./support/cluster.ts"
import { type Forwarder, forwarderTo } from "./support/Forwarder.ts"
import { Ledger } from "./support/Ledger.ts"
import { byShard, startLoad } from "./support/load.ts"
import { keyIn } from "./support/slots.ts"

/** The harness's own connections are opened by their first use. */
const warm = Effect.flatMap(ClusterServers, (servers) => Effect.andThen(servers.adminAll(["PING"]), servers.views))

const connections = (name: string) =>
  Effect.flatMap(ClusterServers, ({ nodes }) =>
    Effect.map(
      Effect.forEach(nodes, (node) => clientCount(node, name)),
      (counts) => counts.reduce((sum, count) => sum + count, 0)
    )
  )

/** A client in a scope of its own, which `close` closes. */
const closable = (options: Parameters<typeof clusterClient>[0]) =>
  Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (made) => Scope.close(made, Exit.void))
    const client = yield* Scope.provide(clusterClient(options), scope)
    return { ...client, close: Scope.close(scope, Exit.void) }
  })

onCluster()("Closing a cluster client", (it) => {
  it.effect("leaves no socket, no timer and no client behind", () =>
    Effect.gen(function* () {
      yield* warm
      for (const policy of ["eager", "lazy"] as const) {
        yield* leavesNothing(
          Effect.gen(function* () {
            const { redis } = yield* clusterClient({ clientName: "leaves-nothing", start: policy })
            const ledger = new Ledger()
            const { stop } = yield* startLoad({ redis, ledger, fibers: 30, slotsOf: byShard })
            yield* eventually(
              "all shards were used",
              Effect.sync(() => ledger.successes.length > 300)
            )
            yield* stop
            assert.isAtLeast(yield* connections("leaves-nothing"), 3)
          })
        )
        yield* eventually(
          "the servers have no client of it",
          Effect.map(connections("leaves-nothing"), (count) => count === 0)
        )
      }
    })
  )

  it.effect("leaves nothing behind while nodes refuse, are silent, or are still being connected to", () =>
    Effect.gen(function* () {
      yield* warm
      const { nodes } = yield* ClusterServers
      yield* leavesNothing(
        Effect.gen(function* () {
          const forwarders = new Map<number, Forwarder>()
          for (const node of nodes) forwarders.set(node.port, yield* forwarderTo(node))
          yield* Effect.scoped(
            Effect.gen(function* () {
              const { events, redis } = yield* clusterClient({
                addressRemap: ({ host, port }) => ({ host, port: forwarders.get(port)?.port ?? port }),
                closeTimeout: "50 millis"
              })
              yield* redis.get(keyIn(1, "x"))
              yield* redis.get(keyIn(8_000, "x"))
              forwarders.get(nodes[0]!.port)!.refuse()
              forwarders.get(nodes[1]!.port)!.silent = true
              forwarders.get(nodes[2]!.port)!.silent = true
              for (const slot of [1, 8_000, 16_000]) yield* start(redis.incr(keyIn(slot, "never")))
              yield* eventually(
                "the node that refuses was tried again",
                Effect.sync(() => causesOf(events).includes("connect failure"))
              )
            })
          )
        })
      )
    })
  )

  it.effect("lets what is on its way be answered, and fails what waits as Closed", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [first, second] = yield* primariesOf(servers)
      const forwarder = yield* forwarderTo(second)
      const { close, cluster, redis } = yield* closable({
        addressRemap: (at) => (at.port === second.port ? { host: at.host, port: forwarder.port } : at)
      })
      yield* redis.get(keyIn(1, "x"))
      const before = yield* calls([first], "set")
      const sent = yield* start(
        Effect.forEach(
          Array.from({ length: 100 }, (_, i) => i),
          (i) => redis.set(keyIn(1, `sent-${i}`), "1"),
          { concurrency: "unbounded" }
        )
      )
      forwarder.refuse()
      const waiting = yield* start(redis.set(keyIn(8_000, "waits"), "1"))
      const refreshing = yield* start(cluster.refresh)
      yield* close
      assert.strictEqual((yield* Fiber.join(sent)).length, 100)
      assert.strictEqual((yield* calls([first], "set")) - before, 100)
      isError(yield* failing(Fiber.join(waiting)), "Closed", "NotSent")
      yield* Effect.exit(Fiber.join(refreshing))
    })
  )

  it.effect("makes every later use fail as Closed, and opens no connection for it", () =>
    Effect.gen(function* () {
      yield* warm
      const { nodes } = yield* ClusterServers
      yield* leavesNothing(
        Effect.gen(function* () {
          const { close, cluster, redis } = yield* closable({ clientName: "used-later" })
          yield* redis.get(keyIn(1, "x"))
          yield* close
          yield* eventually(
            "the servers have seen its connections end",
            Effect.map(connections("used-later"), (count) => count === 0)
          )
          const before = yield* accepted(nodes)
          for (const slot of [1, 8_000, 16_000]) {
            isError(yield* failing(redis.get(keyIn(slot, "x"))), "Closed", "NotSent")
          }
          isError(yield* failing(redis.ping()), "Closed", "NotSent")
          isError(yield* failing(redis.pipeline([Command.get("a"), Command.get("b")])), "Closed", "NotSent")
          isError(yield* failing(redis.transaction([Command.get("a")])), "Closed", "NotSent")
          const [node] = nodes
          isError(yield* failing(cluster.onNode(node!).ping()), "Closed", "NotSent")
          const { attempts } = yield* failing(cluster.refresh)
          assert.deepStrictEqual(
            attempts.map(({ reason }) => reason._tag),
            ["Closed"]
          )
          assert.strictEqual(yield* accepted(nodes), before)
        })
      )
    })
  )
})
