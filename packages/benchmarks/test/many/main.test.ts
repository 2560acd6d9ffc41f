import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"

const MAIN = fileURLToPath(new URL("../../src/many/main.ts", import.meta.url))

const main = (...args: ReadonlyArray<string>) => promisify(execFile)(process.execPath, [MAIN, "--quick", ...args])

describe("many keys at once", () => {
  it("Reef is compared with a peer over all nodes of a cluster, and with its own single commands", async () => {
    const { stdout } = await main("--clients", "reef,reef-each,ioredis-grouped", "--scenarios", "mget-100,batch-1000")
    const estimate = "[\\d.]+ \\[[\\d.]+, [\\d.]+\\]"
    const figures = "+\\d+/s +\\d+ us CPU"
    assert.match(
      stdout,
      new RegExp(`mget-100: MGET of 100 keys by 1 caller\n +reef ${figures}\n +ioredis-grouped ${figures}`)
    )
    assert.lengthOf(
      stdout.match(new RegExp(`reef to the best peer of each round: ${estimate}\n`, "g")) ?? [],
      2,
      stdout
    )
    assert.match(stdout, new RegExp(`Effect.forEach of single commands to pipeline: ${estimate}\n`))
  }, 30_000)
})
