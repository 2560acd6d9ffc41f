import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { Wire, type WireValue } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, call, golden } from "../golden.ts"
import {
  boolean,
  claimed,
  deleted,
  delivered,
  done,
  entry,
  entryBytes,
  forGood,
  ids,
  integer,
  repeating,
  repeatingBytes,
  repeatingEntry,
  wire
} from "./streamReplies.ts"

const page: ReadonlyArray<Answer> = [
  [
    ["0-0", [wire], ["3-0"]],
    { cursor: "0-0", entries: [entry], deletedIds: ["3-0"] },
    { cursor: "0-0", entries: [entryBytes], deletedIds: ["3-0"] }
  ],
  // Before 7.0.
  [["5-0", [undefined]], { cursor: "5-0", entries: [], deletedIds: [] }]
]
const idsPage: ReadonlyArray<Answer> = [[["5-0", ["1-0"], []], { cursor: "5-0", ids: ["1-0"], deletedIds: [] }]]

export const streamPendingGoldens = [
  golden(call.xAck("s", "g", ["1-0", "2-0"]), "XACK s g 1-0 2-0", [0], "lastWriteWins", integer),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/xackdel
  golden(call.xAckDel("s", "g", ["1-0", "2-0", "3-0"]), "XACKDEL s g IDS 3 1-0 2-0 3-0", [0], "lastWriteWins", deleted),
  golden(call.xAckDel("s", "g", "1-0", "DELREF"), "XACKDEL s g DELREF IDS 1 1-0", [0], "lastWriteWins", [
    [[-1], [undefined]]
  ]),
  golden(call.xAutoClaim("s", "g", "c", 10, "0-0"), "XAUTOCLAIM s g c 10 0-0", [0], "accumulating", page),
  golden(
    call.xAutoClaim("s", "g", "c", "1 second", "0", { count: 5 }),
    "XAUTOCLAIM s g c 1000 0 COUNT 5",
    [0],
    "accumulating",
    page
  ),
  golden(
    call.xAutoClaimJustId("s", "g", "c", 10, "0", { count: 5 }),
    "XAUTOCLAIM s g c 10 0 COUNT 5 JUSTID",
    [0],
    "accumulating",
    idsPage
  ),
  golden(call.xClaim("s", "g", "c", 10, "1-0"), "XCLAIM s g c 10 1-0", [0], "accumulating", claimed),
  golden(
    call.xClaim("s", "g", "c", 0, ["1-0", "2-0"], { idle: 500, retryCount: 3, force: true, lastId: "2-0" }),
    "XCLAIM s g c 0 1-0 2-0 IDLE 500 RETRYCOUNT 3 FORCE LASTID 2-0",
    [0],
    "accumulating",
    claimed
  ),
  golden(
    call.xClaimJustId("s", "g", "c", 0, "1-0", { time: DateTime.makeUnsafe("2030-01-01T00:00:00Z") }),
    "XCLAIM s g c 0 1-0 TIME 1893456000000 JUSTID",
    [0],
    "accumulating",
    ids
  ),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/xnack
  golden(call.xNack("s", "g", "SILENT", "1-0"), "XNACK s g SILENT IDS 1 1-0", [0], "accumulating", integer),
  golden(call.xNack("s", "g", "FATAL", ["1-0", "2-0"]), "XNACK s g FATAL IDS 2 1-0 2-0", [0], "lastWriteWins", integer),
  golden(
    call.xNack("s", "g", "SILENT", "1-0", { retryCount: 5, force: true }),
    "XNACK s g SILENT IDS 1 1-0 RETRYCOUNT 5 FORCE",
    [0],
    "lastWriteWins",
    integer
  ),
  golden(call.xPending("s", "g"), "XPENDING s g", [0], "readOnly", [
    [
      [
        3,
        "1-0",
        "3-0",
        [
          ["c", "2"],
          ["d", "1"]
        ]
      ],
      {
        pending: 3,
        firstId: "1-0",
        lastId: "3-0",
        consumers: [
          { name: "c", pending: 2 },
          { name: "d", pending: 1 }
        ]
      }
    ],
    [[0, undefined, undefined, undefined], { pending: 0, firstId: undefined, lastId: undefined, consumers: [] }]
  ]),
  golden(call.xPendingRange("s", "g", "-", "+", 10), "XPENDING s g - + 10", [0], "readOnly", [
    [
      [
        ["1-0", "c", 1500, 2],
        ["2-0", "", -1, forGood]
      ],
      [
        { id: "1-0", consumer: "c", ...delivered },
        { id: "2-0", consumer: undefined, idle: undefined, deliveries: Number.POSITIVE_INFINITY }
      ]
    ],
    [[], []]
  ]),
  golden(
    call.xPendingRange("s", "g", "1", "(5", 10, { minIdle: "1 second", consumer: "c" }),
    "XPENDING s g IDLE 1000 1 (5 10 c",
    [0],
    "readOnly",
    [[[], []]]
  )
]

