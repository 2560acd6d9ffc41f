/**
 * The guard of a group of servers: a Node process that starts them, holds their ports and their folder, and ends all of it
 * when the IPC channel to the test process breaks. The kernel closes that channel however the test process ends, SIGKILL
 * included, and the servers are children of this process, so that no server can be started without being known here.
 *
 * It runs in a session of its own: a Ctrl-C in the terminal reaches the test process, which then closes its scopes.
 */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import type { Answer, Event, Request } from "./supervisorMessages.ts"

const HOST = "127.0.0.1"
/** Ports from 32768 on are handed out by Linux to outgoing connections, and could be taken while a server restarts. */
const FIRST_PORT = 20_480
const LAST_PORT = 32_767
/** Ports per block. The first one is the guard: who listens on it owns the others, and the kernel frees it with its owner. */
const BLOCK_SIZE = 64
const BLOCKS = Math.floor((LAST_PORT - FIRST_PORT + 1) / BLOCK_SIZE)
const REMOVE_ATTEMPTS = 50
const REMOVE_PAUSE_MILLIS = 20

const children = new Map<string, ChildProcess>()
const guards: Array<net.Server> = []
const candidates: Array<number> = []
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "reef-"))
let closing = false

const say = (message: Answer | Event): void => {
  // The callback takes the error of a channel that broke meanwhile; `disconnect` then does what is due.
  if (process.connected) process.send!(message, undefined, undefined, () => {})
}

const listen = (port: number): Promise<net.Server | undefined> =>
  new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy())
    server.once("error", () => resolve(undefined))
    server.listen({ host: HOST, port, exclusive: true }, () => resolve(server))
  })

const isFree = async (port: number): Promise<boolean> => {
  const server = await listen(port)
  if (server === undefined) return false
  await new Promise((resolve) => server.close(resolve))
  return true
}

const claimBlock = async (): Promise<void> => {
  const start = Math.floor(Math.random() * BLOCKS)
  for (let i = 0; i < BLOCKS; i++) {
    const base = FIRST_PORT + ((start + i) % BLOCKS) * BLOCK_SIZE
    const guard = await listen(base)
    if (guard === undefined) continue
    guards.push(guard)
    for (let port = base + 1; port < base + BLOCK_SIZE; port++) candidates.push(port)
    return
  }
  throw new Error(`no free block of ports between ${FIRST_PORT} and ${LAST_PORT}`)
}

/** Never hands out a port twice: one that a server found taken stays used up. */
const takePorts = async (count: number): Promise<Array<number>> => {
  const ports: Array<number> = []
  while (ports.length < count) {
    const port = candidates.shift()
    if (port === undefined) await claimBlock()
    else if (await isFree(port)) ports.push(port)
  }
  return ports
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
      return takePorts(request.count)
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
