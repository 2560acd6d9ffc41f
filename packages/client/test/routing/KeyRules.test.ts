import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import { optionalCommandInfos } from "../../src/command/CommandTableReplies.ts"
import { implOf } from "../../src/command/make.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"
import { type Found, KeyRules } from "../../src/routing/KeyRules.ts"
import { failed, isError, start, succeeded } from "../support/client.ts"
import { clustered, type FakeCluster, k1, k2, k3 } from "../support/FakeCluster.ts"
import { array, bulk, error, int, nil, ok, queued } from "../support/FakeTransport.ts"

type Specification = readonly [flags: ReadonlyArray<string>, begin: RespValue, find: RespValue]

const at = (index: number): RespValue => ["type", "index", "spec", ["index", index]]
const behind = (keyword: string): RespValue => ["type", "keyword", "spec", ["keyword", keyword, "startfrom", 1]]
const range = (lastKey: number, keyStep = 1): RespValue => [
  ...["type", "range", "spec", ["lastkey", lastKey, "keystep", keyStep, "limit", 0]]
]
const counted: RespValue = ["type", "keynum", "spec", ["keynumidx", 0, "firstkey", 1, "keystep", 1]]
const unknown: RespValue = ["type", "unknown", "spec", []]

/** What COMMAND INFO says of one command. */
const info = (
  name: string,
  flags: ReadonlyArray<string>,
  specifications: ReadonlyArray<Specification> = [],
  subcommands: ReadonlyArray<RespValue> = []
): Array<RespValue> => [
  ...[name, -2, [...flags], 0, 0, 0, [], []],
  specifications.map(([of, begin, find]) => ["flags", [...of], "begin_search", begin, "find_keys", find]),
  [...subcommands]
]

const found = (name: string, args: ReadonlyArray<string>, said: ReadonlyArray<RespValue>): Found => {
  const rules = new KeyRules()
  const command = implOf(Command.raw(name, args))
  assert.strictEqual(rules.find(command), "learn")
  rules.learn(name.split(" ")[0]!, optionalCommandInfos.text([[...said]])[0])
  return rules.find(command)
}

describe("what servers tell of keys", () => {
  it("places that do not depend on values are a rule for all calls", () => {
    assert.deepStrictEqual(found("CMD", ["k", "v"], info("cmd", [], [[["RW"], at(1), range(0)]])), [1])
    assert.deepStrictEqual(found("CMD", ["k", "v", "l", "w"], info("cmd", [], [[["OW"], at(1), range(-1, 2)]])), [1, 3])
    assert.deepStrictEqual(
      found(
        "CMD",
        ["d", "2", "a", "b", "c"],
        info(
          "cmd",
          ["movablekeys"],
          [
            [["OW"], at(1), range(0)],
            [["RO"], at(2), counted]
          ]
        )
      ),
      [1, 3, 4]
    )
    assert.deepStrictEqual(found("CMD", ["v"], info("cmd", [])), [])
  })

  it("what is found behind keywords or by a server's own code is asked for each call", () => {
    assert.strictEqual(
      found("CMD", ["k"], info("cmd", ["movablekeys"], [[["RO"], behind("STREAMS"), range(-1)]])),
      "ask"
    )
    assert.strictEqual(found("CMD", ["k"], info("cmd", ["movablekeys"], [[["RO"], unknown, unknown]])), "ask")
    assert.strictEqual(found("CMD", ["k"], info("cmd", [], [[["RO", "incomplete"], at(1), range(0)]])), "ask")
    assert.strictEqual(found("CMD", ["k"], info("cmd", ["module", "movablekeys"], [[["RO"], at(1), range(0)]])), "ask")
    assert.strictEqual(found("CMD", ["k"], info("cmd", ["movablekeys"])), "ask")
  })

  it("subcommands have rules of their own, wherever the subcommand stands", () => {
    const group = info("cmd", [], [], [info("cmd|set", [], [[["RW"], at(2), range(0)]]), info("cmd|help", [])])
    assert.deepStrictEqual(found("CMD", ["Set", "k", "v"], group), [2])
    assert.deepStrictEqual(found("CMD SET", ["k", "v"], group), [2])
    assert.deepStrictEqual(found("CMD HELP", [], group), [])
    assert.deepStrictEqual(found("CMD", ["NONE", "k"], group), [])
  })

  it("servers before 7.0 tell one range", () => {
    assert.deepStrictEqual(found("CMD", ["k", "v", "l", "w"], ["cmd", -3, [], 1, -1, 2]), [1, 3])
    assert.deepStrictEqual(found("CMD", ["a", "b", "c"], ["cmd", -3, [], 2, 3, 1]), [2, 3])
    assert.deepStrictEqual(found("CMD", ["a"], ["cmd", -3, [], 0, 0, 0]), [])
    assert.strictEqual(found("CMD", ["a"], ["cmd", -3, ["movablekeys"], 0, 0, 0]), "ask")
  })

  it("an unknown name stays unknown, unless it is given up", () => {
    const rules = new KeyRules()
    const command = implOf(Command.raw("CMD", ["k"]))
    rules.learn("CMD", undefined)
    assert.strictEqual(rules.find(command), "learn")
    rules.giveUp("CMD")
    assert.deepStrictEqual(rules.find(command), [])
  })
})

/** Bytes of a reply that is made of text, numbers and lists. */
const wire = (value: RespValue): string =>
  Array.isArray(value) ? array(value.map(wire)) : typeof value === "number" ? int(value) : bulk(String(value))

