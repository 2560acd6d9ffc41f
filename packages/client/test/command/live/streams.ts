import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { Command } from "../../../src/Command.ts"
import type { StreamConsumer, StreamGroup, StreamInfo, StreamInfoFull } from "../../../src/command/StreamInfo.ts"
import type { PendingEntry } from "../../../src/command/StreamPending.ts"
import type { StreamEntry } from "../../../src/command/StreamReplies.ts"
import { bare, bytes } from "../golden.ts"
import { fails, holds, type LiveCase, missing, present, WRONGTYPE, within, wrong } from "./frame.ts"

const first: StreamEntry = { id: "1-1", fields: bare({ a: "1", b: "2" }), repeated: [["a", "3"]] }
const nothing = bare<never>({})
const firstPairs: ReadonlyArray<readonly [string, string]> = [
  ["a", "1"],
  ["b", "2"],
  ["a", "3"]
]
const second = { id: "1-2", fields: bare({ ["__proto__"]: "1" }) }
const third = { id: "2-0", fields: bare({ c: "3" }) }
const NOGROUP = fails(/NOGROUP/)
const NO_KEY = fails(/no such key/)
const NO_STREAM = fails(/requires the key to exist/)
const moment = within(Duration.millis(-1), Duration.minutes(1))
const minute = Duration.minutes(1)
const text = Command.set("str", "text")

const filled: LiveCase["steps"] = [
  [present.xAdd("s", "1-1", firstPairs), "1-1"],
  [present.xAdd("s", "1-2", new Map([["__proto__", "1"]])), "1-2"],
  [present.xAdd("s", "2-*", { c: 3 }, { maxLength: 100, approximate: true, limit: 10 }), "2-0"],
  [text, true]
]

