/**
 * One server: every command goes to it. A replica that answers `-REDIRECT` (Valkey 8, after CLIENT CAPA redirect) is followed to its primary.
 *
 * @since 0.1.0
 */
import type { NodeConnection } from "../connection/NodeConnection.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import { Redirected } from "../error/Reason.ts"
import { endpointKey } from "../topology/Endpoint.ts"
import { parseRedirect, redirectTarget, UNKNOWN_HOST } from "../topology/Redirect.ts"
import { type Decision, decideNoAuth, type Outcome, type RouterService } from "./Router.ts"

/** What passes by itself on the same server. A replica stays one, so READONLY is the caller's to see. */
const passing: ReadonlySet<string> = new Set([
  "Loading",
  "MasterDown",
  "Unblocked",
  "ConnectFailed",
  "ConnectionLost",
  "CredentialsUnavailable",
  "TokenExpired"
])

/**
 * The router of a standalone client. `server` gives the connection, which is another one after the node has left a cluster and
 * come back.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeStandaloneRouter = (server: () => NodeConnection, nodes: NodeConnections): RouterService => {
  const router: RouterService = {
    route: server,
    routeBlock: server,
    routeKeys: server,
    decide: (_, outcome: Outcome): Decision => {
      const { error, failure } = outcome
      if (error !== undefined) {
        const redirect = parseRedirect(error.message)
        if (redirect !== undefined) {
          const answered = server().address
          const to = "path" in answered ? undefined : redirectTarget(redirect, answered)
          const reason = new Redirected({
            kind: redirect.kind,
            slot: redirect.slot,
            to: to === undefined ? UNKNOWN_HOST : endpointKey(to),
            message: error.message
          })
          const redirected = { reason, execution: failure.execution }
          return redirect.kind === "REDIRECT" && to !== undefined
            ? { _tag: "Redirect", to: nodes.at(to), asking: false, failure: redirected }
            : { _tag: "Fail", failure: redirected }
        }
      }
      return passing.has(failure.reason._tag)
        ? { _tag: "Again", policy: "unavailable", failure }
        : (decideNoAuth(nodes.find(outcome.node ?? ""), outcome) ?? { _tag: "Fail", failure })
    },
    only: (target) => (target === server().text ? router : undefined)
  }
  return router
}
