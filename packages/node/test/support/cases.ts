/** Tables of commands for live servers: what is there before, what a command gives under RESP3 and RESP2, and what is there after. */
import { inspect } from "node:util"
import { assert, layer } from "@effect/vitest"
import { Command, type RedisService } from "@reef-redis/node"
import { type AdminArgument, type AdminReply, RedisServer, type ServerControls } from "@reef-redis/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { used } from "../../../client/test/command/golden.ts"
import { clientOf } from "./client.ts"
import { leavesNothing } from "./resources.ts"

export { bare, bytes, call } from "../../../client/test/command/golden.ts"

/** A command of the harness: words with one blank between them, or its arguments. */
type Line = string | ReadonlyArray<AdminArgument>

/** The first version of each product that has it; a product that is not named has none. */
export interface Since {
  readonly redis?: string
  readonly valkey?: string
}

export interface Case {
  readonly given: ReadonlyArray<Line>
  readonly command: Command<unknown, unknown>
  /** The result, or a {@link Check} of it. */
  readonly text: unknown
  /** The result of the bytes view. */
  readonly bytes: unknown
  /** What the server says afterwards. */
  readonly after: ReadonlyArray<readonly [line: Line, reply: unknown]>
  /** Where an option is newer than the command. */
  readonly since: Since | undefined
  /** What makes the server as it was, besides FLUSHALL. */
  readonly reset: ReadonlyArray<Line>
}

type Extras = Partial<Pick<Case, "after" | "since" | "reset">>

/** An expectation that is no single value. */
export class Check {
  readonly holds: (value: unknown) => boolean
  readonly wanted: string
  constructor(wanted: string, holds: (value: unknown) => boolean) {
    this.wanted = wanted
    this.holds = holds
  }
}

const compare = (a: unknown, b: unknown) => (String(a) < String(b) ? -1 : 1)

/** These elements in any order. */
export const unordered = (elements: ReadonlyArray<unknown>): Check =>
  new Check(`in any order ${String(elements)}`, (value) => {
    if (!Array.isArray(value)) return false
    assert.deepStrictEqual([...value].sort(compare), [...elements].sort(compare))
    return true
  })

/** A case: the state before, then the command and its result as text and (if it differs) as bytes. */
export const given =
  (...lines: ReadonlyArray<Line>) =>
  (command: Command<unknown, unknown>, text: unknown, bytesOrExtras?: unknown, extras: Extras = {}): Case => {
    const isExtras = typeof bytesOrExtras === "object" && bytesOrExtras !== null && isExtra(bytesOrExtras)
    const more = isExtras ? (bytesOrExtras as Extras) : extras
    return {
      given: lines,
      command,
      text,
      bytes: bytesOrExtras === undefined || isExtras ? text : bytesOrExtras,
      after: more.after ?? [],
      since: more.since,
      reset: more.reset ?? []
    }
  }

const isExtra = (value: object): boolean => "after" in value || "since" in value || "reset" in value

/** A case on an empty server. */
export const empty = given()

const adminArgs = (line: Line): ReadonlyArray<AdminArgument> => (typeof line === "string" ? line.split(" ") : line)

const numbers = (version: string) => version.split(".").map(Number)

const reaches = (server: ServerControls, since: Since | undefined): boolean => {
  if (since === undefined) return true
  const first = since[server.binary.product]
  if (first === undefined) return false
  const have = numbers(server.binary.version)
  for (const [at, wanted] of numbers(first).entries()) {
    const number = have[at] ?? 0
    if (number !== wanted) return number > wanted
  }
  return true
}

/** The server's word for a command or subcommand that `COMMAND INFO` knows. */
const knows = (server: ServerControls, name: string) =>
  server
    .admin(["COMMAND", "INFO", name.toLowerCase().replace(" ", "|")])
    .pipe(Effect.map((reply) => Array.isArray(reply) && reply[0] !== null))

const expectValue = (actual: unknown, wanted: unknown, what: string) => {
  if (wanted instanceof Check) assert.isTrue(wanted.holds(actual), `${what}: ${wanted.wanted}, got ${inspect(actual)}`)
  else assert.deepStrictEqual(actual, wanted, what)
}

/** One case with one client and one view. Failures tell which. */
const runCase = (server: ServerControls, redis: RedisService, one: Case, what: string, view: "text" | "bytes") =>
  Effect.gen(function* () {
    const say = (line: Line): Effect.Effect<AdminReply> => Effect.orDie(server.admin(adminArgs(line)))
    yield* say("FLUSHALL")
    for (const line of one.given) yield* say(line)
    const command = view === "text" ? one.command : Command.asBytes(one.command)
    const exit = yield* Effect.exit(redis.run(command))
    if (Exit.isFailure(exit)) return assert.fail(`${what}: ${Cause.pretty(exit.cause)}`)
    expectValue(exit.value, one[view], what)
    for (const [line, wanted] of one.after) expectValue(yield* say(line), wanted, `${what}, then ${String(line)}`)
    for (const line of one.reset) yield* say(line)
  })

/** The tests of a group: its table on a live server, and whether the table has every constructor of the group. */
export const checkCases = (
  group: string,
  constructors: object,
  cases: ReadonlyArray<Case>,
  elsewhere: ReadonlyArray<string> = []
): void => {
  const covered = new Set([...used, ...elsewhere])
  layer(RedisServer.layer(), { excludeTestServices: true })(`${group} on a live server`, (it) => {
    it.effect("every constructor is in the table", () =>
      Effect.sync(() => {
        const missing = Object.keys(constructors).filter((name) => !covered.has(name))
        assert.deepStrictEqual(missing, [])
      })
    )

    it.effect("each gives what is expected, under RESP3 and RESP2 alike, as text and as bytes", () =>
      leavesNothing(
        Effect.gen(function* () {
          const server = yield* RedisServer
          const clients = [
            ["RESP3", yield* clientOf(server)],
            ["RESP2", yield* clientOf(server, { protocol: 2 })]
          ] as const
          const skipped: Array<string> = []
          let run = 0
          for (const one of cases) {
            const shown = `${one.command.name} ${one.command.args.map((arg) => Buffer.from(String(arg))).join(" ")}`
            if (!(yield* knows(server, one.command.name)) || !reaches(server, one.since)) {
              skipped.push(shown)
              continue
            }
            run++
            for (const [protocol, redis] of clients) {
              yield* runCase(server, redis, one, `${shown} (${protocol}, text)`, "text")
              yield* runCase(server, redis, one, `${shown} (${protocol}, bytes)`, "bytes")
            }
          }
          const { product, version } = server.binary
          const left = skipped.length === 0 ? "" : `; newer than this server: ${skipped.join(", ")}`
          console.info(`${group}: ${run} of ${cases.length} cases on ${product} ${version}${left}`)
          assert.isAbove(run, 0)
        })
      )
    )
  })
}
