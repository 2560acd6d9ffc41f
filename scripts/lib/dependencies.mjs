// The npm dependencies: are they what package-lock.json says, and if not, install them.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Failure, npm, run, say } from "./child.mjs"

/**
 * Compares package-lock.json with npm's own record of what it put into node_modules (node_modules/.package-lock.json).
 * Only what is optional (binaries of other platforms) may be missing. Workspaces are links and have nothing to install.
 *
 * @param {Record<string, { version?: string, link?: boolean, optional?: boolean }>} wanted
 * @param {Record<string, { version?: string, link?: boolean }>} installed
 */
export const isInstalled = (wanted, installed) => {
  const listed = (packages) =>
    Object.entries(packages).filter(([path, entry]) => path.includes("node_modules/") && !entry.link)
  return (
    listed(wanted).every(([path, entry]) => {
      const found = installed[path]
      return found === undefined ? entry.optional === true : found.version === entry.version
    }) && listed(installed).every(([path]) => path in wanted)
  )
}

const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages ?? {}
  } catch {
    return undefined
  }
}

/** Runs `npm ci` if node_modules is missing or is not what package-lock.json says. */
export const ensureDependencies = async (root) => {
  const wanted = packagesOf(join(root, "package-lock.json"))
  if (wanted === undefined) throw new Failure("package-lock.json is missing or not JSON: take it from git again")
  const installed = packagesOf(join(root, "node_modules", ".package-lock.json"))
  // npm removes this record before it changes node_modules and writes it last: with it the installation is whole.
  if (installed !== undefined && isInstalled(wanted, installed)) return

  say("installing dependencies (npm ci)")
  // NODE_ENV=production or --omit of the caller must not leave tools out.
  const quiet = ["--loglevel=error", "--no-audit", "--no-fund"]
  const [command, ...args] = npm("ci", "--include=dev", "--include=optional", ...quiet)
  const code = await run(command, args, { cwd: root, quiet: true })
  if (code !== 0) throw new Failure("npm ci failed: the registry must be reachable for the first run")
}
