// Child processes of the runner: one at a time, quiet or not, and told of every signal that the runner gets.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { constants } from "node:os"

/** The signals that are passed on to the running child. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"]

/** Where a shell puts the number of the signal that ended a process. */
const SIGNAL_EXIT_BASE = 128

/** A failure that the reader can act on: printed without a stack trace. */
export class Failure extends Error {
  /** @param {string} message @param {number} exitCode */
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A child ended because the runner was told to: the runner ends the same way. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal @param {number} exitCode */
  constructor(signal, exitCode) {
    super(`ended by ${signal}`)
    this.signal = signal
    this.exitCode = exitCode
  }
}

/** Messages go to stderr: stdout belongs to what is run (`bench -- --json` is read by programs). */
export const say = (message) => process.stderr.write(`[reef] ${message}\n`)

// A terminal sends Ctrl-C to its whole foreground group, the child included; to send it again would count as a second one.
const terminalDelivers = (signal) =>
  signal === "SIGINT" && (process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY) === true

/**
 * Runs one program to its end and gives its exit code. With `quiet`, what it writes is shown only if it fails; with `sink`, it is
 * shown never and given to that function.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, sink?: (output: string) => void }} [options]
 * @returns {Promise<number>}
 */
export const run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const { sink } = options
    const quiet = options.quiet === true || sink !== undefined
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit"
    })
    const output = []
    child.stdout?.on("data", (chunk) => output.push(chunk))
    child.stderr?.on("data", (chunk) => output.push(chunk))

    let received
    const handlers = FORWARDED.map((signal) => {
      const handler = () => {
        received = signal
        if (!terminalDelivers(signal)) child.kill(signal)
      }
      process.on(signal, handler)
      return [signal, handler]
    })
    const settle = (finish) => {
      for (const [signal, handler] of handlers) process.off(signal, handler)
      finish()
    }

    child.on("error", (cause) => settle(() => reject(new Failure(`cannot run ${command}: ${cause.message}`))))
    child.on("close", (code, signal) =>
      settle(() => {
        const exitCode = code ?? SIGNAL_EXIT_BASE + (constants.signals[signal] ?? 0)
        if (sink !== undefined) sink(Buffer.concat(output).toString())
        else if (quiet && exitCode !== 0) process.stderr.write(Buffer.concat(output))
        if (received === undefined) resolve(exitCode)
        else
          reject(new Interrupted(received, exitCode === 0 ? SIGNAL_EXIT_BASE + constants.signals[received] : exitCode))
      })
    )
  })

/** A command line of npm: of the same one that runs this, where npm does. */
export const npm = (...args) => {
  const cli = process.env.npm_execpath
  const known = cli !== undefined && /\bnpm-cli\.c?js$/.test(cli) && existsSync(cli)
  return known ? [process.execPath, cli, ...args] : ["npm", ...args]
}
