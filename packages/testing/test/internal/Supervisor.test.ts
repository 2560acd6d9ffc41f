import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeSupervisor, type Supervisor } from "../../src/internal/Supervisor.ts"
import { eventually, gone, isAlive } from "../fixtures/processes.ts"

/** A process that lives until it is ended; any program will do here. */
const sleeper = (supervisor: Supervisor, key = "sleeper", script = "setInterval(() => {}, 1000)") =>
  supervisor.spawn({
    key,
    command: process.execPath,
    args: ["-e", script],
    cwd: supervisor.dir,
    logFile: path.join(supervisor.dir, `${key}.log`)
  })

/** The supervisor's own process id, as the parent of what it has started. */
const parentOf = (supervisor: Supervisor) =>
  Effect.gen(function* () {
    yield* (yield* sleeper(supervisor, "child", "console.log(process.ppid)")).awaitExit
    return Number(fs.readFileSync(path.join(supervisor.dir, "child.log"), "utf8"))
  })

describe("Supervisor", () => {
  it.effect("gives ports that no other supervisor gives", () =>
    Effect.gen(function* () {
      const supervisors = yield* Effect.all([makeSupervisor, makeSupervisor, makeSupervisor], { concurrency: 3 })
      const ports = yield* Effect.forEach(supervisors, (supervisor) => supervisor.ports(70), {
        concurrency: "unbounded"
      })
      const all = ports.flat()
      assert.strictEqual(all.length, 210)
      assert.strictEqual(new Set(all).size, 210)
      assert.isTrue(all.every((port) => port > 1024 && port < 32_768))
    })
  )

  it.effect("reports how a process ended, and starts another under its name", () =>
    Effect.gen(function* () {
      const supervisor = yield* makeSupervisor
      const first = yield* sleeper(supervisor)
      assert.strictEqual(first.exit(), undefined)
      assert.include((yield* Effect.flip(sleeper(supervisor))).detail, "running already")
      yield* first.signal("SIGKILL")
      assert.deepStrictEqual(yield* first.awaitExit, { code: null, signal: "SIGKILL" })
      const second = yield* sleeper(supervisor, "sleeper", "process.exit(3)")
      assert.deepStrictEqual(yield* second.awaitExit, { code: 3, signal: null })
      assert.deepStrictEqual(second.exit(), { code: 3, signal: null })
    })
  )

  it.effect("says that a program cannot be started", () =>
    Effect.gen(function* () {
      const supervisor = yield* makeSupervisor
      const error = yield* Effect.flip(
        supervisor.spawn({
          key: "x",
          command: "/nowhere/program",
          args: [],
          cwd: supervisor.dir,
          logFile: path.join(supervisor.dir, "x.log")
        })
      )
      assert.strictEqual(error.reason, "StartFailed")
      assert.include(error.detail, "ENOENT")
    })
  )

  it.effect("ends what a process has forked together with it", () =>
    Effect.gen(function* () {
      const supervisor = yield* makeSupervisor
      const script =
        "const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])\n" +
        "console.log(c.pid); setInterval(() => {}, 1000)"
      const parent = yield* sleeper(supervisor, "parent", script)
      const log = path.join(supervisor.dir, "parent.log")
      yield* eventually(() => (fs.readFileSync(log, "utf8").endsWith("\n") ? undefined : "no fork yet"))
      const fork = Number(fs.readFileSync(log, "utf8"))
      assert.isTrue(isAlive(fork))
      yield* parent.signal("SIGKILL")
      yield* eventually(gone([fork, parent.pid]))
    })
  )

  it.effect("lets no server outlive a supervisor that something has killed, and says so afterwards", () =>
    Effect.gen(function* () {
      const supervisor = yield* makeSupervisor
      const own = yield* parentOf(supervisor)
      const server = yield* sleeper(supervisor)
      process.kill(own, "SIGKILL")
      yield* server.awaitExit
      yield* eventually(gone([server.pid]))
      yield* eventually(() => (fs.existsSync(supervisor.dir) ? "the folder is still there" : undefined))
      assert.strictEqual((yield* Effect.flip(supervisor.ports(1))).reason, "SupervisorLost")
    })
  )

  it.effect("cleans up when it is asked to end", () =>
    Effect.gen(function* () {
      const supervisor = yield* makeSupervisor
      const own = yield* parentOf(supervisor)
      const server = yield* sleeper(supervisor)
      process.kill(own, "SIGTERM")
      yield* eventually(gone([server.pid, own]))
      assert.isFalse(fs.existsSync(supervisor.dir))
    })
  )
})
