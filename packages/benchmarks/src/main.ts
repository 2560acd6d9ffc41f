// The command: `node packages/benchmarks/src/main.ts --help`.
import { compare } from "./compare.ts"
import { type Options, parseOptions, USAGE } from "./options.ts"
import { formatReport } from "./report.ts"

/** Exit code when a client answered wrongly or could not be measured to the end, or no server could be started. */
const FAILED = 1

/** Exit code for a wrong option. */
const WRONG_OPTION = 2

const run = async (options: Options): Promise<void> => {
  const result = await compare(options, (line) => {
    if (!options.json) process.stderr.write(`${line}\n`)
  })
  process.stdout.write(`${options.json ? JSON.stringify(result) : formatReport(result)}\n`)
  if (result.failures.length > 0) process.exitCode = FAILED
}

const parsed = parseOptions(process.argv.slice(2))
if (parsed.kind === "help") {
  process.stdout.write(USAGE)
} else if (parsed.kind === "invalid") {
  process.stderr.write(`${parsed.reason}\n\n${USAGE}`)
  process.exitCode = WRONG_OPTION
} else {
  try {
    await run(parsed.options)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = FAILED
  }
}
