import { lists } from "../../../client/src/command/Lists.ts"
import { bytes, type Case, call, checkCases, empty, given } from "../support/cases.ts"

const l = given("RPUSH l a b c")
const now = (...elements: ReadonlyArray<string>) => ({ after: [["LRANGE l 0 -1", elements] as const] })
const all = (...texts: ReadonlyArray<string>) => texts.map(bytes)

const cases: ReadonlyArray<Case> = [
  l(call.lIndex("l", -1), "c", bytes("c")),
  l(call.lIndex("l", 9), undefined),
  empty(call.lIndex("l", 0), undefined),
  l(call.lInsert("l", "BEFORE", "b", "x"), 4, now("a", "x", "b", "c")),
  l(call.lInsert("l", "AFTER", "z", "x"), undefined),
  empty(call.lInsert("l", "AFTER", "z", "x"), 0),
  l(call.lLen("l"), 3),
  empty(call.lLen("l"), 0),
  l(call.lMove("l", "d", "LEFT", "RIGHT"), "a", bytes("a"), now("b", "c")),
  empty(call.lMove("l", "d", "LEFT", "RIGHT"), undefined),
  l(call.lMoveM("l", "d", "LEFT", "RIGHT"), ["a"], all("a")),
  l(call.lMoveM("l", "d", "LEFT", "RIGHT", { exactly: 2, order: "OBO" }), ["a", "b"], all("a", "b")),
  l(call.lMoveM("l", "d", "LEFT", "RIGHT", { exactly: 9, order: "BULK" }), undefined),
  l(
    call.lmPop(["x", "l"], "LEFT"),
    { key: "l", elements: ["a"] },
    { key: bytes("l"), elements: all("a") },
    now("b", "c")
  ),
  l(
    call.lmPop("l", "RIGHT", { count: 2 }),
    { key: "l", elements: ["c", "b"] },
    { key: bytes("l"), elements: all("c", "b") }
  ),
  empty(call.lmPop(["x", "l"], "LEFT"), undefined),
  l(call.lPop("l"), "a", bytes("a"), now("b", "c")),
  empty(call.lPop("l"), undefined),
  l(call.lPopCount("l", 2), ["a", "b"], all("a", "b"), now("c")),
  l(call.lPopCount("l", 0), []),
  empty(call.lPopCount("l", 2), undefined),
  given("RPUSH l a b a")(call.lPos("l", "a"), 0),
  given("RPUSH l a b a")(call.lPos("l", "a", { rank: -1, maxLength: 2 }), 2),
  l(call.lPos("l", "x"), undefined),
  given("RPUSH l a b a")(call.lPosCount("l", "a", 0), [0, 2]),
  l(call.lPosCount("l", "x", 0), []),
  l(call.lPush("l", "x", 2, bytes("y")), 6, now("y", "2", "x", "a", "b", "c")),
  l(call.lPushX("l", ["x"]), 4, now("x", "a", "b", "c")),
  empty(call.lPushX("l", "x"), 0),
  l(call.lRange("l", 1, -1), ["b", "c"], all("b", "c")),
  empty(call.lRange("l", 0, -1), []),
  given("RPUSH l a b a b a")(call.lRem("l", 0, "a"), 3, now("b", "b")),
  given("RPUSH l a b a b a")(call.lRem("l", -2, "a"), 2, now("a", "b", "b")),
  l(call.lSet("l", -1, "x"), undefined, now("a", "b", "x")),
  l(call.lTrim("l", 1, -1), undefined, now("b", "c")),
  l(call.rPop("l"), "c", bytes("c"), now("a", "b")),
  empty(call.rPop("l"), undefined),
  l(call.rPopCount("l", 2), ["c", "b"], all("c", "b"), now("a")),
  empty(call.rPopCount("l", 2), undefined),
  l(call.rPopLPush("l", "d"), "c", bytes("c"), now("a", "b")),
  empty(call.rPopLPush("l", "d"), undefined),
  empty(call.rPush("l", "a", "b"), 2, now("a", "b")),
  l(call.rPushX("l", "x"), 4, now("a", "b", "c", "x")),
  empty(call.rPushX("l", "x"), 0)
]

checkCases("Lists", lists, cases)
