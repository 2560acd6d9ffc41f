/** Sends goldens to a real server, each over a socket of its own, in a way that does no harm and does not wait. */
import type { ServerControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { implOf } from "../../src/command/make.ts"
import { RespError, type RespValue } from "../../src/protocol/RespValue.ts"
import type { Golden } from "../command/golden.ts"
import { exchange, inTurn, type Unanswered, type Words } from "./exchange.ts"

/** Not sent, by how what is sent begins, each with the reason. */
const notSent: ReadonlyArray<readonly [form: string, reason: string]> = [
  ["CLUSTER MEET", "the server would call other machines"],
  ["CONFIG SET a 1 b 2", "no server has such parameters"],
  ["FAILOVER", "the server would wait for its replicas"],
  ["MIGRATE", "the server would call other machines, and stand still meanwhile"],
  ["REPLICAOF", "the server would become a replica of another machine, and refuse everything else"],
  ["SHUTDOWN", "the server would end"],
  ["SLAVEOF", "the server would become a replica of another machine, and refuse everything else"]
]

/** What is sent before a form, so that the server knows what it speaks of; a refusal is none of the form's. */
const prepare: ReadonlyArray<readonly [form: string, words: string]> = [
  ["CLIENT CACHING NO", "CLIENT TRACKING ON OPTOUT"],
  ["CLIENT CACHING YES", "CLIENT TRACKING ON OPTIN"],
  ["CLIENT IMPORT-SOURCE", "CONFIG SET import-mode yes"],
  ["CLUSTER SLOT-STATS ORDERBY cpu-usec", "CONFIG SET cluster-slot-stats-enabled yes"],
  ["DISCARD", "MULTI"],
  ["EXEC", "MULTI"]
]

/** What is sent behind a form so that the next one finds the server as it was. */
const undo: ReadonlyArray<readonly [form: string, words: string]> = [
  ["CLIENT IMPORT-SOURCE", "CONFIG SET import-mode no"],
  ["CLIENT PAUSE", "CLIENT UNPAUSE"]
]

/** Forms that have no reply: the first reply is then that of one LOUD. */
const silent: ReadonlyArray<string> = ["CLIENT REPLY OFF", "CLIENT REPLY SKIP"]
const LOUD = ["CLIENT", "REPLY", "ON"]

const begins = (sent: string, form: string): boolean => sent === form || sent.startsWith(`${form} `)

const errorsIn = (value: RespValue | undefined): ReadonlyArray<string> => {
  if (value instanceof RespError) return [value.message]
  return Array.isArray(value) ? value.flatMap((each: RespValue) => errorsIn(each)) : []
}

/** What became of a golden: the errors of its reply, or the reply, which its command can then decode. */
export interface Answer {
  readonly errors: ReadonlyArray<string>
  /** `undefined` if there were errors, or if the command has no reply. */
  readonly reply: { readonly value: RespValue } | undefined
}

const refused = (...errors: ReadonlyArray<string>): Answer => ({ errors, reply: undefined })

/** Of the first of several replies; there must be one. */
const answerOf = (replies: ReadonlyArray<RespValue>): Answer => {
  if (replies.length === 0) return refused("no reply")
  const errors = errorsIn(replies[0])
  return errors.length > 0 ? refused(...errors) : { errors, reply: { value: replies[0] } }
}

const around = (table: typeof undo, sent: string): ReadonlyArray<Words> =>
  table.filter(([form]) => begins(sent, form)).map(([, extra]) => extra.split(" "))

/** Whether a golden may be sent. */
export const maySend = ({ sent }: Golden): boolean => !notSent.some(([form]) => begins(sent, form))

/** Sends a golden. What blocks is sent within MULTI, where it does not. */
export const sendGolden = Effect.fnUntraced(function* (
  { port }: ServerControls,
  { command, sent }: Golden,
  protocol: 2 | 3
): Effect.fn.Return<Answer, Unanswered> {
  const { bytes, spec } = implOf(command)
  const words = sent.split(" ")
  const hello: ReadonlyArray<Words> = protocol === 3 ? [["HELLO", "3"]] : []
  const send = (before: ReadonlyArray<Words>, after: ReadonlyArray<Words>) =>
    Effect.map(exchange(port, inTurn([...hello, ...before, words, ...after]), bytes), (replies) =>
      replies.slice(hello.length + before.length)
    )
  if (spec.blocking !== undefined) {
    const replies = yield* send([["MULTI"]], [["EXEC"]])
    const queued = answerOf(replies)
    const [, executed] = replies
    return queued.errors.length > 0 || !Array.isArray(executed) ? refused(...queued.errors) : answerOf(executed)
  }
  if (silent.some((form) => begins(sent, form))) {
    const replies = yield* exchange(port, [...inTurn(hello), { send: [words, LOUD, LOUD], replies: 1 }])
    return refused(...answerOf(replies.slice(hello.length)).errors)
  }
  return answerOf(yield* send(around(prepare, sent), around(undo, sent)))
})
