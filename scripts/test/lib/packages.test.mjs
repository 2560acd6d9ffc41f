import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { CORE_LIMIT_BYTES, coreSize, sizeReport } from "../../lib/packages.mjs"

/** Gives the size of the core in a project that has only a made-up `@reef-redis/node`. */
const sizeWith = async (source) => {
  const folder = mkdtempSync(join(tmpdir(), "reef-size-"))
  try {
    if (source !== undefined) {
      const home = join(folder, "node_modules", "@reef-redis", "node")
      mkdirSync(home, { recursive: true })
      writeFileSync(join(home, "package.json"), '{ "type": "module", "exports": "./index.js" }')
      writeFileSync(join(home, "index.js"), source)
    }
    return await coreSize(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const CORE = `
import * as Layer from "effect/Layer"
import { connect } from "node:net"
export const Redis = Layer.empty
export const RedisLive = (options) => connect(options)
`
/** Text that hardly shrinks. */
const PAYLOAD = Array.from({ length: 500 }, (_, index) => Math.sin(index).toString(36)).join("")

describe("packages", () => {
  it("counts what the core loads, and neither what it leaves unused nor Effect and Node", async () => {
    const { minified, compressed } = await sizeWith(CORE)
    assert.isBelow(minified, 1000)
    assert.isBelow(compressed, minified)
    const unused = await sizeWith(`${CORE}export const other = ${JSON.stringify(PAYLOAD)}`)
    assert.strictEqual(unused.minified, minified)
    const used = await sizeWith(`${CORE}export default console.log(${JSON.stringify(PAYLOAD)})`)
    assert.isAbove(used.minified, minified + PAYLOAD.length)
  })

  it("refuses to measure a core of which a module is missing", async () => {
    const messageOf = (source) => sizeWith(source).then(String, (error) => error.message)
    assert.match(await messageOf(undefined), /Could not resolve '@reef-redis\/node'/)
    assert.match(await messageOf(`${CORE}import "./missing.js"`), /Could not resolve '\.\/missing\.js'/)
  })

  it("reports the size up to the limit, and fails above it", () => {
    assert.include(sizeReport({ minified: 200_000, compressed: CORE_LIMIT_BYTES }), "60.0 kB gzipped")
    assert.throws(() => sizeReport({ minified: 200_000, compressed: CORE_LIMIT_BYTES + 1 }), /more than 60\.0 kB/)
  })
})
