import { assert, describe, it } from "vitest"
import { summarizeVersions } from "../../lib/suite.mjs"

const good = { label: "Redis 7.0.15", code: 0, summary: "10 passed, 0 failed, 1 skipped" }

describe("suite", () => {
  it("gives a line for each version, those that were not run included, and the total", () => {
    const other = { label: "Valkey 9.1.2", code: 0, summary: "12 passed, 0 failed" }
    assert.deepStrictEqual(summarizeVersions([good, other], [{ label: "Redis 8.0", reason: "no network" }]), {
      lines: [
        "Redis 7.0.15: 10 passed, 0 failed, 1 skipped",
        "Valkey 9.1.2: 12 passed, 0 failed",
        "Redis 8.0: not run (no network)",
        "total: 22 passed, 0 failed, 1 skipped on 2 server versions"
      ],
      code: 0
    })
  })

  it("names whose versions they are", () => {
    const { lines } = summarizeVersions([{ ...good, label: "Node 26.10.0" }], [], "Node")
    assert.strictEqual(lines.at(-1), "total: 10 passed, 0 failed, 1 skipped on 1 Node version")
  })

  it("fails if one version fails", () => {
    const bad = { label: "Redis 8.0.2", code: 1, summary: "9 passed, 1 failed" }
    const { lines, code } = summarizeVersions([bad, good], [])
    assert.strictEqual(lines.at(-1), "total: 19 passed, 1 failed, 1 skipped on 2 server versions")
    assert.strictEqual(code, 1)
  })

  it("counts a run without a summary, or one that ended badly without a failed test, as a failure", () => {
    for (const bad of [
      { label: "A", code: 0, summary: undefined },
      { label: "B", code: 137, summary: undefined },
      { label: "C", code: 1, summary: "3 passed, 0 failed" }
    ]) {
      const { lines, code } = summarizeVersions([bad], [])
      assert.include(lines[0], `vitest ended with code ${bad.code}`)
      assert.match(lines[1], /^total: \d passed, 1 failed on 1 server version$/)
      assert.strictEqual(code, 1)
    }
  })

  it("fails if there was nothing to run on", () => {
    assert.strictEqual(summarizeVersions([], [{ label: "Redis 7.0", reason: "no network" }]).code, 1)
  })
})
