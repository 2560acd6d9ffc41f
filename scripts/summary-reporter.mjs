// A vitest reporter that leaves one line, `N passed, N failed[, N skipped]`, in the file that REEF_SUMMARY_FILE names.
// The runner prints it as its last line, after everything that vitest itself still has to say.
import { writeFileSync } from "node:fs"

/**
 * Counts tests. What failed outside of a test counts as a failure too, or a suite that could not even be loaded would read
 * "0 failed": a module with a syntax error, a hook of a suite, an unhandled rejection.
 *
 * @param {readonly import("vitest/node").TestModule[]} modules
 * @param {readonly unknown[]} unhandledErrors
 */
export const summarize = (modules, unhandledErrors) => {
  let passed = 0
  let failed = unhandledErrors.length
  let skipped = 0
  for (const module of modules) {
    for (const suite of [module, ...module.children.allSuites()]) failed += suite.errors().length > 0 ? 1 : 0
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === "passed") passed++
      else if (state === "failed") failed++
      else skipped++
    }
  }
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`
}

export default class SummaryReporter {
  /** @param {readonly import("vitest/node").TestModule[]} modules @param {readonly unknown[]} unhandledErrors */
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.REEF_SUMMARY_FILE
    if (file !== undefined) writeFileSync(file, summarize(modules, unhandledErrors))
  }
}
