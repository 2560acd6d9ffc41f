/**
 * The command line of the account.
 */
import { parseArgs } from "node:util"
import { CLIENT_NAMES, type ClientName } from "./clients/index.ts"
import { FAULT_NAMES, type FaultChoice, GRACEFUL } from "./Nemesis.ts"
import type { RoundOptions } from "./rounds.ts"
import type { AccountOptions } from "./run.ts"
import type { FaultName } from "./Stage.ts"
import { BUG_NAMES } from "./selfTest.ts"

export type ParsedOptions =
  | { readonly kind: "run"; readonly options: AccountOptions; readonly json: boolean }
  | { readonly kind: "round"; readonly options: RoundOptions }
  | { readonly kind: "selfTest"; readonly bugs: ReadonlyArray<string>; readonly seeds: ReadonlyArray<number> }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly reason: string }

const DEFAULT_SECONDS = 60
/** Load, proxy and client are one process, beside up to six servers. */
const DEFAULT_RATE = 1_500
const DEFAULT_SEEDS = "1,2,3"
const SEEDS = 1_000_000

export const USAGE = `A seeded load against a seeded nemesis, and an account of every operation.

  --topology t  standalone, sentinel or cluster (default)
  --seed n      repeats the choices of another run (default: a new one, printed)
  --seconds n   how long (default ${DEFAULT_SECONDS}); all faults come at least once
  --client c    ${CLIENT_NAMES.join(", ")} (default reef); several, or "all": each in a process of its own, and a row of a table for each
  --at-once n   so many of several clients at the same time (default 1)
  --rows file   adds the rows of several clients to the last table of this Markdown file
  --rate n      operations per second (default ${DEFAULT_RATE})
  --in-flight n Reef's bound of commands in flight on one node, such as 8, which the load meets (default: the client's own)
  --faults f    all (default), or graceful (${GRACEFUL.join(", ")}: nothing may fail), or only these: ${FAULT_NAMES.join(", ")}
  --json        the result as JSON on standard output, everything else on standard error
  --self-test   breaks a copy of the client by each of the patches and demands that the account finds it
  --bugs a,b    only these patches (with --self-test)
  --seeds a,b   the seeds of the self-test (default ${DEFAULT_SEEDS})
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

const oneOf = <A extends string>(name: string, given: string, known: ReadonlyArray<A>): A => {
  const found = known.find((one) => one === given)
  if (found === undefined) throw new InvalidOption(`--${name}: one of ${known.join(", ")} is needed, not "${given}"`)
  return found
}

const listOf = (given: string): ReadonlyArray<string> =>
  given
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")

const clientsOf = (given: string): ReadonlyArray<ClientName> => {
  if (given === "all") return CLIENT_NAMES
  const clients = listOf(given).map((name) => oneOf("client", name, CLIENT_NAMES))
  if (clients.length === 0) throw new InvalidOption(`--client: one of ${CLIENT_NAMES.join(", ")} is needed`)
  return clients
}

const faultsOf = (given: string): FaultChoice => {
  if (given === "all") return undefined
  return given === "graceful" ? given : listOf(given).map((name): FaultName => oneOf("faults", name, FAULT_NAMES))
}

/** Reads the arguments; a wrong one names itself. */
export const parseOptions = (args: ReadonlyArray<string>): ParsedOptions => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        topology: { type: "string", default: "cluster" },
        seed: { type: "string" },
        seconds: { type: "string" },
        client: { type: "string", default: "reef" },
        rate: { type: "string" },
        faults: { type: "string", default: "all" },
        "in-flight": { type: "string" },
        "at-once": { type: "string" },
        rows: { type: "string" },
        json: { type: "boolean", default: false },
        "self-test": { type: "boolean", default: false },
        bugs: { type: "string", default: "" },
        seeds: { type: "string", default: DEFAULT_SEEDS },
        help: { type: "boolean", default: false }
      }
    })
    if (values.help) return { kind: "help" }
    if (values["self-test"]) {
      const seeds = listOf(values.seeds).map((seed) => wholeNumber("seeds", seed, 1))
      const bugs = listOf(values.bugs).map((bug) => oneOf("bugs", bug, BUG_NAMES))
      return { kind: "selfTest", bugs, seeds }
    }
    const clients = clientsOf(values.client)
    const options: Omit<AccountOptions, "client"> = {
      topology: oneOf("topology", values.topology, ["standalone", "cluster", "sentinel"]),
      seed: wholeNumber("seed", values.seed, 1 + Math.floor(Math.random() * SEEDS)),
      seconds: wholeNumber("seconds", values.seconds, DEFAULT_SECONDS),
      rate: wholeNumber("rate", values.rate, DEFAULT_RATE),
      faults: faultsOf(values.faults),
      inFlight: values["in-flight"] === undefined ? undefined : wholeNumber("in-flight", values["in-flight"], 1)
    }
    const [client] = clients
    if (client !== undefined && clients.length === 1 && values.rows === undefined) {
      return { kind: "run", options: { ...options, client }, json: values.json }
    }
    const atOnce = wholeNumber("at-once", values["at-once"], 1)
    return { kind: "round", options: { ...options, clients, atOnce, rows: values.rows } }
  } catch (error) {
    // parseArgs throws a TypeError with a code for an unknown option or a missing value.
    if (error instanceof InvalidOption || error instanceof TypeError) return { kind: "invalid", reason: error.message }
    throw error
  }
}
