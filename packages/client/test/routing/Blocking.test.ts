import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import type { Orphan } from "../../src/routing/Engine.ts"
import { failed, isDone, isError, settle, standalone, start, succeeded } from "../support/client.ts"
import { ask, clustered, k1, k2, moved } from "../support/FakeCluster.ts"
import { array, bulk, error, int, nil, ok, type Script } from "../support/FakeTransport.ts"

const unblocked = error("UNBLOCKED client unblocked via CLIENT UNBLOCK")
const element = array([bulk("k"), bulk("secret")])

/** A server on which BLPOP waits until the test answers, and CLIENT UNBLOCK says what it is told to. */
const blocking =
  (unblock: () => string): Script =>
  (words) => {
    const name = words[0] === "CLIENT" ? `CLIENT ${words[1]}` : words[0]
    if (name === "CLIENT ID") return int(7)
    if (name === "AUTH") return ok
    if (name === "CLIENT UNBLOCK") return unblock()
    if (name === "PING") return "+PONG\r\n"
    return name === "BLPOP" || name === "XREAD" ? "" : undefined
  }

const asked = (commands: ReadonlyArray<string>, name: string) => commands.filter((text) => text.startsWith(name))

describe("A blocking command", () => {
  it.effect("asks for the number of its connection once, in the same write", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        {},
        blocking(() => int(0))
      )
      for (const [at, write] of [["CLIENT ID", "BLPOP k 5"], ["BLPOP k 5"]].entries()) {
        const fiber = yield* start(redis.blPop("k", "5 seconds"))
        yield* settle
        assert.deepStrictEqual(transport.last().writes[at], write)
        transport.last().answer(element)
        assert.deepStrictEqual(yield* succeeded(fiber), { key: "k", element: "secret" })
      }
      assert.strictEqual(transport.open.length, 2)
    })
  )

  it.effect("is sent again after a refusal, with the time that remains and on another connection", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        { policies: { unavailable: Schedule.spaced("1 second") } },
        blocking(() => int(0))
      )
      const seconds = yield* start(redis.blPop("k", "10 seconds"))
      const millis = yield* start(redis.xRead({ s: "$" }, { block: "10 seconds" }))
      const forEver = yield* start(redis.blPop("k", Duration.infinity))
      yield* TestClock.adjust("4 seconds")
      // A server that changes its role closes the connections of those whom it has unblocked.
      for (const socket of transport.open.slice(1)) socket.answer(unblocked)
      yield* TestClock.adjust("1 second")
      yield* settle
      const [, ...leased] = transport.open
      const sent = leased.flatMap((socket) => socket.writes.flat()).filter((text) => text !== "CLIENT ID")
      assert.lengthOf(transport.sockets, 7)
      // The pause between the two attempts is not blocked time: the deadline, not the time to block, bears it.
      assert.sameMembers([...sent], ["BLPOP k 6", "XREAD BLOCK 6000 STREAMS s $", "BLPOP k 0"])
      for (const socket of leased) socket.answer("*-1\r\n")
      assert.isTrue(yield* isDone(seconds))
      assert.isTrue(yield* isDone(millis))
      assert.isTrue(yield* isDone(forEver))
    })
  )

  it.effect("whose connection the server no longer knows is sent again on a new one, which has said who it is", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        { password: Redacted.make("new"), policies: { unavailable: Schedule.spaced("1 second") } },
        blocking(() => int(0))
      )
      const fiber = yield* start(redis.blPop("k", "10 seconds"))
      yield* TestClock.adjust("4 seconds")
      const [shared, dropped] = transport.open
      dropped!.answer(error("NOAUTH Authentication required."))
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      // The dropped one is closed: it would refuse whoever had it next.
      assert.notInclude(transport.open, dropped)
      const anew = transport.last()
      assert.notInclude([shared, dropped], anew)
      assert.include(anew.commands[0], "AUTH default new")
      assert.deepStrictEqual(anew.writes.flat(), ["CLIENT ID", "BLPOP k 6"])
      anew.answer(element)
      assert.deepStrictEqual(yield* succeeded(fiber), { key: "k", element: "secret" })
    })
  )

  it.effect("that the server refuses whoever asks ends as NoAuth, and nothing was taken", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        { password: Redacted.make("new"), policies: { unavailable: Schedule.spaced("50 millis") } },
        (words, socket) =>
          words[0] === "BLPOP" ? error("NOAUTH Authentication required.") : blocking(() => int(0))(words, socket)
      )
      const fiber = yield* start(redis.blPop("k", "10 seconds"))
      yield* TestClock.adjust("30 seconds")
      yield* settle
      isError(yield* failed(fiber), "NoAuth", "Refused")
      assert.lengthOf(transport.open, 1)
    })
  )

  it.effect("ends as Timeout after its own time and the deadline, and its connection is not used again", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone(
        { commandTimeout: "2 seconds" },
        blocking(() => int(0))
      )
      const fiber = yield* start(redis.blPop("k", "5 seconds"))
      yield* settle
      const socket = transport.last()
      yield* TestClock.adjust("6999 millis")
      assert.isFalse(yield* isDone(fiber))
      yield* TestClock.adjust("1 millis")
      isError(yield* failed(fiber), "Timeout", "MayHaveExecuted")
      assert.isFalse(socket.open)
    })
  )

  it.effect("that cannot be sent is refused without a connection", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* standalone()
      isError(yield* failed(yield* start(redis.blPop([], "1 second"))), "InvalidArgument", "NotSent")
      isError(yield* failed(yield* start(redis.blPop("k", 0))), "InvalidArgument", "NotSent")
      assert.strictEqual(transport.dialled.length, 1)
    })
  )

  it.effect("in a batch is refused, as it would delay the others", () =>
    Effect.gen(function* () {
      const { redis } = yield* standalone()
      const batch = [Command.mGet([]), Command.blPop("k", "1 second")] as const
      isError(yield* failed(yield* start(redis.pipeline(batch))), "InvalidArgument", "NotSent")
    })
  )
})

