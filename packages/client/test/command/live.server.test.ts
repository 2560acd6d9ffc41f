/**
 * Commands that end a server or change it for good, or change the connection that they run on, or wait: each against servers of its own,
 * under both versions of the protocol.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { RedisServer, type RedisServerOptions } from "@reef-redis/testing"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { Command } from "../../src/Command.ts"
import { bare } from "./golden.ts"
import { type OwnConnection, ownConnection } from "./live/socket.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "reef-acl-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
)

/** How long a server may take for anything here, on a slow machine. */
const PATIENCE = "20 seconds"

const eventually = <E, R>(probe: Effect.Effect<boolean, E, R>) =>
  Effect.repeat(Effect.andThen(Effect.sleep("10 millis"), probe), { until: (done) => done }).pipe(
    Effect.timeout(PATIENCE)
  )

const refusal = (effect: Effect.Effect<unknown, Error>): Effect.Effect<string> =>
  Effect.match(effect, { onFailure: (error) => error.message, onSuccess: () => assert.fail("expected a refusal") })

/** Whether the server has something, by the first versions that do; a server that is not named never has it. */
const hasSince = (connection: OwnConnection, since: { readonly redis?: number; readonly valkey?: number }) =>
  Effect.map(connection.run(Command.hello()), ({ server, version }) => {
    const [major = 0, minor = 0] = version.split(".").map(Number)
    const first = server === "valkey" ? since.valkey : since.redis
    return first !== undefined && major + minor / 100 >= first
  })

/** A server, and a connection that speaks the protocol. */
const started = Effect.fnUntraced(function* (protocol: 2 | 3, options: RedisServerOptions = {}) {
  const server = yield* RedisServer.make(options)
  const own = yield* ownConnection(server.port)
  const auth = server.password === undefined ? undefined : { password: Redacted.make(server.password) }
  const hello = yield* own.run(Command.hello(protocol, { auth, name: "own" }))
  assert.strictEqual(hello.protocol, protocol)
  return { ...own, server }
})

/** A primary and a replica that is up to date. */
const pair = Effect.fnUntraced(function* (protocol: 2 | 3, options: RedisServerOptions = {}) {
  const primary = yield* started(protocol, { config: ["repl-diskless-sync-delay 0"], ...options })
  const replica = yield* started(protocol, options)
  yield* replica.run(Command.replicaOf("127.0.0.1", primary.server.port))
  yield* eventually(
    Effect.map(replica.run(Command.role()), (role) => role.role === "replica" && role.state === "connected")
  )
  return { primary, replica }
})

