/** What constructors send, sent to a real server: whatever it answers, it understands the words. */
import { assert, describe, layer } from "@effect/vitest"
import { RedisServer, type ServerBinary, type ServerControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { implOf } from "../../src/command/make.ts"
import { Specification } from "../../src/command/Specification.ts"
import { RespError, type RespValue } from "../../src/protocol/RespValue.ts"
import { exchange } from "../support/exchange.ts"
import { type FactRow, factRows } from "../support/serverFacts.ts"
import type { Golden } from "./golden.ts"
import { goldens } from "./goldens/index.ts"
import type { Since } from "./live/frame.ts"

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
  ["CLUSTER SLOT-STATS ORDERBY cpu-usec", "CONFIG SET cluster-slot-stats-enabled yes"]
]

/** What is sent behind a form so that the next one finds the server as it was. */
const undo: ReadonlyArray<readonly [form: string, words: string]> = [["CLIENT PAUSE", "CLIENT UNPAUSE"]]

/** Forms that have no reply: the first reply is then that of one of these. */
const silent: ReadonlyArray<string> = ["CLIENT REPLY OFF", "CLIENT REPLY SKIP"]
const LOUD = ["CLIENT", "REPLY", "ON"]

/** Forms newer than their command, which older servers refuse. */
const newerForms: ReadonlyArray<readonly [form: RegExp, since: Since]> = [
  [/^ACL SETUSER .* (?:alldbs|resetdbs|db=)/, { valkey: "9.1" }],
  [/^BGSAVE CANCEL/, { valkey: "8.1" }],
  [/^BITOP (?:ANDOR|DIFF1?|ONE) /, { redis: "8.2" }],
  [/^CLIENT (?:KILL|LIST) .*NOT-/, { valkey: "9.0" }],
  [/^CLIENT KILL .*MAXAGE/, { redis: "7.4", valkey: "8.0" }],
  [/^CLUSTER REPLICATE NO ONE/, { valkey: "9.0" }],
  [/^GEOSEARCH(?:STORE)? .* BYPOLYGON /, { valkey: "9.0" }],
  [/^HSCAN .* NOVALUES/, { redis: "7.4", valkey: "8.0" }],
  [/^SET .* IFEQ/, { redis: "8.4", valkey: "8.1" }],
  [/^SET .* IF(?:NE|DEQ|DNE)/, { redis: "8.4" }],
  [/^X(?:ADD|TRIM) .* (?:KEEPREF|DELREF|ACKED)/, { redis: "8.2" }],
  [/^XREAD(?:GROUP)? .* MAX(?:COUNT|SIZE) /, { redis: "8.10" }],
  [/^XREADGROUP .* CLAIM /, { redis: "8.4" }],
  [/^Z(?:INTER|UNION).* AGGREGATE COUNT/, { redis: "8.8" }],
  [/^Z(?:REV)?RANK .* WITHSCORE/, { redis: "7.2", valkey: "7.2" }]
]

/** What a server says that did not understand. */
const NOT_UNDERSTOOD =
  /syntax|wrong number|unknown (?:sub)?command|unknown subcommand|unknown (?:option|argument|attribute)|unrecognized/i

/** What says nothing of the words, because the server answers it to all. */
const NOT_LOOKED_AT = /^(?:NOAUTH|READONLY|LOADING|BUSY|MASTERDOWN|OOM|MISCONF) /

const order = (version: string): number => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major * 1000 + minor
}

const has = ({ product, version }: ServerBinary, since: Since): boolean => {
  const first = since[product]
  return first !== undefined && order(version) >= order(first)
}

const begins = (sent: string, form: string): boolean => sent === form || sent.startsWith(`${form} `)

const errorsIn = (value: RespValue | undefined): ReadonlyArray<string> => {
  if (value instanceof RespError) return [value.message]
  return Array.isArray(value) ? value.flatMap((each: RespValue) => errorsIn(each)) : []
}

/** The errors that a golden meets. What blocks is sent within MULTI, where it does not. */
const errorsOf = Effect.fnUntraced(function* ({ port }: ServerControls, { command, sent }: Golden) {
  const words = sent.split(" ")
  if (implOf(command).spec.blocking !== undefined) {
    return (yield* exchange(port, [["MULTI"], words, ["EXEC"]], 3)).flatMap(errorsIn)
  }
  if (silent.some((form) => begins(sent, form)))
    return (yield* exchange(port, [words, LOUD, LOUD], 1)).flatMap(errorsIn)
  const around = (table: typeof undo) =>
    table.filter(([form]) => begins(sent, form)).map(([, extra]) => extra.split(" "))
  const before = around(prepare)
  const after = around(undo)
  const replies = yield* exchange(port, [...before, words, ...after], before.length + 1 + after.length)
  assert.isAbove(replies.length, before.length, `${sent}: no reply`)
  return errorsIn(replies[before.length])
})

/** Sends what the server knows; the forms that it did not understand, or took although they should be newer than it. */
const misunderstood = Effect.fnUntraced(function* (chosen: (golden: Golden) => boolean) {
  const server = yield* RedisServer
  const known: ReadonlyMap<string, FactRow> = factRows(
    yield* server.admin(["COMMAND"]),
    yield* server.admin(["COMMAND", "DOCS"])
  )
  const problems: Array<string> = []
  let asked = 0
  for (const golden of goldens) {
    const { command, sent } = golden
    if (!known.has(command.name) || !chosen(golden) || notSent.some(([form]) => begins(sent, form))) continue
    const newer = newerForms.some(([form, since]) => form.test(sent) && !has(server.binary, since))
    const errors = yield* errorsOf(server, golden)
    asked++
    if (errors.some((error) => NOT_LOOKED_AT.test(error))) problems.push(`${sent}: not looked at: ${errors.join("; ")}`)
    if (newer ? errors.length === 0 : errors.some((error) => NOT_UNDERSTOOD.test(error))) {
      problems.push(`${sent}: ${newer ? "should be too new for this server" : errors.join("; ")}`)
    }
  }
  return { asked, problems }
})

const ofCluster = ({ command }: Golden): boolean => Specification.find(command.name)?.group === "cluster"

describe("what constructors send to a server", () => {
  layer(RedisServer.layer(), { excludeTestServices: true })((it) => {
    it.effect("it understands, unless it does not know the command or the form", () =>
      Effect.gen(function* () {
        const { asked, problems } = yield* misunderstood((golden) => !ofCluster(golden))
        assert.deepStrictEqual(problems, [])
        assert.isAbove(asked, goldens.length / 2)
      })
    )
  })

  layer(RedisServer.layer({ config: ["cluster-enabled yes"] }), { excludeTestServices: true })((it) => {
    it.effect("a server in cluster mode understands what is for it", () =>
      Effect.gen(function* () {
        const { asked, problems } = yield* misunderstood(ofCluster)
        assert.deepStrictEqual(problems, [])
        assert.isAbove(asked, 0)
      })
    )
  })
})
