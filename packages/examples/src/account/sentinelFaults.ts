/**
 * What happens only to a service that sentinels watch: they hand over, are restarted, or are not heard, and the primary is there for everybody
 * but the client.
 */
import { Fault } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import type { Faults } from "./Stage.ts"
import { strikeAmid } from "./Stage.ts"
import { lossy, victimOf } from "./serverFaults.ts"

/** For so long the client is cut from the primary; sentinels see nothing of it. Milliseconds. */
const CUT = 1_500
/** Between the end of the sentinels and what comes then. Milliseconds. */
const WITHOUT_SENTINELS = 200

export const sentinelFaults: Faults = {
  "sentinel failover": (stage) =>
    Effect.gen(function* () {
      const { sentinel } = stage.ground
      const { name, slots } = yield* victimOf(stage)
      if (sentinel === undefined) return
      // The old primary takes writes until it learns that it is none: those are lost by the servers.
      yield* lossy(
        stage,
        "sentinel failover",
        slots,
        Effect.andThen(strikeAmid(stage, "sentinel failover", name, slots), sentinel.failover)
      )
    }),

  "unheard failover": (stage) =>
    Effect.gen(function* () {
      const { sentinel } = stage.ground
      const { name, node, slots } = yield* victimOf(stage)
      if (sentinel === undefined) return
      for (const push of ["message", "pmessage"]) yield* stage.proxy.install({ push, fault: Fault.dropPush })
      const fault = Effect.gen(function* () {
        yield* strikeAmid(stage, "unheard failover", name, slots)
        stage.hitting("unheard failover", slots)
        yield* node.kill
        stage.load.rush = false
        yield* stage.ground.settled
        yield* node.restart
      })
      yield* lossy(stage, "unheard failover", slots, fault)
    }),

  "cut from the primary": (stage) =>
    Effect.gen(function* () {
      const { name, node, slots } = yield* victimOf(stage)
      const upstream = { host: node.host, port: node.port }
      yield* strikeAmid(stage, "cut from the primary", name, slots)
      stage.hitting("cut from the primary", slots)
      yield* stage.proxy.refuse(upstream)
      yield* stage.proxy.reset((connection) => connection.upstream.port === node.port)
      stage.load.rush = false
      yield* Effect.sleep(CUT)
      yield* stage.proxy.accept(upstream)
    }),

  "sentinels restarted": (stage) =>
    Effect.gen(function* () {
      const { sentinel } = stage.ground
      const { slots } = yield* victimOf(stage)
      if (sentinel === undefined) return
      yield* strikeAmid(stage, "sentinels restarted", "all sentinels", slots)
      yield* sentinel.restartSentinels
      yield* Effect.sleep(WITHOUT_SENTINELS)
    })
}
