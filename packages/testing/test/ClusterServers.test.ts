import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type ClusterNode, ClusterServers } from "../src/ClusterServers.ts"
import { ownerOf, slotMap } from "../src/ClusterView.ts"
import { Observer } from "../src/Observer.ts"
import { makeClusterWriter, slotOf, tagsOf } from "./fixtures/clusterWriter.ts"

const roles = (nodes: ReadonlyArray<ClusterNode>) => Effect.forEach(nodes, (node) => node.role)

const fiveOf = ([a, b, c, d, e]: ReadonlyArray<ClusterNode>) => [a!, b!, c!, d!, e!] as const

const portsOf = (nodes: ReadonlyArray<ClusterNode>) => nodes.map((node) => node.port)

layer(ClusterServers.layer({ primaries: 3, replicasPerPrimary: 1 }), { timeout: "60 seconds" })(
  "ClusterServers with 3 primaries and 3 replicas",
  (it) => {
    it.effect("is of one mind when it is ready", () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        assert.deepStrictEqual(yield* roles(cluster.nodes), [
          "primary",
          "primary",
          "primary",
          "replica",
          "replica",
          "replica"
        ])
        assert.deepStrictEqual(
          cluster.seeds,
          cluster.nodes.map((node) => `redis://127.0.0.1:${node.port}`)
        )
        const views = yield* cluster.views
        assert.deepStrictEqual(
          views.map((view) => view.port),
          portsOf(cluster.nodes)
        )
        assert.isTrue(views.every((view) => view.state === "ok" && view.members.length === 6))
        assert.strictEqual(new Set(views.map(slotMap)).size, 1)
        assert.strictEqual((yield* cluster.primaryOf(0)).id, cluster.nodes[0]!.id)
        assert.strictEqual((yield* cluster.primaryOf(8_192)).id, cluster.nodes[1]!.id)
        assert.strictEqual((yield* cluster.primaryOf(16_383)).id, cluster.nodes[2]!.id)
        assert.deepStrictEqual(
          (yield* cluster.replicasOf(cluster.nodes[1]!)).map(({ name }) => name),
          ["node-4"]
        )
      })
    )

    it.effect("listens below the ports of outgoing connections, on the cluster bus too", () =>
      Effect.gen(function* () {
        const { nodes } = yield* ClusterServers
        for (const node of nodes) {
          const [, busPort] = (yield* node.admin(["CONFIG", "GET", "cluster-port"])) as ReadonlyArray<string>
          assert.isBelow(node.port, 32_768)
          assert.isBelow(Number(busPort), 32_768)
          assert.deepStrictEqual(yield* node.admin(["CONFIG", "GET", "cluster-node-timeout"]), [
            "cluster-node-timeout",
            "2000"
          ])
        }
      })
    )

    it.effect("moves slots under load without losing or doubling a write", () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        const [from, to] = [yield* cluster.primaryOf(0), yield* cluster.primaryOf(16_383)]
        const { redirects, run } = yield* makeClusterWriter(from.port)
        const tags = tagsOf(0, 29)
        assert.strictEqual(slotOf(tags[7]!), 7)
        for (const tag of tags) {
          for (let i = 0; i < 10; i++) yield* run("SET", `{${tag}}:${i}`, `${tag}:${i}`)
        }
        const acknowledged = tags.map((): Array<string> => [])
        let going = true
        const writers = yield* Effect.forkChild(
          Effect.forEach(
            tags,
            Effect.fnUntraced(function* (tag, index) {
              for (let i = 0; going; i++) {
                yield* run("RPUSH", `{${tag}}:list`, String(i))
                acknowledged[index]!.push(String(i))
                yield* run("MSET", `{${tag}}:0`, String(i), `{${tag}}:1`, String(i))
              }
            }),
            { concurrency: "unbounded", discard: true }
          ),
          { startImmediately: true }
        )
        const moved = yield* cluster.moveSlots({ start: 0, end: 29 }, from, to, { keysPerMigrate: 3 })
        going = false
        yield* Fiber.join(writers)
        assert.isAtLeast(moved, 300)
        assert.isAbove(redirects.get("MOVED") ?? 0, 0)
        for (const [index, tag] of tags.entries()) {
          assert.deepStrictEqual(yield* to.admin(["LRANGE", `{${tag}}:list`, 0, -1]), acknowledged[index])
          assert.strictEqual(yield* to.admin(["GET", `{${tag}}:9`]), `${tag}:9`)
        }
        yield* cluster.awaitStable
        assert.strictEqual((yield* cluster.primaryOf(29)).id, to.id)
        assert.strictEqual((yield* cluster.primaryOf(30)).id, from.id)
        yield* cluster.moveSlots(
          tags.map((_, slot) => slot),
          to,
          from
        )
        yield* cluster.awaitStable
      })
    )

    it.effect("holds a slot half-way, so that ASK and TRYAGAIN can be seen", () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        const [tag = ""] = tagsOf(100, 100)
        const [from, to] = [yield* cluster.primaryOf(100), yield* cluster.primaryOf(16_383)]
        const binary = Buffer.from([...Buffer.from(`{${tag}}`), 0xff, 0x00, 0x0d, 0x0a])
        yield* from.admin(["MSET", `{${tag}}a`, 1, `{${tag}}b`, 2, `{${tag}}c`, 3, binary, 4])
        yield* cluster.beginMigration(100, from, to)
        assert.strictEqual(yield* cluster.migrateKeys(100, from, to, { keys: [`{${tag}}a`] }), 1)
        assert.strictEqual(yield* from.admin(["GET", `{${tag}}b`]), "2")
        const ask = yield* Effect.flip(from.admin(["GET", `{${tag}}a`]))
        assert.strictEqual(ask.detail, `ASK 100 127.0.0.1:${to.port}`)
        const again = yield* Effect.flip(from.admin(["MGET", `{${tag}}a`, `{${tag}}b`]))
        assert.match(again.detail, /^TRYAGAIN/)
        assert.match((yield* Effect.flip(to.admin(["GET", `{${tag}}a`]))).detail, /^MOVED 100 /)
        assert.strictEqual(yield* cluster.migrateKeys(100, from, to, { limit: 2, keysPerMigrate: 1 }), 2)
        assert.strictEqual(yield* from.admin(["CLUSTER", "COUNTKEYSINSLOT", 100]), 1)
        const refused = yield* Effect.flip(cluster.finishMigration(100, from, to))
        assert.strictEqual(refused.detail, "1 keys left")
        assert.strictEqual(yield* cluster.migrateKeys(100, from, to), 1)
        yield* cluster.finishMigration(100, from, to)
        yield* cluster.awaitStable
        assert.strictEqual((yield* cluster.primaryOf(100)).id, to.id)
        assert.deepStrictEqual(yield* to.admin(["MGET", `{${tag}}a`, `{${tag}}b`, `{${tag}}c`, binary]), [
          "1",
          "2",
          "3",
          "4"
        ])
        assert.isTrue((yield* cluster.views).every((view) => view.members.every((member) => member.open.length === 0)))
      })
    )

    it.effect("fails over to a replica and back, with FORCE and with TAKEOVER", () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        const [first, second, , firstReplica, secondReplica] = fiveOf(cluster.nodes)
        for (const [next, old, mode] of [
          [firstReplica, first, undefined],
          [secondReplica, second, "FORCE"],
          [first, firstReplica, "TAKEOVER"],
          [second, secondReplica, undefined]
        ] as const) {
          yield* cluster.failover(next, mode)
          assert.strictEqual(yield* next.role, "primary")
          const slot = next === first || next === firstReplica ? 0 : 8_192
          const owners = (yield* cluster.views).map((view) => ownerOf(view, slot)?.id)
          assert.deepStrictEqual([...new Set(owners)], [next.id])
          yield* cluster.awaitStable
          assert.strictEqual(yield* old.role, "replica")
        }
        const error = yield* Effect.flip(cluster.failover(first))
        assert.strictEqual(error.reason, "InvalidOption")
      })
    )

    it.effect("restarts a killed node with its port and id, and proves what the cluster has lost", () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        const [primary, replica] = [cluster.nodes[1]!, cluster.nodes[4]!]
        const [tag = ""] = tagsOf(8_192, 8_192)
        yield* cluster.kill(replica)
        // Acknowledged, and never seen by the replica that will take over.
        yield* primary.admin(["SET", `{${tag}}id`, "unique-4711"])
        yield* cluster.kill(primary)
        yield* cluster.restart(replica)
        assert.strictEqual(yield* replica.admin(["CLUSTER", "MYID"]), replica.id)
        yield* cluster.failover(replica, "TAKEOVER")
        yield* cluster.restart(primary)
        yield* cluster.awaitStable
        assert.strictEqual(yield* primary.admin(["CLUSTER", "MYID"]), primary.id)
        assert.deepStrictEqual(yield* roles([primary, replica]), ["replica", "primary"])
        assert.strictEqual(yield* replica.admin(["GET", `{${tag}}id`]), null)
        const files = yield* cluster.appendOnlyFiles(primary)
        const holding = files.filter((file) => Buffer.from(file.contents).includes("unique-4711"))
        assert.deepStrictEqual(
          holding.map((file) => file.kind),
          ["history"]
        )
        const others = yield* Effect.forEach(cluster.nodes.slice(2), (node) => node.appendOnlyFiles)
        assert.isFalse(others.flat().some((file) => Buffer.from(file.contents).includes("unique-4711")))
      })
    )

    it.effect("elects a successor of a frozen primary, seen by an observer, and takes it back when it thaws", () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        const observer = yield* Observer
        const frozen = yield* cluster.primaryOf(16_383)
        const replicas = yield* cluster.replicasOf(frozen)
        const before = Date.now()
        yield* cluster.freeze(frozen)
        yield* cluster.awaitStable
        const stable = Date.now()
        const promotion = yield* observer.firstPromotionAfter(before, portsOf(cluster.nodes))
        assert.deepStrictEqual([promotion.port], portsOf(replicas))
        assert.isAtMost(promotion.time, stable)
        // Nobody votes before the node timeout has passed.
        assert.isAtLeast(promotion.time, before + 2_000)
        assert.strictEqual((yield* cluster.primaryOf(16_383)).port, promotion.port)
        yield* cluster.thaw(frozen)
        yield* cluster.awaitStable
        assert.strictEqual(yield* frozen.role, "replica")
      }).pipe(Effect.provide(Observer.layerCluster()))
    )

    it.effect("refuses what makes no sense", () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        const [a, b] = [cluster.nodes[0]!, cluster.nodes[2]!]
        const errors = yield* Effect.forEach(
          [
            Effect.asVoid(cluster.primaryOf(16_384)),
            Effect.asVoid(cluster.moveSlots([-1], a, b)),
            Effect.asVoid(cluster.moveSlots(5, a, a)),
            cluster.beginMigration(0.5, a, b),
            cluster.finishMigration(0, a, { ...b, id: "another cluster's" })
          ],
          Effect.flip
        )
        assert.deepStrictEqual(
          errors.map((error) => error.reason),
          errors.map(() => "InvalidOption")
        )
      })
    )

    it.effect("sends a command to every running node", () =>
      Effect.gen(function* () {
        const cluster = yield* ClusterServers
        yield* cluster.adminAll(["CONFIG", "SET", "maxmemory", "123456789"])
        for (const node of cluster.nodes) {
          assert.deepStrictEqual(yield* node.admin(["CONFIG", "GET", "maxmemory"]), ["maxmemory", "123456789"])
        }
        yield* cluster.adminAll(["CONFIG", "SET", "maxmemory", "0"])
      })
    )
  }
)

