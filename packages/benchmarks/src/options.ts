// The command line of the comparison.
import { parseArgs } from "node:util"
import { CLIENT_NAMES, type ClientName } from "./clients/index.ts"
import type { Durations } from "./measure.ts"
import { SCENARIOS, type Scenario, TOPOLOGIES, type Topology } from "./scenarios.ts"

/** Rounds of a comparison that may be quoted: fewer give an interval that says nothing. */
export const LEAST_ROUNDS = 9

const FULL: Durations = { warmUp: 500, timed: 1000 }

const QUICK: Durations = { warmUp: 100, timed: 200 }
const QUICK_ROUNDS = 2

export interface Options {
  readonly clients: ReadonlyArray<ClientName>
  readonly scenarios: ReadonlyArray<Scenario>
  readonly topologies: ReadonlyArray<Topology>
  readonly rounds: number
  readonly durations: Durations
  readonly json: boolean
  /** A smoke run: it shows that everything works, its figures show nothing. */
  readonly quick: boolean
}

export type ParsedOptions =
  | { readonly kind: "run"; readonly options: Options }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly reason: string }

export const USAGE = `Compares Reef with other Redis and Valkey clients for Node.

  --clients a,b      only these of: ${CLIENT_NAMES.join(", ")}
  --scenarios a,b    only these of: ${SCENARIOS.map((s) => s.name).join(", ")}
  --topology a,b     only these of: ${TOPOLOGIES.join(", ")}
  --rounds n         processes per client and topology, at least ${LEAST_ROUNDS} (default ${LEAST_ROUNDS})
  --quick            smoke run: ${QUICK_ROUNDS} rounds (or --rounds), ${QUICK.timed} ms each; its figures mean nothing
  --json             only machine-readable results on standard output
  --help             this text

Exit code: 0, or 1 if a check failed or a measurement could not be finished, or 2 for a wrong option.
`

class InvalidOption extends Error {}

const choose = <A>(
  option: string,
  given: string | undefined,
  all: ReadonlyArray<A>,
  nameOf: (item: A) => string
): ReadonlyArray<A> => {
  if (given === undefined) return all
  const names = given.split(",").map((name) => name.trim())
  for (const name of names) {
    if (!all.some((item) => nameOf(item) === name)) {
      throw new InvalidOption(`--${option}: unknown "${name}"; one of ${all.map(nameOf).join(", ")}`)
    }
  }
  return all.filter((item) => names.includes(nameOf(item)))
}

const roundsOf = (given: string | undefined, quick: boolean): number => {
  if (given === undefined) return quick ? QUICK_ROUNDS : LEAST_ROUNDS
  const least = quick ? 1 : LEAST_ROUNDS
  if (!/^\d+$/.test(given) || Number(given) < least) {
    throw new InvalidOption(`--rounds: a whole number of at least ${least} is needed, not "${given}"`)
  }
  return Number(given)
}

/** Reads the arguments; a wrong one names itself. */
export const parseOptions = (args: ReadonlyArray<string>): ParsedOptions => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        clients: { type: "string" },
        scenarios: { type: "string" },
        topology: { type: "string" },
        rounds: { type: "string" },
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false }
      }
    })
    if (values.help) return { kind: "help" }
    const options: Options = {
      clients: choose("clients", values.clients, CLIENT_NAMES, (name) => name),
      scenarios: choose("scenarios", values.scenarios, SCENARIOS, (scenario) => scenario.name),
      topologies: choose("topology", values.topology, TOPOLOGIES, (name) => name),
      rounds: roundsOf(values.rounds, values.quick),
      durations: values.quick ? QUICK : FULL,
      json: values.json,
      quick: values.quick
    }
    return { kind: "run", options }
  } catch (error) {
    // parseArgs throws a TypeError with a code for an unknown option or a missing value.
    if (error instanceof InvalidOption || error instanceof TypeError) return { kind: "invalid", reason: error.message }
    throw error
  }
}
