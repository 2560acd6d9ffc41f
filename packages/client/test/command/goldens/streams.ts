import * as Duration from "effect/Duration"
import { bare, bytes, call, golden } from "../golden.ts"
import {
  both,
  deleted,
  delivered,
  done,
  entries,
  entry,
  entryBytes,
  forGood,
  id,
  inBytes,
  integer,
  optionalId,
  read,
  readReply,
  wire
} from "./streamReplies.ts"

const added = [
  golden(call.xAdd("s", "*", { a: "1" }), "XADD s * a 1", [0], "accumulating", id),
  golden(call.xAdd("s", "5-*", { a: 1 }), "XADD s 5-* a 1", [0], "accumulating", id),
  golden(
    call.xAdd("s", "1-0", [
      ["a", 1],
      ["a", bytes("2")]
    ]),
    "XADD s 1-0 a 1 a 2",
    [0],
    "never",
    id
  ),
  golden(call.xAdd("s", "*", { a: 1 }, { maxLength: 5 }), "XADD s MAXLEN 5 * a 1", [0], "accumulating", id),
  golden(
    call.xAdd("s", "*", { a: 1 }, { minId: "9-0", approximate: true, limit: 10 }),
    "XADD s MINID ~ 9-0 LIMIT 10 * a 1",
    [0],
    "accumulating",
    id
  ),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/xadd
  golden(
    call.xAdd("s", "*", { a: 1 }, { maxLength: 5, references: "ACKED", idmp: { producer: "p", id: "m" } }),
    "XADD s ACKED IDMP p m MAXLEN 5 * a 1",
    [0],
    "idempotent",
    id
  ),
  golden(call.xAdd("s", "*", { a: 1 }, { idmpAuto: "p" }), "XADD s IDMPAUTO p * a 1", [0], "idempotent", id),
  golden(call.xAddNoMkStream("s", "*", { a: 1 }), "XADD s NOMKSTREAM * a 1", [0], "accumulating", optionalId),
  golden(
    call.xAddNoMkStream("s", "1-0", { a: 1 }, { maxLength: 5, approximate: true }),
    "XADD s NOMKSTREAM MAXLEN ~ 5 1-0 a 1",
    [0],
    "never",
    optionalId
  ),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/xcfgset
  golden(
    call.xCfgSet("s", { duration: "5 minutes", maxSize: 50 }),
    "XCFGSET s IDMP-DURATION 300 IDMP-MAXSIZE 50",
    [0],
    "lastWriteWins",
    done
  )
]

const changed = [
  golden(call.xDel("s", "1-0"), "XDEL s 1-0", [0], "lastWriteWins", integer),
  golden(call.xDel("s", ["1-0", "2-0"]), "XDEL s 1-0 2-0", [0], "lastWriteWins", integer),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/xdelex
  golden(call.xDelEx("s", "1-0"), "XDELEX s IDS 1 1-0", [0], "lastWriteWins", [[[1], ["deleted"]]]),
  golden(
    call.xDelEx("s", ["1-0", "2-0", "3-0"], "ACKED"),
    "XDELEX s ACKED IDS 3 1-0 2-0 3-0",
    [0],
    "lastWriteWins",
    deleted
  ),
  golden(call.xLen("s"), "XLEN s", [0], "readOnly", integer),
  golden(call.xRange("s"), "XRANGE s - +", [0], "readOnly", entries),
  golden(call.xRange("s", "1", "(2-0", { count: 3 }), "XRANGE s 1 (2-0 COUNT 3", [0], "readOnly", entries),
  golden(call.xRevRange("s"), "XREVRANGE s + -", [0], "readOnly", entries),
  golden(call.xRevRange("s", "2", "1", { count: 3 }), "XREVRANGE s 2 1 COUNT 3", [0], "readOnly", entries),
  golden(call.xSetId("s", "9-0"), "XSETID s 9-0", [0], "lastWriteWins", done),
  golden(
    call.xSetId("s", "9-0", { entriesAdded: 5, maxDeletedId: "3-0" }),
    "XSETID s 9-0 ENTRIESADDED 5 MAXDELETEDID 3-0",
    [0],
    "lastWriteWins",
    done
  ),
  golden(call.xTrim("s", { maxLength: 0 }), "XTRIM s MAXLEN 0", [0], "lastWriteWins", integer),
  golden(
    call.xTrim("LIMIT", { minId: "5", approximate: true }),
    "XTRIM LIMIT MINID ~ 5",
    [0],
    "lastWriteWins",
    integer
  ),
  golden(
    call.xTrim("s", { maxLength: 5, approximate: true, limit: 0 }),
    "XTRIM s MAXLEN ~ 5 LIMIT 0",
    [0],
    "accumulating",
    integer
  ),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/xtrim
  golden(
    call.xTrim("s", { maxLength: 5, references: "DELREF" }),
    "XTRIM s MAXLEN 5 DELREF",
    [0],
    "lastWriteWins",
    integer
  )
]

