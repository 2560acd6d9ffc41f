/**
 * The guard of a group of servers: a Node process that starts them, holds their ports and their folder, and ends all of it
 * when the IPC channel to the test process breaks. The kernel closes that channel however the test process ends, SIGKILL
 * included, and the servers are children of this process, so that no server can be started without being known here.
 *
 * It runs in a session of its own: a Ctrl-C in the terminal reaches the test process, which then closes its scopes.
 */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { PortBlocks } from "./ports.ts"
import type { Answer, Event, Request } from "./supervisorMessages.ts"

const REMOVE_ATTEMPTS = 50
const REMOVE_PAUSE_MILLIS = 20

const children = new Map<string, ChildProcess>()
const ports = new PortBlocks()
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "reef-"))
let closing = false

const say = (message: Answer | Event): void => {
  // The callback takes the error of a channel that broke meanwhile; `disconnect` then does what is due.
  if (process.connected) process.send!(message, undefined, undefined, () => {})
}

/** Each server leads a process group, so that its forks (snapshot, rewrite) are reached too. */
const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    process.kill(-child.pid!, signal)
  } catch {
    // The group is gone already.
  }
}

const start = (request: Extract<Request, { readonly op: "spawn" }>): Promise<number> =>
  new Promise((resolve, reject) => {
    if (children.has(request.key)) return reject(new Error(`${request.key} is running already`))
    const log = fs.openSync(request.logFile, "a")
    const child = spawn(request.command, request.args, {
      cwd: request.cwd,
      stdio: ["ignore", log, log],
      detached: true
    })
    fs.closeSync(log)
    child.once("error", reject)
    const pid = child.pid
    if (pid === undefined) return
    children.set(request.key, child)
    child.once("exit", (code, signal) => {
      signalGroup(child, "SIGKILL")
      children.delete(request.key)
      say({ event: "exit", pid, code, signal })
    })
    resolve(pid)
  })

const signal = (request: Extract<Request, { readonly op: "signal" }>): number => {
  const child = children.get(request.key)
  if (child === undefined) return 0
  // An orderly end is the server's own business; it waits for its forks.
  if (request.signal === "SIGTERM") child.kill("SIGTERM")
  else signalGroup(child, request.signal)
  return 1
}

const answer = async (request: Request): Promise<number | ReadonlyArray<number>> => {
  switch (request.op) {
    case "ports":
      return ports.take(request.count)
    case "spawn":
      return start(request)
    case "signal":
      return signal(request)
  }
}

const close = async (): Promise<void> => {
  if (closing) return
  closing = true
  const ended = Array.from(children.values(), (child) => new Promise((resolve) => child.once("exit", resolve)))
  // SIGKILL also ends a process that SIGSTOP holds.
  for (const child of children.values()) signalGroup(child, "SIGKILL")
  await Promise.all(ended)
  for (let attempt = 0; attempt < REMOVE_ATTEMPTS; attempt++) {
    try {
      fs.rmSync(dir, { recursive: true, force: true })
      break
    } catch {
      // A killed fork may still be on its way out and have created a file meanwhile.
      await new Promise((resolve) => setTimeout(resolve, REMOVE_PAUSE_MILLIS))
    }
  }
  process.exit(0)
}

const isRequest = (message: unknown): message is Request =>
  typeof message === "object" && message !== null && "id" in message && "op" in message

process.on("message", (message: unknown) => {
  if (!isRequest(message) || closing) return
  const { id } = message
  answer(message).then(
    (value) => say({ id, ok: true, value }),
    (error: unknown) => say({ id, ok: false, detail: String(error) })
  )
})
process.on("disconnect", close)
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, close)
process.on("uncaughtException", (error) => {
  say({ event: "crash", detail: String(error.stack) })
  void close()
})
say({ event: "ready", dir })
