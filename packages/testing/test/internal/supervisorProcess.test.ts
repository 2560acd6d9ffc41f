import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { eventually, gone, isAlive } from "../fixtures/processes.ts"

interface Held {
  readonly pids: ReadonlyArray<number>
  readonly helpers: ReadonlyArray<number>
  readonly ports: ReadonlyArray<number>
  readonly dirs: ReadonlyArray<string>
}

const FIXTURE = fileURLToPath(new URL("../fixtures/holder.ts", import.meta.url))

const startHolder = Effect.acquireRelease(
  Effect.sync(() => spawn(process.execPath, [FIXTURE], { stdio: ["ignore", "ignore", "inherit", "ipc"] })),
  (child) => Effect.sync(() => child.kill("SIGKILL"))
)

const held = (child: ChildProcess) =>
  Effect.callback<Held, Error>((resume) => {
    child.once("message", (message: Held) => resume(Effect.succeed(message)))
    child.once("exit", () => resume(Effect.fail(new Error("the fixture ended too early"))))
  })

const ended = (child: ChildProcess) =>
  Effect.callback<NodeJS.Signals | null>((resume) => {
    child.once("exit", (_code, signal) => resume(Effect.succeed(signal)))
  })

const canListen = (port: number) =>
  Effect.callback<boolean>((resume) => {
    const server = net.createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen(port, "127.0.0.1", () => server.close(() => resume(Effect.succeed(true))))
  })

describe("supervisorProcess", () => {
  it.effect("ends all servers, frozen ones too, and removes their folders when the test process is killed", () =>
    Effect.gen(function* () {
      const child = yield* startHolder
      const { dirs, helpers, pids, ports } = yield* held(child)
      assert.strictEqual(pids.length, 7)
      assert.isAtLeast(helpers.length, 3)
      assert.isTrue(pids.every(isAlive))
      assert.isTrue(dirs.every((dir) => fs.existsSync(dir)))
      assert.isTrue(ports.every((port) => port < 32_768))
      child.kill("SIGKILL")
      assert.strictEqual(yield* ended(child), "SIGKILL")
      yield* eventually(gone([...pids, ...helpers]))
      yield* eventually(() => dirs.find((dir) => fs.existsSync(dir)))
      assert.deepStrictEqual(
        yield* Effect.forEach(ports, canListen),
        ports.map(() => true)
      )
    })
  )
})
