/**
 * Where the subscriptions of a service live that sentinels watch: at its primary, and at the next one after a failover.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Fiber } from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import { type Address, addressText } from "../connection/Transport.ts"
import type { Failure } from "../error/Failure.ts"
import type { SentinelTopology } from "./SentinelTopology.ts"
import type { SubscriptionHomes } from "./SubscriptionHomes.ts"

/**
 * The homes of such a service.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeSentinelHomes = (runtime: ConnectionRuntime, topology: SentinelTopology): SubscriptionHomes => {
  const primary = (): Address | Failure => {
    const node = topology.primary()
    return node instanceof NodeConnection ? node.address : node
  }
  const primaries = (): ReadonlyArray<Address> => {
    const address = primary()
    return "reason" in address ? [] : [address]
  }
  return {
    plain: primary,
    primaries,
    carries: (address) => primaries().some((one) => addressText(one) === address),
    onChange: (listener) => {
      const fiber: Fiber<void> = runtime.fork(
        Stream.runForEach(SubscriptionRef.changes(topology.current), () => Effect.sync(listener))
      )
      return () => fiber.interruptUnsafe()
    },
    onTrouble: () => topology.request("connection lost"),
    onRefused: () => {}
  }
}
