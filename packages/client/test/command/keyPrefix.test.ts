import { assert, describe, it } from "@effect/vitest"
import type { Command } from "../../src/command/Command.ts"
import { commands } from "../../src/command/Commands.ts"
import { define, raw } from "../../src/command/custom.ts"
import { keyPrefixer, keyPrefixProblem, prefixKey } from "../../src/command/keyPrefix.ts"
import { asBytes, type CommandImpl, implOf, map } from "../../src/command/make.ts"
import { integer } from "../../src/command/Reply.ts"
import { Wire, type WireValue } from "../../src/protocol/RespEncoder.ts"
import { bytes, decoded, sentBy } from "./golden.ts"
import { goldens } from "./goldens/index.ts"
import { refusal, untyped } from "./outcomes.ts"

type Any = Command<unknown, unknown>

const under = (prefix: string) => keyPrefixer(prefix)
const app = under("app:")
const asCommand = (impl: CommandImpl): Any => impl as unknown as Any
const sent = (command: Any, enter = app) => {
  const words = sentBy(enter(command))
  return Array.isArray(words) ? words.join(" ") : words
}
const read = (command: Any, reply: WireValue) => {
  const prefixed = asCommand(app(command))
  const two = decoded(prefixed, reply, 2)
  assert.deepStrictEqual(decoded(prefixed, reply, 3), two)
  return two
}
const refusedWith = (command: CommandImpl): string => refusal(asCommand(command))?.message ?? "not refused"

/** Commands that change more than their key positions. */
const special = /^(KEYS|SCAN|SORT|SORT_RO|CLUSTER KEYSLOT|CLUSTERSCAN)$/

describe("a key prefix", () => {
  it("stands before each key of each command, and before nothing else", () => {
    for (const { command, keys, sent: usual } of goldens) {
      if (special.test(command.name)) continue
      const words = usual.split(" ")
      const name = words.length - command.args.length
      for (const at of keys) words[name + at] = `app:${words[name + at]}`
      assert.strictEqual(sent(command), words.join(" "))
      const prefixed = app(command)
      assert.strictEqual(prefixed.retry, command.retry)
      assert.deepStrictEqual(prefixed.keys, keys)
    }
  })

  it("leaves a command without keys the value that it is", () => {
    for (const command of [commands.ping(), commands.mGet([]), commands.hSet("h", untyped(1)), commands.flushAll()]) {
      if (command.keys.length === 0) assert.strictEqual(app(command), implOf(command))
    }
    assert.strictEqual(refusedWith(app(commands.expire("k", 1500))), refusal(commands.expire("k", 1500))?.message)
  })

  it("goes before keys that are bytes or numbers as well", () => {
    assert.strictEqual(sent(commands.get(bytes("é"))), "GET app:é")
    assert.strictEqual(sent(commands.get(bytes("k")), under("é")), "GET ék")
    const keys = { keys: "all" } as const
    assert.strictEqual(
      sent(raw("DEL", [1.5, -0, 2n ** 64n, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], keys)),
      "DEL app:1.5 app:0 app:18446744073709551616 app:inf app:-inf"
    )
    assert.deepStrictEqual(prefixKey("é")(bytes("k")), bytes("ék"))
    assert.strictEqual(prefixKey("é")("k"), "ék")
  })

  it("leaves a key that cannot be sent to be refused with its position", () => {
    for (const key of [undefined, null, true, Number.NaN, {}, ["a"], Symbol("s")]) {
      assert.strictEqual(refusal(asCommand(app(commands.mGet(["a", untyped(key)]))))?.position, 1)
    }
  })

  it("changes neither the command nor its array of arguments", () => {
    const command = commands.mGet(["a", "b"])
    app(command)
    assert.deepStrictEqual(command.args, ["a", "b"])
    assert.strictEqual(
      sent(command, (value) => app(asCommand(app(value)))),
      "MGET app:app:a app:app:b"
    )
  })

  it("never throws, whatever a constructor was given", () => {
    const wrong = [undefined, null, Number.NaN, Symbol("s"), {}, [], [undefined], new Uint8Array(1), 5n, "text"]
    for (const constructor of Object.values(commands) as unknown as ReadonlyArray<
      (...args: ReadonlyArray<unknown>) => Any
    >) {
      for (const value of wrong) {
        for (let before = 0; before < 4; before++) {
          refusal(asCommand(app(constructor(...new Array(before).fill("a"), value, value))))
        }
      }
    }
  })

  it("keeps the views of a command", () => {
    assert.strictEqual(decoded(asCommand(app(map(commands.get("k"), (v) => `${v}!`))), "v", 3), "v!")
    assert.deepStrictEqual(decoded(asCommand(app(asBytes(commands.get("k")))), "v", 3), bytes("v"))
    const length = map(commands.keys("*"), (names) => names.length)
    assert.strictEqual(decoded(asCommand(app(length)), ["app:a", "app:b", "c"], 3), 2)
  })
})

