/**
 * A service that sentinels watch: commands go to its primary. The one place where READONLY, a redirect and a lost connection lead to the
 * question who the primary is now.
 *
 * @since 0.1.0
 */
import type { NodeConnections } from "../connection/NodeConnections.ts"
import { InvalidArgument, type Reason } from "../error/Reason.ts"
import type { RespError } from "../protocol/RespValue.ts"
import { endpointKey, parseEndpoint } from "../topology/Endpoint.ts"
import { parseRedirect } from "../topology/Redirect.ts"
import { type Decision, decideNoAuth, type Outcome, type RouterService } from "./Router.ts"
import type { SentinelTopology } from "./SentinelTopology.ts"
import { makeStandaloneRouter } from "./StandaloneRouter.ts"

/** What passes by itself, or once there is another primary. */
const passing: ReadonlySet<string> = new Set([
  "Loading",
  "MasterDown",
  "ReadOnly",
  "Unblocked",
  "ConnectFailed",
  "ConnectionLost",
  "CredentialsUnavailable",
  "TokenExpired",
  "NoSentinel",
  "PrimaryDown"
])

/** How a server ends what blocks when it becomes a replica (blocked.c). */
const STATE_CHANGED = "instance state changed"

/** Whether the server is no primary by its own word. Whether the one that a redirect names is one, sentinels know. */
const saysReplica = (reason: Reason, error: RespError): boolean =>
  reason._tag === "ReadOnly" ||
  (reason._tag === "Unblocked" && reason.message.includes(STATE_CHANGED)) ||
  parseRedirect(error.message) !== undefined

/**
 * The router of a client of a service.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeSentinelRouter = (topology: SentinelTopology, nodes: NodeConnections): RouterService => {
  const { primary } = topology
  const only = (target: string): RouterService | undefined => {
    const endpoint = parseEndpoint(target)
    if (endpoint === undefined) return undefined
    const key = endpointKey(endpoint)
    const message = `target: ${key} is no server of the service, as far as is known`
    const reason = new InvalidArgument({ position: undefined, message })
    const isKnown = (): boolean => {
      const group = topology.snapshot()
      if (group === undefined) return false
      return (
        endpointKey(group.primary) === key || group.replicas.some((replica) => endpointKey(replica.endpoint) === key)
      )
    }
    const place = () => (isKnown() ? nodes.at(endpoint) : { reason, execution: "NotSent" as const })
    const one = makeStandaloneRouter(() => nodes.at(endpoint), nodes)
    return { ...one, route: place, routeBlock: place, routeKeys: place, only }
  }
  return {
    route: primary,
    routeBlock: primary,
    routeKeys: primary,
    only,
    decide: (_, outcome: Outcome): Decision => {
      const { error, failure, node } = outcome
      if (error !== undefined && saysReplica(failure.reason, error)) {
        topology.demoted(node)
        return { _tag: "Again", policy: "unavailable", failure }
      }
      return passing.has(failure.reason._tag)
        ? { _tag: "Again", policy: "unavailable", failure }
        : (decideNoAuth(nodes.find(node ?? ""), outcome) ?? { _tag: "Fail", failure })
    }
  }
}