const deletedEntry = { id: "3-0", fields: undefined }
const fresh = { idle: Duration.millis(0), deliveries: 0 }

export const streamReadGoldens = [
  golden(call.xRead({ s: "0" }), "XREAD STREAMS s 0", [1], "readOnly", read),
  golden(
    call.xRead(
      [
        ["t", "$"],
        [bytes("s"), "0-0"]
      ],
      { block: "2 seconds", count: 5 }
    ),
    "XREAD BLOCK 2000 COUNT 5 STREAMS t s $ 0-0",
    [5, 6],
    "accumulating",
    read
  ),
  golden(
    call.xRead(new Map([["$", "0"]]), { block: Duration.infinity }),
    "XREAD BLOCK 0 STREAMS $ 0",
    [3],
    "readOnly",
    read
  ),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/xread
  golden(
    call.xRead({ s: "+" }, { count: 5, maxCount: 9, maxSize: 1000 }),
    "XREAD COUNT 5 MAXCOUNT 9 MAXSIZE 1000 STREAMS s +",
    [7],
    "readOnly",
    read
  ),
  golden(call.xReadGroup("g", "c", ["s", "t"]), "XREADGROUP GROUP g c STREAMS s t > >", [4, 5], "accumulating", read),
  golden(
    call.xReadGroup("g", "c", "s", { block: 10, count: 5, noAck: true }),
    "XREADGROUP GROUP g c BLOCK 10 COUNT 5 NOACK STREAMS s >",
    [9],
    "accumulating",
    read
  ),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/xreadgroup
  golden(
    call.xReadGroupClaim("g", "c", "s", "1 minute", { block: Duration.infinity, noAck: true }),
    "XREADGROUP GROUP g c BLOCK 0 CLAIM 60000 NOACK STREAMS s >",
    [9],
    "accumulating",
    [
      [
        readReply(["1-0", ["a", "1", "__proto__", "2"], 1500, 2], wire),
        both({ ...entry, ...delivered }, { ...entry, ...fresh }),
        inBytes({ ...entryBytes, ...delivered }, { ...entryBytes, ...fresh })
      ],
      [
        readReply(["3-0", ["a", "1"], 1500, forGood]),
        both({ id: "3-0", fields: bare({ a: "1" }), idle: delivered.idle, deliveries: Number.POSITIVE_INFINITY }),
        inBytes({
          id: "3-0",
          fields: [[bytes("a"), bytes("1")]],
          idle: delivered.idle,
          deliveries: Number.POSITIVE_INFINITY
        })
      ],
      [undefined, []]
    ]
  ),
  golden(
    call.xReadGroupPending("g", "c", { s: "0" }, { count: 5 }),
    "XREADGROUP GROUP g c COUNT 5 STREAMS s 0",
    [6],
    "accumulating",
    [
      [readReply(wire, ["3-0", undefined]), both(entry, deletedEntry), inBytes(entryBytes, deletedEntry)],
      [readReply(), both(), inBytes()]
    ]
  )
]

export const streamGoldens = [...added, ...changed]
