/**
 * Pub/Sub that is loaded when it is first used: most programs have no subscriptions.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ResolvedOptions } from "../ClientOptions.ts"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import type { Address } from "../connection/Transport.ts"
import type { PubSub } from "../pubsub/PubSub.ts"
import type { RedisPubSubService } from "../RedisPubSub.ts"
import type { SubscriptionHomes } from "../routing/SubscriptionHomes.ts"

const METHODS: ReadonlyArray<keyof RedisPubSubService> = [
  "subscribe",
  "pSubscribe",
  "sSubscribe",
  "notifications",
  "monitor"
]

/**
 * The service over a client's topology, or one server at that address. It ends with the scope.
 *
 * @category constructors
 * @since 0.1.0
 */
export const lazyPubSub = (
  runtime: ConnectionRuntime,
  nodes: NodeConnections,
  homes: SubscriptionHomes | (() => Address),
  resolved: ResolvedOptions
): Effect.Effect<RedisPubSubService, never, Scope.Scope> => {
  let loaded: Promise<PubSub> | undefined
  const load = Effect.promise(() => {
    loaded ??= import("../pubsub/PubSub.ts").then(({ PubSub }) => new PubSub(runtime, nodes, homes, resolved))
    return loaded
  })
  const close = Effect.suspend(() =>
    loaded === undefined ? Effect.void : Effect.flatMap(load, (pubSub) => pubSub.close)
  )
  const method = (name: keyof RedisPubSubService) => [
    name,
    (...args: ReadonlyArray<never>) => Effect.flatMap(load, (pubSub) => Reflect.apply(pubSub[name], pubSub, args))
  ]
  const service: unknown = Object.fromEntries(METHODS.map(method))
  // The options decide what the items are, see `Received`.
  return Effect.as(
    Effect.addFinalizer(() => close),
    service as RedisPubSubService
  )
}
