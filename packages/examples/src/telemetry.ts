/**
 * Spans and metrics of a client, exported over OTLP/HTTP with what Effect brings. The collector is a small one in this process; in an
 * application `baseUrl` is the address of a real one.
 */
import { createServer } from "node:http"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Command, Redis, RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import { Console, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { Otlp } from "effect/observability"
import { Collected } from "./telemetry/Collected.ts"

/** Below the range from which systems take ports for outgoing connections. */
const HIGHEST_PORT = 32_767
const LOWEST_PORT = 20_000

/** A collector on 127.0.0.1: what it was sent, and its address. */
const collector = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly collected: Collected; readonly close: () => void }>((resume) => {
    const collected = new Collected()
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        collected.add(request.url ?? "", JSON.parse(Buffer.concat(chunks).toString()))
        response.writeHead(200, { "content-type": "application/json" }).end("{}")
      })
    })
    let port = 0
    const listen = () => {
      port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT))
      server.listen(port, "127.0.0.1")
    }
    const close = () => {
      server.closeAllConnections()
      server.close()
    }
    server.on("error", listen)
    server.once("listening", () => resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, collected, close })))
    listen()
  }),
  ({ close }) => Effect.sync(close)
)

/** An application: it knows nothing of telemetry, but for the span around its work. */
const program = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("user:1", "a value that nobody else shall see")
  yield* redis.pipeline([Command.get("user:1"), Command.get("user:2")])
  yield* redis.transaction([Command.incr("{order}:lines"), Command.rPush("{order}:items", "pencil")])
  yield* Effect.ignore(redis.incr("user:1"))
}).pipe(Effect.withSpan("checkout"))

const main = Effect.gen(function* () {
  const { collected, url: baseUrl } = yield* collector
  const exporter = Otlp.layerJson({ baseUrl, resource: { serviceName: "shop" } }).pipe(
    Layer.provide(FetchHttpClient.layer)
  )
  const client = Layer.unwrap(
    RedisServer.useSync(({ url }) => RedisLive({ url, telemetry: { spans: true, queryText: true, metrics: true } }))
  )
  // The exporter is closed after the client and sends what is left before it ends.
  yield* program.pipe(Effect.provide(client), Effect.provide(exporter))
  yield* Effect.forEach(collected.report(), (line) => Console.log(line))
})

main.pipe(Effect.scoped, Effect.provide(RedisServer.layer()), NodeRuntime.runMain)
