/** Socket options as the system and the server see them. */
import * as fs from "node:fs/promises"
import { assert, describe, it } from "@effect/vitest"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { clientOf, connect, eventually, failing, refusedBy } from "./support/client.ts"
import { leavesNothing } from "./support/resources.ts"

const isLinux = process.platform === "linux"

/** Whether the system would probe the peer of a connection (`tr` 02 in /proc/net/tcp: a keep-alive timer is set). */
const isKeptAlive = (localPort: number, serverPort: number) =>
  Effect.map(
    Effect.promise(() => fs.readFile("/proc/self/net/tcp", "utf8")),
    (table) => {
      const endOf = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`
      const row = table
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        // Another program's connection, to another server, may have the same local port.
        .find(
          ([, local, remote, state]) =>
            local?.endsWith(endOf(localPort)) && remote?.endsWith(endOf(serverPort)) && state === "01"
        )
      return row?.[5]?.startsWith("02:") ?? assert.fail(`no connection from port ${localPort}`)
    }
  )

const portOf = (address: string) => Number(address.slice(address.lastIndexOf(":") + 1))

describe("Socket options", () => {
  it.live.skipIf(!isLinux)("set TCP keep-alive, unless it is switched off", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        for (const [keepAlive, expected] of [
          [undefined, true],
          ["5 seconds", true],
          [false, false]
        ] as const) {
          const redis = yield* clientOf(server, { socket: { keepAlive } })
          yield* redis.ping()
          // A retransmission timer stands there for as long as the system waits for an acknowledgement.
          const port = portOf((yield* redis.clientInfo()).address)
          if (expected) yield* eventually("kept alive", isKeptAlive(port, server.port))
          else assert.isFalse(yield* isKeptAlive(port, server.port))
        }
      })
    )
  )

  it.live.skipIf(!isLinux)("choose the local address", () =>
    leavesNothing(
      Effect.gen(function* () {
        // To a server 127.0.0.2 is no loopback address.
        const server = yield* RedisServer.make({ config: ["protected-mode no"] })
        const redis = yield* clientOf(server, { socket: { localAddress: "127.0.0.2" } })
        assert.match((yield* redis.clientInfo()).address, /^127\.0\.0\.2:/)
      })
    )
  )

  it.live("look a name up anew on each connect, by the user's function", () =>
    leavesNothing(
      Effect.gen(function* () {
        const [one, two] = [yield* RedisServer.make(), yield* RedisServer.make()]
        const asked: Array<string> = []
        const lookup = (host: string) =>
          Effect.sync(() => {
            asked.push(host)
            return ["127.0.0.1"]
          })
        const redis = yield* connect({ host: "primary.example", port: one.port, socket: { lookup } })
        assert.strictEqual(yield* redis.incr("n"), 1)
        yield* one.admin(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
        yield* eventually(
          "connected anew",
          Effect.map(Effect.option(redis.incr("n")), ({ _tag }) => _tag === "Some")
        )
        assert.deepStrictEqual(asked, ["primary.example", "primary.example"])
        const byAddress = yield* connect({ host: two.host, port: two.port, socket: { lookup } })
        yield* byAddress.ping()
        assert.strictEqual(asked.length, 2)
      })
    )
  )

  it.live("try the next address where one does not answer, and use one IP version only if told so", () =>
    leavesNothing(
      Effect.gen(function* () {
        const server = yield* RedisServer.make()
        const options = { host: "primary.example", port: server.port, start: "failFast" } as const
        const lookup = () => Effect.succeed(["127.0.0.9", "::2", "127.0.0.1"])
        const both = yield* connect({ ...options, socket: { lookup, attemptTimeout: 50 } })
        assert.match((yield* both.clientInfo()).address, /^127\.0\.0\.1:/)
        const four = yield* connect({
          ...options,
          socket: { lookup: () => Effect.succeed(["::1", "127.0.0.1"]), family: 4 }
        })
        assert.match((yield* four.clientInfo()).address, /^127\.0\.0\.1:/)
        const none = yield* refusedBy(
          connect({ ...options, socket: { lookup: () => Effect.succeed(["127.0.0.1"]), family: 6 } }),
          "ConnectFailed"
        )
        assert.match(none.message, /gave no address/)
        const all = yield* refusedBy(
          connect({ ...options, socket: { lookup: () => Effect.succeed(["127.0.0.8", "127.0.0.9"]) } }),
          "ConnectFailed"
        )
        assert.match(all.message, /127\.0\.0\.8.*127\.0\.0\.9/)
      })
    )
  )

  it.live("report a look-up that fails, breaks or takes too long as ConnectFailed", () =>
    leavesNothing(
      Effect.gen(function* () {
        const options = { host: "primary.example", start: "failFast", connectTimeout: 200 } as const
        const lookups = [
          [() => Effect.fail(new Error("no such service")), /look-up of primary\.example failed: no such service/],
          [() => Effect.die(new Error("a defect")), /a defect/],
          [() => Effect.never, /within 200 ms/],
          [() => Effect.succeed(["not an address"]), /gave no address/]
        ] as const
        for (const [lookup, message] of lookups) {
          assert.match(
            (yield* refusedBy(connect({ ...options, socket: { lookup } }), "ConnectFailed")).message,
            message
          )
        }
      })
    )
  )

  it.live("that cannot be used are named", () =>
    Effect.gen(function* () {
      const error = yield* failing(connect({ socket: { localAddress: "here" } }))
      assert.include(error.message, "socket.localAddress: ")
    })
  )
})
