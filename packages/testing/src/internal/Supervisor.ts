/**
 * The test process's end of the supervisor: a scoped service. Closing the scope and dying have the same effect, namely that
 * the channel breaks and the supervisor removes everything.
 */
import type { ChildProcess } from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ServerError } from "../ServerError.ts"
import { startHelper } from "./helperProcess.ts"
import type { Answer, Event, Request } from "./supervisorMessages.ts"

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface SpawnedProcess {
  readonly pid: number
  /** How the process ended; `undefined` while it lives. */
  readonly exit: () => ProcessExit | undefined
  /** Resumes once the process has ended. */
  readonly awaitExit: Effect.Effect<ProcessExit>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void, ServerError>
}

export interface Supervisor {
  /** A temporary folder that goes away with the servers. */
  readonly dir: string
  /** Free loopback ports below 32768 that no other supervisor on this machine hands out. */
  readonly ports: (count: number) => Effect.Effect<ReadonlyArray<number>, ServerError>
  readonly spawn: (options: {
    readonly key: string
    readonly command: string
    readonly args: ReadonlyArray<string>
    readonly cwd: string
    readonly logFile: string
  }) => Effect.Effect<SpawnedProcess, ServerError>
}

/** Starting Node takes 50 ms; a machine that needs this long is stuck. */
const READY_TIMEOUT_MILLIS = 20_000
/** Killing the servers and removing the folder takes milliseconds. */
const CLOSE_TIMEOUT_MILLIS = 20_000

type Unnumbered<R> = R extends Request ? Omit<R, "id"> : never

interface LiveProcess {
  readonly pid: number
  exit: ProcessExit | undefined
  readonly waiters: Set<(exit: ProcessExit) => void>
}

const lost = (action: string, detail: string): ServerError =>
  new ServerError({ reason: "SupervisorLost", action, detail, log: "" })

class Link {
  private readonly child: ChildProcess
  private readonly answers = new Map<number, (answer: Answer) => void>()
  private readonly processes = new Map<number, LiveProcess>()
  private lastId = 0
  private crash = ""
  private readonly onReady: (link: Link) => void
  private readonly onEnd = new Set<(detail: string) => void>()
  dir = ""
  /** Why the supervisor is gone; `undefined` while it lives. */
  ended: string | undefined

  constructor(onReady: (link: Link) => void, onEnd: (detail: string) => void) {
    this.onReady = onReady
    this.onEnd.add(onEnd)
    this.child = startHelper("supervisorProcess")
    this.child.on("message", (message: Answer | Event) => this.receive(message))
    this.child.once("error", (error) => this.end(String(error)))
    this.child.once("exit", (code, signal) => this.end(`the supervisor ended (${signal ?? code}) ${this.crash}`))
  }

  private receive(message: Answer | Event): void {
    if ("id" in message) {
      const resolve = this.answers.get(message.id)
      this.answers.delete(message.id)
      resolve?.(message)
    } else if (message.event === "ready") {
      this.dir = message.dir
      this.onReady(this)
    } else if (message.event === "exit") {
      this.processEnded(message.pid, { code: message.code, signal: message.signal })
    } else {
      this.crash = message.detail
    }
  }

  private processEnded(pid: number, exit: ProcessExit): void {
    const live = this.processes.get(pid)
    if (live === undefined) return
    this.processes.delete(pid)
    live.exit = exit
    for (const waiter of live.waiters) waiter(exit)
  }

  private end(detail: string): void {
    if (this.ended !== undefined) return
    this.ended = detail
    // Normally all are dead by now. If something killed the supervisor itself, its servers must not outlive it.
    for (const pid of [...this.processes.keys()]) {
      try {
        process.kill(-pid, "SIGKILL")
      } catch {
        // Gone already.
      }
      this.processEnded(pid, { code: null, signal: "SIGKILL" })
    }
    if (this.dir !== "") fs.rmSync(this.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
    for (const [id, resolve] of this.answers) resolve({ id, ok: false, detail })
    this.answers.clear()
    for (const notify of this.onEnd) notify(detail)
  }

  /**
   * `accept` runs as the answer arrives and before any later event is looked at; `undefined` means that the answer makes
   * no sense.
   */
  request<A>(
    action: string,
    request: Unnumbered<Request>,
    accept: (value: number | ReadonlyArray<number>) => A | undefined
  ): Effect.Effect<A, ServerError> {
    return Effect.callback<A, ServerError>((resume) => {
      if (this.ended !== undefined) return resume(Effect.fail(lost(action, this.ended)))
      const id = ++this.lastId
      this.answers.set(id, (answer) => {
        if (!answer.ok) {
          const error = new ServerError({ reason: "StartFailed", action, detail: answer.detail, log: "" })
          return resume(Effect.fail(this.ended === undefined ? error : lost(action, this.ended)))
        }
        const accepted = accept(answer.value)
        resume(
          accepted === undefined
            ? Effect.fail(lost(action, "the supervisor's answer makes no sense"))
            : Effect.succeed(accepted)
        )
      })
      // A channel that breaks while sending is followed by `exit`, which answers everything.
      this.child.send({ ...request, id }, () => {})
    })
  }

  adopt(pid: number): LiveProcess {
    const live: LiveProcess = { pid, exit: undefined, waiters: new Set() }
    this.processes.set(pid, live)
    return live
  }

  readonly close: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.ended !== undefined) return resume(Effect.void)
    const timer = setTimeout(() => this.child.kill("SIGKILL"), CLOSE_TIMEOUT_MILLIS)
    this.onEnd.add(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
    if (this.child.connected) this.child.disconnect()
  })
}

const open: Effect.Effect<Link, ServerError> = Effect.callback<Link, ServerError>((resume) => {
  const action = "start the supervisor"
  const fail = (detail: string) => {
    clearTimeout(timer)
    resume(Effect.fail(lost(action, detail)))
  }
  const link = new Link((ready) => {
    clearTimeout(timer)
    resume(Effect.succeed(ready))
  }, fail)
  const timer = setTimeout(() => {
    Effect.runFork(link.close)
    fail(`not ready within ${READY_TIMEOUT_MILLIS} ms`)
  }, READY_TIMEOUT_MILLIS)
})

const spawnedProcess = (link: Link, key: string, live: LiveProcess): SpawnedProcess => ({
  pid: live.pid,
  exit: () => live.exit,
  awaitExit: Effect.callback<ProcessExit>((resume) => {
    if (live.exit !== undefined) return resume(Effect.succeed(live.exit))
    const waiter = (exit: ProcessExit) => resume(Effect.succeed(exit))
    live.waiters.add(waiter)
    return Effect.sync(() => live.waiters.delete(waiter))
  }),
  signal: (signal) =>
    Effect.asVoid(link.request(`send ${signal} to ${key}`, { op: "signal", key, signal }, (value) => value))
})

export const makeSupervisor: Effect.Effect<Supervisor, ServerError, Scope.Scope> = Effect.map(
  Effect.acquireRelease(open, (link) => link.close),
  (link): Supervisor => ({
    dir: link.dir,
    ports: (count) =>
      link.request(`claim ${count} ports`, { op: "ports", count }, (ports) =>
        typeof ports === "number" ? undefined : ports
      ),
    spawn: (options) =>
      // Not interruptible: the answer says which process it is that a later signal shall reach.
      Effect.uninterruptible(
        link.request(`start ${options.command}`, { op: "spawn", ...options }, (pid) =>
          typeof pid === "number" ? spawnedProcess(link, options.key, link.adopt(pid)) : undefined
        )
      )
  })
)