const help: ReadonlyArray<Answer> = [
  [
    [Wire.simple("HELP"), Wire.simple("    Print this help.")],
    ["HELP", "    Print this help."]
  ]
]

export const streamGroupGoldens = [
  golden(call.xGroupCreate("s", "g", "$"), "XGROUP CREATE s g $", [0], "never", done),
  golden(
    call.xGroupCreate("s", "g", "0", { mkStream: true, entriesRead: 5 }),
    "XGROUP CREATE s g 0 MKSTREAM ENTRIESREAD 5",
    [0],
    "never",
    done
  ),
  golden(call.xGroupCreateConsumer("s", "g", "c"), "XGROUP CREATECONSUMER s g c", [0], "lastWriteWins", boolean),
  golden(call.xGroupDelConsumer("s", "g", "c"), "XGROUP DELCONSUMER s g c", [0], "lastWriteWins", integer),
  golden(call.xGroupDestroy("s", "g"), "XGROUP DESTROY s g", [0], "lastWriteWins", boolean),
  golden(call.xGroupHelp(), "XGROUP HELP", [], "readOnly", help),
  golden(call.xGroupSetId("s", "g", "0"), "XGROUP SETID s g 0", [0], "lastWriteWins", done),
  golden(
    call.xGroupSetId("s", "g", "0", { entriesRead: 5 }),
    "XGROUP SETID s g 0 ENTRIESREAD 5",
    [0],
    "lastWriteWins",
    done
  )
]

const instant = DateTime.makeUnsafe("2030-01-01T00:00:00Z")
const millis = 1893456000000

const factsWire: ReadonlyArray<WireValue> = [
  "length",
  2,
  "radix-tree-keys",
  1,
  "radix-tree-nodes",
  2,
  "last-generated-id",
  "2-0",
  "max-deleted-entry-id",
  "0-0",
  "entries-added",
  2,
  "recorded-first-entry-id",
  "1-0",
  "idmp-duration",
  100,
  "idmp-maxsize",
  10,
  "pids-tracked",
  1,
  "iids-tracked",
  2,
  "iids-added",
  3,
  "iids-duplicates",
  4,
  "__proto__",
  ["x", 1, Wire.map(["y", undefined])]
]
const facts = {
  length: 2,
  radixTreeKeys: 1,
  radixTreeNodes: 2,
  lastGeneratedId: "2-0",
  maxDeletedEntryId: "0-0",
  entriesAdded: 2,
  recordedFirstEntryId: "1-0",
  idempotency: {
    duration: Duration.seconds(100),
    maxSize: 10,
    producersTracked: 1,
    messagesTracked: 2,
    messagesAdded: 3,
    duplicates: 4
  },
  fields: bare({ ["__proto__"]: ["x", 1, ["y", undefined]] })
}
const oldWire: ReadonlyArray<WireValue> = [
  "length",
  0,
  "radix-tree-keys",
  0,
  "radix-tree-nodes",
  1,
  "last-generated-id",
  "0-0"
]
const oldFacts = {
  length: 0,
  radixTreeKeys: 0,
  radixTreeNodes: 1,
  lastGeneratedId: "0-0",
  maxDeletedEntryId: undefined,
  entriesAdded: undefined,
  recordedFirstEntryId: undefined,
  idempotency: undefined,
  fields: bare({})
}

