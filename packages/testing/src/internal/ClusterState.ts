/**
 * Asking the nodes of a cluster what they see, and judging whether they agree.
 */
import * as Effect from "effect/Effect"
import { type ClusterView, coveredSlots, myself, parseInfo, parseMembers, SLOT_COUNT, slotMap } from "../ClusterView.ts"
import type { ServerError } from "../ServerError.ts"
import { attachmentFlaw } from "./replication.ts"
import type { ServerProcess } from "./ServerProcess.ts"
import { until, Waiting } from "./wait.ts"

export interface NodeProcess extends ServerProcess {
  readonly id: string
}

/** The little of a node that judging needs. */
export type AskedNode = Pick<NodeProcess, "id" | "name" | "port" | "ask" | "fail" | "stateNow">

/** What one node says of the cluster and of itself, gathered in one go. */
interface Report {
  readonly node: AskedNode
  readonly view: ClusterView
  readonly info: ReadonlyMap<string, string>
}

/** A demoted primary reads the whole of its successor's data, and refuses to speak of the cluster meanwhile. Milliseconds. */
const LONGEST_LOAD = 30_000
const LOAD_POLL = 10

/** What the node answers once it has read its data. */
const loaded = (
  node: Pick<AskedNode, "ask" | "fail">,
  args: ReadonlyArray<string>
): Effect.Effect<unknown, ServerError> =>
  until(
    Effect.catch(node.ask(args), (error) =>
      error.reason === "ErrorReply" && error.detail.startsWith("LOADING")
        ? Effect.succeed(new Waiting(error.detail))
        : Effect.fail(error)
    ),
    {
      everyMillis: LOAD_POLL,
      deadlineMillis: LONGEST_LOAD,
      onDeadline: (detail) => node.fail("Deadline", args.join(" "), detail)
    }
  )

const text = (node: Pick<AskedNode, "ask" | "fail">, args: ReadonlyArray<string>): Effect.Effect<string, ServerError> =>
  Effect.flatMap(loaded(node, args), (reply) =>
    typeof reply === "string" ? Effect.succeed(reply) : node.fail("UnexpectedReply", args.join(" "), String(reply))
  )

export const viewOf = (node: Pick<AskedNode, "port" | "ask" | "fail">): Effect.Effect<ClusterView, ServerError> =>
  Effect.map(
    Effect.all([text(node, ["CLUSTER", "INFO"]), text(node, ["CLUSTER", "NODES"])], { concurrency: 2 }),
    ([info, nodes]) => {
      const fields = parseInfo(info)
      return {
        port: node.port,
        state: fields.get("cluster_state") === "ok" ? "ok" : "fail",
        currentEpoch: Number(fields.get("cluster_current_epoch")),
        members: parseMembers(nodes)
      }
    }
  )

const report = (node: AskedNode): Effect.Effect<Report, ServerError> =>
  Effect.map(Effect.all([viewOf(node), text(node, ["INFO"])], { concurrency: 2 }), ([view, info]) => ({
    node,
    view,
    info: parseInfo(info)
  }))

export const roleOf = (node: Pick<AskedNode, "ask" | "fail">): Effect.Effect<"primary" | "replica", ServerError> =>
  Effect.flatMap(node.ask(["ROLE"]), (reply) => {
    const role = Array.isArray(reply) ? reply[0] : undefined
    if (role === "master") return Effect.succeed("primary" as const)
    if (role === "slave") return Effect.succeed("replica" as const)
    return node.fail("UnexpectedReply", "ROLE", JSON.stringify(reply))
  })

export const runningOf = <N extends AskedNode>(nodes: ReadonlyArray<N>): ReadonlyArray<N> =>
  nodes.filter((node) => node.stateNow() === "running")

/** Why the view of one node is not that of a healthy cluster of the running nodes; `undefined` if it is. */
const flaw = (own: Report, running: ReadonlyArray<AskedNode>): string | undefined => {
  const { node, view } = own
  if (view.state !== "ok") {
    const failing = view.members.filter(({ flags }) => flags.some((flag) => flag.startsWith("fail"))).length
    return `${node.name}: cluster_state:fail, ${coveredSlots(view)} slots have an owner, ${failing} nodes fail`
  }
  if (coveredSlots(view) !== SLOT_COUNT) return `${node.name}: only ${coveredSlots(view)} slots have an owner`
  for (const other of running) {
    const member = view.members.find((candidate) => candidate.id === other.id)
    if (member === undefined) return `${node.name}: does not know ${other.name}`
    const bad = member.flags.find((flag) => flag.startsWith("fail") || flag === "handshake" || flag === "noaddr")
    if (bad !== undefined) return `${node.name}: sees ${other.name} as ${bad}`
    if (!member.connected) return `${node.name}: has no link to ${other.name}`
  }
  const dead = view.members.find(
    (member) => member.slots.length > 0 && !running.some((other) => other.id === member.id)
  )
  return dead === undefined ? undefined : `${node.name}: slots still belong to ${dead.id}, which does not run`
}

const replicaFlaw = (own: Report, reports: ReadonlyArray<Report>): string | undefined => {
  const self = myself(own.view)
  if (self === undefined || self.role === "primary") return undefined
  const primary = reports.find((candidate) => candidate.node.id === self.primaryId)
  if (primary === undefined) return `${own.node.name}: its primary does not run`
  return attachmentFlaw({ name: primary.node.name, info: primary.info }, { ...own.node, info: own.info })
}

/** Until the rewrite that follows a full synchronisation has ended, a replica's log is not what a restart would read. */
const logFlaw = ({ info, node }: Report): string | undefined =>
  info.get("aof_rewrite_in_progress") === "1" || info.get("aof_rewrite_scheduled") === "1"
    ? `${node.name}: rewrites its append-only log`
    : undefined

const roles = (view: ClusterView, running: ReadonlyArray<AskedNode>): string =>
  running
    .map(({ id }) => `${id}>${view.members.find((member) => member.id === id)?.primaryId ?? "-"}`)
    .sort()
    .join(" ")

/**
 * Whether the running nodes are in order and of one mind: all slots belong to running nodes, every node's map and roles are
 * the same, every replica is online.
 */
export const stability = (nodes: ReadonlyArray<AskedNode>): Effect.Effect<undefined | Waiting> =>
  Effect.suspend((): Effect.Effect<undefined | Waiting, ServerError> => {
    const running = runningOf(nodes)
    if (running.length === 0) return Effect.succeed(new Waiting("no node runs"))
    return Effect.map(Effect.forEach(running, report, { concurrency: "unbounded" }), (reports) => {
      const map = slotMap(reports[0]!.view)
      const roleMap = roles(reports[0]!.view, running)
      for (const own of reports) {
        const problem = flaw(own, running) ?? replicaFlaw(own, reports) ?? logFlaw(own)
        if (problem !== undefined) return new Waiting(problem)
        if (slotMap(own.view) !== map || roles(own.view, running) !== roleMap) {
          return new Waiting(`${own.node.name} and ${reports[0]!.node.name} disagree on slots or roles`)
        }
      }
      return undefined
    })
    // A node that does not answer is a reason to wait, not to give up: it may be loading or about to be noticed as dead.
  }).pipe(Effect.catch((error) => Effect.succeed(new Waiting(`${error.action}: ${error.detail}`))))
