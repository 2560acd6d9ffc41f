/** The transport between the client and a real server: every kind of address, what cannot be opened, and much data. */
import * as Os from "node:os"
import { assert, describe, it } from "@effect/vitest"
import { Command, NodeTransport, Redis, Transport } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { clientCount, clientOf, connect, eventually, refusedBy } from "./support/client.ts"
import { freePort, HOST, serve } from "./support/ports.ts"
import { leavesNothing } from "./support/resources.ts"

const MIB = 1024 * 1024
/** A machine without IPv6 (many containers) has no such address. */
const hasIpv6 = Object.values(Os.networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"))

describe("NodeTransport", () => {
  it.live("carries commands over TCP, by address and by host name", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        for (const host of [server.host, "localhost"]) {
          const redis = yield* connect({ host, port: server.port })
          assert.strictEqual(yield* redis.set("k", "grüße"), true)
          assert.strictEqual(yield* redis.get("k"), "grüße")
        }
      })
    )
  )

  it.live("carries commands over a Unix socket, by path and by URL", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make({ unixSocket: true })
        const path = server.unixSocketPath ?? assert.fail("no socket path")
        for (const options of [{ path }, { url: `unix://${path}?db=3` }]) {
          const redis = yield* connect(options)
          yield* redis.set("k", "v")
          assert.include((yield* redis.clientInfo()).address, path)
        }
        assert.include(String(yield* server.admin(["INFO", "keyspace"])), "db3:keys=1")
      })
    )
  )

  it.live.skipIf(!hasIpv6)("carries commands to an IPv6 host (where the machine has ::1)", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make({ config: ["bind 127.0.0.1 ::1"] })
        for (const options of [{ host: "::1", port: server.port }, { url: `redis://[::1]:${server.port}` }]) {
          const redis = yield* connect(options)
          assert.match((yield* redis.clientInfo()).address, /^\[::1\]:/)
        }
      })
    )
  )

  it.live("fails as ConnectFailed, naming address and cause, where nothing listens", () =>
    leavesNothing(
      Effect.gen(function* () {
        const port = yield* freePort
        const tcp = yield* refusedBy(connect({ host: HOST, port, start: "failFast" }), "ConnectFailed")
        assert.match(tcp.message, /ECONNREFUSED/)
        assert.strictEqual(tcp.node, `${HOST}:${port}`)
        assert.strictEqual(tcp.execution, "NotSent")
        assert.isTrue(tcp.transient)
        const unix = yield* refusedBy(connect({ path: "/nowhere/s.sock", start: "failFast" }), "ConnectFailed")
        assert.match(unix.message, /ENOENT/)
        assert.strictEqual(unix.node, "/nowhere/s.sock")
      })
    )
  )

  it.live("names both causes where a host name has several addresses and none answers", () =>
    leavesNothing(
      Effect.gen(function* () {
        const port = yield* freePort
        const error = yield* refusedBy(connect({ host: "localhost", port, start: "failFast" }), "ConnectFailed")
        assert.match(error.message, /ECONNREFUSED (127\.0\.0\.1|::1)/)
      })
    )
  )

  it.live("fails as ConnectFailed for a host name that does not exist", () =>
    leavesNothing(
      Effect.gen(function* () {
        const error = yield* refusedBy(connect({ host: "nowhere.invalid", start: "failFast" }), "ConnectFailed")
        assert.match(error.message, /ENOTFOUND|EAI_AGAIN/)
        assert.include(error.message, "nowhere.invalid")
      })
    )
  )

  it.live("gives up an attempt after connectTimeout where a server accepts and says nothing", () =>
    leavesNothing(
      Effect.gen(function* () {
        const silent = yield* serve((socket) => void socket.resume())
        const opening = clientOf(silent, { start: "failFast", connectTimeout: 100 })
        assert.match((yield* refusedBy(opening, "ConnectFailed")).message, /within 100 ms/)
        yield* eventually(
          "the socket is closed",
          Effect.sync(() => silent.sockets.size === 0)
        )
      })
    )
  )

  it.live("moves 16 MiB of text and of bytes there and back", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const redis = yield* clientOf(server)
        // Characters of one, two, three and four bytes, so that chunks end inside of them.
        const unit = "aß→😀".repeat(1000)
        const text = unit.repeat(Math.ceil((16 * MIB) / Buffer.byteLength(unit)))
        const bytes = new Uint8Array(16 * MIB).map((_, at) => (at * 7 + (at >> 8)) & 255)
        assert.isTrue(yield* redis.set("text", text))
        assert.isTrue(yield* redis.set("bytes", bytes))
        assert.strictEqual(yield* redis.strLen("bytes"), bytes.length)
        assert.isTrue((yield* redis.get("text")) === text)
        const [back, asText] = yield* redis.pipeline([
          Command.asBytes(Command.get("bytes")),
          Command.asBytes(Command.get("text"))
        ])
        assert.strictEqual(Buffer.compare(back!, bytes), 0)
        assert.strictEqual(Buffer.compare(asText!, Buffer.from(text)), 0)
        assert.strictEqual(yield* redis.echo("after"), "after")
      })
    )
  )

  it.live("waits for the drain of a full socket and loses nothing of a pipeline larger than its buffers", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const spied = yield* spy
        const redis = yield* Effect.provide(Redis.make({ host: server.host, port: server.port }), spied.layer)
        const value = (at: number) => `${at}:${"x".repeat(32 * 1024)}`
        const commands = Array.from({ length: 1500 }, (_, at) => Command.set(`k:${at}`, value(at)))
        // Singles beside the pipeline, while the socket is full, are gathered and follow it.
        const [written, singles] = yield* Effect.all(
          [redis.pipeline(commands), Effect.forEach([1, 2, 3], (n) => redis.incrBy("n", n), { concurrency: 3 })],
          { concurrency: 2 }
        )
        assert.isTrue(written.every((result) => result === true))
        assert.deepStrictEqual(singles, [1, 3, 6])
        assert.isAbove(spied.refused(), 0, "no write asked to wait")
        assert.isAbove(spied.drained(), 0, "no drain came")
        const lengths = yield* redis.pipeline(commands.map((_, at) => Command.get(`k:${at}`)))
        assert.isTrue(lengths.every((found, at) => found === value(at)))
      })
    )
  )

  it.live("closes the socket when the client's scope closes, so that the server forgets it", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* clientOf(server, { clientName: "short" })
            assert.strictEqual(yield* clientCount(server, "short"), 1)
          })
        )
        yield* eventually(
          "the client is gone",
          Effect.map(clientCount(server, "short"), (count) => count === 0)
        )
      })
    )
  )
})

/** The Node transport, counting the writes that asked to wait and the drains that came. */
const spy = Effect.map(Effect.provide(Transport, NodeTransport.layer), (real) => {
  let refused = 0
  let drained = 0
  const layer = Layer.succeed(Transport, {
    ...real,
    open: (options) => {
      const onDrain = () => {
        drained++
        options.events.onDrain()
      }
      return Effect.map(real.open({ ...options, events: { ...options.events, onDrain } }), (socket) => ({
        ...socket,
        write: (frames: Parameters<typeof socket.write>[0]) => {
          const free = socket.write(frames)
          if (!free) refused++
          return free
        }
      }))
    }
  })
  return { layer, refused: () => refused, drained: () => drained }
})