describe("A blocking command that is interrupted", () => {
  const interrupted = (unblock: () => string, orphans: Array<Orphan> = []) =>
    Effect.gen(function* () {
      const client = yield* standalone(
        { closeTimeout: "1 second", onOrphan: (orphan) => Effect.sync(() => void orphans.push(orphan)) },
        blocking(unblock)
      )
      const fiber = yield* start(client.redis.blPop("k", Duration.infinity))
      yield* settle
      const [shared, socket] = client.transport.sockets
      const interrupting = yield* start(Fiber.interrupt(fiber))
      yield* settle
      return { ...client, interrupting, shared: shared!, socket: socket! }
    })

  it.effect("tells the server on the shared connection, reads the refusal, and gives its connection back", () =>
    Effect.gen(function* () {
      const { interrupting, redis, shared, socket, transport } = yield* interrupted(() => int(1))
      assert.deepStrictEqual(asked(shared.commands, "CLIENT UNBLOCK"), ["CLIENT UNBLOCK 7 ERROR"])
      assert.isFalse(yield* isDone(interrupting))
      socket.answer(unblocked)
      yield* succeeded(interrupting)
      yield* start(redis.blPop("k", "1 second"))
      yield* settle
      assert.strictEqual(transport.sockets.length, 2)
      assert.strictEqual(asked(socket.commands, "BLPOP").length, 2)
    })
  )

  it.effect("tells it again while the server has not begun to block", () =>
    Effect.gen(function* () {
      const { interrupting, shared, socket } = yield* interrupted(() => int(0))
      yield* TestClock.adjust("20 millis")
      assert.isAbove(asked(shared.commands, "CLIENT UNBLOCK").length, 2)
      socket.answer(unblocked)
      yield* succeeded(interrupting)
      assert.isTrue(socket.open)
    })
  )

  it.effect("hands on what it had taken already", () =>
    Effect.gen(function* () {
      const orphans: Array<Orphan> = []
      const { interrupting, socket } = yield* interrupted(() => int(0), orphans)
      socket.answer(element)
      yield* succeeded(interrupting)
      const value = { key: "k", element: "secret" }
      assert.deepStrictEqual(orphans, [{ command: "BLPOP", keys: ["k"], node: "h:1", value }])
      assert.isTrue(socket.open)
    })
  )

  it.effect("has nothing to hand on if its time was over, or if it only read", () =>
    Effect.gen(function* () {
      const orphans: Array<Orphan> = []
      const { interrupting, redis, socket } = yield* interrupted(() => int(0), orphans)
      socket.answer(nil)
      yield* succeeded(interrupting)
      const reading = yield* start(redis.xRead({ s: "0" }, { block: Duration.infinity }))
      yield* settle
      const next = yield* start(Fiber.interrupt(reading))
      yield* settle
      socket.answer(`%1\r\n${bulk("s")}${array([array([bulk("1-1"), array([bulk("f"), bulk("v")])])])}`)
      yield* succeeded(next)
      assert.deepStrictEqual(orphans, [])
    })
  )

  it.effect("ends its connection if the server does not let it, or says nothing until the close time-out", () =>
    Effect.gen(function* () {
      const forbidden = yield* interrupted(() => error("NOPERM no"))
      yield* succeeded(forbidden.interrupting)
      assert.isFalse(forbidden.socket.open)
      const silent = yield* interrupted(() => "")
      yield* TestClock.adjust("999 millis")
      assert.isFalse(yield* isDone(silent.interrupting))
      yield* TestClock.adjust("1 millis")
      yield* succeeded(silent.interrupting)
      assert.isFalse(silent.socket.open)
    })
  )

  it.effect("logs a warning without the element where nobody else takes it", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
      const { redis, transport } = yield* standalone(
        {},
        blocking(() => int(0))
      )
      const fiber = yield* start(Effect.provide(redis.blPop("k", Duration.infinity), Logger.layer([logger])))
      yield* settle
      const interrupting = yield* start(Fiber.interrupt(fiber))
      yield* settle
      transport.last().answer(element)
      yield* succeeded(interrupting)
      assert.lengthOf(lines, 1)
      assert.match(lines[0]!, /^Warn .*BLPOP.*h:1/)
      assert.notInclude(lines[0]!, "secret")
    })
  )
})

