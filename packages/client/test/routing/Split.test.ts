import * as NodeUtil from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { raw } from "../../src/command/custom.ts"
import { asBigInt, asBytes, map } from "../../src/command/make.ts"
import type { OperationPart } from "../../src/error/Reason.ts"
import { RedisError } from "../../src/error/RedisError.ts"
import { failed, isDone, isError, settle, start, succeeded } from "../support/client.ts"
import { ask, clustered, type FakeCluster, k1, k2, k3, keysIn, moved, three } from "../support/FakeCluster.ts"
import { array, bulk, error, int, nil, ok, type Script } from "../support/FakeTransport.ts"

const once = { policies: { unavailable: Schedule.recurs(0) } }
const fast = { policies: { unavailable: Schedule.spaced("10 millis") } }

/** What a node says of any keys, without having them: values that tell the key, and counts. */
const answering: Script = ([name, ...args]) => {
  switch (name) {
    case "MGET":
      return array(args.map((key) => (key.endsWith("none") ? nil : bulk(`of ${key}`))))
    case "MSET":
      return ok
    case "MSETEX":
      return int(1)
    case "DEL":
    case "EXISTS":
    case "TOUCH":
    case "UNLINK":
      return int(args.length)
    default:
      return undefined
  }
}

const answer = (fake: FakeCluster) => {
  fake.on = answering
}

/** `answering`, save where `but` has something to say of what is not a question about the cluster or the connection. */
const unless = (but: Script) => (fake: FakeCluster) => {
  fake.on = (words, socket) => {
    const usual = answering(words, socket)
    return (usual === undefined && words[0] !== "SET" ? undefined : but(words, socket)) ?? usual
  }
}

const partsOf = (failure: RedisError): ReadonlyArray<OperationPart> =>
  failure.reason._tag === "PartialFailure" ? failure.reason.parts : assert.fail(failure.message)

const brief = ({ execution, keys, node, reason, result }: OperationPart) => [
  keys,
  node,
  execution,
  reason?._tag,
  result
]

const [same = ""] = keysIn(0, 5460, 2, "same").filter((key) => key !== k1)

