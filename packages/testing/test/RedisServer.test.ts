import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import * as tls from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { isStopped } from "../src/internal/processState.ts"
import { RedisServer } from "../src/RedisServer.ts"
import { isAlive } from "./fixtures/processes.ts"
import { connect } from "./fixtures/wire.ts"

const listenOn = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<net.Server>((resume) => {
      const server = net
        .createServer((socket) => void socket.on("error", () => {}).resume())
        .listen(port, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  )

const pidOf = (server: { readonly pid: Effect.Effect<number | undefined> }) =>
  Effect.map(server.pid, (pid) => pid ?? assert.fail("there is no process"))

describe("RedisServer", () => {
  it.effect("gives a server that answers, and removes it with its folder when the scope closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const server = yield* Scope.provide(RedisServer.make(), scope)
      const pid = yield* pidOf(server)
      assert.strictEqual(yield* server.admin(["PING"]), "PONG")
      assert.strictEqual(server.url, `redis://127.0.0.1:${server.port}`)
      assert.isBelow(server.port, 32_768)
      assert.deepStrictEqual(yield* server.admin(["CONFIG", "GET", "save"]), ["save", ""])
      assert.deepStrictEqual(yield* server.admin(["CONFIG", "GET", "appendonly"]), ["appendonly", "no"])
      assert.deepStrictEqual(yield* server.admin(["CONFIG", "GET", "bind"]), ["bind", "127.0.0.1"])
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(isAlive(pid))
      assert.isFalse(fs.existsSync(path.dirname(server.dir)))
    })
  )

  it.effect("is a layer whose controls need no real clock", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      assert.strictEqual(yield* server.admin(["SET", "key", Buffer.from("über")]), "OK")
      assert.strictEqual(yield* server.admin(["GET", "key"]), "über")
      assert.strictEqual(yield* server.state, "running")
    }).pipe(Effect.provide(RedisServer.layer()))
  )

  it.effect("starts several at once on ports of their own", () =>
    Effect.gen(function* () {
      const servers = yield* Effect.all([RedisServer.make(), RedisServer.make(), RedisServer.make()], {
        concurrency: "unbounded"
      })
      assert.strictEqual(new Set(servers.map((server) => server.port)).size, 3)
      assert.strictEqual(new Set(servers.map((server) => server.dir)).size, 3)
    })
  )

  it.effect("accepts a password, a Unix socket, a snapshot rule and further lines", () =>
    Effect.gen(function* () {
      const requirepass = 'pass "word" \\ ü'
      const server = yield* RedisServer.make({
        requirepass,
        unixSocket: true,
        save: "60 1",
        config: ["maxmemory 100mb", "databases 3"]
      })
      assert.strictEqual(yield* server.admin(["PING"]), "PONG")
      assert.strictEqual(new URL(server.url).password, encodeURIComponent(requirepass))
      assert.deepStrictEqual(yield* server.admin(["CONFIG", "GET", "requirepass"]), ["requirepass", requirepass])
      assert.deepStrictEqual(yield* server.admin(["CONFIG", "GET", "maxmemory"]), ["maxmemory", "104857600"])
      assert.deepStrictEqual(yield* server.admin(["CONFIG", "GET", "save"]), ["save", "60 1"])
      const greeting = yield* Effect.callback<string>((resume) => {
        const socket = net.connect(server.unixSocketPath ?? "", () => socket.write("PING\r\n"))
        socket.once("data", (data) => {
          socket.destroy()
          resume(Effect.succeed(String(data)))
        })
      })
      assert.match(greeting, /^-NOAUTH/)
    })
  )

  it.effect("listens with TLS only, and carries what a client needs to connect", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make({ tls: { clientCertificates: "required" }, requirepass: "p" })
      assert.strictEqual(server.url, `rediss://:p@127.0.0.1:${server.port}`)
      assert.strictEqual(yield* server.admin(["CONFIG", "GET", "port"]).pipe(Effect.map(String)), "port,0")
      const { ca, client } = server.tls ?? assert.fail("there are no certificates")
      const say = (options: tls.ConnectionOptions) =>
        Effect.callback<string>((resume) => {
          const socket = tls.connect({ host: "127.0.0.1", port: server.port, ...options })
          const end = (text: string) => {
            socket.destroy()
            resume(Effect.succeed(text))
          }
          socket.on("error", (error) => end("code" in error ? String(error.code) : error.message))
          socket.once("secureConnect", () => socket.write("PING\r\n"))
          socket.once("data", (data) => end(String(data)))
        })
      const identity = { cert: client.cert.contents, key: client.key.contents }
      assert.match(yield* say({ ca: ca.contents, ...identity }), /^-NOAUTH/)
      assert.match(yield* say(identity), /SELF_SIGNED|UNABLE_TO/)
      assert.match(yield* say({ ca: ca.contents }), /CERTIFICATE_REQUIRED|ECONNRESET/)
      yield* server.restart
      assert.strictEqual(yield* server.admin(["PING"]), "PONG")
    })
  )

  it.effect("knows ACL users, each with a URL of its own", () =>
    Effect.gen(function* () {
      const users = [{ name: "reader", password: "r s", rules: "~app:* +get" }, { name: "open" }]
      const server = yield* RedisServer.make({ users, unixSocket: true })
      assert.deepStrictEqual(server.userUrls, {
        reader: `redis://reader:r%20s@127.0.0.1:${server.port}`,
        open: `redis://open@127.0.0.1:${server.port}`
      })
      assert.strictEqual(server.unixUrl, `unix://${server.unixSocketPath}`)
      const wire = yield* connect(server.port)
      yield* wire.write('AUTH reader "r s"\r\n')
      yield* wire.awaitReplies(1)
      assert.strictEqual(yield* wire.call("GET app:1"), undefined)
      assert.match(String(JSON.stringify(yield* wire.call("GET other"))), /NOPERM/)
      assert.strictEqual(yield* wire.call("AUTH open anything"), "OK")
      const error = yield* Effect.flip(RedisServer.make({ users: [{ name: "default" }] }))
      assert.strictEqual(error.reason, "InvalidOption")
    })
  )

  it.effect("keeps port, folder and logged data over a kill and a restart", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make({ appendonly: true })
      const firstPid = yield* pidOf(server)
      yield* server.admin(["SET", "kept", "1"])
      yield* server.kill
      assert.isFalse(isAlive(firstPid))
      assert.strictEqual(yield* server.state, "stopped")
      assert.strictEqual(yield* server.pid, undefined)
      const error = yield* Effect.flip(server.admin(["PING"]))
      assert.strictEqual(error.reason, "ConnectionLost")
      yield* server.kill
      yield* server.restart
      assert.strictEqual(yield* server.state, "running")
      assert.notStrictEqual(yield* server.pid, firstPid)
      assert.strictEqual(yield* server.admin(["GET", "kept"]), "1")
      const files = yield* server.appendOnlyFiles
      const text = Buffer.concat(files.map((file) => file.contents)).toString()
      assert.include(text, "$3\r\nSET\r\n$4\r\nkept\r\n$1\r\n1\r\n")
      assert.strictEqual((yield* server.log).match(/Server initialized|Server started/g)?.length, 2)
    })
  )

  it.effect("freezes a server so that it is silent but connected, and thaws it", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make({ timeout: "10 seconds" })
      const pid = yield* pidOf(server)
      yield* server.admin(["PING"])
      yield* server.freeze
      assert.isTrue(yield* isStopped(pid))
      assert.strictEqual(yield* server.state, "frozen")
      const pending = yield* Effect.forkChild(server.admin(["INCR", "n"]), { startImmediately: true })
      yield* server.thaw
      assert.isFalse(yield* isStopped(pid))
      assert.strictEqual(yield* server.state, "running")
      assert.strictEqual(yield* Fiber.join(pending), 1)
    })
  )

  it.effect("says that a command was not answered in time, and answers the next one rightly", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make({ timeout: 500 })
      yield* server.freeze
      const error = yield* Effect.flip(server.admin(["ECHO", "late"]))
      assert.strictEqual(error.reason, "Deadline")
      assert.strictEqual(error.action, "ECHO late on server")
      yield* server.thaw
      assert.strictEqual(yield* server.admin(["ECHO", "next"]), "next")
    })
  )

  it.effect("stops in order, also when frozen, and restarts", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make({ save: "3600 1" })
      yield* server.admin(["SET", "saved", "1"])
      yield* server.freeze
      yield* server.stop
      assert.strictEqual(yield* server.state, "stopped")
      assert.include(yield* server.log, "SIGTERM")
      assert.strictEqual((yield* Effect.flip(server.freeze)).reason, "NotRunning")
      yield* server.restart
      assert.strictEqual(yield* server.admin(["GET", "saved"]), "1")
      yield* server.restart
      assert.strictEqual(yield* server.admin(["GET", "saved"]), "1")
    })
  )

  it.effect("fails with the end of the server's log when the configuration is bad", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(RedisServer.make({ config: ["no-such-directive yes"] }))
      assert.strictEqual(error.reason, "StartFailed")
      assert.include(error.log, "no-such-directive")
      assert.include(error.message, "no-such-directive")
    })
  )

  it.effect("fails a restart when another program has taken its port meanwhile", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      yield* server.kill
      const error = yield* Effect.scoped(
        Effect.andThen(
          listenOn(server.port),
          Effect.suspend(() => Effect.flip(server.restart))
        )
      )
      assert.strictEqual(error.reason, "StartFailed")
      assert.include(error.detail, `port ${server.port}`)
      yield* server.restart
      assert.strictEqual(yield* server.admin(["PING"]), "PONG")
    })
  )

  it.effect("gives an error reply as a failure that names the command", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer
      const error = yield* Effect.flip(server.admin(["LPUSH", "key"]))
      assert.strictEqual(error.reason, "ErrorReply")
      assert.include(error.action, "LPUSH key")
      assert.include(error.detail, "wrong number of arguments")
    }).pipe(Effect.provide(RedisServer.layer()))
  )

  it.effect("says that there is no append-only log if none was asked for", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      assert.strictEqual((yield* Effect.flip(server.appendOnlyFiles)).reason, "FileSystem")
    })
  )
})
