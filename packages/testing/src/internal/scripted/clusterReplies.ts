/**
 * The answers of a node to CLUSTER SLOTS, SHARDS, NODES, INFO and MYID, from a description of the cluster. Pure.
 */
import { Wire, type WireValue } from "@reef-redis/client/protocol"
import { Answer } from "../../Answer.ts"
import type { ReceivedCommand, ScriptedCluster, ScriptedNode, ScriptedShard } from "../../Script.ts"

/** What the views of one cluster need to know of a node. */
interface Described {
  readonly host: string | null
  readonly port: number
  readonly id: string
  readonly hostname: string | undefined
  readonly health: string
}

const map = (entries: ReadonlyArray<WireValue>): WireValue => Wire.map(entries)

const describer =
  (cluster: ScriptedCluster, nodes: ReadonlyArray<ScriptedNode>) =>
  (index: number): Described => {
    const node = nodes[index]
    if (node === undefined) throw new RangeError(`the cluster has a node ${index}, the script only ${nodes.length}`)
    const host = cluster.hosts?.[index]
    return {
      host: host === undefined ? node.host : host,
      port: cluster.ports?.[index] ?? node.port,
      id: cluster.ids?.[index] ?? node.id,
      hostname: cluster.hostnames?.[index],
      health: cluster.health?.[index] ?? "online"
    }
  }

type Describe = ReturnType<typeof describer>

const membersOf = (shard: ScriptedShard): ReadonlyArray<number> => [shard.primary, ...(shard.replicas ?? [])]

const slotsReply = (cluster: ScriptedCluster, describe: Describe): WireValue =>
  cluster.shards.flatMap((shard) =>
    shard.slots.map(({ end, start }) => [
      start,
      end,
      ...membersOf(shard).map((index) => {
        const { host, hostname, id, port } = describe(index)
        return [host ?? undefined, port, id, map(hostname === undefined ? [] : ["hostname", hostname])]
      })
    ])
  )

const shardsReply = (cluster: ScriptedCluster, describe: Describe): WireValue =>
  cluster.shards.map((shard) =>
    map([
      "slots",
      shard.slots.flatMap(({ end, start }) => [start, end]),
      "nodes",
      membersOf(shard).map((index) => {
        const { health, host, hostname, id, port } = describe(index)
        const role = index === shard.primary ? "master" : "replica"
        const ip = ["ip", host ?? "", "endpoint", host ?? undefined]
        const name = hostname === undefined ? [] : ["hostname", hostname]
        return map(["id", id, "port", port, ...ip, ...name, "role", role, "replication-offset", 0, "health", health])
      })
    ])
  )

const nodesReply = (cluster: ScriptedCluster, describe: Describe, self: number): WireValue => {
  const lines = cluster.shards.flatMap((shard) =>
    membersOf(shard).map((index) => {
      const { health, host, hostname, id, port } = describe(index)
      const isPrimary = index === shard.primary
      const flags = [
        ...(index === self ? ["myself"] : []),
        isPrimary ? "master" : "slave",
        ...(health === "fail" ? ["fail"] : [])
      ]
      const slots = isPrimary
        ? shard.slots.map(({ end, start }) => (start === end ? `${start}` : `${start}-${end}`))
        : []
      const address = `${host ?? ""}:${port}@${port}${hostname === undefined ? "" : `,${hostname}`}`
      const primary = isPrimary ? "-" : describe(shard.primary).id
      return [id, address, flags.join(), primary, 0, 0, cluster.epoch ?? 1, "connected", ...slots].join(" ")
    })
  )
  return Wire.verbatim(`${lines.join("\n")}\n`)
}

const infoReply = (cluster: ScriptedCluster): WireValue => {
  const assigned = cluster.shards.reduce(
    (sum, { slots }) => sum + slots.reduce((count, { end, start }) => count + end - start + 1, 0),
    0
  )
  const epoch = cluster.epoch ?? 1
  const fields = {
    cluster_state: cluster.state ?? "ok",
    cluster_slots_assigned: assigned,
    cluster_slots_ok: assigned,
    cluster_slots_pfail: 0,
    cluster_slots_fail: 0,
    cluster_known_nodes: cluster.shards.flatMap(membersOf).length,
    cluster_size: cluster.shards.length,
    cluster_current_epoch: epoch,
    cluster_my_epoch: epoch
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}:${value}\r\n`)
  return Wire.verbatim(lines.join(""))
}

/** The answer of node `self`; `undefined` if the command does not ask for the cluster. */
export const clusterAnswer = (
  cluster: ScriptedCluster,
  nodes: ReadonlyArray<ScriptedNode>,
  self: number,
  command: ReceivedCommand
): Answer | undefined => {
  if (command.name !== "CLUSTER") return undefined
  const describe = describer(cluster, nodes)
  switch (command.args[1]?.toUpperCase()) {
    case "SLOTS":
      return Answer.reply(slotsReply(cluster, describe))
    case "SHARDS":
      return Answer.reply(shardsReply(cluster, describe))
    case "NODES":
      return Answer.reply(nodesReply(cluster, describe, self))
    case "INFO":
      return Answer.reply(infoReply(cluster))
    case "MYID":
      return Answer.reply(describe(self).id)
    default:
      return undefined
  }
}
