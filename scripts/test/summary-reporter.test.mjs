import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const VITEST_LIMIT_MS = 60_000

/** Runs vitest itself on the given test files and gives the line that the reporter left. */
const summaryOf = (files) => {
  const folder = mkdtempSync(join(tmpdir(), "reef-summary-"))
  try {
    const tests = join(folder, "tests")
    mkdirSync(tests)
    for (const [name, source] of Object.entries(files)) writeFileSync(join(tests, `${name}.test.mjs`), source)
    const summary = join(folder, "summary.txt")
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs")
    const reporter = join(root, "scripts", "summary-reporter.mjs")
    const { status, stderr } = spawnSync(
      process.execPath,
      [vitest, "run", "--globals", "--root", tests, `--reporter=${reporter}`],
      { env: { ...process.env, REEF_SUMMARY_FILE: summary }, timeout: VITEST_LIMIT_MS, encoding: "utf8" }
    )
    return { line: readFileSync(summary, "utf8"), status, stderr }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe("summary-reporter", () => {
  it("counts tests, and as failures also modules, suites and rejections outside of any test", {
    timeout: VITEST_LIMIT_MS
  }, () => {
    const { line, status } = summaryOf({
      tests:
        'it("a", () => {}); describe("b", () => it("c", () => {})); it("d", () => { throw new Error("d") }); it.skip("e")',
      syntax: "const = 1",
      load: 'import "./missing.mjs"; it("never", () => {})',
      hook: 'describe("f", () => { beforeAll(() => { throw new Error("f") }); it("g", () => {}) })',
      rejection: 'it("h", async () => { Promise.reject(new Error("h")) })'
    })
    assert.strictEqual(line, "3 passed, 5 failed, 2 skipped")
    assert.strictEqual(status, 1)
  })

  it("does not mention skipped tests where there are none", { timeout: VITEST_LIMIT_MS }, () => {
    assert.deepInclude(summaryOf({ tests: 'it("a", () => {})' }), { line: "1 passed, 0 failed", status: 0 })
  })
})
