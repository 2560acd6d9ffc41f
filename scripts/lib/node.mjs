// Which Node runs the library, its tests and its programs: one that strips types and that Effect's platform package accepts.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { Failure } from "./child.mjs"

/** The oldest Node that this runner itself understands. */
export const RUNNER_NODE = "20.0.0"

/** The oldest Node for everything else: `engines` of @effect/platform-node 4.1 and of the packages here. */
export const LIBRARY_NODE = "22.19.0"

/** @param {string} version @param {string} minimum both as major.minor.patch */
export const isAtLeast = (version, minimum) => {
  const have = version.split(".").map(Number.parseFloat)
  const want = minimum.split(".").map(Number.parseFloat)
  const at = want.findIndex((part, index) => have[index] !== part)
  return at === -1 || have[at] > want[at]
}

/** Fails unless the Node that runs this file is new enough to set the rest up. */
export const checkRunnerNode = () => {
  if (isAtLeast(process.versions.node, RUNNER_NODE)) return
  throw new Failure(`Node ${RUNNER_NODE} or newer is needed, this is ${process.versions.node}: see https://nodejs.org`)
}

/**
 * The path of a Node that can run the library: the current one, or the one that npm installed as an optional dependency.
 *
 * @param {string} root
 * @param {{ version: string, execPath: string, platform: string, arch: string }} current
 */
export const chooseNode = (root, current) => {
  if (isAtLeast(current.version, LIBRARY_NODE)) return current.execPath
  const bundled = join(root, "node_modules", `node-${current.platform}-${current.arch}`, "bin", "node")
  if (existsSync(bundled)) return bundled
  throw new Failure(
    `Node ${LIBRARY_NODE} or newer is needed, this is ${current.version}, and npm has no Node for ` +
      `${current.platform}-${current.arch}. Install Node 24, see https://nodejs.org`
  )
}
