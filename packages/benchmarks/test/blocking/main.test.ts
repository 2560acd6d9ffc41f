import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"

const MAIN = fileURLToPath(new URL("../../src/blocking/main.ts", import.meta.url))

describe("what blocked commands cost the others", () => {
  it("is told as the ratio of latencies beside them to those alone", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, "--rounds", "2", "--gets", "20"])
    const lines = stdout.trimEnd().split("\n")
    assert.lengthOf(lines, 4, stdout)
    const figures = "400 GETs, p50 [\\d.]+ ms, p99 [\\d.]+ ms$"
    assert.match(lines[0]!, new RegExp(`^nobody blocked: ${figures}`))
    assert.match(lines[1]!, new RegExp(`^50 blocked in BLPOP: ${figures}`))
    assert.match(lines[2]!, /^p50 beside × alone [\d.]+ \([\d.]+ to [\d.]+\)$/)
    assert.match(lines[3]!, /^p99 beside × alone [\d.]+ \([\d.]+ to [\d.]+\)$/)
  }, 30_000)
})
