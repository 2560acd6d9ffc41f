/**
 * Moving hash slots the atomic way of Valkey 9 (CLUSTER MIGRATESLOTS): the source sends the slots as a replica stream and hands them over in one
 * step, so that no client ever meets a slot in two halves.
 */
import * as Effect from "effect/Effect"
import type { AdminReply } from "../AdminReply.ts"
import type { ServerBinary } from "../Binary.ts"
import type { ServerError } from "../ServerError.ts"
import type { NodeProcess } from "./ClusterState.ts"
import { rangesOf } from "./rebalancing.ts"
import { Waiting } from "./wait.ts"

/** CLUSTER MIGRATESLOTS came with Valkey 9.0. */
const OLDEST_VALKEY = 9

export const migratesAtomically = ({ major, product }: Pick<ServerBinary, "product" | "major">): boolean =>
  product === "valkey" && major >= OLDEST_VALKEY

/** One entry of CLUSTER GETSLOTMIGRATIONS. */
export interface MigrationJob {
  readonly name: string
  readonly ranges: string
  readonly target: string
  readonly state: string
  readonly message: string
}

const fieldsOf = (entry: AdminReply): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>()
  if (!Array.isArray(entry)) return fields
  for (let at = 0; at + 1 < entry.length; at += 2) fields.set(String(entry[at]), String(entry[at + 1]))
  return fields
}

/** Reads the reply, newest job first as the server gives them. */
export const jobsIn = (reply: AdminReply): ReadonlyArray<MigrationJob> =>
  (Array.isArray(reply) ? reply : []).map((entry) => {
    const fields = fieldsOf(entry)
    const field = (name: string) => fields.get(name) ?? ""
    return {
      name: field("name"),
      ranges: field("slot_ranges"),
      target: field("target_node"),
      state: field("state"),
      message: field("message")
    }
  })

const jobsOf = (node: NodeProcess) => Effect.map(node.ask(["CLUSTER", "GETSLOTMIGRATIONS"]), jobsIn)

const ENDED_BADLY: ReadonlySet<string> = new Set(["failed", "cancelled"])

/** Asks for the move and gives the probe that waits for its success. */
export const beginAtomicMigration = Effect.fnUntraced(function* (
  slots: ReadonlyArray<number>,
  from: NodeProcess,
  to: NodeProcess
): Effect.fn.Return<Effect.Effect<undefined | Waiting, ServerError>, ServerError> {
  const ranges = rangesOf(slots.toSorted((a, b) => a - b))
  const before = new Set((yield* jobsOf(from)).map(({ name }) => name))
  const words = ranges.flatMap(({ end, start }) => [start, end])
  yield* from.ask(["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", ...words, "NODE", to.id])
  const shown = ranges.map(({ end, start }) => `${start}-${end}`).join(" ")
  return Effect.gen(function* () {
    const job = (yield* jobsOf(from)).find(
      ({ name, ranges: moved, target }) => !before.has(name) && target === to.id && moved === shown
    )
    if (job?.state === "success") return undefined
    if (job !== undefined && ENDED_BADLY.has(job.state)) {
      return yield* from.fail("UnexpectedReply", "CLUSTER MIGRATESLOTS", `${job.state}: ${job.message}`)
    }
    return new Waiting(`the move is ${job?.state ?? "unknown"}`)
  })
})
