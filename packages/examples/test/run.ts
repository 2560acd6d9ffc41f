/** Runs one of the programs as a user does: in a Node process of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"

export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

export interface RunOptions {
  readonly args?: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  /** Called with all output so far; may send signals. */
  readonly onOutput?: (output: string, child: ChildProcess) => void
}

/** The program's exit code and what it printed. If the test ends before it does, it is interrupted and awaited. */
export const runProgram = (name: string, options: RunOptions = {}): Effect.Effect<Ended> =>
  Effect.callback<Ended>((resume) => {
    const file = fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url))
    const child = spawn(process.execPath, [file, ...(options.args ?? [])], { env: { ...process.env, ...options.env } })
    let output = ""
    let errors = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
      options.onOutput?.(output, child)
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    const ended = new Promise<void>((done) => {
      child.on("close", (code) => {
        resume(Effect.succeed({ code, output, errors }))
        done()
      })
    })
    return Effect.promise(() => {
      child.kill("SIGTERM")
      return ended
    })
  })
