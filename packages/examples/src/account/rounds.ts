/**
 * One seed for several clients: each in a process of its own with servers of its own, one after the other or some at the same time, and a row
 * of a Markdown table for each.
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type { ClientName } from "./clients/index.ts"
import type { AccountOptions, AccountResult } from "./run.ts"

export interface RoundOptions extends Omit<AccountOptions, "client"> {
  readonly clients: ReadonlyArray<ClientName>
  /** How many of them run at the same time. */
  readonly atOnce: number
  /** A Markdown file whose last table takes the rows; `undefined`: they are only printed. */
  readonly rows: string | undefined
}

const SHOWN_AS: Readonly<Record<ClientName, string>> = {
  reef: "Reef",
  ioredis: "ioredis",
  "node-redis": "node-redis",
  glide: "Valkey GLIDE"
}

export const COLUMNS = [
  "client",
  "topology",
  "seed",
  "length",
  "operations",
  "acknowledged",
  "not executed",
  "may have executed (and were)",
  "server-lost",
  "client-lost",
  "doubled",
  "longest silence after a fault",
  "what did not hold"
] as const

const count = (n: number): string => n.toLocaleString("en-US")
const lineOf = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** The head of the table. */
export const HEAD: ReadonlyArray<string> = [lineOf(COLUMNS), lineOf(COLUMNS.map((name) => "-".repeat(name.length)))]

/** The row of one run. */
export const rowOf = ({ operations, options, seconds, slowestRecovery, totals, ...result }: AccountResult): string => {
  const violated = Object.entries(result.violated).map(([invariant, times]) => `${invariant} ${count(times)} times`)
  const unmet = result.faults.flatMap(({ inFlight, kind }) => (inFlight === 0 ? [`${kind} met nothing`] : []))
  return lineOf([
    SHOWN_AS[options.client],
    options.topology,
    String(options.seed),
    `${seconds.toFixed(1)} s`,
    count(operations),
    count(totals.acknowledged),
    count(totals.notExecuted),
    `${count(totals.mayHaveExecuted)} (${count(totals.mayHaveExecutedFound)})`,
    count(totals.serverLost),
    count(totals.clientLost),
    count(totals.doubled),
    `${count(Math.round(slowestRecovery.took))} ms`,
    [...violated, ...unmet].join(", ") || "nothing"
  ])
}

/** The text with the rows at the end of its last table, or with a table of them at its end if it has none. */
export const withRows = (text: string, rows: ReadonlyArray<string>): string => {
  const lines = text.split("\n")
  const last = lines.findLastIndex((line) => line.startsWith("|"))
  if (last === -1) return `${[...(text === "" ? [] : [text.trimEnd(), ""]), ...HEAD, ...rows].join("\n")}\n`
  return lines.toSpliced(last + 1, 0, ...rows).join("\n")
}

const appendRow = async (file: string, row: string): Promise<void> => {
  const text = await fs.readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return ""
    throw error
  })
  await fs.writeFile(file, withRows(text, [row]))
}

/** The arguments of the run of one client. */
export const argumentsOf = (client: ClientName, options: RoundOptions): ReadonlyArray<string> => [
  "--json",
  `--client=${client}`,
  `--topology=${options.topology}`,
  `--seed=${options.seed}`,
  `--seconds=${options.seconds}`,
  `--rate=${options.rate}`,
  ...(options.faults === undefined ? [] : [`--faults=${[options.faults].flat().join(",")}`]),
  ...(options.inFlight === undefined ? [] : [`--in-flight=${options.inFlight}`])
]

/** The result stands in the last line: a client may have written lines of its own before it, as GLIDE's native part does. */
export const resultIn = (output: string): AccountResult =>
  JSON.parse(
    output
      .trimEnd()
      .split("\n")
      .findLast((line) => line.startsWith('{"options"')) ?? ""
  ) as AccountResult

/** Runs a program of the account in a process of its own and reads its result; what it says meanwhile goes to `said`. */
export const runElsewhere = (
  program: string,
  args: ReadonlyArray<string>,
  said: (text: string) => void = () => {}
): Effect.Effect<AccountResult, Error> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    let errors = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
      said(text)
    })
    const ended = new Promise<void>((done) => {
      child.on("close", () => {
        done()
        resume(
          Effect.try({
            try: () => resultIn(output),
            catch: () => new Error(`${args.join(" ")} gave no result:\n${errors.slice(-ERRORS_SHOWN)}`)
          })
        )
      })
    })
    return Effect.promise(() => {
      child.kill("SIGTERM")
      return ended
    })
  })

/** The last characters of what a run without a result has said. */
const ERRORS_SHOWN = 2_000

const PROGRAM = fileURLToPath(new URL("../account.ts", import.meta.url))

/** Whether everything held for Reef, if it was among them. A client that gave no result at all fails the round. */
export const runRound = (options: RoundOptions, say: (text: string) => void): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const one = (client: ClientName) =>
      Effect.gen(function* () {
        const result = yield* runElsewhere(PROGRAM, argumentsOf(client, options), (text) => {
          // Only one at a time can be read while it runs.
          if (options.atOnce === 1) say(text)
        })
        const row = rowOf(result)
        say(`${row}\n`)
        const { rows } = options
        if (rows !== undefined) yield* Effect.tryPromise({ try: () => appendRow(rows, row), catch: asError })
        return result.options.client !== "reef" || result.holds
      }).pipe(
        // The others go on.
        Effect.catch((error) => {
          say(`${error.message}\n`)
          return Effect.succeed(false)
        })
      )
    say(`${HEAD.join("\n")}\n`)
    const held = yield* Effect.forEach(options.clients, one, { concurrency: options.atOnce })
    return held.every((holds) => holds)
  })

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
