import { assert, describe, it } from "@effect/vitest"
import * as VectorSet from "../../src/VectorSet.ts"
import { checkGoldens } from "./golden.ts"
import { vectorSetGoldens } from "./goldens/vectorSets.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what VectorSets constructors send and read", vectorSetGoldens)

describe("vector sets", () => {
  it("a vector has numbers", () => {
    for (const vector of [[], new Float32Array(0), new Uint8Array(0), new Uint8Array(5)]) {
      refusedAt(VectorSet.vAdd("v", vector, "a"), 1, /expected a vector/)
      refusedAt(VectorSet.vSim("v", vector), 1, /expected a vector/)
    }
    refusedAt(VectorSet.vAdd("v", untyped("1,2"), "a"), 1)
    refusedAt(VectorSet.vAdd("v", untyped(null), "a"), 1)
    refusedAt(VectorSet.vSim("v", untyped("a")), 1, /or an element/)
    refusedAt(VectorSet.vAdd("v", [1, Number.NaN], "a"), 4)
    refusedAt(VectorSet.vAdd("v", [1], untyped(undefined)), 4)
    refusedAt(VectorSet.vSim("v", { element: untyped(undefined) }), 2)
  })

  it("a vector does not change when the caller's array does, and a part of a buffer is only that part", () => {
    const floats = Float32Array.of(1, 2, 32)
    const command = VectorSet.vAdd("v", floats.subarray(1), "a")
    floats.fill(0)
    assert.deepStrictEqual(command.args, ["v", "FP32", Uint8Array.of(0, 0, 0, 64, 0, 0, 0, 66), "a"])
  })

  it("options are known, and flags are booleans", () => {
    refusedAt(VectorSet.vAdd("v", [1], "a", untyped({ setAttr: "{}" })), undefined, /unknown option setAttr/)
    refusedAt(VectorSet.vAdd("v", [1], "a", untyped({ cas: 1 })), undefined, /cas must be a boolean/)
    refusedAt(VectorSet.vSim("v", [1], untyped({ withScores: true })), undefined, /unknown option withScores/)
  })
})
