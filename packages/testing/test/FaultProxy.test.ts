import { assert, describe, it, layer } from "@effect/vitest"
import { RespError } from "@reef-redis/client/protocol"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { ClusterServers } from "../src/ClusterServers.ts"
import { Fault } from "../src/Fault.ts"
import { FaultProxy } from "../src/FaultProxy.ts"
import { RedisServer } from "../src/RedisServer.ts"
import { eventually } from "./fixtures/processes.ts"
import { connect, RESET_BEHIND_DATA } from "./fixtures/wire.ts"

/** A proxy before the shared server, with a connection through it. */
const setUp = Effect.gen(function* () {
  const server = yield* RedisServer
  yield* server.admin(["FLUSHALL"])
  const proxy = yield* FaultProxy.make({ upstreams: [server], timeout: "10 seconds" })
  const { port } = proxy.addressOf(server)
  const wire = yield* connect(port)
  return { server, proxy, port, wire }
})

/** How a new connection ends; a reset may come while the client still connects. */
const endOf = (port: number) =>
  Effect.catch(
    Effect.flatMap(connect(port), (wire) => wire.ended),
    (error) => Effect.succeed(error.message)
  )

const view = (proxy: FaultProxy["Service"], number: number) =>
  Effect.map(
    proxy.connections,
    (connections) => connections.find((connection) => connection.number === number) ?? assert.fail("no such connection")
  )

