/** What the tables of streams share: entries on the wire, and in both views. */
import * as Duration from "effect/Duration"
import { Wire, type WireValue } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes } from "../golden.ts"

export const integer: ReadonlyArray<Answer> = [[7, 7]]
export const boolean: ReadonlyArray<Answer> = [
  [1, true],
  [0, false]
]
export const done: ReadonlyArray<Answer> = [["OK", undefined]]
export const id: ReadonlyArray<Answer> = [["1-0", "1-0"]]
export const optionalId: ReadonlyArray<Answer> = [...id, [undefined, undefined]]
export const ids: ReadonlyArray<Answer> = [
  [
    ["1-0", "2-0"],
    ["1-0", "2-0"]
  ]
]

/** An entry on the wire, and in both views; the second one names a field three times. */
export const wire: WireValue = ["1-0", ["a", "1", "__proto__", "2"]]
export const entry = { id: "1-0", fields: bare({ a: "1", ["__proto__"]: "2" }) }
export const entryBytes = {
  id: "1-0",
  fields: [
    [bytes("a"), bytes("1")],
    [bytes("__proto__"), bytes("2")]
  ]
}
export const repeating: WireValue = ["2-0", ["a", "1", "b", "2", "a", "3", "a", "4"]]
export const repeatingEntry = {
  id: "2-0",
  fields: bare({ a: "1", b: "2" }),
  repeated: [
    ["a", "3"],
    ["a", "4"]
  ]
}
export const repeatingBytes = {
  id: "2-0",
  fields: [
    [bytes("a"), bytes("1")],
    [bytes("b"), bytes("2")],
    [bytes("a"), bytes("3")],
    [bytes("a"), bytes("4")]
  ]
}
export const entries: ReadonlyArray<Answer> = [
  [
    [wire, repeating],
    [entry, repeatingEntry],
    [entryBytes, repeatingBytes]
  ],
  [[], []]
]
// Before 7.0 null stands for an entry that was deleted.
export const claimed: ReadonlyArray<Answer> = [...entries, [[undefined, wire], [entry], [entryBytes]]]

export const readReply = (...items: ReadonlyArray<WireValue>): WireValue => Wire.map(["s", items])
export const both = (...entries: ReadonlyArray<unknown>) => [{ key: "s", entries }]
export const inBytes = (...entries: ReadonlyArray<unknown>) => [{ key: bytes("s"), entries }]
export const read: ReadonlyArray<Answer> = [
  [readReply(wire), both(entry), inBytes(entryBytes)],
  // RESP2 has pairs.
  [[["s", [wire]]], both(entry), inBytes(entryBytes)],
  [
    [
      ["10", [wire]],
      ["9", []]
    ],
    [
      { key: "10", entries: [entry] },
      { key: "9", entries: [] }
    ],
    [
      { key: bytes("10"), entries: [entryBytes] },
      { key: bytes("9"), entries: [] }
    ]
  ],
  [undefined, []]
]
/** The counter of an entry that was given up. */
export const forGood = 2n ** 63n - 1n
export const deleted: ReadonlyArray<Answer> = [
  [
    [1, 2, -1],
    ["deleted", "referenced", undefined]
  ]
]

export const delivered = { idle: Duration.millis(1500), deliveries: 2 }
