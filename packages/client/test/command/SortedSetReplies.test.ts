import { assert, describe, it } from "@effect/vitest"
import { DecodeMismatch, type Reply } from "../../src/command/Reply.ts"
import { rankAndScore, scoredMember, scoredMembers, takenMember } from "../../src/command/SortedSetReplies.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"

const mismatched = (reply: Reply<unknown, unknown>, value: RespValue): string => {
  try {
    reply.text(value)
  } catch (error) {
    assert.instanceOf(error, DecodeMismatch)
    return (error as DecodeMismatch).message
  }
  return assert.fail("expected a mismatch")
}

describe("replies of sorted sets", () => {
  it("halves of pairs are a mismatch, not members without a score", () => {
    assert.match(mismatched(scoredMembers, ["a", 1, "b"]), /expected members and scores, got an array of 3/)
    assert.match(mismatched(scoredMembers, [["a", 1], ["b"]]), /expected a member and its score/)
    assert.match(mismatched(scoredMember, ["a"]), /members and scores/)
    assert.match(mismatched(scoredMembers, undefined), /expected an array, got null/)
    assert.match(mismatched(takenMember, ["z", "a"]), /expected a key, a member and its score/)
    assert.match(mismatched(rankAndScore, [1]), /expected a pair/)
  })

  it("a score that is no number is a mismatch", () => {
    assert.match(mismatched(scoredMembers, ["a", "b"]), /expected a number/)
  })

  it("a member may be text that looks like a number", () => {
    assert.deepStrictEqual(scoredMembers.text([["1", 2]]), [{ member: "1", score: 2 }])
  })
})
