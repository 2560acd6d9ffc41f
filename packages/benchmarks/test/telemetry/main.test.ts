import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"

const MAIN = fileURLToPath(new URL("../../src/telemetry/main.ts", import.meta.url))
const ROOT = fileURLToPath(new URL("../../../..", import.meta.url))

describe("what telemetry costs", () => {
  it("is told for each variant as a ratio to the client without it", async () => {
    const args = [MAIN, "--rounds", "1", "--millis", "20", "--base", ROOT]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const lines = stdout.trimEnd().split("\n")
    const ratio = String.raw`[\d.]+ \([\d.]+ to [\d.]+\)`
    assert.lengthOf(lines, 5, stdout)
    assert.match(lines[0]!, /^off +\d+ ns {2}telemetry off$/)
    for (const [at, name] of ["metrics", "spans", "both"].entries()) {
      assert.match(lines[at + 1]!, new RegExp(`^${name} +\\d+ ns × off ${ratio} `))
    }
    assert.match(lines[4]!, new RegExp(`^off × base ${ratio} `))
  }, 60_000)
})