export const streamInfoGoldens = [
  golden(call.xInfoConsumers("s", "g"), "XINFO CONSUMERS s g", [0], "readOnly", [
    [
      [
        Wire.map(["name", "c", "pending", 1, "idle", 1500, "inactive", 2500]),
        Wire.map(["name", "d", "pending", 0, "idle", 5, "inactive", -1, "new", "x"]),
        Wire.map(["name", "e", "pending", 0, "idle", 5])
      ],
      [
        { name: "c", pending: 1, idle: Duration.millis(1500), inactive: Duration.millis(2500), fields: bare({}) },
        { name: "d", pending: 0, idle: Duration.millis(5), inactive: undefined, fields: bare({ new: "x" }) },
        { name: "e", pending: 0, idle: Duration.millis(5), inactive: undefined, fields: bare({}) }
      ]
    ]
  ]),
  golden(call.xInfoGroups("s"), "XINFO GROUPS s", [0], "readOnly", [
    [
      [
        Wire.map([
          "name",
          "g",
          "consumers",
          1,
          "pending",
          2,
          "last-delivered-id",
          "2-0",
          "entries-read",
          2,
          "lag",
          undefined,
          "new",
          Wire.map(["x", 1])
        ])
      ],
      [
        {
          name: "g",
          consumers: 1,
          pending: 2,
          lastDeliveredId: "2-0",
          entriesRead: 2,
          lag: undefined,
          fields: bare({ new: ["x", 1] })
        }
      ]
    ]
  ]),
  golden(call.xInfoHelp(), "XINFO HELP", [], "readOnly", help),
  golden(call.xInfoStream("s"), "XINFO STREAM s", [0], "readOnly", [
    [
      Wire.map([...factsWire, "groups", 1, "first-entry", wire, "last-entry", repeating]),
      { ...facts, groups: 1, firstEntry: entry, lastEntry: repeatingEntry },
      { ...facts, groups: 1, firstEntry: entryBytes, lastEntry: repeatingBytes }
    ],
    [
      Wire.map([...oldWire, "groups", 0, "first-entry", undefined, "last-entry", undefined]),
      { ...oldFacts, groups: 0, firstEntry: undefined, lastEntry: undefined }
    ]
  ]),
  golden(call.xInfoStreamFull("s"), "XINFO STREAM s FULL", [0], "readOnly", [
    [Wire.map([...oldWire, "entries", [], "groups", []]), { ...oldFacts, entries: [], groups: [] }]
  ]),
  golden(call.xInfoStreamFull("s", { count: 0 }), "XINFO STREAM s FULL COUNT 0", [0], "readOnly", [
    [
      Wire.map([
        ...factsWire,
        "entries",
        [wire],
        "groups",
        [
          Wire.map([
            "name",
            "g",
            "last-delivered-id",
            "2-0",
            "entries-read",
            2,
            "lag",
            0,
            "pel-count",
            1,
            "pending",
            [["1-0", "c", millis, 2]],
            "consumers",
            [
              Wire.map([
                "name",
                "c",
                "seen-time",
                millis,
                "active-time",
                -1,
                "pel-count",
                1,
                "pending",
                [["1-0", millis, forGood]]
              ])
            ]
          ])
        ]
      ]),
      {
        ...facts,
        entries: [entry],
        groups: [
          {
            name: "g",
            pending: 1,
            lastDeliveredId: "2-0",
            entriesRead: 2,
            lag: 0,
            deliveries: [{ id: "1-0", consumer: "c", delivered: instant, deliveries: 2 }],
            consumers: [
              {
                name: "c",
                pending: 1,
                seen: instant,
                active: undefined,
                deliveries: [{ id: "1-0", delivered: instant, deliveries: Number.POSITIVE_INFINITY }],
                fields: bare({})
              }
            ],
            fields: bare({})
          }
        ]
      },
      {
        ...facts,
        entries: [entryBytes],
        groups: [
          {
            name: "g",
            pending: 1,
            lastDeliveredId: "2-0",
            entriesRead: 2,
            lag: 0,
            deliveries: [{ id: "1-0", consumer: "c", delivered: instant, deliveries: 2 }],
            consumers: [
              {
                name: "c",
                pending: 1,
                seen: instant,
                active: undefined,
                deliveries: [{ id: "1-0", delivered: instant, deliveries: Number.POSITIVE_INFINITY }],
                fields: bare({})
              }
            ],
            fields: bare({})
          }
        ]
      }
    ]
  ])
]
