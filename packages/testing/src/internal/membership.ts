/**
 * Nodes that join a cluster which is at work, and nodes that leave it.
 */
import * as Effect from "effect/Effect"
import { myself } from "../ClusterView.ts"
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

/**
 * Makes all others forget the node, all at once: who has forgotten it refuses to hear of it again for a minute, and who has not would tell the
 * others.
 */
export const forget = Effect.fnUntraced(function* (
  node: NodeProcess,
  nodes: ReadonlyArray<NodeProcess>
): Effect.fn.Return<void, ServerError> {
  const others = runningOf(nodes).filter(({ id }) => id !== node.id)
  for (const other of others) {
    const { members } = yield* viewOf(other)
    const member = members.find(({ id }) => id === node.id)
    const refusal = (detail: string) => node.fail("InvalidOption", "removeNode", detail)
    if (member !== undefined && member.slots.length > 0) return yield* refusal(`${node.name} still has slots`)
    if (members.some(({ primaryId }) => primaryId === node.id)) return yield* refusal(`${node.name} has a replica`)
  }
  yield* Effect.forEach(others, (other) => other.ask(["CLUSTER", "FORGET", node.id]), {
    concurrency: "unbounded",
    discard: true
  })
})
