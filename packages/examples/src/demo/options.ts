/**
 * The command line of the demo.
 */
import { parseArgs } from "node:util"

export interface DemoOptions {
  readonly topology: "cluster" | "sentinel"
  /** How long the load shall run. The faults take what they take; the last steady phase fills up the rest. */
  readonly seconds: number
  /** Decides which primary is killed, which is frozen, and what each fiber does. */
  readonly seed: number
  /** Operations per second of all fibers together, as intended. */
  readonly rate: number
  /** `cluster-require-full-coverage` of the servers: whether all shards refuse while one has no primary. */
  readonly fullCoverage: boolean
  readonly json: boolean
}

export type ParsedOptions =
  | { readonly kind: "run"; readonly options: DemoOptions }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly reason: string }

/** Leaves room for the account within the 45 s that the demo may take. */
const DEFAULT_SECONDS = 32
/** Two cores carry the six servers and the load at this rate with half of them idle. */
const DEFAULT_RATE = 6_000
const SEEDS = 1_000_000

export const USAGE = `A Redis cluster of 3 + 3 servers under load, with faults, and an account of every write.

  --topology t  cluster (default), or sentinel: 1 + 2 servers and 3 sentinels
  --seconds n   length of the load (default ${DEFAULT_SECONDS}; the faults alone take about 25)
  --rate n      operations per second (default ${DEFAULT_RATE})
  --seed n      repeats the choices of another run (default: a new one, printed)
  --partial     servers serve the other shards while one has no primary (cluster-require-full-coverage no)
  --json        the result as JSON on standard output, everything else on standard error
  --help        this text

Exit code: 0, or 1 if something that must hold did not, or 2 for a wrong option.
`

class InvalidOption extends Error {}

const wholeNumber = (name: string, given: string | undefined, fallback: number): number => {
  if (given === undefined) return fallback
  if (!/^\d{1,9}$/.test(given) || Number(given) < 1) {
    throw new InvalidOption(`--${name}: a whole number from 1 is needed, not "${given}"`)
  }
  return Number(given)
}

/** Reads the arguments; a wrong one names itself. */
export const parseOptions = (args: ReadonlyArray<string>): ParsedOptions => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        topology: { type: "string", default: "cluster" },
        seconds: { type: "string" },
        seed: { type: "string" },
        rate: { type: "string" },
        partial: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false }
      }
    })
    if (values.help) return { kind: "help" }
    const { topology } = values
    if (topology !== "cluster" && topology !== "sentinel") {
      throw new InvalidOption(`--topology: cluster or sentinel is needed, not "${topology}"`)
    }
    return {
      kind: "run",
      options: {
        topology,
        seconds: wholeNumber("seconds", values.seconds, DEFAULT_SECONDS),
        seed: wholeNumber("seed", values.seed, 1 + Math.floor(Math.random() * SEEDS)),
        rate: wholeNumber("rate", values.rate, DEFAULT_RATE),
        fullCoverage: !values.partial,
        json: values.json
      }
    }
  } catch (error) {
    // parseArgs throws a TypeError with a code for an unknown option or a missing value.
    if (error instanceof InvalidOption || error instanceof TypeError) return { kind: "invalid", reason: error.message }
    throw error
  }
}