describe("Split", () => {
  it.effect("reads keys of several slots, and puts the values back in the caller's order", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({}, answer)
      const values = yield* succeeded(yield* start(redis.mGet([k3, k1, `{${k2}}none`, k2, k1])))
      assert.deepStrictEqual(values, [`of ${k3}`, `of ${k1}`, undefined, `of ${k2}`, `of ${k1}`])
      assert.deepStrictEqual(fake.sentTo("n1:1"), [`MGET ${k1} ${k1}`])
      assert.deepStrictEqual(fake.sentTo("n2:1"), [`MGET {${k2}}none ${k2}`])
      assert.deepStrictEqual(fake.sentTo("n3:1"), [`MGET ${k3}`])
    })
  )

  it.effect("writes the parts of one node together", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({}, answer)
      yield* succeeded(yield* start(redis.get(k1)))
      assert.isUndefined(yield* succeeded(yield* start(redis.mSet({ [k1]: "1", [k2]: "2", [same]: "3" }))))
      assert.deepStrictEqual(fake.writesTo("n1:1").at(-1), [`MSET ${k1} 1`, `MSET ${same} 3`])
      assert.deepStrictEqual(fake.sentTo("n2:1"), [`MSET ${k2} 2`])
    })
  )

  it.effect("sums counts, in every view", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered({}, answer)
      const keys = [k1, k2, k3, same, k1]
      for (const count of [redis.del(keys), redis.exists(keys), redis.touch(keys), redis.unlink(keys)]) {
        assert.strictEqual(yield* succeeded(yield* start(count)), 5)
      }
      assert.strictEqual(yield* succeeded(yield* start(redis.run(asBigInt(commands.del(keys))))), 5n)
      assert.strictEqual(yield* succeeded(yield* start(redis.run(map(commands.del(keys), (n) => n * 2)))), 10)
      const bytes = yield* succeeded(yield* start(redis.run(asBytes(commands.mGet([k1, k2])))))
      assert.deepStrictEqual(bytes, [new TextEncoder().encode(`of ${k1}`), new TextEncoder().encode(`of ${k2}`)])
    })
  )

  it.effect("splits what is given as a raw command, and under a key prefix", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({}, answer)
      const found = yield* start(redis.run(raw("MGET", [k3, k1], { keys: "all" })))
      assert.deepStrictEqual(yield* succeeded(found), [`of ${k3}`, `of ${k1}`])
      yield* succeeded(yield* start(redis.withKeyPrefix("p:").mGet(["a", "b", "c"])))
      const sent = ["n1:1", "n2:1", "n3:1"].flatMap((node) => fake.sentTo(node))
      for (const key of ["a", "b", "c"]) assert.include(sent, `MGET p:${key}`)
      const both = yield* start(redis.mSetEx({ [k1]: "1", [k3]: "3" }, { expiry: "1 minute" }))
      assert.isTrue(yield* succeeded(both))
      assert.include(fake.sentTo("n3:1"), `MSETEX 1 ${k3} 3 PX 60000`)
    })
  )

  it.effect("splits within a pipeline, in the order of its commands, and in the writes of the others", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(
        {},
        unless(([name]) => (name === "SET" ? ok : undefined))
      )
      yield* succeeded(yield* start(redis.get(k1)))
      const batch = [
        commands.set(k1, "a"),
        commands.mGet([k2, k1]),
        commands.set(k1, "b"),
        commands.del([k1, k2, k3]),
        commands.renameNX(k1, k2)
      ]
      const results = yield* succeeded(yield* start(redis.pipeline(batch, { mode: "result" })))
      const values = results.map((one) =>
        one._tag === "Success" ? one.success : `${one.failure.index} ${one.failure.reason._tag}`
      )
      assert.deepStrictEqual(values, [true, [`of ${k2}`, `of ${k1}`], true, 3, "4 CrossSlot"])
      assert.deepStrictEqual(fake.writesTo("n1:1").at(-1), [`SET ${k1} a`, `MGET ${k1}`, `SET ${k1} b`, `DEL ${k1}`])
    })
  )

  it.effect("refuses in a transaction, and for commands that are one thing only, what is of several slots", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({}, answer)
      for (const refused of [
        redis.transaction([commands.mGet([k1, k2])]),
        redis.mSetNX({ [k1]: "1", [k2]: "2" }),
        redis.mSetEx({ [k1]: "1", [k2]: "2" }, { condition: "NX" }),
        redis.sInter([k1, k2])
      ]) {
        isError(yield* failed(yield* start<unknown, RedisError, never>(refused)), "CrossSlot", "NotSent")
      }
      for (const node of ["n1:1", "n2:1", "n3:1"]) assert.deepStrictEqual(fake.sentTo(node), [])
    })
  )

  it.effect("follows the redirects of each part by itself", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(
        {},
        unless(([, key], { address }) =>
          key === k1 && address === "n1:1"
            ? moved(k1, "n2:1")
            : key === k3 && address === "n3:1"
              ? ask(k3, "n1:1")
              : undefined
        )
      )
      const values = yield* succeeded(yield* start(redis.mGet([k1, k2, k3])))
      assert.deepStrictEqual(values, [`of ${k1}`, `of ${k2}`, `of ${k3}`])
      assert.deepStrictEqual(fake.sentTo("n2:1"), [`MGET ${k2}`, `MGET ${k1}`])
      assert.deepStrictEqual(fake.sentTo("n1:1"), [`MGET ${k1}`, "ASKING", `MGET ${k3}`])
    })
  )

  it.effect("runs again the parts that failed, and only those", () =>
    Effect.gen(function* () {
      let refusals = 3
      const { fake, redis } = yield* clustered(
        fast,
        unless((_, { address }) => (address === "n2:1" && refusals-- > 0 ? error("CLUSTERDOWN later") : undefined))
      )
      const fiber = yield* start(redis.mSet({ [k1]: "1", [k2]: "2", [k3]: "3" }))
      yield* TestClock.adjust("1 second")
      assert.isUndefined(yield* succeeded(fiber))
      assert.deepStrictEqual(fake.sentTo("n1:1"), [`MSET ${k1} 1`])
      assert.deepStrictEqual(fake.sentTo("n3:1"), [`MSET ${k3} 3`])
      assert.strictEqual(fake.sentTo("n2:1").filter((text) => text.startsWith("MSET")).length, 4)
    })
  )

  it.effect("does not repeat a write that may have been done, and tells what became of each part", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(
        once,
        unless(([name], socket) => {
          if (name !== "DEL" || socket.address !== "n2:1") return undefined
          socket.end()
          return ""
        })
      )
      const failure = yield* failed(yield* start(redis.del([k1, k2, same, k3, `{${k3}}`])))
      isError(failure, "PartialFailure", "Executed")
      assert.deepStrictEqual(partsOf(failure).map(brief), [
        [[0], "n1:1", "Executed", undefined, 1],
        [[1], "n2:1", "MayHaveExecuted", "ConnectionLost", undefined],
        [[2], "n1:1", "Executed", undefined, 1],
        [[3, 4], "n3:1", "Executed", undefined, 2]
      ])
      assert.deepStrictEqual([failure.command, failure.node, failure.transient], ["DEL", undefined, true])
      assert.isFalse(RedisError.isSafeToRetry(failure))
      assert.deepStrictEqual(fake.sentTo("n2:1"), [`DEL ${k2}`])
    })
  )

  it.effect("keeps for a pipeline the place of what failed in parts", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered(
        once,
        unless((_, { address }) => (address === "n2:1" ? error("OOM full") : undefined))
      )
      const batch = [commands.mGet([k1, k3]), commands.mSet({ [k1]: "1", [k2]: "2" })]
      const failure = yield* failed(yield* start(redis.pipeline(batch)))
      isError(failure, "PartialFailure", "Executed")
      assert.deepStrictEqual([failure.index, failure.command, failure.transient], [1, "MSET", false])
      assert.deepStrictEqual(partsOf(failure).map(brief), [
        [[0], "n1:1", "Executed", undefined, undefined],
        [[1], "n2:1", "Refused", "OutOfMemory", undefined]
      ])
    })
  )

  it.effect("fails as one command would where every part fails in the same words", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered(
        once,
        unless(() => error("NOPERM no"))
      )
      isError(yield* failed(yield* start(redis.mGet([k1, k2]))), "NoPermission", "Refused")
    })
  )

  it.effect("waits for the slots that nobody serves, and tells of them when it gives up", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered(fast, (fake) => {
        answer(fake)
        fake.view = { ...three, shards: three.shards.slice(0, 2) }
      })
      const fiber = yield* start(redis.mGet([k1, k3]))
      yield* TestClock.adjust("9 seconds")
      assert.isFalse(yield* isDone(fiber))
      yield* TestClock.adjust("1 second")
      const failure = yield* failed(fiber)
      assert.deepStrictEqual(partsOf(failure).map(brief), [
        [[0], "n1:1", "Executed", undefined, [`of ${k1}`]],
        [[1], undefined, "NotSent", "Timeout", undefined]
      ])
    })
  )

  it.effect("leaves nothing behind when it is interrupted", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(
        {},
        unless(([name]) => (name === "MGET" ? "" : undefined))
      )
      const fiber = yield* start(redis.mGet([k1, k2]))
      yield* settle
      fiber.interruptUnsafe()
      assert.isTrue(yield* isDone(fiber))
      fake.on = answering
      for (const socket of fake.transport.open) {
        if (socket.writes.flat().some((text) => text.startsWith("MGET"))) socket.answer(array([bulk("late")]))
      }
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n1:1")
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.mGet([k1, k2]))), [`of ${k1}`, `of ${k2}`])
    })
  )

  it.effect("refuses a reply that is none of its parts'", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered(
        {},
        unless((_, { address }) => (address === "n1:1" ? array([int(1), int(2)]) : undefined))
      )
      isError(yield* failed(yield* start(redis.mGet([k1, k2]))), "Decode", "Executed")
      isError(yield* failed(yield* start(redis.del([k1, k2]))), "Decode", "Executed")
    })
  )

  it.effect("shows no result where its failure is printed", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered(
        once,
        unless((_, { address }) => (address === "n2:1" ? error("OOM full") : undefined))
      )
      const failure = yield* failed(yield* start(redis.mGet([k1, k2])))
      assert.deepStrictEqual(partsOf(failure)[0]?.result, [`of ${k1}`])
      for (const text of [String(failure), NodeUtil.inspect(failure, { depth: 9 }), JSON.stringify(failure)]) {
        assert.notInclude(text, `of ${k1}`)
      }
    })
  )
})
