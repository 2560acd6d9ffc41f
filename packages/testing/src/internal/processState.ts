/**
 * Asks the operating system whether a process stands still, as after SIGSTOP.
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs/promises"
import * as Effect from "effect/Effect"

/** The letter that Linux and the BSDs show for a process that a signal has stopped. */
const STOPPED = "T"

const linuxState = async (pid: number): Promise<string> => {
  const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8")
  // The name in parentheses may itself contain any character.
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3)
}

const portableState = (pid: number): Promise<string> =>
  new Promise((resolve) => execFile("ps", ["-o", "state=", "-p", String(pid)], (_error, out) => resolve(out.trim())))

export const isStopped = (pid: number): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    const state = await (process.platform === "linux" ? linuxState(pid).catch(() => "") : portableState(pid))
    return state.startsWith(STOPPED)
  })
