import { assert, describe, it } from "@effect/vitest"
import { RespError, RespMap, Wire } from "@reef-redis/client/protocol"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { Answer } from "../src/Answer.ts"
import { Script } from "../src/Script.ts"
import { ScriptedServer, type ServerScript } from "../src/ScriptedServer.ts"
import { eventually } from "./fixtures/processes.ts"
import { connect, RESET_BEHIND_DATA } from "./fixtures/wire.ts"

const setUp = Effect.fnUntraced(function* (script: ServerScript = {}) {
  const server = yield* ScriptedServer.make({ timeout: "10 seconds", ...script })
  const wire = yield* connect(server.port)
  return { server, wire }
})

const messageOf = (value: unknown) => (value instanceof RespError ? value.message : `no error: ${value}`)

describe("ScriptedServer", () => {
  it.effect("answers what clients send on their own account", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* setUp()
      assert.isBelow(server.port, 32_768)
      assert.strictEqual(server.url, `redis://127.0.0.1:${server.port}`)
      assert.strictEqual(yield* wire.call("PING"), "PONG")
      assert.strictEqual(yield* wire.call("PING hello"), "hello")
      assert.strictEqual(yield* wire.call("CLIENT ID"), 1)
      assert.strictEqual(yield* wire.call("CLIENT SETNAME me"), "OK")
      assert.strictEqual(yield* wire.call("CLIENT GETNAME"), "me")
      assert.strictEqual(yield* wire.call("CLIENT SETINFO LIB-NAME x"), "OK")
      assert.strictEqual(yield* wire.call("SELECT 3"), "OK")
      assert.strictEqual(messageOf(yield* wire.call("SELECT x")), "ERR value is not an integer or out of range")
      assert.strictEqual(yield* wire.call("READONLY"), "OK")
      const hello = yield* wire.call("HELLO 3 SETNAME you")
      assert.instanceOf(hello, RespMap)
      assert.deepStrictEqual(hello.entries.slice(0, 6), ["server", "redis", "version", "7.2.0", "proto", 3])
      const [connection] = yield* server.connections
      assert.strictEqual(connection?.protocol, 3)
      assert.strictEqual(connection?.name, "you")
      assert.strictEqual(connection?.database, 3)
      assert.isTrue(connection?.readOnly)
      assert.strictEqual(messageOf(yield* wire.call("HELLO 4")), "NOPROTO unsupported protocol version")
      assert.strictEqual(messageOf(yield* wire.call("CLUSTER INFO")), "ERR This instance has cluster support disabled")
      assert.strictEqual(yield* wire.call("RESET"), "RESET")
      assert.strictEqual((yield* server.connections)[0]?.protocol, 2)
      yield* server.verify
      assert.strictEqual(yield* wire.call("QUIT"), "OK")
      assert.strictEqual(yield* wire.ended, "end")
    })
  )

  it.effect("knows no HELLO where the script says that it is old", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* setUp({ protocol: 2 })
      assert.include(messageOf(yield* wire.call("HELLO 3")), "unknown command 'HELLO'")
      yield* server.verify
    })
  )

  it.effect("lets in whom the script knows, and nobody else", () =>
    Effect.gen(function* () {
      const { wire } = yield* setUp({ users: { default: "d", app: "a" } })
      assert.strictEqual(messageOf(yield* wire.call("PING")), "NOAUTH Authentication required.")
      assert.match(messageOf(yield* wire.call("HELLO 3")), /^NOAUTH/)
      assert.match(messageOf(yield* wire.call("AUTH wrong")), /^WRONGPASS/)
      assert.match(messageOf(yield* wire.call("HELLO 3 AUTH toString a")), /^WRONGPASS/)
      assert.strictEqual(yield* wire.call("AUTH d"), "OK")
      assert.strictEqual(yield* wire.call("PING"), "PONG")
      assert.instanceOf(yield* wire.call("HELLO 3 AUTH app a"), RespMap)
    })
  )

  it.effect("answers in the protocol version of each connection", () =>
    Effect.gen(function* () {
      const value = Wire.map(["a", 1, "b", Wire.set([true, undefined, 1.5])])
      const { server, wire } = yield* setUp({ handler: Script.table({ GET: Answer.reply(value) }) })
      const three = yield* connect(server.port)
      yield* three.call("HELLO 3")
      assert.deepStrictEqual(yield* wire.call("GET"), ["a", 1, "b", [1, undefined, "1.5"]])
      assert.deepStrictEqual(yield* three.call("GET"), new RespMap(["a", 1, "b", [true, undefined, 1.5]]))
    })
  )

  it.effect("records every command of every connection in order", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* setUp({ handler: () => Answer.ok })
      const other = yield* connect(server.port)
      yield* wire.send("SET k v", "get K")
      yield* wire.awaitReplies(2)
      yield* other.call("DEL k")
      const received = yield* server.received
      assert.deepStrictEqual(
        received.map(({ args, connection, name, number }) => [number, connection, name, args]),
        [
          [1, 1, "SET", ["SET", "k", "v"]],
          [2, 1, "GET", ["get", "K"]],
          [3, 2, "DEL", ["DEL", "k"]]
        ]
      )
      assert.deepStrictEqual(received[0]?.bytes[2], new Uint8Array(Buffer.from("v")))
      const connections = yield* server.connections
      assert.deepStrictEqual(
        connections.map(({ commands }) => commands.length),
        [2, 1]
      )
    })
  )

  it.effect("plays a sequence, with other commands in between", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* setUp({
        expect: [
          Script.expect(["GET", "a"]).reply("1").times(2),
          Script.expect(["SET", /^k/, (value) => value.length > 3]).error("OOM no"),
          Script.expect("CONFIG GET").answer(({ args }) => Answer.reply(args.slice(2)))
        ]
      })
      assert.strictEqual(yield* wire.call("GET a"), "1")
      assert.strictEqual(yield* wire.call("PING"), "PONG")
      assert.strictEqual(yield* wire.call("get a"), "1")
      assert.include((yield* Effect.flip(server.verify)).detail, "SET /^k/")
      assert.strictEqual(messageOf(yield* wire.call("SET key long")), "OOM no")
      assert.deepStrictEqual(yield* wire.call("config get x y"), ["x", "y"])
      yield* server.verify
      yield* server.expect(Script.expect("GET").reply("late"))
      const missing = yield* Effect.flip(server.verify)
      assert.strictEqual(missing.reason, "ScriptViolated")
      assert.strictEqual(missing.detail, "still expected: GET (1 times)")
      assert.strictEqual(yield* wire.call("GET a"), "late")
      yield* server.verify
    })
  )

  it.effect("refuses what nobody has an answer to, and remembers it", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* setUp({
        handler: ({ name }) => {
          if (name === "BOOM") throw new Error("a mistake in the test")
          return undefined
        }
      })
      assert.include(
        messageOf(yield* wire.call("GET key")),
        "ERR unknown command 'GET', with args beginning with: 'key'"
      )
      assert.include(messageOf(yield* wire.call("BOOM")), "a mistake in the test")
      const { detail } = yield* Effect.flip(server.verify)
      assert.include(detail, "nobody answers GET key")
      assert.include(detail, "a mistake in the test")
    })
  )

  it.effect("answers late, and what is behind it later still", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const late = Answer.from(Effect.as(Deferred.await(gate), Answer.reply("late")))
      const { server, wire } = yield* setUp({ handler: Script.table({ GET: late }) })
      yield* wire.send("GET a", "PING")
      yield* server.awaitCommand("PING")
      assert.deepStrictEqual(wire.replies, [])
      yield* Deferred.succeed(gate, undefined)
      yield* wire.awaitReplies(2)
      assert.deepStrictEqual(wire.replies, ["late", "PONG"])
    })
  )

  it.effect("answers in part, several times, with raw bytes, not at all, and closes", () =>
    Effect.gen(function* () {
      const { server } = yield* setUp({
        handler: Script.table({
          HALF: Answer.all(Answer.partial("0123456789"), Answer.close()),
          FIVE: Answer.all(Answer.partial("0123456789", 5), Answer.close("reset")),
          TWICE: Answer.all(Answer.reply(1), Answer.push(["extra"]), Answer.reply(2)),
          RAW: Answer.raw("+raw\r\n"),
          NOTHING: Answer.silence
        })
      })
      const said = Effect.fnUntraced(function* (command: string) {
        const wire = yield* connect(server.port)
        yield* wire.send(command)
        const end = yield* wire.ended
        return [String(Buffer.concat(wire.chunks)), end]
      })
      assert.deepStrictEqual(yield* said("HALF"), ["$10\r\n012", "end"])
      const [five, end] = yield* said("FIVE")
      assert.strictEqual(five, "$10\r\n")
      assert.match(String(end), RESET_BEHIND_DATA)
      const wire = yield* connect(server.port)
      yield* wire.send("TWICE", "RAW", "NOTHING", "PING")
      yield* wire.awaitReplies(5)
      assert.deepStrictEqual(wire.replies, [1, ["extra"], 2, "raw", "PONG"])
    })
  )

  it.effect("speaks unasked: on connecting, and when the test says so", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* setUp({
        onConnect: ({ number }) =>
          number === 2 ? Answer.all(Answer.error("ERR max number of clients reached"), Answer.close()) : undefined
      })
      const refused = yield* connect(server.port)
      assert.strictEqual(yield* refused.ended, "end")
      assert.deepStrictEqual(refused.replies.map(messageOf), ["ERR max number of clients reached"])
      const three = yield* connect(server.port)
      yield* three.call("HELLO 3")
      assert.strictEqual(yield* server.push(["message", "ch", "hi"]), 2)
      yield* eventually(() => (three.pushes.length === 1 && wire.replies.length === 1 ? undefined : "no push"))
      assert.deepStrictEqual(three.pushes, [["message", "ch", "hi"]])
      assert.deepStrictEqual(wire.replies, [["message", "ch", "hi"]])
      assert.strictEqual(yield* server.send(Answer.raw("?garbage"), 3), 1)
      yield* eventually(() => (String(three.chunks.at(-1)) === "?garbage" ? undefined : "no garbage"))
      assert.strictEqual(yield* server.send(Answer.close(), ({ protocol }) => protocol === 3), 1)
      assert.strictEqual(yield* three.ended, "end")
      assert.strictEqual(yield* wire.call("PING"), "PONG")
    })
  )

  it.effect("has the script replaced while connections live", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* setUp({ handler: () => Answer.reply("old") })
      assert.strictEqual(yield* wire.call("GET a"), "old")
      yield* server.answerWith(() => Answer.reply("new"))
      assert.strictEqual(yield* wire.call("GET a"), "new")
    })
  )

  it.effect("describes a cluster of several nodes, each with its own view if the script says so", () =>
    Effect.gen(function* () {
      const even = Script.evenCluster(2)
      const server = yield* ScriptedServer.make({
        nodes: 2,
        cluster: (node) => ({ ...even, epoch: node + 1 }),
        handler: ({ name, node }, { asking, nodes }) =>
          name !== "GET"
            ? undefined
            : node === 0
              ? Answer.moved(9_000, nodes[1]!)
              : Answer.reply(asking ? "asked" : "here")
      })
      assert.strictEqual(server.seeds.length, 2)
      const [one, two] = server.nodes
      const wire = yield* connect(one!.port)
      const other = yield* connect(two!.port)
      assert.deepStrictEqual(yield* wire.call("CLUSTER SLOTS"), [
        [0, 8_191, ["127.0.0.1", one!.port, one!.id, []]],
        [8_192, 16_383, ["127.0.0.1", two!.port, two!.id, []]]
      ])
      assert.include(yield* other.call("CLUSTER INFO"), "cluster_current_epoch:2\r\n")
      assert.strictEqual(yield* other.call("CLUSTER MYID"), two!.id)
      assert.strictEqual(messageOf(yield* wire.call("GET x")), `MOVED 9000 127.0.0.1:${two!.port}`)
      assert.strictEqual(yield* other.call("GET x"), "here")
      yield* other.send("ASKING", "GET x", "GET x")
      yield* other.awaitReplies(6)
      assert.deepStrictEqual(other.replies.slice(-3), ["OK", "asked", "here"])
      yield* server.describeCluster({ ...even, state: "fail" })
      assert.include(yield* wire.call("CLUSTER INFO"), "cluster_state:fail")
      yield* server.refuse(0)
      assert.strictEqual((yield* Effect.flip(connect(one!.port))).message, "ECONNREFUSED")
      assert.strictEqual(yield* (yield* connect(two!.port)).call("PING"), "PONG")
      yield* server.accept()
      assert.strictEqual(yield* (yield* connect(one!.port)).call("PING"), "PONG")
    })
  )

  it.effect("waits for commands and connections, and says what came instead", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* setUp({ timeout: 20 })
      yield* server.awaitConnections(1)
      yield* wire.call("PING one")
      yield* wire.call("PING two")
      assert.deepStrictEqual((yield* server.awaitCommand("PING", 2)).args, ["PING", "two"])
      const late = yield* Effect.flip(server.awaitCommand(["PING", "three"]))
      assert.strictEqual(late.reason, "Deadline")
      assert.include(late.detail, "PING one, PING two")
      assert.strictEqual((yield* Effect.flip(server.awaitConnections(2))).reason, "Deadline")
    })
  )

  it.effect("closes a connection that does not speak the protocol", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* setUp()
      yield* wire.write("GET / HTTP/1.1\r\n\r\n")
      assert.strictEqual(yield* wire.ended, "end")
      assert.match(messageOf(wire.replies[0]), /^ERR Protocol error/)
      assert.isDefined((yield* server.connections)[0]?.protocolError)
    })
  )

  it.effect("leaves nothing open when its scope closes, and refuses options that cannot work", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const stuck = Answer.from(Effect.never)
      const server = yield* Scope.provide(ScriptedServer.make({ handler: () => stuck }), scope)
      const wire = yield* connect(server.port)
      yield* wire.send("GET a")
      yield* server.awaitCommand("GET")
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* wire.ended, "end")
      assert.strictEqual((yield* Effect.flip(connect(server.port))).message, "ECONNREFUSED")
      const error = yield* Effect.flip(ScriptedServer.make({ nodes: 0 }))
      assert.strictEqual(error.reason, "InvalidOption")
    })
  )

  it.effect("is a layer", () =>
    Effect.gen(function* () {
      const server = yield* ScriptedServer
      assert.strictEqual(yield* (yield* connect(server.port)).call("PING"), "PONG")
    }).pipe(Effect.provide(ScriptedServer.layer()))
  )
})
