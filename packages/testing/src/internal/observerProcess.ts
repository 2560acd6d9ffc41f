/**
 * Polls ROLE on each node and reports every change with its time. A process of its own, so that a busy event loop in the test
 * process cannot make a promotion look later than it was. Ends when the IPC channel to its parent breaks.
 */
import { AdminReplyError } from "../AdminReply.ts"
import { CLIENT_NAME } from "./clientName.ts"
import type { ObservedChange, ObservedRole, ObserverNode, ObserverPlan } from "./observerMessages.ts"
import { RespSocket } from "./RespSocket.ts"

/** A node that has not answered for this long is reported as unreachable; its answer is still waited for. */
const SILENCE_MILLIS = 500

const tell = (change: ObservedChange): void => {
  if (process.connected) process.send!(change, undefined, undefined, () => {})
}

const watch = ({ host, password, port, service, tls }: ObserverNode, { intervalMillis }: ObserverPlan): void => {
  let role: ObservedRole | undefined
  let named: number | undefined
  let socket: RespSocket | undefined
  let asked: number | undefined

  const see = (seen: ObservedRole): void => {
    if (seen === role) return
    role = seen
    tell({ time: Date.now(), port, role: seen })
  }
  const hear = (names: number): void => {
    if (names === named) return
    named = names
    tell({ time: Date.now(), port, role: "sentinel", names })
  }
  const connect = (): RespSocket => {
    const opened = new RespSocket(host, port, tls)
    if (password !== undefined) {
      opened.send(
        ["AUTH", password],
        "utf8",
        () => {},
        () => {}
      )
    }
    opened.send(
      ["CLIENT", "SETNAME", CLIENT_NAME],
      "utf8",
      () => {},
      () => {}
    )
    return opened
  }
  const poll = (): void => {
    if (asked !== undefined) {
      if (performance.now() - asked > SILENCE_MILLIS) see("unreachable")
      return
    }
    asked = performance.now()
    if (socket === undefined || socket.closed !== undefined) socket = connect()
    socket.send(
      service === undefined ? ["ROLE"] : ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", service],
      "utf8",
      (reply) => {
        asked = undefined
        if (service !== undefined) {
          if (Array.isArray(reply)) hear(Number(reply[1]))
          return
        }
        const name = Array.isArray(reply) ? reply[0] : undefined
        if (name === "master") see("primary")
        else if (name === "slave") see("replica")
        // An error (LOADING, NOAUTH) says nothing about the role.
        else if (!(reply instanceof AdminReplyError)) see("unreachable")
      },
      () => {
        asked = undefined
        see("unreachable")
      }
    )
  }
  poll()
  setInterval(poll, intervalMillis)
}

process.once("message", (plan: ObserverPlan) => {
  for (const node of plan.nodes) watch(node, plan)
})
process.on("disconnect", () => process.exit(0))
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => process.exit(0))