describe("patterns under a key prefix", () => {
  it("of KEYS match the prefix as it is, whatever it consists of", () => {
    assert.strictEqual(sent(commands.keys("a*")), "KEYS app:a*")
    assert.strictEqual(sent(commands.keys("a*"), under("a*[b]?\\^-é:")), "KEYS a\\*\\[b\\]\\?\\\\\\^\\-é:a*")
    assert.strictEqual(sent(commands.keys(bytes("a*")), under("*")), "KEYS \\*a*")
    assert.strictEqual(sent(raw("keys", ["*"])), "KEYS app:*")
  })

  it("of SCAN too, and without one only keys with the prefix match", () => {
    assert.strictEqual(sent(commands.scan("0")), "SCAN 0 MATCH app:*")
    assert.strictEqual(sent(commands.scan("7", { count: 5, type: "match" })), "SCAN 7 MATCH app:* COUNT 5 TYPE match")
    assert.strictEqual(sent(commands.scan("0", { match: "a?", count: 5 })), "SCAN 0 MATCH app:a? COUNT 5")
    assert.strictEqual(sent(raw("SCAN", ["0", "count", 9, "match", "x"])), "SCAN 0 count 9 match app:x")
    assert.strictEqual(sent(raw("CLUSTERSCAN", ["0"])), "CLUSTERSCAN 0 MATCH app:*")
    assert.strictEqual(refusal(asCommand(app(commands.scan(untyped(undefined)))))?.position, 0)
  })

  it("of SORT are keys where an element takes the place of a *", () => {
    const options = { by: "w_*->f", get: ["#", "v_*", bytes("x_*")], limit: { offset: 0, count: 1 } }
    assert.strictEqual(
      sent(commands.sort("l", options)),
      "SORT app:l BY app:w_*->f LIMIT 0 1 GET # GET app:v_* GET app:x_*"
    )
    assert.strictEqual(sent(commands.sortRo("l", { by: "nosort" })), "SORT_RO app:l BY nosort")
    assert.strictEqual(sent(commands.sortStore("BY", "GET", { by: "*" })), "SORT app:BY BY app:* STORE app:GET")
    assert.strictEqual(sent(raw("SORT", ["l", "by", "w*"], { keys: "first" })), "SORT app:l by app:w*")
  })

  it("of SORT are refused where the prefix has a * that nothing can escape", () => {
    assert.match(refusedWith(under("a*")(commands.sort("l", { get: "v_*" }))), /\* itself/)
    assert.strictEqual(sent(commands.sort("l", { get: "#" }), under("a*")), "SORT a*l GET #")
  })
})

