import { Command } from "../../../src/Command.ts"
import { fails, type LiveCase, missing, present, WRONGTYPE, wrong } from "./frame.ts"

const get = { operation: "GET", encoding: "u8", offset: 0 } as const

export const bitmapsCases: ReadonlyArray<LiveCase> = [
  {
    title: "bits",
    steps: [
      [missing.setBit("k", 7, 1), 0],
      [present.setBit("k", 7, 0), 1],
      [present.setBit("k", 23, 1), 0],
      [present.getBit("k", 23), 1],
      [present.getBit("k", 900), 0],
      [missing.getBit("none", 0), 0],
      [present.bitCount("k"), 1],
      [present.bitCount("k", { start: 0, end: 1 }), 0],
      [present.bitCount("k", { start: 23, end: -1, unit: "BIT" }), 1],
      [missing.bitCount("none"), 0],
      [present.bitPos("k", 1), 23],
      [present.bitPos("k", 1, { start: 0, end: 1 }), undefined],
      [present.bitPos("k", 0, { start: 23, end: 23, unit: "BIT" }), undefined],
      [missing.bitPos("none", 1), undefined],
      [missing.bitPos("none", 0, { start: 1 }), 0],
      [
        present.bitField("k", [
          { operation: "GET", encoding: "u8", offset: "#2" },
          { operation: "SET", encoding: "i8", offset: 0, value: -1 },
          { operation: "INCRBY", encoding: "u8", offset: 0, increment: 1, overflow: "FAIL" },
          { operation: "INCRBY", encoding: "u8", offset: 0, increment: 1, overflow: "SAT" },
          { operation: "INCRBY", encoding: "u8", offset: 0, increment: 1 }
        ]),
        [1, 0, undefined, 255, 0]
      ],
      [missing.bitField("none", [get]), [0]],
      [
        present.bitFieldBigInt("k", [
          { operation: "SET", encoding: "i64", offset: 0, value: -9223372036854775808n },
          { operation: "GET", encoding: "i64", offset: 0 },
          { operation: "INCRBY", encoding: "u63", offset: 1, increment: 9007199254740993n },
          { operation: "INCRBY", encoding: "u2", offset: 1, increment: 9, overflow: "FAIL" }
        ]),
        [1n << 40n, -9223372036854775808n, 9007199254740993n, undefined]
      ],
      [missing.bitFieldBigInt("none", [get]), [0n]],
      [present.bitFieldRo("k", [get, { operation: "GET", encoding: "i1", offset: 63 }]), [128, -1]],
      [missing.bitFieldRo("none", [get]), [0]],
      [
        present.bitFieldRoBigInt("k", [{ operation: "GET", encoding: "i64", offset: 0 }]),
        [-9223372036854775808n + 9007199254740993n]
      ],
      [missing.bitFieldRoBigInt("none", [get]), [0n]],
      [Command.bitField("k", [get, { operation: "GET", encoding: "i64", offset: 0 }]), fails(/2\^53/)],
      [Command.mSet({ a: "\u0003", b: "\u0005" }), undefined],
      [present.bitOp("AND", "d", ["a", "b"]), 1],
      [Command.get("d"), "\u0001"],
      [present.bitOp("OR", "d", ["a", "b"]), 1],
      [Command.get("d"), "\u0007"],
      [present.bitOp("XOR", "d", ["a", "b"]), 1],
      [Command.get("d"), "\u0006"],
      [present.bitOp("NOT", "d", "a"), 1],
      [Command.asBytes(Command.get("d")), Uint8Array.of(0xfc)],
      [missing.bitOp("AND", "d", "none"), 0]
    ]
  },
  {
    title: "HyperLogLogs",
    steps: [
      [missing.pfAdd("h", "a", "b", "c"), true],
      [present.pfAdd("h", ["a", "b"]), false],
      [missing.pfAdd("i", []), true],
      [present.pfAdd("i", []), false],
      [present.pfAdd("i", "d"), true],
      [present.pfCount("h"), 3],
      [present.pfCount(["h", "i"]), 4],
      [missing.pfCount("none"), 0],
      [missing.pfMerge("d", ["h", "none"]), undefined],
      [present.pfMerge("d", "i"), undefined],
      [Command.pfCount("d"), 4],
      [missing.pfMerge("e", []), undefined]
    ]
  },
  {
    title: "bits and HyperLogLogs that are none",
    steps: [
      [Command.rPush("l", "a"), 1],
      [wrong.setBit("l", 0, 1), WRONGTYPE],
      [wrong.getBit("l", 0), WRONGTYPE],
      [wrong.bitCount("l"), WRONGTYPE],
      [wrong.bitPos("l", 1), WRONGTYPE],
      [wrong.bitField("l", [get]), WRONGTYPE],
      [wrong.bitFieldBigInt("l", [get]), WRONGTYPE],
      [wrong.bitFieldRo("l", [get]), WRONGTYPE],
      [wrong.bitFieldRoBigInt("l", [get]), WRONGTYPE],
      [wrong.bitOp("OR", "d", "l"), WRONGTYPE],
      [wrong.pfAdd("l", "a"), WRONGTYPE],
      [wrong.pfCount("l"), WRONGTYPE],
      [wrong.pfMerge("d", "l"), WRONGTYPE]
    ]
  }
]
