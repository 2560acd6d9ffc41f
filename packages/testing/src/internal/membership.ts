/**
 * Nodes that join a cluster which is at work, and nodes that leave it.
 */
import * as Effect from "effect/Effect"
import { type ClusterView, myself } from "../ClusterView.ts"
import type { ServerError } from "../ServerError.ts"
import { type NodeProcess, runningOf, viewOf } from "./ClusterState.ts"
import { Waiting } from "./wait.ts"

/** Introduces the node to every running one: gossip would take its time. */
export const introduce = (node: NodeProcess, nodes: ReadonlyArray<NodeProcess>): Effect.Effect<void, ServerError> =>
  Effect.forEach(
    runningOf(nodes),
    (known) => node.ask(["CLUSTER", "MEET", known.host, known.port, known.ports[1] ?? 0]),
    { concurrency: "unbounded", discard: true }
  )

/** Whether the node and all running ones know one another, past the handshake. */
export const acquaintedWith = (
  node: NodeProcess,
  nodes: ReadonlyArray<NodeProcess>
): Effect.Effect<undefined | Waiting, ServerError> =>
  Effect.gen(function* () {
    const running = runningOf(nodes)
    for (const [asked, wanted] of [
      ...running.map((known) => [known, node] as const),
      ...running.map((known) => [node, known] as const)
    ]) {
      const member = (yield* viewOf(asked)).members.find(({ id }) => id === wanted.id)
      if (member === undefined || member.flags.includes("handshake")) {
        return new Waiting(`${asked.name} does not know ${wanted.name}`)
      }
    }
    return undefined
  })

/** How many of the running nodes are primaries by their own account. */
export const countPrimaries = (nodes: ReadonlyArray<NodeProcess>): Effect.Effect<number, ServerError> =>
  Effect.map(
    Effect.forEach(runningOf(nodes), viewOf, { concurrency: "unbounded" }),
    (views) => views.filter((view) => myself(view)?.role === "primary").length
  )

/** What binds a node to the cluster in that view. */
const bondOf = ({ id, name }: NodeProcess, { members }: ClusterView): string | undefined => {
  const slots = members.find((member) => member.id === id)?.slots ?? []
  if (slots.length > 0) return `${name} still has slots`
  return members.some(({ primaryId }) => primaryId === id) ? `${name} has a replica` : undefined
}

/** Refuses a node that has slots or a replica, by its own account; by that of any other if it does not run. */
export const refuseBound = Effect.fnUntraced(function* (
  node: NodeProcess,
  nodes: ReadonlyArray<NodeProcess>
): Effect.fn.Return<void, ServerError> {
  const running = runningOf(nodes)
  for (const asked of running.includes(node) ? [node] : running) {
    const bond = bondOf(node, yield* viewOf(asked))
    if (bond !== undefined) return yield* node.fail("InvalidOption", "removeNode", bond)
  }
})

/** Whether all others have heard that nothing binds the node any more. */
export const isKnownFree = (
  node: NodeProcess,
  nodes: ReadonlyArray<NodeProcess>
): Effect.Effect<undefined | Waiting, ServerError> =>
  Effect.gen(function* () {
    for (const asked of runningOf(nodes)) {
      const bond = bondOf(node, yield* viewOf(asked))
      if (bond !== undefined) return new Waiting(`${asked.name} believes that ${bond}`)
    }
    return undefined
  })

/**
 * Makes all others forget the node, all at once: who has forgotten it refuses to hear of it again for a minute, and who has not would tell the
 * others.
 */
export const forget = (node: NodeProcess, nodes: ReadonlyArray<NodeProcess>): Effect.Effect<void, ServerError> =>
  Effect.forEach(
    runningOf(nodes).filter(({ id }) => id !== node.id),
    (other) => other.ask(["CLUSTER", "FORGET", node.id]),
    { concurrency: "unbounded", discard: true }
  )