const FIRST_KEY = wire([info("newcmd", [], [[["RW"], at(1), range(0)]])])

/** A cluster that knows a command which this library does not: it answers with the node that ran it. */
const withNewCommand = (said: string, keys = "") =>
  clustered({}, (cluster: FakeCluster) => {
    cluster.on = ([name, subcommand], socket) => {
      if (name === "COMMAND") return subcommand === "INFO" ? said : keys
      return name === "NEWCMD" ? bulk(socket.address) : undefined
    }
  })

const asked = (fake: FakeCluster, what: string): number =>
  ["n1:1", "n2:1", "n3:1"].flatMap((node) => fake.sentTo(node)).filter((sent) => sent.startsWith(`COMMAND ${what}`))
    .length

const newCommand = (...args: ReadonlyArray<string>) => Command.raw("NEWCMD", args)

describe("Cluster: raw commands whose keys nobody told", () => {
  it.effect("go to the node of their keys, after one question for all calls of the name", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* withNewCommand(FIRST_KEY)
      for (const [key, node] of [
        [k3, "n3:1"],
        [k1, "n1:1"],
        [k2, "n2:1"]
      ] as const) {
        assert.strictEqual(yield* succeeded(yield* start(redis.run(newCommand(key, "v")))), node)
      }
      assert.strictEqual(asked(fake, "INFO newcmd"), 0)
      assert.strictEqual(asked(fake, "INFO NEWCMD"), 1)
    })
  )

  it.effect("are asked for by each call where only the server can tell", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* withNewCommand(
        wire([info("newcmd", ["movablekeys"], [[["RO"], unknown, unknown]])]),
        array([bulk(k2)])
      )
      for (let times = 0; times < 2; times++) {
        assert.strictEqual(yield* succeeded(yield* start(redis.run(newCommand("BY", k2)))), "n2:1")
      }
      assert.strictEqual(asked(fake, "INFO"), 1)
      assert.strictEqual(asked(fake, `GETKEYS NEWCMD BY ${k2}`), 2)
    })
  )

  it.effect("are put together with the others of a pipeline and of a transaction", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* withNewCommand(FIRST_KEY)
      const results = yield* start(redis.pipeline([newCommand(k3), Command.get(k1), newCommand(k2)]))
      assert.deepStrictEqual(yield* succeeded(results), ["n3:1", "n1:1", "n2:1"])
      fake.on = ([name]) => {
        if (name === "MULTI") return ok
        return name === "EXEC" ? array([bulk("done")]) : name === "NEWCMD" ? queued : undefined
      }
      assert.deepStrictEqual(yield* succeeded(yield* start(redis.transaction([newCommand(k3)]))), ["done"])
      assert.include(fake.sentTo("n3:1"), "MULTI")
      isError(yield* failed(yield* start(redis.transaction([newCommand(k3), newCommand(k1)]))), "CrossSlot", "NotSent")
    })
  )

  it.effect("go to any node without a question where there is nothing to find out", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* withNewCommand(FIRST_KEY)
      fake.on = ([name], socket) => (name === "COMMAND" ? undefined : bulk(socket.address))
      yield* succeeded(yield* start(redis.run(Command.raw("NEWCMD"))))
      yield* succeeded(yield* start(redis.run(Command.raw("NEWCMD", ["v"], { keys: "none" }))))
      assert.strictEqual(
        yield* succeeded(yield* start(redis.run(Command.raw("NEWCMD", [k2], { keys: "first" })))),
        "n2:1"
      )
      yield* succeeded(yield* start(redis.run(Command.raw("SPUBLISH", [k2, "m"]))))
      isError(yield* failed(yield* start(redis.run(Command.raw("CLIENT", ["LIST"])))), "InvalidArgument", "NotSent")
      isError(yield* failed(yield* start(redis.run(Command.raw("SELECT", [1])))), "InvalidArgument", "NotSent")
      assert.strictEqual(asked(fake, ""), 0)
    })
  )

  it.effect("go to any node, too, if the servers do not know the name, and are asked for again", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* withNewCommand(array([nil]))
      for (let times = 0; times < 2; times++) yield* succeeded(yield* start(redis.run(newCommand(k2))))
      assert.strictEqual(asked(fake, "INFO"), 2)
    })
  )

  it.effect("go to any node, too, if nobody may ask or the answer is none, and nobody asks again", () =>
    Effect.gen(function* () {
      for (const said of [error("NOPERM no permissions"), error("ERR unknown command 'COMMAND'"), bulk("nonsense")]) {
        const { fake, redis } = yield* withNewCommand(said)
        for (let times = 0; times < 2; times++) yield* succeeded(yield* start(redis.run(newCommand(k2))))
        assert.strictEqual(asked(fake, "INFO"), 1)
      }
    })
  )

  it.effect("fail within their deadline if the servers do not answer the question", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* withNewCommand("")
      const fiber = yield* start(redis.run(newCommand(k2), { deadline: "300 millis" }))
      yield* TestClock.adjust("400 millis")
      isError(yield* failed(fiber), "Timeout", "NotSent")
      assert.strictEqual(asked(fake, "INFO"), 1)
      assert.notInclude(
        ["n1:1", "n2:1", "n3:1"].flatMap((node) => fake.sentTo(node)),
        `NEWCMD ${k2}`
      )
    })
  )
})
