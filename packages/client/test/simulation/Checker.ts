/**
 * Compares what the client said with what really happened on the servers. Each invariant has a name; a violation names the invariant, the
 * operation, and what was found.
 */
import type { ClusterModel } from "./ClusterModel.ts"
import { isWrite, type Ledger, type Operation } from "./Ledger.ts"
import { firstCount } from "./ServerSession.ts"
import type { Execution } from "./Truth.ts"

/**
 * - `executed once`: an acknowledged write was executed once, or twice or never.
 * - `not executed`: what was said not to have been executed was.
 * - `never twice`: what may have been executed was so twice.
 * - `not sent`: what was said not to have been sent was handed to the transport.
 * - `own reply`: a reply is the one that the server gave to this very command.
 * - `kept`: an acknowledged write is there in the end, unless the servers themselves lost it.
 * - `order`: writes of one fiber to one key were executed in the order of their issue.
 * - `deadline`: no operation outlives its deadline.
 * - `no error`: graceful changes are not noticed.
 * - `tagged`: no failure but a `RedisError`.
 * - `view`: no older map of the cluster was put in the place of a newer one.
 * - `alive`: every slot is served soon after the last fault.
 * - `nothing left`: after closing there is no stream, timer or fiber, and nothing is done any more.
 */
export type Invariant =
  | "executed once"
  | "not executed"
  | "never twice"
  | "not sent"
  | "own reply"
  | "kept"
  | "order"
  | "deadline"
  | "no error"
  | "tagged"
  | "view"
  | "alive"
  | "nothing left"

export interface Violation {
  readonly invariant: Invariant
  /** What a trace line says that has to do with it. */
  readonly about: string
  readonly detail: string
}

/** By how much an operation may outlive its deadline: the grain of the timers (ms). */
const LATE = 5

const textOf = (reply: unknown): string => JSON.stringify(reply) ?? "nil"

/** Whether a reply is the one of this command. */
const isOwn = (operation: Operation, execution: Execution | undefined): boolean => {
  const { kind, keys, reply } = operation
  const belongs = (key: string, value: unknown) =>
    value === undefined || (typeof value === "string" && value.startsWith(`${key}=`))
  const [key = ""] = keys
  switch (kind) {
    case "GET":
      return belongs(key, reply)
    case "MGET":
      return Array.isArray(reply) && reply.length === keys.length && keys.every((of, at) => belongs(of, reply[at]))
    case "SET":
      return reply === true
    case "INCR":
      return reply === firstCount(key) + 1
    case "RPUSH":
      return textOf(reply) === execution?.reply
  }
}

/** All that the operations themselves show. */
export const checkLedger = (
  ledger: Ledger,
  model: ClusterModel,
  options: { readonly graceful: boolean }
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const { truth } = model
  for (const operation of ledger.operations) {
    const { allowed, detail, endedAt, id, keys, kind, outcome, startedAt } = operation
    const report = (invariant: Invariant, found: string) =>
      violations.push({ invariant, about: `${id} `, detail: `${id} ${kind} ${keys.join(" ")} (${outcome}): ${found}` })
    const executions = truth.of(id)
    const where = executions.map(({ at, node }) => `${node} at ${at.toFixed(1)}`).join(", ")
    if (outcome === "open") report("deadline", "it never ended")
    else if (endedAt - startedAt > allowed + LATE) {
      report("deadline", `it ended after ${(endedAt - startedAt).toFixed(1)} ms, ${allowed} were allowed: ${detail}`)
    }
    if (outcome === "defect") report("tagged", detail)
    if (options.graceful && outcome !== "acked" && !isOvertaken(operation, ledger)) report("no error", detail)
    if (isWrite(kind)) {
      if (executions.length > 1) report("never twice", where)
      if (outcome === "acked" && executions.length !== 1) report("executed once", where || "never executed")
      if ((outcome === "NotSent" || outcome === "Refused") && executions.length > 0) report("not executed", where)
      if (outcome === "NotSent" && truth.written.has(id)) report("not sent", detail)
      if (outcome === "acked" && !isKept(operation, model)) report("kept", "neither there nor lost by the servers")
    }
    if (outcome === "acked" && !isOwn(operation, executions[0])) {
      report("own reply", `it was told ${textOf(operation.reply)}, the server had said ${executions[0]?.reply ?? "?"}`)
    }
  }
  return [...violations, ...checkOrder(ledger, model)]
}

/** A refused part of a pipeline is given back, and not sent again, if a later one that shares a key with it was executed. */
const isOvertaken = ({ call, fiber, keys, outcome, part }: Operation, ledger: Ledger): boolean =>
  outcome === "Refused" &&
  ledger.operations.some(
    (other) =>
      other.fiber === fiber && other.call === call && other.part > part && other.keys.some((key) => keys.includes(key))
  )

const isInHistory = ({ id, keys }: Operation, model: ClusterModel): boolean =>
  model.history(keys[0] ?? "").some((write) => write.id === id)

const isKept = (operation: Operation, model: ClusterModel): boolean =>
  isInHistory(operation, model) || model.truth.wasDiscarded(operation.id)

/** Acknowledged writes that the servers lost. */
export const lostByServers = (ledger: Ledger, model: ClusterModel): number =>
  ledger.operations.filter(
    (operation) => operation.outcome === "acked" && isWrite(operation.kind) && !isInHistory(operation, model)
  ).length

/** An acknowledged write was executed before every later one of its fiber and key. */
const checkOrder = (ledger: Ledger, { truth }: ClusterModel): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const lanes = new Map<string, Array<Operation>>()
  for (const operation of ledger.operations) {
    if (!isWrite(operation.kind) || operation.outcome !== "acked") continue
    const lane = `${operation.fiber} ${operation.keys[0]}`
    lanes.set(lane, [...(lanes.get(lane) ?? []), operation])
  }
  for (const operations of lanes.values()) {
    operations.sort((a, b) => a.call - b.call || a.part - b.part)
    let latest: { readonly id: string; readonly order: number } | undefined
    for (const { id, keys } of operations) {
      const order = truth.of(id)[0]?.order
      if (order === undefined) continue
      if (latest !== undefined && latest.order > order) {
        violations.push({
          invariant: "order",
          about: `${id} `,
          detail: `${id} was executed on ${keys[0]} before ${latest.id}, which was issued earlier`
        })
      } else latest = { id, order }
    }
  }
  return violations
}
