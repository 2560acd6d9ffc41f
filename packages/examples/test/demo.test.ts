import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { DemoResult } from "../src/demo/result.ts"
import { runProgram } from "./run.ts"

/** The demo's servers keep their folders here, and nothing else does. */
const ownFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "reef-demo-test-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

interface Process {
  readonly pid: number
  readonly parent: number
  readonly name: string
}

const allProcesses = (): ReadonlyArray<Process> =>
  execFileSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parent, ...name] = line.trim().split(/\s+/)
      return { pid: Number(pid), parent: Number(parent), name: name.join(" ") }
    })

/** The process's children, their children, and so on. */
const descendants = (pid: number | undefined): ReadonlyArray<Process> => {
  const all = allProcesses()
  const below = (parent: number): ReadonlyArray<Process> =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)])
  return pid === undefined ? [] : below(pid)
}

// Beside one another: most of the time both wait for their servers.
describe.concurrent("the demo", () => {
  it.live(
    "loses nothing, doubles nothing and mixes nothing up, whatever the machine's speed",
    () =>
      Effect.gen(function* () {
        const { errors, output } = yield* runProgram("demo", {
          args: ["--json", "--seconds", "1", "--rate", "1500", "--seed", "5"]
        })
        assert.match(output, /^\{/, errors)
        const result = JSON.parse(output) as DemoResult
        const { account, faults, moved } = result
        assert.deepStrictEqual(account.examples, [])
        assert.deepStrictEqual(
          [account.clientLost, account.doubled, account.ofAnotherCommand, account.notExecutedFound],
          [0, 0, 0, 0]
        )
        assert.isAbove(account.acknowledged, 5_000)
        assert.strictEqual(moved?.slots, 1_000)
        assert.deepStrictEqual(
          faults.map((fault) => fault.kind),
          ["killed", "frozen"]
        )
        // Times depend on the machine; here it is enough that both shards served again.
        assert.isTrue(faults.every((fault) => fault.servedAt !== undefined))
      }),
    120_000
  )

  it.live(
    "does the same on a service that sentinels watch",
    () =>
      Effect.gen(function* () {
        const { errors, output } = yield* runProgram("demo", {
          args: ["--topology", "sentinel", "--json", "--seconds", "1", "--rate", "1500", "--seed", "5"]
        })
        assert.match(output, /^\{/, errors)
        const { account, changes, faults } = JSON.parse(output) as DemoResult
        assert.deepStrictEqual(account.examples, [])
        assert.deepStrictEqual(
          [account.clientLost, account.doubled, account.ofAnotherCommand, account.notExecutedFound],
          [0, 0, 0, 0]
        )
        assert.isAbove(account.acknowledged, 5_000)
        assert.deepStrictEqual(
          faults.map((fault) => fault.kind),
          ["killed", "frozen", "handed over"]
        )
        assert.isTrue(faults.every((fault) => fault.servedAt !== undefined))
        // A busy machine may make sentinels turn away once more.
        assert.isAtLeast(changes?.length ?? 0, faults.length)
      }),
    120_000
  )
})

describe("the demo", () => {
  it.live(
    "leaves no server when it is interrupted",
    () =>
      Effect.gen(function* () {
        const folder = yield* ownFolder
        let started: ReadonlyArray<Process> = []
        const { code } = yield* runProgram("demo", {
          env: { TMPDIR: folder },
          onOutput: (output, child) => {
            if (started.length > 0 || !output.includes("steady")) return
            started = descendants(child.pid)
            child.kill("SIGINT")
          }
        })
        assert.strictEqual(code, 130)
        assert.lengthOf(
          started.filter(({ name }) => /^(redis|valkey)-server/.test(name)),
          6
        )
        const left = allProcesses().filter((one) =>
          started.some(({ pid, name }) => pid === one.pid && name === one.name)
        )
        assert.deepStrictEqual(left, [])
        assert.deepStrictEqual(readdirSync(folder), [])
      }),
    60_000
  )

  it.live("names a wrong option", () =>
    Effect.gen(function* () {
      const { code, errors } = yield* runProgram("demo", { args: ["--rate", "fast"] })
      assert.strictEqual(code, 2)
      assert.include(errors, `--rate: a whole number from 1 is needed, not "fast"`)
    })
  )
})
