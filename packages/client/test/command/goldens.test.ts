/** What constructors send, sent to a real server: whatever it answers, it understands the words, and the command reads its reply. */
import { assert, describe, layer } from "@effect/vitest"
import { RedisServer, type ServerBinary } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { implOf } from "../../src/command/make.ts"
import { Specification } from "../../src/command/Specification.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"
import { maySend, sendGolden } from "../support/sendGolden.ts"
import { factRows } from "../support/serverFacts.ts"
import type { Golden } from "./golden.ts"
import { goldens } from "./goldens/index.ts"
import type { Since } from "./live/frame.ts"

/** Forms newer than their command, which older servers refuse. */
const newerForms: ReadonlyArray<readonly [form: RegExp, since: Since]> = [
  [/^ACL SETUSER .* (?:alldbs|resetdbs|db=)/, { valkey: "9.1" }],
  [/^BGSAVE CANCEL/, { valkey: "8.1" }],
  [/^BITOP (?:ANDOR|DIFF1?|ONE) /, { redis: "8.2" }],
  [/^CLIENT (?:KILL|LIST) .*NOT-/, { valkey: "9.0" }],
  [/^CLIENT KILL .*MAXAGE/, { redis: "7.4", valkey: "8.0" }],
  [/^CLIENT LIST .* (?:NAME|FLAGS|LIB-NAME|LIB-VER|DB|CAPA|IP|IDLE) /, { valkey: "9.0" }],
  [/^CLUSTER (?:ADDSLOTSRANGE|DELSLOTSRANGE)/, { redis: "7.0", valkey: "7.2" }],
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
const NOT_LOOKED_AT = /^(?:NOAUTH|READONLY|LOADING|BUSY|MASTERDOWN|OOM|MISCONF) |^no reply$/

const order = (version: string): number => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major * 1000 + minor
}

const has = ({ product, version }: ServerBinary, since: Since): boolean => {
  const first = since[product]
  return first !== undefined && order(version) >= order(first)
}

/** What is wrong with a real reply: that the command's decoder refuses it. */
const decodeProblem = ({ command, sent }: Golden, reply: RespValue, protocol: 2 | 3): ReadonlyArray<string> => {
  try {
    implOf(command).decode(reply)
    return []
  } catch (error) {
    return [`${sent}: under RESP${protocol} ${error}`]
  }
}

/** Sends what the server knows. The problems: it did not understand, or a reply was not what the command expects. */
const problemsOf = Effect.fnUntraced(function* (chosen: (golden: Golden) => boolean) {
  const server = yield* RedisServer
  const known = factRows(yield* server.admin(["COMMAND"]), yield* server.admin(["COMMAND", "DOCS"]))
  const problems: Array<string> = []
  let asked = 0
  for (const golden of goldens) {
    const { command, sent } = golden
    if (!known.has(command.name) || !chosen(golden) || !maySend(golden)) continue
    asked++
    const newer = newerForms.some(([form, since]) => form.test(sent) && !has(server.binary, since))
    for (const protocol of [2, 3] as const) {
      const { errors, reply } = yield* sendGolden(server, golden, protocol)
      if (reply !== undefined) problems.push(...decodeProblem(golden, reply.value, protocol))
      const bad = errors.filter((error) => NOT_UNDERSTOOD.test(error) || NOT_LOOKED_AT.test(error))
      if (newer && errors.length === 0) problems.push(`${sent}: should be too new for this server`)
      if (!newer && bad.length > 0) problems.push(`${sent}: ${bad.join("; ")}`)
    }
  }
  return { asked, problems }
})

const ofCluster = ({ command }: Golden): boolean => Specification.find(command.name)?.group === "cluster"

describe("what constructors send to a server", () => {
  layer(RedisServer.layer({ appendonly: true }), { excludeTestServices: true })((it) => {
    it.effect("it understands, unless it does not know the command or the form, and commands read its replies", () =>
      Effect.gen(function* () {
        const { asked, problems } = yield* problemsOf((golden) => !ofCluster(golden))
        assert.deepStrictEqual(problems, [])
        assert.isAbove(asked, goldens.length / 2)
      })
    )
  })

  layer(RedisServer.layer({ config: ["cluster-enabled yes"] }), { excludeTestServices: true })((it) => {
    it.effect("a server in cluster mode understands what is for it", () =>
      Effect.gen(function* () {
        const { asked, problems } = yield* problemsOf(ofCluster)
        assert.deepStrictEqual(problems, [])
        assert.isAbove(asked, 0)
      })
    )
  })
})
