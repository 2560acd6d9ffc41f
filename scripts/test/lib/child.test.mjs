import { spawn } from "node:child_process"
import { once } from "node:events"
import { assert, describe, it } from "vitest"
import { run } from "../../lib/child.mjs"

const RUNNER = `
import { Interrupted, run } from ${JSON.stringify(new URL("../../lib/child.mjs", import.meta.url).href)}
try {
  process.exitCode = await run(process.execPath, ["-e", process.argv[1]], { quiet: process.argv[2] === "quiet" })
} catch (error) {
  if (!(error instanceof Interrupted)) throw error
  process.exitCode = error.exitCode
}`

/** Runs \`script\` as a child of a process that uses \`run\`; \`signal\` is sent once the script has written something. */
const outcome = async (script, { quiet = false, signal } = {}) => {
  const args = ["--input-type=module", "-e", RUNNER, script, quiet ? "quiet" : "loud"]
  const runner = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
  let stdout = ""
  let stderr = ""
  runner.stdout.on("data", (chunk) => {
    if (signal !== undefined && stdout === "") runner.kill(signal)
    stdout += chunk
  })
  runner.stderr.on("data", (chunk) => {
    stderr += chunk
  })
  const [code] = await once(runner, "close")
  return { code, stdout, stderr }
}

const STAYS = "console.log('up'); setInterval(() => {}, 1000)"

describe("child", () => {
  it("gives the exit code of the program", async () => {
    assert.strictEqual(await run(process.execPath, ["-e", "process.exit(7)"]), 7)
  })

  it("gives the exit code of a shell for a program that died of a signal", async () => {
    assert.strictEqual(await run(process.execPath, ["-e", "process.kill(process.pid, 'SIGKILL')"]), 137)
  })

  it("says so when the program does not exist", async () => {
    const message = await run("reef-no-such-program", []).then(String, (error) => error.message)
    assert.match(message, /cannot run reef-no-such-program/)
  })

  it("shows what a quiet program wrote only if it failed", async () => {
    assert.deepStrictEqual(await outcome("console.log('noise')", { quiet: true }), { code: 0, stdout: "", stderr: "" })
    const failed = await outcome("console.log('why'); process.exit(3)", { quiet: true })
    assert.deepStrictEqual(failed, { code: 3, stdout: "", stderr: "why\n" })
  })

  it("gives what a program wrote to a sink, also if it failed", async () => {
    let output = ""
    const sink = (text) => {
      output = text
    }
    const script = "console.log('out'); console.error('why'); process.exitCode = 3"
    assert.strictEqual(await run(process.execPath, ["-e", script], { sink }), 3)
    assert.deepStrictEqual(output.trim().split("\n").sort(), ["out", "why"])
  })

  it("passes SIGINT and SIGTERM on, and ends with the code of that signal", async () => {
    assert.strictEqual((await outcome(STAYS, { signal: "SIGINT" })).code, 130)
    assert.strictEqual((await outcome(STAYS, { signal: "SIGTERM" })).code, 143)
  })

  it("lets the program end in its own way after a signal, and still reports that it was interrupted", async () => {
    const tidy = (code) => `process.on("SIGTERM", () => { console.log("tidied"); process.exit(${code}) }); ${STAYS}`
    assert.deepStrictEqual(await outcome(tidy(5), { signal: "SIGTERM" }), {
      code: 5,
      stdout: "up\ntidied\n",
      stderr: ""
    })
    assert.strictEqual((await outcome(tidy(0), { signal: "SIGTERM" })).code, 143)
  })
})