describe("replies under a key prefix", () => {
  it("name keys without it, and not those of others", () => {
    assert.deepStrictEqual(read(commands.keys("*"), ["app:a", "b", "app:"]), ["a", ""])
    assert.deepStrictEqual(read(asBytes(commands.keys("*")), ["app:a", "b"]), [bytes("a")])
    assert.deepStrictEqual(read(commands.scan("0"), ["5", ["app:a", "ap"]]), { cursor: "5", keys: ["a"] })
    assert.strictEqual(read(commands.randomKey(), "app:a"), "a")
    assert.deepStrictEqual(read(asBytes(commands.randomKey()), "app:a"), bytes("a"))
    assert.strictEqual(read(commands.randomKey(), "other"), undefined)
    assert.strictEqual(read(commands.randomKey(), undefined), undefined)
    assert.deepStrictEqual(read(commands.clusterGetKeysInSlot(1, 9), ["app:a", "b"]), ["a"])
  })

  it("name the key that something was taken from without it", () => {
    assert.deepStrictEqual(read(commands.lmPop("k", "LEFT"), ["app:k", ["a"]]), { key: "k", elements: ["a"] })
    assert.deepStrictEqual(read(commands.blPop("k", 1), ["app:k", "app:a"]), { key: "k", element: "app:a" })
    assert.deepStrictEqual(read(asBytes(commands.brPop("k", 1)), ["app:k", "a"]), {
      key: bytes("k"),
      element: bytes("a")
    })
    assert.strictEqual(read(commands.blmPop(1, "k", "LEFT"), Wire.nullArray), undefined)
    for (const name of ["ZMPOP", "BZMPOP", "BZPOPMIN", "BZPOPMAX"]) {
      const taken = raw(name, ["k"], { keys: "first" })
      assert.deepStrictEqual(read(taken, ["app:k", "m", "1"]), ["k", "m", "1"])
    }
  })

  it("name streams without it, in pairs or in a map", () => {
    for (const name of ["XREAD", "XREADGROUP"]) {
      const command = asCommand(app(raw(name, ["STREAMS", "s", "0"], { keys: [1] })))
      const entries = [["1-1", ["f", "v"]]]
      assert.deepStrictEqual(decoded(command, [["app:s", entries]], 2), [["s", entries]])
      const reply = decoded(command, Wire.map(["app:s", entries]), 3) as { readonly entries: ReadonlyArray<unknown> }
      assert.deepStrictEqual(reply.entries, ["s", entries])
      assert.strictEqual(decoded(command, Wire.nullArray, 2), undefined)
    }
  })

  it("of a wrong shape are refused by the decoder as ever", () => {
    assert.throws(() => read(commands.keys("*"), 5))
    assert.throws(() => read(commands.scan("0"), ["0"]))
    assert.throws(() => read(commands.lmPop("k", "LEFT"), "app:k"))
  })
})

describe("what cannot be under a key prefix", () => {
  it("is a raw command that does not tell its keys", () => {
    assert.match(refusedWith(app(raw("GET", ["k"]))), /^GET: .*its keys must be told/)
    assert.strictEqual(sent(raw("GET", ["k"], { keys: "first" })), "GET app:k")
    assert.strictEqual(sent(raw("GET", ["k"], { keys: "none" })), "GET k")
    assert.strictEqual(sent(raw("PING")), "PING")
    assert.strictEqual(
      sent(define({ name: "X.Y", keys: [0] as never, retry: "never", reply: integer })(["k"])),
      "X.Y app:k"
    )
  })

  it("are channels, which have slots and no prefix", () => {
    assert.strictEqual(sent(raw("SPUBLISH", ["c", "m"], { keys: "first" })), "SPUBLISH c m")
  })

  it("is every command where the prefix is none", () => {
    for (const prefix of [undefined, null, 5, {}, "\ud800", "\ufeffa"]) {
      assert.isDefined(keyPrefixProblem(prefix))
      assert.match(refusedWith(keyPrefixer(untyped(prefix))(commands.get("k"))), /^GET: a key prefix must be /)
    }
    assert.isUndefined(keyPrefixProblem("é{app}:"))
  })
})

describe("a slot under a key prefix", () => {
  it("is the one of the whole key", () => {
    assert.strictEqual(sent(commands.clusterKeySlot("a")), "CLUSTER KEYSLOT app:a")
  })
})