describe("ClusterServers", () => {
  it.effect(
    "works with a password, with TLS, without replicas, and with one node that does not know its own address",
    () =>
      Effect.gen(function* () {
        const [pair, single, secure] = yield* Effect.all(
          [
            ClusterServers.make({
              primaries: 2,
              replicasPerPrimary: 0,
              requirepass: "secret",
              requireFullCoverage: false,
              nodeTimeout: "1 second",
              appendonly: false,
              unixSocket: true
            }),
            ClusterServers.make({ primaries: 1, replicasPerPrimary: 0 }),
            ClusterServers.make({
              primaries: 2,
              replicasPerPrimary: 1,
              tls: { clientCertificates: "required" },
              requirepass: "secret",
              users: [{ name: "app", password: "a" }]
            })
          ],
          { concurrency: 3 }
        )
        const [from, to] = [pair.nodes[0]!, pair.nodes[1]!]
        const [tag = ""] = tagsOf(0, 0)
        yield* from.admin(["SET", tag, "moved"])
        assert.strictEqual(yield* pair.moveSlots(0, from, to), 1)
        assert.strictEqual(yield* to.admin(["GET", tag]), "moved")
        assert.strictEqual(new URL(pair.seeds[0]!).password, "secret")
        assert.isDefined(from.unixSocketPath)
        assert.deepStrictEqual(yield* from.admin(["CONFIG", "GET", "cluster-require-full-coverage"]), [
          "cluster-require-full-coverage",
          "no"
        ])
        assert.strictEqual(yield* single.nodes[0]!.admin(["SET", "k", "v"]), "OK")
        const [view] = yield* single.views
        assert.strictEqual(view?.members[0]?.host, "")
        const [source, target] = [secure.nodes[0]!, secure.nodes[1]!]
        assert.strictEqual(source.userUrls.app, `rediss://app:a@127.0.0.1:${source.port}`)
        assert.strictEqual(source.tls, target.tls)
        yield* source.admin(["SET", tag, "moved"])
        assert.strictEqual(yield* secure.moveSlots(0, source, target), 1)
        // Nobody has told the replica yet that the slot is gone.
        yield* secure.failover(secure.nodes[2]!, "TAKEOVER")
        yield* secure.awaitStable
        assert.strictEqual(yield* target.admin(["GET", tag]), "moved")
        const observer = yield* Observer.make({ nodes: secure.nodes })
        const observed = (yield* observer.events).map(({ port, role }) => [port, role])
        assert.strictEqual(new Map(observed.map(([port, role]) => [port, role])).get(source.port), "replica")
      })
  )

  it.effect("refuses impossible numbers before it starts anything", () =>
    Effect.gen(function* () {
      for (const options of [{ primaries: 0 }, { primaries: 1.5 }, { primaries: 3, replicasPerPrimary: -1 }]) {
        const error = yield* Effect.flip(ClusterServers.make(options))
        assert.strictEqual(error.reason, "InvalidOption")
      }
    })
  )
})
