import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const boolean: ReadonlyArray<Answer> = [
  [1, true],
  [0, false],
  [true, true]
]
const integer: ReadonlyArray<Answer> = [[7, 7]]
const texts: ReadonlyArray<Answer> = [
  [
    ["a", "b"],
    ["a", "b"],
    [bytes("a"), bytes("b")]
  ],
  [[], []]
]
const optionalText: ReadonlyArray<Answer> = [
  ["a", "a", bytes("a")],
  [undefined, undefined]
]
const scored: Answer = [
  Wire.map(["a", Wire.double(1), "b", "0.5"]),
  [
    { element: "a", score: 1 },
    { element: "b", score: 0.5 }
  ],
  [
    { element: bytes("a"), score: 1 },
    { element: bytes("b"), score: 0.5 }
  ]
]
const both = [
  { element: "a", score: 1, attributes: "{}" },
  { element: "b", score: 0.5, attributes: undefined }
]
const bothBytes = [
  { element: bytes("a"), score: 1, attributes: bytes("{}") },
  { element: bytes("b"), score: 0.5, attributes: undefined }
]
const { VectorSet } = call

export const vectorSetGoldens = [
  golden(VectorSet.vAdd("v", [1, -0.5], "a"), "VADD v VALUES 2 1 -0.5 a", [0], "lastWriteWins", boolean),
  golden(VectorSet.vAdd("v", bytes("1234"), "a"), "VADD v FP32 1234 a", [0], "lastWriteWins", boolean),
  golden(
    VectorSet.vAdd("v", Float32Array.of(2, 32), "a", { reduce: 1, cas: true, quantization: "NOQUANT" }),
    "VADD v REDUCE 1 FP32 \0\0\0@\0\0\0B a CAS NOQUANT",
    [0],
    "lastWriteWins",
    boolean
  ),
  golden(
    VectorSet.vAdd("v", [1], "a", { quantization: "BIN", ef: 50, attributes: "{}", m: 8 }),
    "VADD v VALUES 1 1 a BIN EF 50 SETATTR {} M 8",
    [0],
    "lastWriteWins",
    boolean
  ),
  golden(VectorSet.vCard("v"), "VCARD v", [0], "readOnly", integer),
  golden(VectorSet.vDim("v"), "VDIM v", [0], "readOnly", integer),
  golden(VectorSet.vEmb("v", "a"), "VEMB v a", [0], "readOnly", [
    [
      ["1", Wire.double(-0.5)],
      [1, -0.5]
    ],
    [undefined, undefined]
  ]),
  golden(VectorSet.vEmbRaw("v", "a"), "VEMB v a RAW", [0], "readOnly", [
    [
      [Wire.simple("int8"), "\x7f\x00", Wire.double(5), "0.8"],
      { quantization: "Q8", data: bytes("\x7f\x00"), norm: 5, range: 0.8 }
    ],
    [["f32", "1234", "5"], { quantization: "NOQUANT", data: bytes("1234"), norm: 5, range: undefined }],
    [
      [Wire.simple("bin"), "12345678", "1"],
      { quantization: "BIN", data: bytes("12345678"), norm: 1, range: undefined }
    ],
    [undefined, undefined]
  ]),
  golden(VectorSet.vGetAttr("v", "a"), "VGETATTR v a", [0], "readOnly", optionalText),
  golden(VectorSet.vInfo("v"), "VINFO v", [0], "readOnly", [
    [
      Wire.map([
        Wire.simple("quant-type"),
        Wire.simple("bin"),
        "hnsw-m",
        16,
        "vector-dim",
        2,
        "projection-input-dim",
        5,
        "size",
        3,
        "max-level",
        1,
        "attributes-count",
        0,
        "vset-uid",
        9
      ]),
      {
        quantization: "BIN",
        m: 16,
        dimension: 2,
        inputDimension: 5,
        size: 3,
        maxLevel: 1,
        attributesCount: 0,
        fields: bare({ "vset-uid": 9 })
      }
    ],
    [undefined, undefined]
  ]),
  golden(VectorSet.vIsMember("v", "a"), "VISMEMBER v a", [0], "readOnly", boolean),
  golden(VectorSet.vLinks("v", "a"), "VLINKS v a", [0], "readOnly", [
    [
      [["b"], ["c"]],
      [["b"], ["c"]],
      [[bytes("b")], [bytes("c")]]
    ],
    [undefined, undefined]
  ]),
  golden(VectorSet.vLinksWithScores("v", "a"), "VLINKS v a WITHSCORES", [0], "readOnly", [
    [
      [scored[0], Wire.map([])],
      [scored[1], []],
      [scored[2], []]
    ],
    [undefined, undefined]
  ]),
  golden(VectorSet.vRandMember("v"), "VRANDMEMBER v", [0], "readOnly", optionalText),
  golden(VectorSet.vRandMemberCount("v", -2), "VRANDMEMBER v -2", [0], "readOnly", texts),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/vrange
  golden(VectorSet.vRange("v", "-", "+"), "VRANGE v - +", [0], "readOnly", texts),
  golden(VectorSet.vRange("v", "[a", "(b", 10), "VRANGE v [a (b 10", [0], "readOnly", texts),
  golden(VectorSet.vRem("v", "a"), "VREM v a", [0], "lastWriteWins", boolean),
  golden(VectorSet.vSetAttr("v", "a", "{}"), "VSETATTR v a {}", [0], "lastWriteWins", boolean),
  golden(VectorSet.vSim("v", { element: "a" }), "VSIM v ELE a", [0], "readOnly", texts),
  golden(VectorSet.vSim("v", bytes("1234")), "VSIM v FP32 1234", [0], "readOnly", texts),
  golden(
    VectorSet.vSim("v", [1, 2], { count: 5, epsilon: 0.2, ef: 100, filter: ".y>1", filterEf: 50, truth: true }),
    "VSIM v VALUES 2 1 2 COUNT 5 EPSILON 0.2 EF 100 FILTER .y>1 FILTER-EF 50 TRUTH",
    [0],
    "readOnly",
    texts
  ),
  golden(
    VectorSet.vSimWithScores("v", Float32Array.of(2), { count: 2, noThread: true }),
    "VSIM v FP32 \0\0\0@ WITHSCORES COUNT 2 NOTHREAD",
    [0],
    "readOnly",
    [scored, [[], []]]
  ),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/vsim
  golden(VectorSet.vSimWithAttribs("v", { element: "a" }), "VSIM v ELE a WITHATTRIBS", [0], "readOnly", [
    [
      Wire.map(["a", "{}", "b", undefined]),
      [
        { element: "a", attributes: "{}" },
        { element: "b", attributes: undefined }
      ],
      [
        { element: bytes("a"), attributes: bytes("{}") },
        { element: bytes("b"), attributes: undefined }
      ]
    ]
  ]),
  golden(
    VectorSet.vSimWithScoresAndAttribs("v", { element: bytes("a") }, { count: 2 }),
    "VSIM v ELE a WITHSCORES WITHATTRIBS COUNT 2",
    [0],
    "readOnly",
    [
      // RESP3 has pairs by element, RESP2 three by three.
      [Wire.map(["a", [Wire.double(1), "{}"], "b", [Wire.double(0.5), undefined]]), both, bothBytes],
      [["a", "1", "{}", "b", "0.5", undefined], both, bothBytes],
      [[], []]
    ]
  )
]
