/** Processes that contend for a lock, and the resource that it protects: it refuses every token that is less than one it has seen. */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** What a process is given. */
export interface Setup {
  readonly lock: string
  /** In milliseconds. */
  readonly ttl: number
  readonly fibers: number
  readonly url?: string
  readonly nodes?: ReadonlyArray<string>
  readonly sentinels?: { readonly seeds: ReadonlyArray<string>; readonly service: string }
}

/** What a process says. */
export type Told =
  | { readonly _tag: "Held"; readonly token: number; readonly holder: string }
  | { readonly _tag: "Finished"; readonly token: number; readonly holder: string }
  | { readonly _tag: "Write"; readonly id: number; readonly token: number; readonly holder: string }
  | {
      readonly _tag: "Failed"
      readonly reason: string
      readonly token: number | undefined
      readonly holder: string
      /** Whether a write after the loss was accepted. */
      readonly late: boolean | undefined
    }

/** What a process is told. */
export type Ask =
  | { readonly _tag: "Accepted"; readonly id: number; readonly accepted: boolean }
  | { readonly _tag: "Stop" }

interface Write {
  readonly token: number
  readonly holder: string
  readonly accepted: boolean
}

export class Contenders {
  readonly writes: Array<Write> = []
  readonly failures: Array<Extract<Told, { _tag: "Failed" }>> = []
  /** By token. */
  readonly finished = new Set<number>()
  readonly holders = new Map<number, string>()
  /** Called when somebody says that it holds the lock. */
  onHeld: (child: ChildProcess, token: number) => void = () => {}
  private newest = 0

  readonly children: ReadonlyArray<ChildProcess>

  constructor(children: ReadonlyArray<ChildProcess>) {
    this.children = children
    for (const child of children) child.on("message", (told: Told) => this.hear(child, told))
  }

  private hear(child: ChildProcess, told: Told): void {
    if (told._tag === "Failed") this.failures.push(told)
    else if (told._tag === "Finished") this.finished.add(told.token)
    else if (told._tag === "Write") {
      const accepted = told.token >= this.newest
      if (accepted) this.newest = told.token
      this.writes.push({ token: told.token, holder: told.holder, accepted })
      child.send({ _tag: "Accepted", id: told.id, accepted } satisfies Ask)
    } else {
      const before = this.holders.get(told.token)
      assert.isUndefined(before, `${told.token} was given to ${before} and to ${told.holder}`)
      this.holders.set(told.token, told.holder)
      this.onHeld(child, told.token)
    }
  }

  get accepted(): ReadonlyArray<Write> {
    return this.writes.filter((write) => write.accepted)
  }

  /** Stops a process while one of its fibers holds the lock, and gives the token of that one. */
  readonly freezeHolder: Effect.Effect<{ readonly child: ChildProcess; readonly token: number }> = Effect.gen(
    { self: this },
    function* () {
      while (true) {
        const caught = yield* Effect.callback<{ child: ChildProcess; token: number }>((resume) => {
          this.onHeld = (child, token) => {
            this.onHeld = () => {}
            child.kill("SIGSTOP")
            resume(Effect.succeed({ child, token }))
          }
        })
        // What it had said before it stopped arrives.
        yield* Effect.sleep(50)
        if (!this.finished.has(caught.token)) return caught
        caught.child.kill("SIGCONT")
      }
    }
  )

  /** No token was given twice, and no write had an older token than one accepted before it. */
  check(): void {
    let newest = 0
    const holders = new Map<number, string>()
    for (const { holder, token } of this.accepted) {
      assert.isAtLeast(token, newest)
      newest = token
      assert.strictEqual(holders.get(token) ?? holder, holder)
      holders.set(token, holder)
    }
  }

  get counts() {
    const by: Record<string, number> = {}
    for (const { reason } of this.failures) by[reason] = (by[reason] ?? 0) + 1
    return {
      holders: this.holders.size,
      accepted: this.accepted.length,
      refused: this.writes.length - this.accepted.length,
      ...by
    }
  }
}

/** So many processes, which are ended with the scope. */
export const contend = (processes: number, setup: Setup): Effect.Effect<Contenders, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const program = fileURLToPath(new URL("./contender.ts", import.meta.url))
      const { NODE_OPTIONS: _, ...env } = process.env
      return new Contenders(
        Array.from({ length: processes }, () => fork(program, [JSON.stringify(setup)], { env, execArgv: [] }))
      )
    }),
    ({ children }) =>
      Effect.forEach(
        children,
        (child) =>
          Effect.callback<void>((resume) => {
            if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
            child.once("exit", () => resume(Effect.void))
            child.kill("SIGKILL")
          }),
        { discard: true }
      )
  )

/** Lets all end by themselves: their fibers are interrupted and their locks given back. */
export const stopAll = ({ children }: Contenders): Effect.Effect<void> =>
  Effect.forEach(
    children,
    (child) =>
      Effect.callback<void>((resume) => {
        child.once("exit", (code) => {
          assert.strictEqual(code, 0)
          resume(Effect.void)
        })
        child.send({ _tag: "Stop" } satisfies Ask)
      }),
    { discard: true, concurrency: "unbounded" }
  )
