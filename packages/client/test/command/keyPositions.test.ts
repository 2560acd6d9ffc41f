/** Where keys stand, by our rules and by a server's: for 500 calls each that goldens and the table give rise to. */
import { assert, describe, layer } from "@effect/vitest"
import { type AdminReply, RedisServer, type ServerControls, type ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { implOf } from "../../src/command/make.ts"
import { type CommandFacts, Specification } from "../../src/command/Specification.ts"
import { callOf, seeded, varied } from "../support/callsByKeys.ts"
import { factRows } from "../support/serverFacts.ts"
import { goldens } from "./goldens/index.ts"

const CALLS = 500
const SEED = 20_260_101

const NO_KEYS = /no key arguments/

/** Flags of keys whose value is not only read. */
const CHANGED = ["insert", "update", "delete"]

interface Found {
  /** Their positions in the call, in order. */
  readonly positions: ReadonlyArray<number>
  readonly flags: ReadonlySet<string>
}

/** What the server says. Every word of a call is another one. */
const ask = ({ admin }: ServerControls, call: ReadonlyArray<string>): Effect.Effect<Found, ServerError> =>
  admin(["COMMAND", "GETKEYSANDFLAGS", ...call]).pipe(
    Effect.map((reply) => {
      const found = reply as ReadonlyArray<readonly [key: string, flags: ReadonlyArray<AdminReply>]>
      return {
        positions: found.map(([key]) => call.lastIndexOf(key)).sort((a, b) => a - b),
        flags: new Set(found.flatMap(([, flags]) => flags.map(String)))
      }
    }),
    Effect.catchTag("ServerError", (error) =>
      NO_KEYS.test(error.message) ? Effect.succeed({ positions: [], flags: new Set<string>() }) : Effect.fail(error)
    )
  )

/** The facts by which calls are made: of each command that this server has, with the number of words that it takes there. */
const known = Effect.fnUntraced(function* ({ admin }: ServerControls) {
  const rows = factRows(yield* admin(["COMMAND"]), yield* admin(["COMMAND", "DOCS"]))
  const facts = [...rows.values()].flatMap(
    ([name, , , arity]) => Specification.all.findLast((each) => each.name === name && each.arity === arity) ?? []
  )
  return facts.filter(({ keys }) => keys.length > 0)
})

/** Where a channel decides the slot, the servers speak of no key. */
const hasKeys = ({ keys }: CommandFacts): boolean => !keys.some(({ flags }) => flags.includes("not_key"))

describe("keys by our rules and by a server's", () => {
  layer(RedisServer.layer(), { excludeTestServices: true })((it) => {
    it.effect("the constructors' rules name the same positions, and what only reads changes no key", () =>
      Effect.gen(function* () {
        const server = yield* RedisServer
        const facts = new Map((yield* known(server)).filter(hasKeys).map((each) => [each.name, each]))
        // A form that is newer than the server may have more words than it takes.
        const takes = (arity: number | undefined, words: number) =>
          arity !== undefined && (arity < 0 || arity === words)
        const pool = goldens.filter(
          ({ command, keys, sent }) => keys.length > 0 && takes(facts.get(command.name)?.arity, sent.split(" ").length)
        )
        const random = seeded(SEED)
        for (let at = 0; at < CALLS; at++) {
          const { command, sent } = pool[at % pool.length]!
          const { spec } = implOf(command)
          const args = varied(sent.split(" ").slice(spec.words), command.keys, facts.get(spec.name)!, random)
          const call = [...spec.name.split(" "), ...args]
          const ours = [...spec.keys(args)].sort((a, b) => a - b)
          const theirs = yield* ask(server, call)
          const shown = JSON.stringify(call)
          assert.deepStrictEqual(
            ours.map((position) => position + spec.words),
            theirs.positions,
            shown
          )
          assert.isAbove(ours.length, 0, shown)
          // Modules flag all of their keys alike.
          if (spec.retry(args) === "readOnly" && !facts.get(spec.name)!.flags.includes("module")) {
            for (const flag of CHANGED) assert.isFalse(theirs.flags.has(flag), shown)
          }
        }
      })
    )

    it.effect("the table's specifications name the same positions", () =>
      Effect.gen(function* () {
        const server = yield* RedisServer
        const pool = (yield* known(server)).filter(hasKeys)
        const random = seeded(SEED)
        const silent = new Set<string>()
        for (let at = 0, made = 0; made < CALLS; at++) {
          const facts = pool[at % pool.length]!
          const call = callOf(facts, random)
          if (call === undefined) {
            silent.add(facts.name)
            continue
          }
          made++
          const words = facts.name.split(" ").length
          const ours = Specification.keyPositions(facts, call.slice(words))
          const theirs = yield* ask(server, call)
          assert.deepStrictEqual(
            ours?.map((position) => position + words),
            theirs.positions,
            JSON.stringify(call)
          )
        }
        assert.deepStrictEqual([...silent].sort(), ["MIGRATE", "SORT", "SORT_RO"])
      })
    )
  })
})
