import { assert, describe, it } from "vitest"
import { isOf, parseVersion, planVersions } from "../../lib/versions.mjs"

const server = (product, version) => ({ path: `/${product}-${version}`, product, version })
const names = (targets) => targets.map(({ name }) => name)

describe("versions", () => {
  it("reads what a server says of itself, and nothing from other programs", () => {
    assert.deepStrictEqual(parseVersion("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64"), {
      product: "redis",
      version: "7.0.15"
    })
    assert.deepStrictEqual(parseVersion("Valkey server v=9.1.2 sha=0"), { product: "valkey", version: "9.1.2" })
    assert.isUndefined(parseVersion("redis-cli 7.0.15"))
    assert.isUndefined(parseVersion(""))
  })

  it("compares a version with a line part by part", () => {
    assert.isTrue(isOf({ product: "valkey", line: "8" }, server("valkey", "8.1.1")))
    assert.isTrue(isOf({ product: "redis", line: "8.0" }, server("redis", "8.0.6")))
    assert.isFalse(isOf({ product: "redis", line: "8.1" }, server("redis", "8.10.0")))
    assert.isFalse(isOf({ product: "valkey", line: "8" }, server("redis", "8.0.6")))
  })

  it("takes the machine's servers for the lines that they are of, each version once", () => {
    const local = [server("redis", "7.0.15"), server("redis", "7.0.15"), server("valkey", "9.0.1")]
    const { chosen, missing } = planVersions(local)
    assert.deepStrictEqual(chosen, [local[0], local[2]])
    assert.deepStrictEqual(names(missing), ["redis-8.0", "valkey-8"])
  })

  it("also takes a server that is of no line", () => {
    const { chosen, missing } = planVersions([server("redis", "7.2.4")])
    assert.lengthOf(chosen, 1)
    assert.deepStrictEqual(names(missing), ["redis-7.0", "redis-8.0", "valkey-8", "valkey-9"])
  })
})
