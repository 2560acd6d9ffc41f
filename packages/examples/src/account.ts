/**
 * `npm run account`: a seeded load against a seeded nemesis, on one server or on a cluster of three primaries and three replicas; then an
 * account of every operation, and of what the servers hold.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import { parseOptions, USAGE } from "./account/options.ts"
import { formatAccount } from "./account/report.ts"
import { runRound } from "./account/rounds.ts"
import { type AccountOptions, runAccount } from "./account/run.ts"
import { runSelfTest } from "./account/selfTest.ts"

/** Exit codes beside 0. */
const FAILED = 1
const WRONG_OPTION = 2

const main = (options: AccountOptions, json: boolean): Effect.Effect<number, unknown> => {
  const output = json ? process.stderr : process.stdout
  const say = (line: string) => void output.write(`${line}\n`)
  return Effect.gen(function* () {
    say(`${options.client}, ${options.topology}, --seed ${options.seed}, ${options.seconds} s; starting the servers`)
    const result = yield* Effect.scoped(runAccount(options, say))
    say(formatAccount(result))
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`)
    return result.holds ? 0 : FAILED
  })
}

const exitWith = (program: Effect.Effect<number, unknown>) =>
  // An interrupt (SIGINT, SIGTERM) closes the scope first: no server is left.
  NodeRuntime.runMain(
    Effect.tap(program, (code) =>
      Effect.sync(() => {
        process.exitCode = code
      })
    )
  )

const parsed = parseOptions(process.argv.slice(2))
switch (parsed.kind) {
  case "help":
    process.stdout.write(USAGE)
    break
  case "invalid":
    process.stderr.write(`${parsed.reason}\n\n${USAGE}`)
    process.exitCode = WRONG_OPTION
    break
  case "selfTest":
    exitWith(Effect.map(runSelfTest(parsed), (found) => (found ? 0 : FAILED)))
    break
  case "round":
    exitWith(
      Effect.map(
        runRound(parsed.options, (text) => void process.stdout.write(text)),
        (held) => (held ? 0 : FAILED)
      )
    )
    break
  case "run":
    exitWith(main(parsed.options, parsed.json))
    break
}
