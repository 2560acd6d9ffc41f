import { sets } from "../../../client/src/command/Sets.ts"
import { bytes, type Case, Check, call, checkCases, empty, given, unordered } from "../support/cases.ts"

const s = given("SADD s a b c")
const two = given("SADD s a b c", "SADD t b c d")
const text = (...members: ReadonlyArray<string>) => unordered(members)
const raw = (...members: ReadonlyArray<string>) => unordered(members.map(bytes))
const oneOf = (...members: ReadonlyArray<unknown>) =>
  new Check("one member", (value) => members.some((member) => String(member) === String(value)))
const abc = [bytes("a"), bytes("b"), bytes("c")]

const cases: ReadonlyArray<Case> = [
  s(call.sAdd("s", "a", 1), 1, { after: [["SISMEMBER s 1", 1]] }),
  empty(call.sAdd("s", ["a", "b", "a"]), 2),
  empty(call.sAdd("s", []), 0),
  s(call.sCard("s"), 3),
  empty(call.sCard("s"), 0),
  two(call.sDiff(["s", "t"]), ["a"], [bytes("a")]),
  empty(call.sDiff(["s", "t"]), []),
  two(call.sDiffCard(["s", "t"]), 1),
  two(call.sDiffCard(["s", "none"], { limit: 2 }), 2),
  two(call.sDiffStore("d", ["s", "t"]), 1, { after: [["SMEMBERS d", ["a"]]] }),
  two(call.sInter(["s", "t"]), text("b", "c"), raw("b", "c")),
  two(call.sInterCard(["s", "t"]), 2),
  two(call.sInterCard(["s", "t"], { limit: 1 }), 1),
  two(call.sInterStore("d", ["s", "t"]), 2),
  s(call.sIsMember("s", "a"), true),
  s(call.sIsMember("s", "x"), false),
  s(call.sMembers("s"), text("a", "b", "c"), raw("a", "b", "c")),
  given(["SADD", "s", Uint8Array.of(0, 200)])(call.sMembers("s"), ["\0\uFFFD"], [Uint8Array.of(0, 200)]),
  empty(call.sMembers("s"), []),
  s(call.smIsMember("s", ["a", "x", 1]), [true, false, false]),
  empty(call.smIsMember("s", []), []),
  two(call.sMove("s", "t", "a"), true, { after: [["SCARD t", 4]] }),
  two(call.sMove("s", "t", "x"), false),
  s(call.sPop("s"), oneOf("a", "b", "c"), oneOf(...abc), { after: [["SCARD s", 2]] }),
  empty(call.sPop("s"), undefined),
  s(call.sPopCount("s", 9), text("a", "b", "c"), raw("a", "b", "c"), { after: [["EXISTS s", 0]] }),
  empty(call.sPopCount("s", 2), []),
  s(call.sRandMember("s"), oneOf("a", "b", "c"), oneOf(...abc)),
  empty(call.sRandMember("s"), undefined),
  s(call.sRandMemberCount("s", 9), text("a", "b", "c"), raw("a", "b", "c")),
  given("SADD s a")(call.sRandMemberCount("s", -3), ["a", "a", "a"], [bytes("a"), bytes("a"), bytes("a")]),
  empty(call.sRandMemberCount("s", 2), []),
  s(call.sRem("s", "a", "x"), 1),
  given("SADD s a")(
    call.sScan("s", "0", { count: 5 }),
    { cursor: "0", members: ["a"] },
    { cursor: "0", members: [bytes("a")] }
  ),
  empty(call.sScan("s", "0"), { cursor: "0", members: [] }),
  two(call.sUnion(["s", "t"]), text("a", "b", "c", "d"), raw("a", "b", "c", "d")),
  empty(call.sUnion([]), []),
  two(call.sUnionCard(["s", "t"]), 4),
  two(call.sUnionCard(["s", "t"], { approx: true, limit: 3 }), 3),
  two(call.sUnionStore("d", ["s", "t"]), 4)
]

checkCases("Sets", sets, cases)
