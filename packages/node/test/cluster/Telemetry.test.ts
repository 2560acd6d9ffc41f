import { assert } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { failing, isError } from "../support/client.ts"
import { Recorder } from "../support/telemetry.ts"
import { clusterClient, onCluster, primariesOf } from "./support/cluster.ts"
import { keyIn } from "./support/slots.ts"

const SLOT = 300

onCluster({ replicasPerPrimary: 0 })("Telemetry of a cluster", (it) => {
  it.effect("tells of redirects, of refreshes, and which node was meant and which one answered", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const [from, to] = yield* primariesOf(servers)
      const recorder = new Recorder()
      const { cluster, redis } = yield* clusterClient({ telemetry: { spans: true, metrics: true } })
      const key = keyIn(SLOT, "a")
      yield* recorder.under(redis.set(key, "value"))
      yield* servers.moveSlots([SLOT], from, to)
      yield* recorder.under(redis.get(key))
      yield* recorder.under(redis.pipeline([Command.get(key), Command.get(keyIn(16_000, "b"))]))
      yield* cluster.refresh
      isError(yield* failing(recorder.under(cluster.onNode(from).get(key))), "Redirected", "Refused")

      const [set, moved, several, refused] = recorder.attributes
      assert.include(set, { "server.port": from.port, "network.peer.port": from.port })
      assert.include(moved, { "server.port": from.port, "network.peer.port": to.port })
      assert.deepStrictEqual(recorder.events, [[], ["redis.client.redirect"], [], []])
      // Several nodes answered: none of them is the server.
      assert.isUndefined(several?.["server.address"])
      assert.include(refused, { "error.type": "MOVED", "db.response.status_code": "MOVED", "server.port": from.port })

      const snapshot = yield* Metric.snapshot
      const causes = snapshot.flatMap(({ attributes, id }) =>
        id === "redis.client.topology.refreshes" ? [attributes?.["redis.client.refresh.cause"]] : []
      )
      assert.includeMembers(causes, ["start"])
      const redirects = snapshot.find(({ id }) => id === "redis.client.redirects")
      assert.deepStrictEqual(redirects?.attributes, { "redis.client.redirect.kind": "MOVED" })
    }).pipe((effect) => Effect.suspend(() => Effect.provideService(effect, Metric.MetricRegistry, new Map())))
  )
})
