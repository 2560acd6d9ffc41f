/**
 * Members of sorted sets with their scores: how they are given, and how the replies of sorted-set commands are read.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import type { Argument } from "./CommandSpec.ts"
import * as Reply from "./Reply.ts"

/**
 * A member of a sorted set and its score. Scores may be infinite.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScoredMember<Member = Argument> {
  readonly member: Member
  readonly score: number
}

/**
 * The place of a member, 0 being the first, and its score.
 *
 * @category models
 * @since 0.1.0
 */
export interface RankAndScore {
  readonly rank: number
  readonly score: number
}

/**
 * A member that was taken, and from which of several sorted sets.
 *
 * @category models
 * @since 0.1.0
 */
export interface TakenMember<Key, Member> extends ScoredMember<Member> {
  readonly key: Key
}

type Read<A> = (reply: RespValue) => A

const readText = Reply.text.text
const readBytes = Reply.text.bytes
const score = Reply.double.text

// Flat in RESP2 and in scans, nested in RESP3.
const readScored = <Member>(reply: RespValue, member: Read<Member>): Array<ScoredMember<Member>> => {
  const found = Reply.elementsOf(reply)
  const out: Array<ScoredMember<Member>> = []
  if (Array.isArray(found[0])) {
    for (const pair of found) {
      const two = Reply.elementsOf(pair)
      if (two.length !== 2) return Reply.mismatch("a member and its score", pair)
      out.push({ member: member(two[0]), score: score(two[1]) })
    }
    return out
  }
  if (found.length % 2 !== 0) return Reply.mismatch("members and scores", reply)
  for (let at = 0; at < found.length; at += 2) out.push({ member: member(found[at]), score: score(found[at + 1]) })
  return out
}

/** Members with their scores, in the order of the reply. @category replies @since 0.1.0 */
export const scoredMembers: Reply.Reply<Array<ScoredMember<string>>, Array<ScoredMember<Uint8Array>>> = new Reply.Reply(
  (reply) => readScored(reply, readText),
  (reply) => readScored(reply, readBytes)
)

/** One member with its score, `undefined` for an empty array. @category replies @since 0.1.0 */
export const scoredMember: Reply.Reply<ScoredMember<string> | undefined, ScoredMember<Uint8Array> | undefined> =
  new Reply.Reply(
    (reply) => readScored(reply, readText)[0],
    (reply) => readScored(reply, readBytes)[0]
  )

/** What was taken from one of several sorted sets; `undefined` if all were empty. @category replies @since 0.1.0 */
export const takenMembers = Reply.taken("members", scoredMembers)

const readTaken = <Text>(reply: RespValue, text: Read<Text>): TakenMember<Text, Text> | undefined => {
  if (reply === undefined) return undefined
  const parts = Reply.elementsOf(reply)
  if (parts.length !== 3) return Reply.mismatch("a key, a member and its score", reply)
  return { key: text(parts[0]), member: text(parts[1]), score: score(parts[2]) }
}

/** The member that BZPOPMIN or BZPOPMAX took; `undefined` after the time-out. @category replies @since 0.1.0 */
export const takenMember: Reply.Reply<
  TakenMember<string, string> | undefined,
  TakenMember<Uint8Array, Uint8Array> | undefined
> = new Reply.Reply(
  (reply) => readTaken(reply, readText),
  (reply) => readTaken(reply, readBytes)
)

/** A rank with a score, `undefined` if there is no such member. @category replies @since 0.1.0 */
export const rankAndScore: Reply.Reply<RankAndScore | undefined> = Reply.optional(
  Reply.map(Reply.tuple(Reply.integer, Reply.double), ([rank, score]) => ({ rank, score }))
)

/** Members without scores. @category replies @since 0.1.0 */
export const members = Reply.array(Reply.text)
