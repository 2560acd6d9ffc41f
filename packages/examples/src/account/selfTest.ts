/**
 * Whether the account finds what it is there to find: a copy of the client is broken by a patch, and the account is held of it, with faults
 * that the bug needs. Every seed must find it.
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { runElsewhere } from "./rounds.ts"
import type { AccountOptions, AccountResult } from "./run.ts"

/** A bug that a patch switches on, and where to look for it. */
export interface Bug {
  readonly name: string
  readonly topology: AccountOptions["topology"]
  readonly faults: string
  readonly seconds: number
  /** A bound that the load meets. */
  readonly inFlight?: number
}

export const BUGS: ReadonlyArray<Bug> = [
  { name: "retry-all-writes", topology: "standalone", faults: "cut before the reply,reset", seconds: 5 },
  { name: "drop-on-interruption", topology: "standalone", faults: "interruption", seconds: 5 },
  { name: "asking-in-two-writes", topology: "cluster", faults: "slot move", seconds: 8 },
  { name: "late-reply-after-thaw", topology: "standalone", faults: "freeze", seconds: 8 },
  { name: "leak-in-flight", topology: "standalone", faults: "interruption", seconds: 5 },
  { name: "shared-in-flight", topology: "cluster", faults: "long freeze,half-open", seconds: 8, inFlight: 8 }
]

export const BUG_NAMES: ReadonlyArray<string> = BUGS.map(({ name }) => name)

const root = fileURLToPath(new URL("../../../..", import.meta.url))
const patches = fileURLToPath(new URL("../../patches", import.meta.url))
/** What the account is made of; the rest comes from the workspace's own `node_modules`. */
const PACKAGES = ["client", "node", "testing", "examples"]
const SCOPE = "@reef-redis"

const execute = (program: string, args: ReadonlyArray<string>, cwd: string): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile(program, args, { cwd }, (error, _, errors) => (error === null ? resolve() : reject(new Error(errors))))
  })

/** A workspace like this one, with links for everything but the four packages, and the patch applied. */
const copyWorkspace = async (folder: string, bug: string): Promise<void> => {
  for (const name of PACKAGES) {
    for (const part of ["src", "package.json"]) {
      await fs.cp(path.join(root, "packages", name, part), path.join(folder, "packages", name, part), {
        recursive: true
      })
    }
  }
  const modules = path.join(folder, "node_modules")
  await fs.mkdir(path.join(modules, SCOPE), { recursive: true })
  for (const name of await fs.readdir(path.join(root, "node_modules"))) {
    if (name !== SCOPE) await fs.symlink(path.join(root, "node_modules", name), path.join(modules, name))
  }
  for (const name of PACKAGES) await fs.symlink(path.join(folder, "packages", name), path.join(modules, SCOPE, name))
  await execute("git", ["apply", "--unidiff-zero", path.join(patches, `${bug}.patch`)], folder)
}

/** The copy, removed with the scope. */
export const brokenWorkspace = (bug: string): Effect.Effect<string, unknown, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise(() => fs.mkdtemp(path.join(tmpdir(), "reef-self-test-"))),
    (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
  ).pipe(Effect.tap((folder) => Effect.tryPromise({ try: () => copyWorkspace(folder, bug), catch: (error) => error })))

/** Runs the account of that workspace in a process of its own. */
const runThere = (folder: string, bug: Bug, seed: number): Effect.Effect<AccountResult, Error> => {
  const program = path.join(folder, "packages/examples/src/account.ts")
  const settings = [`--topology=${bug.topology}`, `--faults=${bug.faults}`, `--seconds=${bug.seconds}`]
  const bound = bug.inFlight === undefined ? [] : [`--in-flight=${bug.inFlight}`]
  return runElsewhere(program, ["--json", `--seed=${seed}`, ...settings, ...bound])
}

export interface SelfTestOptions {
  /** Names of patches; all if there are none. */
  readonly bugs: ReadonlyArray<string>
  readonly seeds: ReadonlyArray<number>
}

/** Whether each bug was found with each seed. */
export const runSelfTest = (options: SelfTestOptions): Effect.Effect<boolean, unknown> =>
  Effect.gen(function* () {
    const chosen = BUGS.filter(({ name }) => options.bugs.length === 0 || options.bugs.includes(name))
    let all = chosen.length > 0
    for (const bug of chosen) {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const folder = yield* brokenWorkspace(bug.name)
          for (const seed of options.seeds) {
            const { seconds, violated, violations } = yield* runThere(folder, bug, seed)
            const found = Object.entries(violated).map(([name, times]) => `${name} ${times} times`)
            if (found.length === 0) all = false
            const verdict = found.length === 0 ? "NOT FOUND" : "found"
            process.stdout.write(
              `${verdict}  ${bug.name}, seed ${seed}, ${seconds.toFixed(1)} s: ${found.join(", ")}\n`
            )
            for (const { detail, invariant } of violations.slice(0, 2))
              process.stdout.write(`    ${invariant} ${detail}\n`)
          }
        })
      )
    }
    return all
  })
