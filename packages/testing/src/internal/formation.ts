/**
 * Making a cluster out of fresh nodes. Faster than the servers' own tool, because nothing is asked twice, nobody waits for
 * gossip that a direct introduction can replace, and replicas attach while the primaries sit out the two seconds for which a
 * fresh primary refuses to serve.
 */
import * as Effect from "effect/Effect"
import { parseMembers, SLOT_COUNT } from "../ClusterView.ts"
import type { ServerError } from "../ServerError.ts"
import { type NodeProcess, stability } from "./ClusterState.ts"
import { until, Waiting } from "./wait.ts"

export const POLL_MILLIS = 20

/** The slots of primary `index` out of `count`: consecutive runs, as even as possible. */
export const slotsOfPrimary = (index: number, count: number): { readonly start: number; readonly end: number } => ({
  start: Math.floor((index * SLOT_COUNT) / count),
  end: Math.floor(((index + 1) * SLOT_COUNT) / count) - 1
})

const acquainted = (nodes: ReadonlyArray<NodeProcess>): Effect.Effect<undefined | Waiting, ServerError> =>
  Effect.map(
    Effect.forEach(nodes, (node) => node.ask(["CLUSTER", "NODES"]), { concurrency: "unbounded" }),
    (replies) => {
      for (const [i, reply] of replies.entries()) {
        const known = parseMembers(String(reply)).filter((member) => !member.flags.includes("handshake"))
        if (known.length !== nodes.length) {
          return new Waiting(`${nodes[i]!.name} knows ${known.length} of ${nodes.length} nodes`)
        }
      }
      return undefined
    }
  )

/**
 * Whether every node counts each replica to its primary's shard. The ids of shards spread after the roles, and a node that is killed before that
 * keeps a configuration with which it does not start again (valkey-io/valkey#774 and #2171).
 */
export const inShards = (
  nodes: ReadonlyArray<Pick<NodeProcess, "name" | "ask">>,
  primaries: number
): Effect.Effect<undefined | Waiting, ServerError> =>
  Effect.map(
    Effect.forEach(nodes, (node) => node.ask(["CLUSTER", "SHARDS"]), { concurrency: "unbounded" }),
    (replies) => {
      for (const [i, reply] of replies.entries()) {
        const count = Array.isArray(reply) ? reply.length : 0
        if (count !== primaries) return new Waiting(`${nodes[i]!.name} sees ${count} shards instead of ${primaries}`)
      }
      return undefined
    }
  )

export const formCluster = Effect.fnUntraced(function* (
  nodes: ReadonlyArray<NodeProcess>,
  primaries: number,
  deadlineMillis: number
): Effect.fn.Return<void, ServerError> {
  const wait = (action: string, probe: Effect.Effect<undefined | Waiting, ServerError>) =>
    until(probe, {
      everyMillis: POLL_MILLIS,
      deadlineMillis,
      onDeadline: (detail) => nodes[0]!.fail("Deadline", action, detail)
    })

  yield* Effect.forEach(
    nodes.slice(0, primaries),
    (node, index) => {
      const { start, end } = slotsOfPrimary(index, primaries)
      return Effect.andThen(
        node.ask(["CLUSTER", "ADDSLOTSRANGE", start, end]),
        // Only possible before a node knows others; spares the primaries the collisions of equal epochs.
        node.ask(["CLUSTER", "SET-CONFIG-EPOCH", index + 1])
      )
    },
    { concurrency: "unbounded", discard: true }
  )
  const pairs = nodes.flatMap((node, i) => nodes.slice(i + 1).map((other) => [node, other] as const))
  yield* Effect.forEach(
    pairs,
    ([node, other]) => node.ask(["CLUSTER", "MEET", other.host, other.port, other.ports[1]!]),
    { concurrency: "unbounded", discard: true }
  )
  yield* wait("introduce the nodes", acquainted(nodes))
  yield* Effect.forEach(
    nodes.slice(primaries),
    (node, index) => node.ask(["CLUSTER", "REPLICATE", nodes[index % primaries]!.id]),
    { concurrency: "unbounded", discard: true }
  )
  yield* wait("form the cluster", stability(nodes))
  yield* wait("agree on the shards", inShards(nodes, primaries))
})
