// `npm test`, `npm run test:all`, `npm run test:node`, `npm run prove`, `npm run demo`, `npm run bench`: sets up what is missing on this machine, then runs it.
// Plain JavaScript on purpose: it runs on Node 20 in a fresh clone, before anything is installed. The npm scripts say `exec`
// since a shell between npm and this file would keep a SIGTERM to itself.
import { existsSync } from "node:fs"
import { delimiter, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { Failure, Interrupted, run, say } from "./lib/child.mjs"
import { ensureDependencies } from "./lib/dependencies.mjs"
import { checkRunnerNode, chooseNode } from "./lib/node.mjs"
import { ensureNodes } from "./lib/nodes.mjs"
import { ensureServer, runInContainer } from "./lib/server.mjs"
import { runChecks, runTests, runTestsOnAll, runTestsOnNodes } from "./lib/suite.mjs"
import { ensureServers } from "./servers.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const module = (path) => join(root, "node_modules", path)

/** What runs the tests. */
const TESTS = ["test", "test:all", "test:node", "prove"]

const PROGRAMS = {
  demo: "packages/examples/src/demo.ts",
  bench: "packages/benchmarks/src/main.ts",
  account: "packages/examples/src/account.ts",
  "generate:commands": "scripts/generate-commands.mjs",
  "generate:reference": "scripts/generate-reference.mjs"
}

/** What a program sees whose Node is that one. */
const envFor = (node) => {
  const path = [dirname(node), module(".bin"), process.env.PATH ?? ""].join(delimiter)
  return { ...process.env, PATH: path }
}

/** The checks, then the tests on one server version and one Node, or on every one that can be had. */
const test = async (command, node, args) => {
  const env = envFor(node)
  await runChecks(root, node, env)
  if (command === "test:all") return await runTestsOnAll(root, node, env, args, await ensureServers(root))
  if (command === "test:node") return await runTestsOnNodes(root, envFor, args, await ensureNodes(root, process))
  if (command === "prove") {
    const which = args.length === 0 ? [".proof.test"] : args
    return await runTests(root, node, { ...env, REEF_PROOF: "full" }, which)
  }
  return await runTests(root, node, env, args)
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
  return program === undefined
    ? await test(command, node, args)
    : await run(node, [program, ...args], { cwd: root, env: envFor(node) })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure || error instanceof Interrupted)) throw error
  say(error.message)
  process.exitCode = error.exitCode
}