layer(RedisServer.layer())("FaultProxy before a server", (it) => {
  it.effect("lets everything pass as it is while no rule is in force", () =>
    Effect.gen(function* () {
      const { server, proxy, port, wire } = yield* setUp
      assert.isBelow(port, 32_768)
      assert.deepStrictEqual(proxy.urls, [`redis://127.0.0.1:${port}`])
      assert.deepStrictEqual(proxy.remap(server), { host: "127.0.0.1", port })
      assert.deepStrictEqual(proxy.remap({ host: "elsewhere", port: 1 }), { host: "elsewhere", port: 1 })
      assert.throws(() => proxy.addressOf({ host: "elsewhere", port: 1 }), RangeError)
      const text = `${"x".repeat(100_000)}\r\n`
      yield* wire.write(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${text.length}\r\n${text}\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n`)
      yield* wire.awaitReplies(2)
      assert.deepStrictEqual(wire.replies, ["OK", text])
      // Inline commands are not RESP: they pass, and so does what follows.
      yield* wire.write("PING\r\n")
      yield* wire.awaitReplies(3)
      const connection = yield* view(proxy, 1)
      assert.isTrue(connection.opaque)
      assert.strictEqual(connection.state, "open")
      assert.strictEqual(connection.clientPort, wire.socket.localPort)
      assert.strictEqual(connection.commands, 2)
      assert.strictEqual(yield* proxy.accepted, 1)
      const clients = yield* server.admin(["CLIENT", "LIST"])
      assert.include(clients, `addr=127.0.0.1:${connection.upstreamPort} `)
      wire.socket.end()
      assert.strictEqual(yield* wire.ended, "end")
      yield* eventually(() => (Effect.runSync(proxy.connections).length === 0 ? undefined : "still connected"))
    })
  )

  it.effect("refuses connections, and accepts them again on the same port", () =>
    Effect.gen(function* () {
      const { server, proxy, port, wire } = yield* setUp
      yield* proxy.refuse(server)
      assert.strictEqual((yield* Effect.flip(connect(port))).message, "ECONNREFUSED")
      assert.strictEqual(yield* wire.call("PING"), "PONG")
      yield* proxy.accept(server)
      assert.strictEqual(yield* (yield* connect(port)).call("PING"), "PONG")
      yield* proxy.refuse()
      assert.strictEqual((yield* Effect.flip(connect(port))).message, "ECONNREFUSED")
      yield* proxy.heal
      yield* connect(port)
    })
  )

  it.effect("resets or ends connections by their number as they are accepted", () =>
    Effect.gen(function* () {
      const { proxy, port, wire } = yield* setUp
      const reset = yield* proxy.install({ connection: 2, fault: Fault.reset })
      const end = yield* proxy.install({ connection: (number) => number >= 3, times: 1, fault: Fault.end })
      assert.strictEqual(yield* endOf(port), "ECONNRESET")
      assert.strictEqual(yield* endOf(port), "end")
      assert.strictEqual(yield* (yield* connect(port)).call("PING"), "PONG")
      assert.strictEqual(yield* wire.call("PING"), "PONG")
      assert.deepStrictEqual(yield* reset.counters, { matched: 1, applied: 1, connections: [2] })
      assert.deepStrictEqual(yield* end.counters, { matched: 2, applied: 1, connections: [3] })
    })
  )

  it.effect("cuts before the write: what came before is answered, the command never arrives", () =>
    Effect.gen(function* () {
      const { server, proxy, port, wire } = yield* setUp
      const rule = yield* proxy.install({ command: "incr", key: "b", times: 1, fault: Fault.cutBeforeWrite() })
      yield* wire.send("INCR a", "GET b", "INCR b", "INCR c")
      assert.match(yield* wire.ended, RESET_BEHIND_DATA)
      assert.deepStrictEqual(wire.replies, [1, undefined])
      assert.deepStrictEqual(yield* server.admin(["MGET", "a", "b", "c"]), ["1", null, null])
      assert.deepStrictEqual(yield* rule.counters, { matched: 1, applied: 1, connections: [1] })
      assert.strictEqual(yield* (yield* connect(port)).call("INCR b"), 1)
    })
  )

  it.effect("cuts before the reply: the command is executed, its answer and what is behind it are lost", () =>
    Effect.gen(function* () {
      const { server, proxy, wire } = yield* setUp
      yield* proxy.install({ key: /^b$/, fault: Fault.cutBeforeReply("end") })
      yield* wire.send("INCR a", "INCR b", "INCR c")
      assert.strictEqual(yield* wire.ended, "end")
      assert.deepStrictEqual(wire.replies, [1])
      assert.deepStrictEqual(yield* server.admin(["MGET", "a", "b", "c"]), ["1", "1", null])
    })
  )

  it.effect("cuts before the reply of a command in the middle of a transaction", () =>
    Effect.gen(function* () {
      const { server, proxy, wire } = yield* setUp
      yield* proxy.install({ command: "EXEC", fault: Fault.cutBeforeReply() })
      yield* wire.send("MULTI", "INCR a", "EXEC")
      assert.match(yield* wire.ended, RESET_BEHIND_DATA)
      assert.deepStrictEqual(wire.replies, ["OK", "QUEUED"])
      assert.strictEqual(yield* server.admin(["GET", "a"]), "1")
    })
  )

  it.effect("makes a connection half-open at a command, and resets it when healed", () =>
    Effect.gen(function* () {
      const { server, proxy, port, wire } = yield* setUp
      const rule = yield* proxy.install({ command: "GET", connection: 1, fault: Fault.halfOpen })
      yield* wire.call("INCR a")
      yield* wire.send("GET a", "INCR a")
      yield* rule.awaitApplied()
      const other = yield* connect(port)
      assert.strictEqual(yield* other.call("GET a"), "1")
      assert.strictEqual((yield* view(proxy, 1)).state, "halfOpen")
      assert.isUndefined(wire.endedNow())
      assert.deepStrictEqual(wire.replies, [1])
      assert.strictEqual(yield* proxy.resume(1), 1)
      assert.strictEqual((yield* view(proxy, 1)).state, "halfOpen")
      yield* proxy.heal
      assert.strictEqual(yield* wire.ended, "ECONNRESET")
      assert.strictEqual(yield* other.call("GET a"), "1")
      assert.strictEqual(yield* server.admin(["GET", "a"]), "1")
      assert.deepStrictEqual(yield* proxy.rules, [])
    })
  )

  it.effect("swallows new connections whole", () =>
    Effect.gen(function* () {
      const { proxy, port, server, wire } = yield* setUp
      const clients = yield* server.admin(["CLIENT", "LIST"])
      const rule = yield* proxy.install({ fault: Fault.blackHole })
      const lost = yield* connect(port)
      yield* lost.send("PING")
      yield* rule.awaitApplied()
      assert.strictEqual(yield* wire.call("PING"), "PONG")
      assert.strictEqual((yield* view(proxy, 2)).state, "blackHole")
      const lines = (list: unknown) => String(list).trim().split("\n").length
      assert.strictEqual(lines(yield* server.admin(["CLIENT", "LIST"])), lines(clients))
      yield* proxy.heal
      assert.strictEqual(yield* lost.ended, "ECONNRESET")
    })
  )

  it.effect("pauses a connection without losing a byte", () =>
    Effect.gen(function* () {
      const { server, proxy, wire } = yield* setUp
      yield* wire.call("INCR a")
      assert.strictEqual(yield* proxy.pause((connection) => connection.commands > 0), 1)
      yield* wire.send("INCR a")
      assert.strictEqual((yield* view(proxy, 1)).state, "paused")
      assert.strictEqual(yield* server.admin(["GET", "a"]), "1")
      yield* proxy.resume()
      yield* wire.awaitReplies(2)
      assert.deepStrictEqual(wire.replies, [1, 2])
    })
  )

  it.effect("resets, ends and half-opens live connections on demand", () =>
    Effect.gen(function* () {
      const { proxy, port, wire } = yield* setUp
      const second = yield* connect(port)
      const third = yield* connect(port)
      for (const each of [wire, second, third]) yield* each.call("PING")
      assert.strictEqual(yield* proxy.reset(1), 1)
      assert.strictEqual(yield* wire.ended, "ECONNRESET")
      assert.strictEqual(yield* proxy.end(2), 1)
      assert.strictEqual(yield* second.ended, "end")
      assert.strictEqual(yield* proxy.halfOpen(), 1)
      assert.strictEqual((yield* view(proxy, 3)).state, "halfOpen")
      assert.strictEqual(yield* proxy.reset(1), 0)
    })
  )

  it.effect("delays each direction by itself, in order, and with a jitter that its seed repeats", () =>
    Effect.gen(function* () {
      const { proxy, wire } = yield* setUp
      const there = yield* proxy.install({ direction: "toServer", fault: Fault.delay("30 millis") })
      const start = performance.now()
      yield* wire.send("INCR a", "INCR a")
      yield* wire.awaitReplies(2)
      assert.isAtLeast(performance.now() - start, 29)
      assert.deepStrictEqual(wire.replies, [1, 2])
      assert.strictEqual((yield* there.counters).applied, 2)
      yield* there.remove
      const back = yield* proxy.install({ direction: "toClient", fault: Fault.delay("20 millis", "10 millis") })
      const again = performance.now()
      assert.strictEqual(yield* wire.call("INCR a"), 3)
      assert.isAtLeast(performance.now() - again, 9)
      assert.strictEqual((yield* back.counters).applied, 1)
    })
  )

  it.effect("holds a command until the test says so", () =>
    Effect.gen(function* () {
      const { server, proxy, wire } = yield* setUp
      const gate = yield* Deferred.make<void>()
      const rule = yield* proxy.install({ command: "INCR", fault: Fault.hold(Deferred.await(gate)) })
      yield* wire.send("INCR a", "GET a")
      yield* rule.awaitApplied()
      assert.strictEqual(yield* server.admin(["GET", "a"]), null)
      yield* Deferred.succeed(gate, undefined)
      yield* wire.awaitReplies(2)
      assert.deepStrictEqual(wire.replies, [1, "1"])
    })
  )

  it.effect("delivers every byte by itself", () =>
    Effect.gen(function* () {
      const { proxy, wire } = yield* setUp
      yield* proxy.install({ fault: Fault.split() })
      assert.strictEqual(yield* wire.call("SET key somewhat-longer"), "OK")
      assert.strictEqual(yield* wire.call("GET key"), "somewhat-longer")
      const bytes = Buffer.concat(wire.chunks)
      assert.strictEqual(String(bytes), "+OK\r\n$15\r\nsomewhat-longer\r\n")
      assert.isTrue(wire.chunks.every((chunk) => chunk.length === 1))
    })
  )

  it.effect.each([2, 3])("drops pub/sub messages in RESP%i, and no confirmation or reply", (protocol) =>
    Effect.gen(function* () {
      const { server, proxy, wire } = yield* setUp
      yield* wire.call(`HELLO ${protocol}`)
      const rule = yield* proxy.install({ push: "message", times: 1, fault: Fault.dropPush })
      yield* wire.send("SUBSCRIBE one two")
      const seen = () => (protocol === 3 ? wire.pushes : wire.replies.slice(1))
      const awaitSeen = (count: number) =>
        eventually(() => (seen().length >= count ? undefined : JSON.stringify(wire.replies)))
      yield* awaitSeen(2)
      yield* server.admin(["PUBLISH", "one", "lost"])
      yield* server.admin(["PUBLISH", "one", "kept"])
      yield* awaitSeen(3)
      const pong = protocol === 3 ? "PONG" : ["pong", ""]
      yield* wire.send("PING")
      yield* eventually(() => (JSON.stringify(wire.replies.at(-1)) === JSON.stringify(pong) ? undefined : "no answer"))
      assert.deepStrictEqual(seen().slice(0, 3), [
        ["subscribe", "one", 1],
        ["subscribe", "two", 2],
        ["message", "one", "kept"]
      ])
      const connection = yield* view(proxy, 1)
      assert.strictEqual(connection.droppedPushes, 1)
      assert.strictEqual(connection.pushes, 1)
      assert.strictEqual(connection.outstanding, 0)
      assert.strictEqual((yield* rule.counters).applied, 1)
    })
  )

  it.effect("drops invalidations, which are RESP3 pushes", () =>
    Effect.gen(function* () {
      const { server, proxy, wire } = yield* setUp
      yield* wire.call("HELLO 3")
      yield* wire.call("CLIENT TRACKING ON")
      yield* wire.call("GET key")
      const rule = yield* proxy.install({ fault: Fault.dropPush })
      yield* server.admin(["SET", "key", "1"])
      yield* rule.awaitApplied()
      assert.strictEqual(yield* wire.call("GET key"), "1")
      assert.deepStrictEqual(wire.pushes, [])
    })
  )

  it.effect("counts a rule that skips and stops, and removes a scoped one with its scope", () =>
    Effect.gen(function* () {
      const { proxy, wire } = yield* setUp
      const seen: Array<string> = []
      const rule = yield* proxy.install({
        name: "every third",
        on: "reply",
        command: "INCR",
        skip: 1,
        times: 2,
        where: ({ command, value }) => seen.push(`${command?.name} ${value}`) > 0,
        fault: Fault.delay(1)
      })
      for (let i = 0; i < 5; i++) yield* wire.call("INCR a")
      yield* wire.call("GET a")
      assert.deepStrictEqual(seen, ["INCR 1", "INCR 2", "INCR 3", "INCR 4", "INCR 5"])
      assert.deepStrictEqual(yield* rule.counters, { matched: 5, applied: 2, connections: [1] })
      yield* rule.remove
      const scoped = yield* Effect.scoped(
        Effect.gen(function* () {
          const inner = yield* proxy.installScoped({ command: "GET", fault: Fault.delay(1) })
          yield* wire.call("GET a")
          assert.strictEqual((yield* proxy.rules).length, 1)
          return inner
        })
      )
      yield* wire.call("GET a")
      assert.strictEqual((yield* scoped.counters).matched, 1)
      assert.deepStrictEqual(yield* proxy.rules, [])
    })
  )

  it.effect("says that a rule has not struck in time, and refuses one that cannot strike", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      const proxy = yield* FaultProxy.make({ upstreams: [server], timeout: 20 })
      const rule = yield* proxy.install({ name: "idle", fault: Fault.reset })
      const late = yield* Effect.flip(rule.awaitApplied())
      assert.strictEqual(late.reason, "Deadline")
      assert.include(late.action, "idle")
      const wrong = yield* Effect.flip(proxy.install({ on: "reply", fault: Fault.cutBeforeWrite() }))
      assert.strictEqual(wrong.reason, "InvalidOption")
    })
  )

  it.effect("keeps in step when a client switches replies off", () =>
    Effect.gen(function* () {
      const { server, proxy, wire } = yield* setUp
      yield* wire.send("CLIENT REPLY SKIP", "INCR a", "CLIENT REPLY OFF", "INCR a", "CLIENT REPLY ON", "GET a")
      yield* wire.awaitReplies(2)
      assert.deepStrictEqual(wire.replies, ["OK", "2"])
      assert.strictEqual((yield* view(proxy, 1)).outstanding, 0)
      yield* proxy.install({ command: "INCR", fault: Fault.cutBeforeReply() })
      yield* wire.send("INCR a")
      assert.strictEqual(yield* wire.ended, "ECONNRESET")
      assert.strictEqual(yield* server.admin(["GET", "a"]), "3")
    })
  )

  it.effect("shows a dead server as a reset, and leaves nothing open when its scope closes", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      const scope = yield* Scope.make()
      const proxy = yield* Scope.provide(FaultProxy.make({ upstreams: [server] }), scope)
      const { port } = proxy.addressOf(server)
      const wire = yield* connect(port)
      yield* wire.call("PING")
      yield* server.kill
      assert.isDefined(yield* wire.ended)
      assert.strictEqual(yield* endOf(port), "ECONNRESET")
      yield* server.restart
      const [paused, open] = [yield* connect(port), yield* connect(port)]
      yield* paused.call("PING")
      yield* proxy.pause()
      yield* proxy.resume(4)
      assert.strictEqual(yield* open.call("PING"), "PONG")
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* paused.ended, "ECONNRESET")
      assert.strictEqual(yield* open.ended, "ECONNRESET")
      assert.strictEqual((yield* Effect.flip(connect(port))).message, "ECONNREFUSED")
    })
  )
})

describe("FaultProxy", () => {
  it.effect("stands before every node of a cluster", () =>
    Effect.gen(function* () {
      const cluster = yield* ClusterServers
      const proxy = yield* FaultProxy
      assert.strictEqual(proxy.urls.length, 2)
      const [one, two] = cluster.nodes
      const wire = yield* connect(proxy.addressOf(one!).port)
      const moved = yield* wire.call("GET foo")
      const target = moved instanceof RespError ? moved.message.split(" ").at(-1) : undefined
      const port = Number(target?.split(":")[1])
      assert.strictEqual(port, two!.port)
      const next = yield* connect(proxy.remap({ host: "127.0.0.1", port }).port)
      assert.strictEqual(yield* next.call("GET foo"), undefined)
      assert.deepStrictEqual(
        (yield* proxy.connections).map(({ upstream }) => upstream.port),
        [one!.port, two!.port]
      )
    }).pipe(
      Effect.provide(
        FaultProxy.layerCluster().pipe(
          Layer.provideMerge(ClusterServers.layer({ primaries: 2, replicasPerPrimary: 0 }))
        )
      )
    )
  )

  it.effect("lets TLS pass as bytes, with a URL that keeps scheme and password", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make({ tls: true, requirepass: "p w" })
      const proxy = yield* FaultProxy.make({ upstreams: [server], rules: [{ on: "bytes", fault: Fault.split(100) }] })
      const { port } = proxy.addressOf(server)
      assert.strictEqual(proxy.urlOf(server), `rediss://:p%20w@127.0.0.1:${port}`)
      const [rule] = yield* proxy.rules
      const wire = yield* connect(port)
      yield* wire.write("\x16\x03\x01\x00\x05hello")
      yield* wire.ended
      assert.isAtLeast((yield* rule!.counters).applied, 1)
    })
  )
})