describe("A blocking command in a cluster", () => {
  it.effect("follows MOVED and ASK, and keys of two slots are refused before anything is sent", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      let redirected = 0
      fake.on = (words, socket) => {
        if (words[0] === "CLIENT" && words[1] === "ID") return int(1)
        if (words[0] === "BLPOP" && socket.address === "n1:1") {
          return redirected++ === 0 ? ask(k1, "n2:1") : moved(k1, "n2:1")
        }
        return words[0] === "BLPOP" ? array([bulk(k1), bulk(socket.address)]) : undefined
      }
      for (const expected of [["CLIENT ID", "ASKING", `BLPOP ${k1} 5`], [`BLPOP ${k1} 5`]]) {
        const fiber = yield* start(redis.blPop(k1, "5 seconds"))
        assert.deepStrictEqual(yield* succeeded(fiber), { key: k1, element: "n2:1" })
        assert.deepStrictEqual(fake.writesTo("n2:1").at(-1), expected)
      }
      const sent = fake.transport.sockets.flatMap((socket) => socket.writes).length
      isError(yield* failed(yield* start(redis.blPop([k1, k2], "1 second"))), "CrossSlot", "NotSent")
      assert.strictEqual(fake.transport.sockets.flatMap((socket) => socket.writes).length, sent)
    })
  )
})
