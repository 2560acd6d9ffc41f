/** What a client tells of its operations on a real server. */
import { assert, layer } from "@effect/vitest"
import { Command } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { clientOf, cutNextReply, eventually } from "./support/client.ts"
import { proxyTo } from "./support/Proxy.ts"
import { leavesNothing } from "./support/resources.ts"
import { Recorder } from "./support/telemetry.ts"

const SCRIPT = "return redis.error_reply('MYERR ' .. ARGV[1])"

layer(RedisServer.layer(), { excludeTestServices: true })("Telemetry", (it) => {
  for (const protocol of [2, 3] as const) {
    it.effect(`tells each operation by the conventions under RESP${protocol}`, () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          yield* server.admin(["FLUSHALL"])
          const recorder = new Recorder()
          const redis = yield* clientOf(server, { protocol, database: 2, telemetry: { spans: true, queryText: true } })
          yield* Effect.gen(function* () {
            yield* redis.set("k", "s3cret")
            const sha = yield* redis.scriptLoad(SCRIPT)
            yield* Effect.exit(redis.evalSha(sha, { arguments: ["s3cret"] }))
            yield* Effect.exit(redis.lPush("k", "s3cret"))
            yield* redis.pipeline([Command.incr("n"), Command.get("k")])
            yield* Effect.exit(redis.transaction([Command.incr("k"), Command.incr("n")]))
            yield* Effect.exit(redis.run(Command.raw("NOSUCH", ["s3cret"])))
          }).pipe(recorder.under)
          const common = { "db.system.name": "redis", "db.namespace": "2" }
          const where = {
            "server.address": server.host,
            "server.port": server.port,
            "network.peer.address": server.host,
            "network.peer.port": server.port
          }
          const failed = (code: string) => ({ "error.type": code, "db.response.status_code": code })
          const told = (name: string, text: string, more: Readonly<Record<string, unknown>> = {}) => ({
            ...common,
            ...where,
            "db.operation.name": name,
            "db.query.text": text,
            ...more
          })
          const sha = recorder.attributes[2]?.["db.stored_procedure.name"]
          assert.match(String(sha), /^[0-9a-f]{40}$/)
          assert.deepStrictEqual(recorder.attributes, [
            told("SET", "SET k ?"),
            told("SCRIPT LOAD", "SCRIPT LOAD ?"),
            told("EVALSHA", "EVALSHA ? ? ?", { ...failed("MYERR"), "db.stored_procedure.name": sha }),
            told("LPUSH", "LPUSH k ?", failed("WRONGTYPE")),
            told("PIPELINE", "INCR n; GET k", { "db.operation.batch.size": 2 }),
            told("MULTI INCR", "INCR k; INCR n", { "db.operation.batch.size": 2, ...failed("ERR") }),
            told("NOSUCH", "NOSUCH ?", failed("ERR"))
          ])
          for (const { events, status } of recorder.spans) {
            assert.deepStrictEqual(events, [])
            assert(status._tag === "Ended")
            assert.isTrue(status.endTime > status.startTime)
            assert.notInclude(JSON.stringify(status.exit), "s3cret")
          }
        })
      )
    )
  }

  it.effect("tells of a reconnect, in the span of the command that met it and in the metrics", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer
        const proxy = yield* proxyTo(server)
        const recorder = new Recorder()
        const redis = yield* clientOf(proxy, { telemetry: { spans: true, metrics: true } })
        yield* cutNextReply(redis, proxy)
        // A read whose reply was cut off is sent again.
        yield* recorder.under(redis.get("k"))
        assert.include(recorder.events[0] ?? [], "redis.client.reconnect")
        const counted = (name: string) =>
          Effect.map(Metric.snapshot, (all) =>
            all.flatMap(({ id, state }) => (id === name ? [(state as { readonly count: number }).count] : []))
          )
        yield* eventually(
          "a reconnect is counted",
          Effect.map(counted("redis.client.reconnects"), ([count]) => count === 1)
        )
        assert.isAbove((yield* counted("db.client.connection.create_time"))[0] ?? 0, 1)
        const durations = (yield* Metric.snapshot).filter(({ id }) => id === "db.client.operation.duration")
        for (const { state } of durations) {
          const { max, min } = state as { readonly min: number; readonly max: number }
          assert.isTrue(min > 0 && max < 10, `${min} to ${max} s`)
        }
      }).pipe((effect) => Effect.suspend(() => Effect.provideService(effect, Metric.MetricRegistry, new Map())))
    )
  )
})