export const streamsCases: ReadonlyArray<LiveCase> = [
  {
    title: "entries of streams",
    steps: [
      [missing.xAdd("s", "1-0", { f: "v" }), "1-0"],
      [Command.del("s"), 1],
      ...filled,
      [present.xAdd("s", "1-1", { a: 1 }), fails(/equal or smaller/)],
      [wrong.xAdd("str", "*", { a: 1 }), WRONGTYPE],
      [missing.xAddNoMkStream("none", "*", { a: 1 }), undefined],
      [present.xAddNoMkStream("s", "2-*", { d: 4 }, { minId: "1-1" }), "2-1"],
      [wrong.xAddNoMkStream("str", "*", { a: 1 }), WRONGTYPE],
      [present.xDel("s", ["2-1", "9-9"]), 1],
      [missing.xDel("none", "1-1"), 0],
      [wrong.xDel("str", "1-1"), WRONGTYPE],
      [present.xLen("s"), 3],
      [missing.xLen("none"), 0],
      [wrong.xLen("str"), WRONGTYPE],
      [present.xRange("s"), [first, second, third]],
      [present.xRange("s", "(1-1", "+", { count: 1 }), [second]],
      [missing.xRange("none"), []],
      [wrong.xRange("str"), WRONGTYPE],
      [
        Command.asBytes(Command.xRange("s", "-", "1-1")),
        [{ id: "1-1", fields: firstPairs.map((pair) => pair.map(bytes)) }]
      ],
      [present.xRevRange("s", "+", "-", { count: 2 }), [third, second]],
      [missing.xRevRange("none"), []],
      [wrong.xRevRange("str"), WRONGTYPE],
      [present.xSetId("s", "9-0", { entriesAdded: 9, maxDeletedId: "3-0" }), undefined],
      [present.xSetId("s", "10-0"), undefined],
      [missing.xSetId("none", "1-1"), NO_KEY],
      [wrong.xSetId("str", "1-1"), WRONGTYPE],
      [present.xTrim("s", { maxLength: 100, approximate: true, limit: 0 }), 0],
      [present.xTrim("s", { minId: "1-2" }), 1],
      [present.xTrim("s", { maxLength: 1 }), 1],
      [missing.xTrim("none", { maxLength: 1 }), 0],
      [wrong.xTrim("str", { maxLength: 1 }), WRONGTYPE]
    ]
  },
  {
    title: "reading streams",
    steps: [
      ...filled,
      [Command.xAdd("10", "1-0", { a: 1 }), "1-0"],
      [
        present.xRead([
          ["s", "1-1"],
          ["none", "0"],
          ["10", "0"]
        ]),
        [
          { key: "s", entries: [second, third] },
          { key: "10", entries: [{ id: "1-0", fields: bare({ a: "1" }) }] }
        ]
      ],
      [
        Command.asBytes(Command.xRead({ "10": "0" }, { count: 1 })),
        [{ key: bytes("10"), entries: [{ id: "1-0", fields: [[bytes("a"), bytes("1")]] }] }]
      ],
      [missing.xRead({ none: "0" }), []],
      [missing.xRead({ none: "$" }), []],
      [wrong.xRead({ str: "0" }), WRONGTYPE],
      [Command.xGroupCreate("s", "g", "0"), undefined],
      [present.xReadGroup("g", "c", "s", { count: 1 }), [{ key: "s", entries: [first] }]],
      [present.xReadGroup("g", "STREAMS", "s", { noAck: true }), [{ key: "s", entries: [second, third] }]],
      [present.xReadGroup("g", "c", ["s"]), []],
      [missing.xReadGroup("g", "c", "none"), NOGROUP],
      [wrong.xReadGroup("g", "c", "str"), WRONGTYPE],
      [present.xReadGroupPending("g", "c", { s: "0" }), [{ key: "s", entries: [first] }]],
      [Command.xDel("s", "1-1"), 1],
      [
        present.xReadGroupPending("g", "c", { s: "0" }, { count: 5 }),
        [{ key: "s", entries: [{ id: "1-1", fields: undefined }] }]
      ],
      [Command.xReadGroupPending("g", "none", { s: "0" }), [{ key: "s", entries: [] }]],
      [missing.xReadGroupPending("g", "c", { none: "0" }), NOGROUP],
      [wrong.xReadGroupPending("g", "c", { str: "0" }), WRONGTYPE]
    ]
  },
  {
    title: "the last entry of a stream, and when a consumer last got one",
    since: { redis: "7.4", valkey: "8.0" },
    steps: [
      ...filled,
      [Command.xRead({ s: "+" }), [{ key: "s", entries: [third] }]],
      [Command.xGroupCreate("s", "g", "0"), undefined],
      [Command.xReadGroup("g", "c", "s", { count: 1 }), [{ key: "s", entries: [first] }]],
      [Command.xInfoConsumers("s", "g"), holds<Array<StreamConsumer>>(([c]) => moment.check(c?.inactive as never))]
    ]
  },
  {
    title: "consumer groups",
    steps: [
      ...filled,
      [present.xGroupCreate("s", "g", "0"), undefined],
      [present.xGroupCreate("s", "g", "0"), fails(/BUSYGROUP/)],
      [missing.xGroupCreate("none", "g", "$"), NO_STREAM],
      [missing.xGroupCreate("new", "g", "$", { mkStream: true, entriesRead: 0 }), undefined],
      [wrong.xGroupCreate("str", "g", "$"), WRONGTYPE],
      [present.xGroupCreateConsumer("s", "g", "c"), true],
      [present.xGroupCreateConsumer("s", "g", "c"), false],
      [missing.xGroupCreateConsumer("none", "g", "c"), NO_STREAM],
      [wrong.xGroupCreateConsumer("str", "g", "c"), WRONGTYPE],
      [present.xGroupSetId("s", "g", "1-1", { entriesRead: 1 }), undefined],
      [missing.xGroupSetId("none", "g", "0"), NO_STREAM],
      [wrong.xGroupSetId("str", "g", "0"), WRONGTYPE],
      [Command.xReadGroup("g", "c", "s"), [{ key: "s", entries: [second, third] }]],
      [present.xGroupDelConsumer("s", "g", "c"), 2],
      [missing.xGroupDelConsumer("none", "g", "c"), NO_STREAM],
      [wrong.xGroupDelConsumer("str", "g", "c"), WRONGTYPE],
      [present.xGroupDestroy("s", "g"), true],
      [present.xGroupDestroy("s", "g"), false],
      [missing.xGroupDestroy("none", "g"), NO_STREAM],
      [wrong.xGroupDestroy("str", "g"), WRONGTYPE],
      [Command.xGroupHelp(), holds<Array<string>>((lines) => assert.match(lines.join("\n"), /SETID/))]
    ]
  },
  {
    title: "what is pending in consumer groups",
    steps: [
      ...filled,
      [Command.xGroupCreate("s", "g", "0"), undefined],
      [present.xPending("s", "g"), { pending: 0, firstId: undefined, lastId: undefined, consumers: [] }],
      [Command.xReadGroup("g", "c", "s"), [{ key: "s", entries: [first, second, third] }]],
      [
        present.xPending("s", "g"),
        { pending: 3, firstId: "1-1", lastId: "2-0", consumers: [{ name: "c", pending: 3 }] }
      ],
      [missing.xPending("none", "g"), NOGROUP],
      [wrong.xPending("str", "g"), WRONGTYPE],
      [
        present.xPendingRange("s", "g", "-", "(1-2", 5, { consumer: "c" }),
        holds<Array<PendingEntry>>(([one, ...others]) => {
          assert.deepStrictEqual(
            { ...one, idle: undefined },
            { id: "1-1", consumer: "c", idle: undefined, deliveries: 1 }
          )
          moment.check(one!.idle as never)
          assert.deepStrictEqual(others, [])
        })
      ],
      [present.xPendingRange("s", "g", "-", "+", 5, { minIdle: minute }), []],
      [missing.xPendingRange("none", "g", "-", "+", 5), NOGROUP],
      [wrong.xPendingRange("str", "g", "-", "+", 5), WRONGTYPE],
      [Command.xDel("s", "1-1"), 1],
      [present.xClaim("s", "g", "d", 0, ["1-1", "1-2"], { idle: minute, retryCount: 7 }), [second]],
      [present.xClaimJustId("s", "g", "e", minute, ["1-2", "2-0"], { time: 0, force: true, lastId: "1-1" }), ["1-2"]],
      [
        Command.xPendingRange("s", "g", "-", "1-2", 1),
        holds<Array<PendingEntry>>(([one]) => {
          assert.strictEqual(one?.consumer, "e")
          assert.strictEqual(one?.deliveries, 7)
        })
      ],
      [missing.xClaim("none", "g", "c", 0, "1-1"), NOGROUP],
      [wrong.xClaim("str", "g", "c", 0, "1-1"), WRONGTYPE],
      [missing.xClaimJustId("none", "g", "c", 0, "1-1"), NOGROUP],
      [wrong.xClaimJustId("str", "g", "c", 0, "1-1"), WRONGTYPE],
      [Command.xDel("s", "2-0"), 1],
      [present.xAutoClaim("s", "g", "d", 0, "0-0", { count: 1 }), { cursor: "2-0", entries: [second], deletedIds: [] }],
      [present.xAutoClaim("s", "g", "d", 0, "2-0"), { cursor: "0-0", entries: [], deletedIds: ["2-0"] }],
      [present.xAutoClaimJustId("s", "g", "c", 0, "0"), { cursor: "0-0", ids: ["1-2"], deletedIds: [] }],
      [missing.xAutoClaim("none", "g", "c", 0, "0"), NOGROUP],
      [wrong.xAutoClaim("str", "g", "c", 0, "0"), WRONGTYPE],
      [missing.xAutoClaimJustId("none", "g", "c", 0, "0"), NOGROUP],
      [wrong.xAutoClaimJustId("str", "g", "c", 0, "0"), WRONGTYPE],
      [present.xAck("s", "g", ["1-2", "9-9"]), 1],
      [missing.xAck("none", "g", "1-1"), 0],
      [wrong.xAck("str", "g", "1-1"), WRONGTYPE]
    ]
  },
  {
    title: "what servers tell about streams",
    steps: [
      ...filled,
      [Command.xGroupCreate("s", "g", "0"), undefined],
      [Command.xReadGroup("g", "c", "s", { count: 1 }), [{ key: "s", entries: [first] }]],
      [Command.xGroupCreateConsumer("s", "g", "d"), true],
      [
        present.xInfoStream("s"),
        holds<StreamInfo>(({ radixTreeKeys, radixTreeNodes, ...info }) => {
          assert.isAbove(radixTreeKeys, 0)
          assert.isAbove(radixTreeNodes, 0)
          assert.deepStrictEqual(info, {
            groups: 1,
            firstEntry: first,
            lastEntry: third,
            length: 3,
            lastGeneratedId: "2-0",
            maxDeletedEntryId: "0-0",
            entriesAdded: 3,
            recordedFirstEntryId: "1-1",
            idempotency: undefined,
            fields: nothing
          })
        })
      ],
      [missing.xInfoStream("none"), NO_KEY],
      [wrong.xInfoStream("str"), WRONGTYPE],
      [
        present.xInfoStreamFull("s", { count: 2 }),
        holds<StreamInfoFull>((info) => {
          assert.deepStrictEqual(info.entries, [first, second])
          const [group] = info.groups
          assert.deepStrictEqual([group?.name, group?.pending, group?.lag], ["g", 1, 2])
          assert.deepStrictEqual([group!.deliveries[0]?.consumer, group!.deliveries[0]?.deliveries], ["c", 1])
          const [c, d] = group!.consumers
          assert.strictEqual(c?.name, "c")
          assert.strictEqual(c?.deliveries[0]?.id, "1-1")
          assert.isTrue(DateTime.isDateTime(c?.seen))
          assert.deepStrictEqual([d?.pending, d?.active, d?.fields], [0, undefined, nothing])
        })
      ],
      [missing.xInfoStreamFull("none"), NO_KEY],
      [wrong.xInfoStreamFull("str"), WRONGTYPE],
      [
        present.xInfoGroups("s"),
        holds<Array<StreamGroup>>((groups) =>
          assert.deepStrictEqual(groups, [
            {
              name: "g",
              consumers: 2,
              pending: 1,
              lastDeliveredId: "1-1",
              entriesRead: 1,
              lag: 2,
              fields: nothing
            }
          ])
        )
      ],
      [missing.xInfoGroups("none"), NO_KEY],
      [wrong.xInfoGroups("str"), WRONGTYPE],
      [
        present.xInfoConsumers("s", "g"),
        holds<Array<StreamConsumer>>(([c, d]) => {
          assert.deepStrictEqual([c?.name, c?.pending, c?.fields], ["c", 1, nothing])
          moment.check(c!.idle as never)
          assert.deepStrictEqual([d?.name, d?.pending, d?.inactive], ["d", 0, undefined])
        })
      ],
      [missing.xInfoConsumers("none", "g"), NO_KEY],
      [wrong.xInfoConsumers("str", "g"), WRONGTYPE],
      [Command.xInfoHelp(), holds<Array<string>>((lines) => assert.match(lines.join("\n"), /STREAM/))]
    ]
  }
]
