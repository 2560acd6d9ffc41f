// `npm test`, `npm run test:all`, `npm run demo`, `npm run bench`: sets up what is missing on this machine, then runs it.
// Plain JavaScript on purpose: it runs on Node 20 in a fresh clone, before anything is installed. The npm scripts say `exec`
// since a shell between npm and this file would keep a SIGTERM to itself.
import { existsSync } from "node:fs"
import { delimiter, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { Failure, Interrupted, run, say } from "./lib/child.mjs"
import { ensureDependencies } from "./lib/dependencies.mjs"
import { checkRunnerNode, chooseNode } from "./lib/node.mjs"
import { ensureServer, runInContainer } from "./lib/server.mjs"
import { runChecks, runTests, runTestsOnAll } from "./lib/suite.mjs"
import { ensureServers } from "./servers.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const module = (path) => join(root, "node_modules", path)

/** What runs the tests. */
const TESTS = ["test", "test:all"]

const PROGRAMS = {
  demo: "packages/examples/src/demo.ts",
  bench: "packages/benchmarks/src/main.ts",
  account: "packages/examples/src/account.ts",
  "generate:commands": "scripts/generate-commands.mjs",
  "generate:reference": "scripts/generate-reference.mjs"
}

/** The checks, then the tests on one server version, or on every one that can be had. */
const test = async (command, node, env, args) => {
  await runChecks(root, node, env)
  return command === "test"
    ? await runTests(root, node, env, args)
    : await runTestsOnAll(root, node, env, args, await ensureServers(root))
}

const main = async ([command, ...args]) => {
  checkRunnerNode()
  const program = Object.hasOwn(PROGRAMS, command ?? "") ? join(root, PROGRAMS[command]) : undefined
  if (program === undefined && !TESTS.includes(command)) {
    throw new Failure(`usage: node scripts/run.mjs ${TESTS.join("|")}|${Object.keys(PROGRAMS).join("|")} [arguments]`)
  }
  if (program !== undefined && !existsSync(program)) throw new Failure(`there is no ${relative(root, program)}`)
  if ((await ensureServer()) === "container") return await runInContainer(root, [command, ...args])
  await ensureDependencies(root)
  const { arch, execPath, platform, versions } = process
  const node = chooseNode(root, { version: versions.node, execPath, platform, arch })
  const path = [dirname(node), module(".bin"), process.env.PATH ?? ""].join(delimiter)
  const env = { ...process.env, PATH: path }
  return program === undefined
    ? await test(command, node, env, args)
    : await run(node, [program, ...args], { cwd: root, env })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure || error instanceof Interrupted)) throw error
  say(error.message)
  process.exitCode = error.exitCode
}
