import { assert, describe, it } from "vitest"
import { entryPoints, publishedManifest, staleOutputs } from "../pack.mjs"

const manifest = {
  name: "@reef-redis/client",
  exports: { ".": "./src/index.ts", "./package.json": "./package.json" },
  publishConfig: {
    access: "public",
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" }, "./package.json": "./package.json" }
  },
  scripts: { prepack: "node pack.mjs" },
  files: ["dist"]
}

describe("pack", () => {
  it("publishes the exports of publishConfig, and no scripts", () => {
    assert.deepStrictEqual(publishedManifest(manifest), {
      name: "@reef-redis/client",
      exports: manifest.publishConfig.exports,
      publishConfig: { access: "public" },
      files: ["dist"]
    })
  })

  it("refuses an entry point that exists in the workspace but would not be published", () => {
    const grown = { ...manifest, exports: { ...manifest.exports, "./protocol": "./src/protocol/index.ts" } }
    assert.throws(() => publishedManifest(grown), /lacks \.\/protocol/)
    assert.throws(() => publishedManifest({ name: "x", exports: {} }), /publishConfig\.exports is missing/)
  })

  it("finds the outputs of a source that is gone, and leaves everything else", () => {
    const outputs = [
      "a.js",
      "a.d.ts",
      "a.js.map",
      "a.d.ts.map",
      "old.js",
      "old.d.ts.map",
      "deep",
      "deep/b.js",
      ".tsbuildinfo"
    ]
    assert.deepStrictEqual(staleOutputs(outputs, ["a.ts", "deep", "deep/b.ts"]), ["old.js", "old.d.ts.map"])
  })

  it("names every entry point as an application imports it", () => {
    const { exports } = publishedManifest(manifest)
    const protocol = { types: "./dist/protocol/index.d.ts", default: "./dist/protocol/index.js" }
    assert.deepStrictEqual(
      entryPoints({ name: "@reef-redis/client", exports: { ...exports, "./protocol": protocol } }),
      ["@reef-redis/client", "@reef-redis/client/protocol"]
    )
  })
})
