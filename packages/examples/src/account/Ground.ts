/**
 * The servers that the account is held on: one server, a service under sentinels, or a cluster of three primaries and three replicas, which may grow and shrink, all with
 * append-only files that forget nothing.
 */

import {
  type ClusterControls,
  type ClusterNode,
  ClusterServers,
  type ObserverService,
  RedisServer,
  type SentinelControls,
  type ServerControls,
  type ServerError
} from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { makeSentinelGround } from "./sentinelGround.ts"
import { type Contents, emptyContents, readContents } from "./serverState.ts"

export type Topology = "standalone" | "cluster" | "sentinel"

/** A primary and those of the load's slots that it owns. */
export interface Shard {
  readonly name: string
  readonly node: ServerControls
  readonly slots: ReadonlyArray<number>
}

export interface Ground {
  readonly topology: Topology
  /** Those there are at this moment. */
  readonly nodes: ReadonlyArray<ServerControls>
  /** Those that have left, too: their files are evidence. */
  readonly everyNode: ReadonlyArray<ServerControls>
  /** Takes a node out of the cluster for good. */
  readonly remove: (node: ClusterNode) => Effect.Effect<void, ServerError>
  readonly cluster: ClusterControls | undefined
  /** The service, its sentinels, and since when these have agreed on which primary. */
  readonly sentinel?: (SentinelControls & Pick<ObserverService, "agreements">) | undefined
  /** The hash tag of each slot that the load uses. */
  readonly tags: ReadonlyMap<number, string>
  readonly shards: Effect.Effect<ReadonlyArray<Shard>, ServerError>
  /** Waits until all running servers are ready and of one mind. */
  readonly settled: Effect.Effect<void, ServerError>
  readonly contents: Effect.Effect<Contents, ServerError>
}

/** So many tags, and with them slots, carry the load. */
const TAGS = 48

/** A replica that was frozen or dead needs its data in full, more than the default of 1 MiB. */
const CONFIG = ["repl-backlog-size 16mb"]

const tagsOf = Effect.fnUntraced(function* (node: ServerControls, hashed: boolean) {
  const tags = new Map<number, string>()
  for (let i = 0; tags.size < TAGS; i++) {
    const slot = hashed ? Number(yield* node.admin(["CLUSTER", "KEYSLOT", `t${i}`])) : i
    if (!tags.has(slot)) tags.set(slot, `t${i}`)
  }
  return tags
})

const standalone: Effect.Effect<Ground, ServerError, Scope.Scope> = Effect.gen(function* () {
  const server = yield* RedisServer.make({ appendonly: true, appendfsync: "no", config: CONFIG })
  const tags = yield* tagsOf(server, false)
  const contents = emptyContents()
  return {
    topology: "standalone",
    nodes: [server],
    everyNode: [server],
    remove: () => Effect.void,
    cluster: undefined,
    tags,
    shards: Effect.succeed([{ name: "server", node: server, slots: [...tags.keys()] }]),
    settled: Effect.asVoid(server.admin(["PING"])),
    contents: Effect.as(readContents(server, contents), contents)
  }
})

/** Without slots the tags only name keys. */
const sentinelled = Effect.suspend(() =>
  makeSentinelGround(new Map(Array.from({ length: TAGS }, (_, i) => [i, `t${i}`])), CONFIG)
)

const clustered: Effect.Effect<Ground, ServerError, Scope.Scope> = Effect.gen(function* () {
  const cluster = yield* ClusterServers.make({
    primaries: 3,
    replicasPerPrimary: 1,
    appendonly: true,
    appendfsync: "no",
    config: CONFIG
  })
  const tags = yield* tagsOf(cluster.nodes[0]!, true)
  const shards = Effect.gen(function* () {
    const [view] = yield* cluster.views
    return cluster.nodes.flatMap((node): ReadonlyArray<Shard> => {
      const ranges = view?.members.find((member) => member.id === node.id)?.slots ?? []
      const slots = [...tags.keys()].filter((slot) => ranges.some(({ end, start }) => slot >= start && slot <= end))
      return slots.length === 0 ? [] : [{ name: node.name, node, slots }]
    })
  })
  const contents = Effect.gen(function* () {
    const into = emptyContents()
    for (const node of cluster.nodes) if ((yield* node.role) === "primary") yield* readContents(node, into)
    return into
  })
  const removed: Array<ClusterNode> = []
  return {
    topology: "cluster",
    get nodes() {
      return cluster.nodes
    },
    get everyNode() {
      return [...cluster.nodes, ...removed]
    },
    remove: (node) => Effect.map(cluster.removeNode(node), () => void removed.push(node)),
    cluster,
    tags,
    shards,
    settled: cluster.awaitStable,
    contents
  }
})

/** Starts the servers; they live as long as the scope. */
export const makeGround = (topology: Topology): Effect.Effect<Ground, ServerError, Scope.Scope> =>
  topology === "cluster" ? clustered : topology === "sentinel" ? sentinelled : standalone