for (const protocol of [2, 3] as const) {
  describe(`on connections and servers of their own, under RESP${protocol}`, () => {
    it.live("the connection's name, library, database, protocol and protection", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { run, server } = yield* started(protocol)
          const newer = yield* hasSince({ run }, { redis: 7.02, valkey: 8 })
          assert.strictEqual(yield* run(Command.clientGetName()), "own")
          assert.isUndefined(yield* run(Command.clientSetName("worker")))
          assert.strictEqual(yield* run(Command.clientGetName()), "worker")
          yield* run(Command.clientNoEvict(true))
          yield* run(Command.clientReply("ON"))
          yield* run(Command.select(1))
          if (newer) {
            yield* run(Command.clientNoTouch(true))
            yield* run(Command.clientSetInfo("LIB-NAME", "reef"))
            yield* run(Command.clientSetInfo("LIB-VER", "1.2"))
          }
          const info = yield* run(Command.clientInfo())
          assert.strictEqual(info.name, "worker")
          assert.strictEqual(info.database, 1)
          assert.strictEqual(info.protocol, protocol)
          assert.include(info.flags, "e")
          assert.strictEqual(info.libraryName, newer ? "reef" : undefined)
          assert.strictEqual(info.libraryVersion, newer ? "1.2" : undefined)
          assert.strictEqual(info.address.startsWith("127.0.0.1:"), true)
          assert.strictEqual(info.localAddress, `127.0.0.1:${server.port}`)
          assert.isUndefined(yield* run(Command.reset()))
          const after = yield* run(Command.hello())
          assert.deepStrictEqual([after.protocol, after.id, after.role], [2, info.id, "primary"])
          assert.isUndefined(yield* run(Command.clientGetName()))
          yield* run(Command.quit())
        })
      )
    )

    it.live("what only Valkey knows: capabilities and a source of imports", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { run } = yield* started(protocol)
          if (yield* hasSince({ run }, { valkey: 8 })) {
            assert.isUndefined(yield* run(Command.clientCapa(["redirect", "unknown"])))
          } else assert.match(yield* refusal(run(Command.clientCapa("redirect"))), /unknown subcommand/)
          if (yield* hasSince({ run }, { valkey: 8.01 })) {
            yield* run(Command.configSet("import-mode", "yes"))
            assert.isUndefined(yield* run(Command.clientImportSource(true)))
            assert.isUndefined(yield* run(Command.clientImportSource(false)))
          } else assert.match(yield* refusal(run(Command.clientImportSource(true))), /unknown subcommand/)
        })
      )
    )

    it.live("tracking, in each of its ways", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { run, server } = yield* started(protocol)
          const other = yield* ownConnection(server.port)
          const redirect = yield* other.run(Command.clientId())
          yield* run(Command.clientTracking(true, { redirect, optIn: true, noLoop: true }))
          assert.isUndefined(yield* run(Command.clientCaching(true)))
          const optIn = yield* run(Command.clientTrackingInfo())
          assert.strictEqual(optIn.redirect, redirect)
          assert.includeMembers([...optIn.flags], ["on", "optin", "noloop"])
          assert.strictEqual(yield* run(Command.clientGetRedir()), redirect)
          assert.isUndefined(yield* run(Command.clientTracking(false)))
          yield* run(Command.clientTracking(true, { redirect, optOut: true }))
          assert.isUndefined(yield* run(Command.clientCaching(false)))
          yield* run(Command.clientTracking(false))
          yield* run(Command.clientTracking(true, { redirect, broadcast: true, prefixes: ["a:", "b:"] }))
          const broadcast = yield* run(Command.clientTrackingInfo())
          assert.isTrue(broadcast.enabled)
          assert.sameMembers([...broadcast.prefixes], ["a:", "b:"])
          yield* run(Command.clientTracking(false))
          assert.isFalse((yield* run(Command.clientTrackingInfo())).enabled)
        })
      )
    )

    it.live("who connects", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { run, server } = yield* started(protocol, { requirepass: "s3cret" })
          yield* run(
            Command.aclSetUser("bob", { enabled: true, passwords: ["pw"], keys: ["a"], commands: ["+@all", "-get"] })
          )
          const other = yield* ownConnection(server.port)
          assert.match(yield* refusal(other.run(Command.ping())), /NOAUTH/)
          assert.match(yield* refusal(other.run(Command.auth({ password: "wrong" }))), /WRONGPASS/)
          assert.isUndefined(yield* other.run(Command.auth({ password: "s3cret" })))
          assert.isUndefined(yield* other.run(Command.auth({ username: "bob", password: Redacted.make("pw") })))
          assert.strictEqual(yield* other.run(Command.aclWhoAmI()), "bob")
          assert.match(yield* refusal(other.run(Command.get("a"))), /NOPERM/)
          assert.match(yield* refusal(other.run(Command.set("z", "1"))), /NOPERM/)
          const [key, command, auth] = yield* run(Command.aclLog())
          assert.deepStrictEqual([key?.reason, key?.object, key?.username], ["key", "z", "bob"])
          assert.deepStrictEqual([command?.reason, command?.object], ["command", "get"])
          assert.deepStrictEqual([auth?.reason, auth?.count, auth?.context], ["auth", 1, "toplevel"])
          assert.strictEqual(key?.client?.user, "bob")
          assert.isBelow(Duration.toMillis(key?.age ?? Duration.infinity), Duration.toMillis("1 minute"))
          const newer = yield* hasSince({ run }, { redis: 7.02, valkey: 8 })
          assert.strictEqual(key?.created !== undefined && key.updated !== undefined && key.id !== undefined, newer)
        })
      )
    )

    it.live("users in a file", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const folder = yield* temporaryFolder
          const file = join(folder, "users.acl")
          yield* Effect.promise(() => writeFile(file, "user default on nopass ~* &* +@all\n"))
          const { run } = yield* started(protocol, { config: [`aclfile ${file}`] })
          yield* run(Command.aclSetUser("bob", ["on"]))
          assert.isUndefined(yield* run(Command.aclSave()))
          assert.strictEqual(yield* run(Command.aclDelUser("bob")), 1)
          assert.isUndefined(yield* run(Command.aclLoad()))
          assert.isTrue((yield* run(Command.aclGetUser("bob")))?.enabled)
        })
      )
    )

    it.live("a replica in a cluster: ASKING, READONLY and READWRITE", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { run } = yield* started(protocol, { config: ["cluster-enabled yes"] })
          assert.isUndefined(yield* run(Command.asking()))
          assert.isUndefined(yield* run(Command.readonly()))
          assert.isUndefined(yield* run(Command.readwrite()))
          assert.strictEqual((yield* run(Command.hello())).mode, "cluster")
        })
      )
    )

    it.live("following a primary, waiting for it, and taking over", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { primary, replica } = yield* pair(protocol, { appendonly: true, appendfsync: "always" })
          // Told once more, a replica says that it does so already.
          assert.isUndefined(yield* replica.run(Command.replicaOf("127.0.0.1", primary.server.port)))
          assert.isUndefined(yield* replica.run(Command.slaveOf("127.0.0.1", primary.server.port)))
          yield* primary.run(Command.set("k", "v"))
          assert.strictEqual(yield* primary.run(Command.wait(1, PATIENCE)), 1)
          assert.strictEqual(yield* primary.run(Command.wait(2, 1)), 1)
          if (yield* hasSince(primary, { redis: 7.02, valkey: 8 })) {
            assert.deepStrictEqual(yield* primary.run(Command.waitAof(1, 1, PATIENCE)), { local: 1, replicas: 1 })
          }
          yield* eventually(Effect.map(replica.run(Command.get("k")), (value) => value === "v"))
          yield* primary.run(
            Command.failover({ to: { host: "127.0.0.1", port: replica.server.port }, timeout: PATIENCE })
          )
          yield* eventually(Effect.map(replica.run(Command.role()), ({ role }) => role === "primary"))
          yield* eventually(Effect.map(primary.run(Command.role()), ({ role }) => role === "replica"))
          assert.isUndefined(yield* primary.run(Command.replicaOfNoOne()))
          assert.strictEqual((yield* primary.run(Command.role())).role, "primary")
          assert.isUndefined(yield* primary.run(Command.slaveOfNoOne()))
        })
      )
    )

    it.live("a failover and a shutdown that are taken back while a replica lags", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { primary, replica } = yield* pair(protocol)
          yield* replica.server.freeze
          yield* primary.run(Command.set("k", "v"))
          assert.isUndefined(yield* primary.run(Command.failover()))
          assert.isUndefined(yield* primary.run(Command.failoverAbort()))
          const waiting = yield* ownConnection(primary.server.port)
          yield* waiting.run(Command.hello(protocol))
          const ending = yield* Effect.forkScoped(refusal(waiting.run(Command.shutdown())), { startImmediately: true })
          yield* eventually(
            Effect.map(Effect.result(primary.run(Command.shutdownAbort())), ({ _tag }) => _tag === "Success")
          )
          assert.match(yield* Fiber.join(ending), /SHUTDOWN/)
          assert.strictEqual(yield* primary.run(Command.ping()), "PONG")
          yield* replica.server.thaw
        })
      )
    )

    it.live("the end of a server", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { run, server } = yield* started(protocol)
          if (!(yield* hasSince({ run }, { valkey: 9 }))) {
            assert.match(yield* refusal(run(Command.shutdown({ safe: true }))), /syntax error/)
          }
          const message = yield* refusal(run(Command.shutdown({ mode: "NOSAVE", now: true, force: true })))
          assert.match(message, /connection ended/)
          yield* eventually(Effect.map(server.state, (state) => state === "stopped"))
        })
      )
    )

    it.live("the data on disk", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { run } = yield* started(protocol, { appendonly: true })
          const before = yield* run(Command.lastSave())
          const idle = Effect.map(run(Command.info("persistence")), ({ persistence }) =>
            [persistence?.rdb_bgsave_in_progress, persistence?.aof_rewrite_in_progress].every((busy) => busy === "0")
          )
          yield* run(Command.set("k", "v"))
          yield* eventually(idle)
          assert.strictEqual(yield* run(Command.bgSave()), "started")
          yield* eventually(idle)
          assert.strictEqual(yield* run(Command.bgRewriteAof()), "started")
          assert.include(["started", "scheduled"], yield* run(Command.bgSave({ schedule: true })))
          yield* eventually(idle)
          assert.isUndefined(yield* run(Command.save()))
          assert.isAtLeast(DateTime.toEpochMillis(yield* run(Command.lastSave())), DateTime.toEpochMillis(before))
          if (yield* hasSince({ run }, { valkey: 8.01 })) {
            // Keys so slow to write, in microseconds each, that the snapshot is still written when it is given up.
            yield* run(Command.configSet("rdb-key-save-delay", 10_000_000))
            yield* run(Command.bgSave())
            assert.isUndefined(yield* run(Command.bgSaveCancel()))
          } else assert.match(yield* refusal(run(Command.bgSaveCancel())), /syntax error/)
        })
      )
    )

    it.live("keys on their way to another server", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const from = yield* started(protocol)
          const to = yield* started(protocol, { requirepass: "s3cret" })
          const { port } = to.server
          const auth = { password: Redacted.make("s3cret") }
          yield* from.run(Command.mSet({ a: "1", b: "2", c: "3" }))
          assert.match(yield* refusal(from.run(Command.migrate("127.0.0.1", port, "a", 0, PATIENCE))), /NOAUTH/)
          assert.isTrue(yield* from.run(Command.migrate("127.0.0.1", port, "a", 0, PATIENCE, { auth })))
          assert.isFalse(yield* from.run(Command.migrate("127.0.0.1", port, "a", 0, PATIENCE, { auth })))
          const named = { ...auth, username: "default" }
          const keys = ["b", "c", "none"]
          assert.isTrue(
            yield* from.run(Command.migrate("127.0.0.1", port, keys, 0, PATIENCE, { auth: named, copy: true }))
          )
          assert.match(
            yield* refusal(from.run(Command.migrate("127.0.0.1", port, keys, 0, PATIENCE, { auth, copy: true }))),
            /BUSYKEY/
          )
          assert.isTrue(yield* from.run(Command.migrate("127.0.0.1", port, keys, 0, PATIENCE, { auth, replace: true })))
          assert.strictEqual(yield* from.run(Command.dbSize()), 0)
          assert.deepStrictEqual(yield* to.run(Command.mGet(["a", "b", "c"])), ["1", "2", "3"])
        })
      )
    )

    it.live("modules", () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { run } = yield* started(protocol, { config: ["enable-module-command yes"] })
          const load = { config: { "m.a": "1" }, arguments: ["x"] }
          assert.match(yield* refusal(run(Command.moduleLoad("/none.so", ["x"]))), /Error loading/)
          assert.match(yield* refusal(run(Command.moduleLoadEx("/none.so", load))), /Error loading/)
          const modules = yield* run(Command.moduleList())
          if (yield* hasSince({ run }, { valkey: 9.01 })) {
            assert.deepStrictEqual(modules, [
              { name: "lua", version: 1, path: "lua", arguments: [], fields: bare<string>({}) }
            ])
            assert.isUndefined(yield* run(Command.moduleUnload("lua")))
            assert.deepStrictEqual(yield* run(Command.moduleList()), [])
          }
          assert.match(yield* refusal(run(Command.moduleUnload("none"))), /no such module/)
        })
      )
    )
  })
}
