/**
 * How a client's nodes are now: each is sent a PING over its own connection, in line with the commands that wait there.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { defineSpec } from "../command/CommandSpec.ts"
import { internalCommand } from "../command/make.ts"
import type { Reason } from "../error/Reason.ts"
import { reasonOf } from "../error/ServerFault.ts"
import type { ConnectionState } from "./ConnectionMonitor.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import type { NodeConnection } from "./NodeConnection.ts"
import { abandon, PendingPart } from "./Pending.ts"

const PING = internalCommand(defineSpec({ name: "PING", keys: "none", retry: "readOnly" }), [])
const PING_FRAME = "*1\r\n$4\r\nPING\r\n"

const NANOS_PER_MILLI = 1_000_000

/**
 * How one node is. `latency` is the time from PING to its answer, what waits before it in the queue included; `undefined` if no answer
 * came, for the reason `failure`, which is also there when the server answered by an error. `silence` is for how long no byte had come from
 * the node before it was asked (milliseconds, `undefined` without a connection), `queueDepth` how many commands waited there then.
 *
 * @category models
 * @since 0.1.0
 */
export interface NodeHealth {
  readonly node: string
  readonly healthy: boolean
  readonly state: ConnectionState
  readonly latency: Duration.Duration | undefined
  readonly silence: number | undefined
  readonly queueDepth: number
  readonly failure: Reason | undefined
}

/**
 * How a client is: `healthy` if each node is that it has a connection to (or tries to have one), and there is one at least.
 *
 * @category models
 * @since 0.1.0
 */
export interface Health {
  readonly healthy: boolean
  readonly nodes: ReadonlyArray<NodeHealth>
}

/**
 * What a PING says of a node.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer = Pick<NodeHealth, "latency" | "failure">

/**
 * Send a PING to a node, for the probe time-out (`probeTimeout`) at most.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ping = (runtime: ConnectionRuntime, node: NodeConnection): Effect.Effect<Answer> =>
  Effect.flatMap(Clock.Clock, (clock) =>
    Effect.callback<Answer>((resume) => {
      const begun = clock.currentTimeNanosUnsafe()
      const sinceNanos = (at: bigint) => Number(clock.currentTimeNanosUnsafe() - at)
      const answered = (failure: Reason | undefined) =>
        resume(Effect.succeed({ latency: Duration.millis(sinceNanos(begun) / NANOS_PER_MILLI), failure }))
      const deadline = runtime.ticker.exact() + runtime.limits.probeTimeout
      const handler = {
        succeed: () => answered(undefined),
        refuse: (_: unknown, error: Parameters<typeof reasonOf>[0]) => answered(reasonOf(error)),
        fail: (_: unknown, { reason }: { readonly reason: Reason }) =>
          resume(Effect.succeed({ latency: undefined, failure: reason }))
      }
      const pending = new PendingPart(PING, PING_FRAME, deadline, handler, 0, 0)
      node.send(pending)
      return Effect.sync(() => abandon(pending))
    })
  )

/**
 * Ask every node that the client has used, at once, each for the probe time-out (`probeTimeout`) at most. Never fails: what is wrong stands in
 * the result.
 *
 * @category combinators
 * @since 0.1.0
 */
export const checkHealth = (runtime: ConnectionRuntime): Effect.Effect<Health> =>
  Effect.suspend(() => {
    const { monitor } = runtime
    const ask = (node: NodeConnection): Effect.Effect<NodeHealth> => {
      const { queueDepth, silence } = node
      return Effect.map(ping(runtime, node), (answer) => {
        const state = monitor.states.value.get(node.label) ?? { _tag: "Connecting", since: 0 }
        const healthy = state._tag === "Connected" && answer.failure === undefined
        return { node: node.label, healthy, state, silence, queueDepth, ...answer }
      })
    }
    return Effect.map(
      Effect.forEach([...monitor.nodes.values()], ask, { concurrency: "unbounded" }),
      (nodes): Health => ({ healthy: nodes.length > 0 && nodes.every((node) => node.healthy), nodes })
    )
  })
