import { assert } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { Command } from "../../../src/Command.ts"
import type { RawVector, Scored, VectorSetInfo } from "../../../src/VectorSet.ts"
import * as VectorSet from "../../../src/VectorSet.ts"
import { bytes } from "../golden.ts"
import { fails, holds, type LiveCase, missing, present, sorted, WRONGTYPE, wrong } from "./frame.ts"

const since = { redis: "8.0" }
const v = present.VectorSet
const none = missing.VectorSet
const str = wrong.VectorSet
const east = { element: "east" }

const scores = (...expected: ReadonlyArray<Scored>) =>
  holds<Array<Scored>>((found) => {
    assert.deepStrictEqual(
      found.map(({ element }) => element),
      expected.map(({ element }) => element)
    )
    found.forEach(({ score }, at) => {
      assert.approximately(score, expected[at]!.score, 0.01)
    })
  })

const filled: LiveCase["steps"] = [
  [none.vAdd("v", [1, 0], "east"), true],
  [v.vAdd("v", Float32Array.of(0.5, 0.5), "northeast", { cas: true, quantization: "Q8", ef: 50, m: 16 }), true],
  [v.vAdd("v", new Uint8Array(Float32Array.of(-2, 0).buffer), "west", { attributes: `{"year":1950}` }), true],
  [v.vAdd("v", [-2, 0], "west"), false],
  [Command.set("str", "text"), true]
]

export const vectorSetsCases: ReadonlyArray<LiveCase> = [
  {
    title: "elements of vector sets",
    since,
    steps: [
      ...filled,
      [str.vAdd("str", [1, 0], "a"), WRONGTYPE],
      [v.vAdd("v", [1, 0, 0], "a"), fails(/dimension mismatch/)],
      [v.vCard("v"), 3],
      [none.vCard("none"), 0],
      [str.vCard("str"), WRONGTYPE],
      [v.vDim("v"), 2],
      [none.vDim("none"), fails(/does not exist/)],
      [str.vDim("str"), WRONGTYPE],
      [v.vEmb("v", "west"), [-2, 0]],
      [v.vEmb("v", "none"), undefined],
      [none.vEmb("none", "a"), undefined],
      [str.vEmb("str", "a"), WRONGTYPE],
      [v.vEmbRaw("v", "west"), { quantization: "Q8", data: Uint8Array.of(129, 0), norm: 2, range: 1 }],
      [none.vEmbRaw("none", "a"), undefined],
      [str.vEmbRaw("str", "a"), WRONGTYPE],
      [VectorSet.vAdd("plain", [3, 4], "a", { quantization: "NOQUANT" }), true],
      [
        v.vEmbRaw("plain", "a"),
        holds<RawVector>(({ data, ...vector }) => {
          assert.deepStrictEqual(vector, { quantization: "NOQUANT", norm: 5, range: undefined })
          assert.approximately(new DataView(data.buffer, data.byteOffset).getFloat32(0, true), 0.6, 0.001)
        })
      ],
      [VectorSet.vAdd("bits", [1, -1, 1], "a", { quantization: "BIN", reduce: 2 }), true],
      [
        v.vEmbRaw("bits", "a"),
        holds<RawVector>((vector) => {
          assert.strictEqual(vector.quantization, "BIN")
          assert.isUndefined(vector.range)
        })
      ],
      [v.vIsMember("v", "west"), true],
      [v.vIsMember("v", "none"), false],
      [none.vIsMember("none", "a"), false],
      [str.vIsMember("str", "a"), WRONGTYPE],
      [v.vRandMember("v"), holds<string>((element) => assert.include(["east", "northeast", "west"], element))],
      [none.vRandMember("none"), undefined],
      [str.vRandMember("str"), WRONGTYPE],
      [v.vRandMemberCount("v", 9), sorted("east", "northeast", "west")],
      [v.vRandMemberCount("plain", -2), ["a", "a"]],
      [none.vRandMemberCount("none", 2), []],
      [str.vRandMemberCount("str", 2), WRONGTYPE],
      [v.vRem("v", "west"), true],
      [v.vRem("v", "west"), false],
      [none.vRem("none", "a"), false],
      [str.vRem("str", "a"), WRONGTYPE],
      [
        v.vInfo("bits"),
        holds<VectorSetInfo>(({ fields, ...info }) => {
          assert.deepStrictEqual(info, {
            quantization: "BIN",
            m: 16,
            dimension: 2,
            inputDimension: 3,
            size: 1,
            maxLevel: info.maxLevel,
            attributesCount: 0
          })
          assert.isNumber(fields["vset-uid"])
        })
      ],
      [none.vInfo("none"), undefined],
      [str.vInfo("str"), WRONGTYPE]
    ]
  },
  {
    title: "attributes in vector sets",
    since,
    steps: [
      ...filled,
      [v.vGetAttr("v", "west"), `{"year":1950}`],
      [
        Command.decode(VectorSet.vGetAttr("v", "west"), Schema.fromJsonString(Schema.Struct({ year: Schema.Number }))),
        { year: 1950 }
      ],
      [v.vSetAttr("v", "west", bytes(`{"year":1960}`)), true],
      [Command.asBytes(VectorSet.vGetAttr("v", "west")), bytes(`{"year":1960}`)],
      [v.vSetAttr("v", "west", ""), true],
      [v.vGetAttr("v", "west"), undefined],
      [v.vSetAttr("v", "none", "{}"), false],
      [none.vGetAttr("none", "a"), undefined],
      [str.vGetAttr("str", "a"), WRONGTYPE],
      [none.vSetAttr("none", "a", "{}"), false],
      [str.vSetAttr("str", "a", "{}"), WRONGTYPE]
    ]
  },
  {
    title: "similarity in vector sets",
    since,
    steps: [
      ...filled,
      [v.vSim("v", east), ["east", "northeast", "west"]],
      [v.vSim("v", Float32Array.of(-1, 0), { count: 1, ef: 100 }), ["west"]],
      [v.vSim("v", [1, 0], { epsilon: 0.4, truth: true, noThread: true }), ["east", "northeast"]],
      [v.vSim("v", [1, 0], { filter: ".year > 1900", filterEf: 500 }), ["west"]],
      [Command.asBytes(VectorSet.vSim("v", east, { count: 1 })), [bytes("east")]],
      [v.vSim("v", { element: "none" }), fails(/element not found/)],
      [none.vSim("none", [1, 0]), []],
      [str.vSim("str", [1, 0]), WRONGTYPE],
      [
        v.vSimWithScores("v", east),
        scores({ element: "east", score: 1 }, { element: "northeast", score: 0.85 }, { element: "west", score: 0 })
      ],
      [none.vSimWithScores("none", [1, 0]), []],
      [str.vSimWithScores("str", [1, 0]), WRONGTYPE],
      [
        v.vLinks("v", "west"),
        holds<Array<Array<string>>>((layers) => sorted("east", "northeast").check(layers.at(-1) as never))
      ],
      [none.vLinks("none", "a"), undefined],
      [str.vLinks("str", "a"), WRONGTYPE],
      [
        v.vLinksWithScores("v", "west"),
        holds<Array<Array<Scored>>>((layers) =>
          scores({ element: "east", score: 0 }, { element: "northeast", score: 0.15 }).check(
            [...layers.at(-1)!].sort((a, b) => (a.element < b.element ? -1 : 1)) as never
          )
        )
      ],
      [none.vLinksWithScores("none", "a"), undefined],
      [str.vLinksWithScores("str", "a"), WRONGTYPE]
    ]
  }
]
