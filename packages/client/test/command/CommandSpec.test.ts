import { assert, describe, it } from "@effect/vitest"
import { type Argument, defineSpec, type KeyPositions } from "../../src/command/CommandSpec.ts"
import { bytes } from "./golden.ts"

const positions = (keys: KeyPositions, args: ReadonlyArray<Argument>) =>
  defineSpec({ name: "X", keys, retry: "never" }).keys(args)

describe("the description of a command", () => {
  it("encodes the words of its name once", () => {
    const spec = defineSpec({ name: "CLUSTER SLOTS", keys: "none", retry: "readOnly" })
    assert.strictEqual(spec.words, 2)
    assert.strictEqual(spec.header, "$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n")
  })

  it("finds keys by rule", () => {
    assert.deepStrictEqual(positions("none", ["a"]), [])
    assert.deepStrictEqual(positions("first", ["a", "b"]), [0])
    assert.deepStrictEqual(positions("all", ["a", "b"]), [0, 1])
    assert.deepStrictEqual(positions({ first: 1, last: 2, step: 1 }, ["a", "b", "c", "d"]), [1, 2])
    assert.deepStrictEqual(positions({ first: 0, last: -1, step: 2 }, ["a", "1", "b", "2"]), [0, 2])
    assert.deepStrictEqual(positions({ first: 0, last: -2, step: 1 }, ["a", "b", 0]), [0, 1])
    assert.deepStrictEqual(
      positions((args) => [args.length - 1], ["a", "b"]),
      [1]
    )
  })

  it("finds keys behind their number, and never more than there are arguments", () => {
    assert.deepStrictEqual(positions({ numkeys: 0 }, [2, "a", "b", "LEFT"]), [1, 2])
    assert.deepStrictEqual(positions({ numkeys: 1 }, ["script", "1", "a", "b"]), [2])
    assert.deepStrictEqual(positions({ numkeys: 0 }, [bytes("2"), "a", "b"]), [1, 2])
    assert.deepStrictEqual(positions({ numkeys: 0, step: 2 }, [2, "a", 1, "b", 2, "NX"]), [1, 3])
    assert.deepStrictEqual(positions({ numkeys: 0 }, [9, "a"]), [1])
    assert.deepStrictEqual(positions({ numkeys: 0 }, ["x", "a"]), [])
    assert.deepStrictEqual(positions({ numkeys: 3 }, ["a"]), [])
  })

  it("says where the only key is, so that the router need not ask", () => {
    const single = (keys: KeyPositions) => defineSpec({ name: "X", keys, retry: "never" }).singleKey
    assert.strictEqual(single("none"), -1)
    assert.strictEqual(single("first"), 0)
    assert.strictEqual(single("all"), -2)
    assert.strictEqual(single({ numkeys: 0 }), -2)
  })
})
