/**
 * What one sentinel answers, as plain data, and whether several of them agree with the servers. Pure.
 */
import type { SentinelMember, SentinelView } from "../SentinelServers.ts"
import { attachmentFlaw } from "./replication.ts"

type Info = ReadonlyMap<string, string>

/** Names and values in turn, as RESP2 gives a map. */
const fieldsOf = (reply: unknown): Info | undefined => {
  if (!Array.isArray(reply)) return undefined
  const fields = new Map<string, string>()
  for (let at = 0; at + 1 < reply.length; at += 2) fields.set(String(reply[at]), String(reply[at + 1]))
  return fields
}

const flagsOf = (fields: Info): ReadonlyArray<string> => (fields.get("flags") ?? "").split(",")

const memberOf = (reply: unknown): SentinelMember => {
  const fields = fieldsOf(reply) ?? new Map<string, string>()
  return {
    port: Number(fields.get("port")),
    flags: flagsOf(fields),
    primaryPort: fields.has("master-port") ? Number(fields.get("master-port")) : undefined,
    linked: fields.has("master-link-status") ? fields.get("master-link-status") === "ok" : undefined
  }
}

/** The view in the answers to SENTINEL MASTER, REPLICAS and SENTINELS; `undefined` if they make no sense. */
export const parseSentinelView = (
  port: number,
  primary: unknown,
  replicas: unknown,
  sentinels: unknown
): SentinelView | undefined => {
  const fields = fieldsOf(primary)
  const primaryPort = Number(fields?.get("port"))
  if (fields === undefined || !(primaryPort > 0) || !Array.isArray(replicas) || !Array.isArray(sentinels)) {
    return undefined
  }
  return {
    port,
    primaryPort,
    configEpoch: Number(fields.get("config-epoch")),
    primaryFlags: flagsOf(fields),
    replicas: replicas.map(memberOf),
    sentinels: sentinels.map(memberOf)
  }
}

export interface ServerReport {
  readonly name: string
  readonly port: number
  readonly role: "primary" | "replica"
  readonly info: Info
}

export interface SentinelReport {
  readonly name: string
  readonly view: SentinelView
}

/** What sentinels write of an instance that they cannot use. */
const BAD_FLAGS = ["s_down", "o_down", "disconnected", "failover_in_progress", "reconf_inprog", "reconf_sent"]

const badFlag = (flags: ReadonlyArray<string>): string | undefined => flags.find((flag) => BAD_FLAGS.includes(flag))

const memberFlaw = (member: SentinelMember | undefined, name: string): string | undefined => {
  if (member === undefined) return `does not know ${name}`
  const bad = badFlag(member.flags)
  return bad === undefined ? undefined : `sees ${name} as ${bad}`
}

const sentinelFlaw = (
  own: SentinelReport,
  primary: ServerReport,
  servers: ReadonlyArray<ServerReport>,
  sentinels: ReadonlyArray<SentinelReport>
): string | undefined => {
  const { view } = own
  if (view.primaryPort !== primary.port) return `does not take ${primary.name} for the primary`
  const bad = badFlag(view.primaryFlags)
  if (bad !== undefined) return `sees the primary as ${bad}`
  for (const { name, port } of servers) {
    if (port === primary.port) continue
    const member = view.replicas.find((candidate) => candidate.port === port)
    const flaw = memberFlaw(member, name)
    if (flaw !== undefined) return flaw
    if (member?.linked !== true) return `says that ${name} has no link to its primary`
    if (member.primaryPort !== primary.port) return `says that ${name} follows port ${member.primaryPort}`
  }
  for (const other of sentinels) {
    if (other === own) continue
    const flaw = memberFlaw(
      view.sentinels.find((candidate) => candidate.port === other.view.port),
      other.name
    )
    if (flaw !== undefined) return flaw
  }
  return undefined
}

/**
 * Why running servers and sentinels are not in order and of one mind; `undefined` if they are: one primary, all other servers
 * attached to it, and every sentinel sees exactly that.
 */
export const sentinelsFlaw = (
  servers: ReadonlyArray<ServerReport>,
  sentinels: ReadonlyArray<SentinelReport>
): string | undefined => {
  const [primary, second] = servers.filter((server) => server.role === "primary")
  if (primary === undefined) return "no running server is a primary"
  if (second !== undefined) return `${primary.name} and ${second.name} are both primaries`
  for (const server of servers) {
    if (server === primary) continue
    const flaw = attachmentFlaw(primary, server)
    if (flaw !== undefined) return flaw
  }
  for (const own of sentinels) {
    const flaw = sentinelFlaw(own, primary, servers, sentinels)
    if (flaw !== undefined) return `${own.name}: ${flaw}`
  }
  return undefined
}
