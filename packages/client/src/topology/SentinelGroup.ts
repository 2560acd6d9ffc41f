/**
 * A service that sentinels watch, as a client uses it, and what one sentinel reports of it. Pure: what sentinels say goes in, plain data
 * comes out.
 *
 * @since 0.1.0
 */
import * as Reply from "../command/Reply.ts"
import {
  type SentinelInstance,
  sentinelAddress,
  sentinelPeer,
  sentinelPrimary,
  sentinelReplica
} from "../command/SentinelReplies.ts"
import { RespError, type RespValue } from "../protocol/RespValue.ts"
import { type AddressRemap, type Endpoint, endpointKey, MAX_PORT } from "./Endpoint.ts"

/**
 * A replica that can be used, as far as sentinels know.
 *
 * @category models
 * @since 0.1.0
 */
export interface GroupReplica {
  /** As it is dialled. */
  readonly endpoint: Endpoint
  /** Whether its link to the primary is up; if not, its data is from before. */
  readonly isLinked: boolean
  /** In bytes of the replication stream, when the sentinel asked it last. */
  readonly replicationOffset: number
}

/**
 * The primary and the replicas of one service, and the sentinels that watch it. Immutable.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelGroup {
  readonly service: string
  /** As it is dialled. It said itself that it is a primary when this was found. */
  readonly primary: Endpoint
  /** Without those that sentinels think down or have no connection to (`s_down`, `o_down`, `disconnected`). */
  readonly replicas: ReadonlyArray<GroupReplica>
  /** Grows with each failover (`config-epoch`). */
  readonly epoch: number
  /** Every sentinel that is known, as it is dialled. */
  readonly sentinels: ReadonlyArray<Endpoint>
}

/**
 * What one sentinel reports, with addresses as they are dialled.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelReport {
  /** The sentinel's id, where it tells (since 6.2). */
  readonly id: string | undefined
  readonly primary: Endpoint
  readonly epoch: number
  /** Whether it thinks the primary down (`s_down` or `o_down`). */
  readonly isDown: boolean
  /** The flags of the primary in the servers' words. */
  readonly flags: ReadonlyArray<string>
  readonly otherSentinels: number
  readonly replicas: ReadonlyArray<GroupReplica>
  /** The other sentinels, those that it thinks down left out. */
  readonly peers: ReadonlyArray<{ readonly id: string | undefined; readonly endpoint: Endpoint }>
}

/**
 * How addresses that sentinels tell become those to dial.
 *
 * @category options
 * @since 0.1.0
 */
export interface GroupAddresses {
  readonly remap?: AddressRemap | undefined
  /** Stands for the host of every primary (its port stays), before the remapping. */
  readonly forcedPrimaryHost?: string | undefined
}

/**
 * The commands that ask one sentinel about a service, in this order.
 *
 * @category constructors
 * @since 0.1.0
 */
export const reportCommands = (service: string): ReadonlyArray<readonly [string, ReadonlyArray<string>]> => [
  // During a failover this one names the new primary already, together with the new epoch, while MASTER still has the old address.
  ["SENTINEL GET-MASTER-ADDR-BY-NAME", [service]],
  ["SENTINEL MASTER", [service]],
  ["SENTINEL REPLICAS", [service]],
  ["SENTINEL SENTINELS", [service]],
  ["SENTINEL MYID", []]
]

const usable = ({ host, port }: Endpoint): boolean => host !== "" && host !== "?" && port > 0 && port <= MAX_PORT

/** Down in its view, or out of its reach. */
const isFit = (instance: SentinelInstance): boolean =>
  usable(instance) && !(instance.isSubjectivelyDown || instance.isObjectivelyDown || instance.isDisconnected)

const same: AddressRemap = (endpoint) => endpoint

/** How sentinels answer for a name that they do not know (sentinel.c). */
const NO_SUCH = /^ERR No such (master|primary) with that name/

/**
 * The replies to `reportCommands` as a report, `"unknown service"`, or the text of what was wrong with them. Where only the lists are refused
 * (by an ACL) they are empty.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseReport = (
  [addressReply, primaryReply, replicasReply, peersReply, idReply]: ReadonlyArray<RespValue>,
  { forcedPrimaryHost, remap = same }: GroupAddresses
): SentinelReport | "unknown service" | { readonly problem: string } => {
  if (primaryReply instanceof RespError) {
    return NO_SUCH.test(primaryReply.message) ? "unknown service" : { problem: primaryReply.message }
  }
  try {
    if (addressReply instanceof RespError) return { problem: addressReply.message }
    const primary = sentinelPrimary.text(primaryReply)
    const { host, port } = sentinelAddress.text(addressReply) ?? primary
    if (!usable({ host, port })) return { problem: `the primary is named as ${host}:${port}` }
    const replicas = listOf(replicasReply, Reply.array(sentinelReplica).text)
    const peers = listOf(peersReply, Reply.array(sentinelPeer).text)
    return {
      id: typeof idReply === "string" ? idReply : undefined,
      primary: remap({ host: forcedPrimaryHost ?? host, port }),
      epoch: primary.configEpoch,
      isDown: primary.isSubjectivelyDown || primary.isObjectivelyDown,
      flags: primary.flags,
      otherSentinels: primary.otherSentinelCount,
      replicas: replicas.filter(isFit).map((replica) => ({
        endpoint: remap({ host: replica.host, port: replica.port }),
        isLinked: replica.isPrimaryLinkUp,
        replicationOffset: replica.replicationOffset
      })),
      peers: peers
        .filter((peer) => usable(peer) && !peer.isSubjectivelyDown)
        .map(({ host, port, runId }) => ({ id: runId, endpoint: remap({ host, port }) }))
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : "the reply of SENTINEL MASTER is not what sentinels say"
    return { problem }
  }
}

const listOf = <A>(reply: RespValue, read: (reply: RespValue) => ReadonlyArray<A>): ReadonlyArray<A> =>
  reply instanceof RespError ? [] : read(reply)

const keysOf = (group: SentinelGroup) =>
  JSON.stringify([
    endpointKey(group.primary),
    group.replicas.map(({ endpoint, isLinked }) => `${endpointKey(endpoint)} ${isLinked}`).sort(),
    group.sentinels.map(endpointKey).sort(),
    group.epoch
  ])

/**
 * Whether two groups are the same but for the replication offsets.
 *
 * @category predicates
 * @since 0.1.0
 */
export const sameGroup = (a: SentinelGroup, b: SentinelGroup): boolean => keysOf(a) === keysOf(b)
