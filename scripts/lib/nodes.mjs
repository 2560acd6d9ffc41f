// The Node versions that the tests should run on: those that are here, and the others from npm packages of Node's own binaries,
// as the one that package.json names, in `.nodes` (ignored by git). To fetch newer ones, remove it.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { npm, run, say } from "./child.mjs"
import { LIBRARY_NODE } from "./node.mjs"

/** The oldest that the packages allow, and the two newest lines with long-term support. */
export const NODE_LINES = [LIBRARY_NODE, "24", "26"]

/** How long Node may take to print its version. */
const VERSION_TIMEOUT_MS = 10_000

/** @param {string} line @param {string} version */
export const isOfLine = (line, version) => `${version}.`.startsWith(`${line}.`)

/** The version of the Node at a path, or nothing if it does not run. */
const versionAt = (path) => {
  const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: VERSION_TIMEOUT_MS })
  return status === 0 ? /^v(\d+\.\d+\.\S+)/.exec(stdout)?.[1] : undefined
}

const binaryIn = (folder, machine) => join(folder, "node_modules", machine, "bin", "node")

/** Installs the package into a project of its own, so that nothing of this one changes. */
const fetchNode = async (folder, machine, line) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n')
  say(`fetching Node ${line} (npm package ${machine})`)
  const [command, ...args] = npm("install", "--prefix", folder, "--no-save", "--no-package-lock", "--ignore-scripts")
  let output = ""
  const sink = (text) => {
    output = text
  }
  const quiet = ["--loglevel=error", "--no-audit", "--no-fund"]
  const code = await run(command, [...args, ...quiet, `${machine}@${line}`], { cwd: folder, sink })
  return code === 0 ? undefined : `npm: ${output.trim().split("\n").at(-1) ?? `ended with code ${code}`}`
}

/**
 * A Node of each line that this machine can have; those that it cannot have, with the reason.
 *
 * @param {string} root
 * @param {{ execPath: string, platform: string, arch: string }} current
 * @param {typeof fetchNode} [fetch]
 * @returns {Promise<{ nodes: { label: string, path: string }[], absent: { label: string, reason: string }[] }>}
 */
export const ensureNodes = async (root, { arch, execPath, platform }, fetch = fetchNode) => {
  const machine = `node-${platform}-${arch}`
  const nodes = []
  const absent = []
  for (const line of NODE_LINES) {
    const folder = join(root, ".nodes", line)
    const here = [execPath, binaryIn(root, machine), binaryIn(folder, machine)]
    const find = () => here.find((path) => existsSync(path) && isOfLine(line, versionAt(path) ?? ""))
    const problem = find() === undefined ? await fetch(folder, machine, line) : undefined
    const path = find()
    if (path !== undefined) nodes.push({ label: `Node ${versionAt(path)}`, path })
    else absent.push({ label: `Node ${line}`, reason: problem ?? "what was fetched does not run" })
  }
  return { nodes, absent }
}
