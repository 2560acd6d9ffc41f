// Starts the process of one client and waits for its report.
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { ChildReport, ChildRequest } from "./child.ts"

/** Milliseconds beyond the planned load: start of the process, connecting, filling, reading back, a busy machine. */
const GRACE = 30_000

/** Last characters of a child's standard error that are worth showing. */
const ERROR_TAIL = 2000

const isReport = (message: unknown): message is ChildReport =>
  typeof message === "object" && message !== null && "kind" in message // both ends are this program

/** Never rejects: a child that ends without a report, or not in time, is a failed one. */
export const runChild = (request: ChildRequest): Promise<ChildReport> =>
  new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), [JSON.stringify(request)], {
      execArgv: ["--expose-gc"],
      stdio: ["ignore", "ignore", "pipe", "ipc"]
    })
    const { timed, warmUp } = request.durations
    let errors = ""
    let report: ChildReport | undefined
    let overdue = false
    const timer = setTimeout(
      () => {
        overdue = true
        child.kill("SIGKILL")
      },
      GRACE + 2 * (warmUp + timed) * request.scenarios.length
    )
    const finish = (ending: string) => {
      clearTimeout(timer)
      const reason = overdue ? "did not finish in time" : `${ending} ${errors}`.trim()
      resolve(report ?? { kind: "failed", content: false, reason })
    }
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors = (errors + text).slice(-ERROR_TAIL)
    })
    child.on("message", (message) => {
      if (isReport(message)) report = message
    })
    child.on("error", (error) => finish(error.message))
    child.on("close", (code, signal) => finish(`ended without a report (${signal ?? code})`))
  })
