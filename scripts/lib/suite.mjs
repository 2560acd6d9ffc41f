// The tests and what must hold before they are worth running: once, or once for each server version.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { Failure, run, say } from "./child.mjs"

/** The types are those of the packages and, checked against them, the tests. */
const checks = (root) => [
  { name: "types", args: [join(root, "node_modules", "typescript/bin/tsc"), "-b"] },
  { name: "lint", args: [join(root, "node_modules", "@biomejs/biome/bin/biome"), "check", "."] },
  { name: "imports", args: [join(root, "scripts", "check-imports.mjs")] }
]

/** All checks, so that one run shows everything that is wrong. */
export const runChecks = async (root, node, env) => {
  const failed = []
  for (const check of checks(root)) {
    if ((await run(node, check.args, { cwd: root, env, quiet: true })) === 0) say(`${check.name}: ok`)
    else failed.push(check.name)
  }
  if (failed.length > 0) throw new Failure(`failed: ${failed.join(", ")}. The tests were not run.`)
}

/** Most of the time a test waits for servers, so that on two cores, too, there is room for two files at once; vitest would take one. */
const WORKERS = Math.max(2, availableParallelism() - 1)

/** Runs vitest and gives its exit code, with the line that the summary reporter left unless vitest ended before it could. */
const runVitest = async (root, node, env, args) => {
  const folder = mkdtempSync(join(tmpdir(), "reef-summary-"))
  const summary = join(folder, "summary.txt")
  const vitest = join(root, "node_modules", "vitest/vitest.mjs")
  const reporters = ["--reporter=default", `--reporter=${join(root, "scripts", "summary-reporter.mjs")}`]
  try {
    const fixed = ["run", "--config", "vitest.workspace.ts", `--maxWorkers=${WORKERS}`]
    const code = await run(node, [vitest, ...fixed, ...reporters, ...args], {
      cwd: root,
      env: { ...env, REEF_SUMMARY_FILE: summary }
    })
    return { code, summary: existsSync(summary) ? readFileSync(summary, "utf8") : undefined }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The tests. The last line is their count; the exit code is vitest's. */
export const runTests = async (root, node, env, args) => {
  const { code, summary } = await runVitest(root, node, env, args)
  if (summary === undefined) throw new Failure("vitest ended without a result", code === 0 ? 1 : code)
  process.stdout.write(`${summary}\n`)
  return code
}

const COUNTS = ["passed", "failed", "skipped"]

const countIn = (summary, name) => Number(new RegExp(`(\\d+) ${name}`).exec(summary)?.[1] ?? 0)

/**
 * What is printed after the runs on several versions: a line for each, and the total. A run without a summary counts as one
 * failure, as does one that vitest ended with an error although no test failed.
 *
 * @param {readonly { label: string, code: number, summary: string | undefined }[]} results
 * @param {readonly { label: string, reason: string }[]} absent
 * @param {string} [what] whose versions
 * @returns {{ lines: string[], code: number }} `code` is 0 only if all runs ended well
 */
export const summarizeVersions = (results, absent, what = "server") => {
  const totals = new Map(COUNTS.map((name) => [name, 0]))
  const lines = results.map(({ label, code, summary }) => {
    for (const name of COUNTS) totals.set(name, totals.get(name) + countIn(summary ?? "", name))
    const unexplained = summary === undefined || (code !== 0 && countIn(summary, "failed") === 0)
    if (unexplained) totals.set("failed", totals.get("failed") + 1)
    const ended = unexplained ? [`vitest ended with code ${code}`] : []
    return `${label}: ${[...(summary === undefined ? [] : [summary]), ...ended].join(", ")}`
  })
  const counted = COUNTS.filter((name) => name !== "skipped" || totals.get(name) > 0)
  const total = counted.map((name) => `${totals.get(name)} ${name}`).join(", ")
  return {
    lines: [
      ...lines,
      ...absent.map(({ label, reason }) => `${label}: not run (${reason})`),
      `total: ${total} on ${results.length} ${what} version${results.length === 1 ? "" : "s"}`
    ],
    code: results.length > 0 && results.every(({ code, summary }) => code === 0 && summary !== undefined) ? 0 : 1
  }
}

/** The tests on each server version, all of them whatever becomes of the one before. */
export const runTestsOnAll = async (root, node, env, args, { servers, absent }) => {
  const results = []
  for (const { label, path } of servers) {
    say(`tests on ${label} (${path})`)
    results.push({ label, ...(await runVitest(root, node, { ...env, REEF_SERVER: path }, args)) })
  }
  const { lines, code } = summarizeVersions(results, absent)
  process.stdout.write(`${lines.join("\n")}\n`)
  return code
}

/** The tests on each Node version, with `envFor` giving the environment in which that one is `node`. */
export const runTestsOnNodes = async (root, envFor, args, { nodes, absent }) => {
  const results = []
  for (const { label, path } of nodes) {
    say(`tests on ${label} (${path})`)
    results.push({ label, ...(await runVitest(root, path, envFor(path), args)) })
  }
  const { lines, code } = summarizeVersions(results, absent, "Node")
  process.stdout.write(`${lines.join("\n")}\n`)
  return code
}
