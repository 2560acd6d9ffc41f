// `npm test`, `npm run demo`, `npm run bench`: sets up what is missing on this machine, then runs it.
// Plain JavaScript on purpose: it runs on Node 20 in a fresh clone, before anything is installed. The npm scripts say `exec`
// since a shell between npm and this file would keep a SIGTERM to itself.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { Failure, Interrupted, run, say } from "./lib/child.mjs"
import { ensureDependencies } from "./lib/dependencies.mjs"
import { checkRunnerNode, chooseNode } from "./lib/node.mjs"
import { ensureServer, runInContainer } from "./lib/server.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const module = (path) => join(root, "node_modules", path)

/** What must hold before the tests are worth running. The types are those of the packages and, checked against them, the tests. */
const CHECKS = [
  { name: "types", args: [module("typescript/bin/tsc"), "-b"] },
  { name: "lint", args: [module("@biomejs/biome/bin/biome"), "check", "."] },
  { name: "imports", args: [join(root, "scripts", "check-imports.mjs")] }
]

const PROGRAMS = {
  demo: "packages/examples/src/demo.ts",
  bench: "packages/benchmarks/src/main.ts",
  account: "packages/examples/src/account.ts"
}

/** The checks, then the tests. The last line is their count; the exit code is that of the first step that failed. */
const test = async (node, env, args) => {
  const failed = []
  for (const check of CHECKS) {
    if ((await run(node, check.args, { cwd: root, env, quiet: true })) === 0) say(`${check.name}: ok`)
    else failed.push(check.name)
  }
  if (failed.length > 0) throw new Failure(`failed: ${failed.join(", ")}. The tests were not run.`)

  const folder = mkdtempSync(join(tmpdir(), "reef-summary-"))
  const summary = join(folder, "summary.txt")
  const reporters = ["--reporter=default", `--reporter=${join(root, "scripts", "summary-reporter.mjs")}`]
  try {
    const code = await run(
      node,
      [module("vitest/vitest.mjs"), "run", "--config", "vitest.workspace.ts", ...reporters, ...args],
      { cwd: root, env: { ...env, REEF_SUMMARY_FILE: summary } }
    )
    if (!existsSync(summary)) throw new Failure("vitest ended without a result", code === 0 ? 1 : code)
    process.stdout.write(`${readFileSync(summary, "utf8")}\n`)
    return code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const main = async ([command, ...args]) => {
  checkRunnerNode()
  const program = Object.hasOwn(PROGRAMS, command ?? "") ? join(root, PROGRAMS[command]) : undefined
  if (program === undefined && command !== "test") {
    throw new Failure(`usage: node scripts/run.mjs test|${Object.keys(PROGRAMS).join("|")} [arguments]`)
  }
  if (program !== undefined && !existsSync(program)) throw new Failure(`there is no ${relative(root, program)}`)
  if ((await ensureServer()) === "container") return await runInContainer(root, [command, ...args])
  await ensureDependencies(root)
  const { arch, execPath, platform, versions } = process
  const node = chooseNode(root, { version: versions.node, execPath, platform, arch })
  const path = [dirname(node), module(".bin"), process.env.PATH ?? ""].join(delimiter)
  const env = { ...process.env, PATH: path }
  return program === undefined ? await test(node, env, args) : await run(node, [program, ...args], { cwd: root, env })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure || error instanceof Interrupted)) throw error
  say(error.message)
  process.exitCode = error.exitCode
}
