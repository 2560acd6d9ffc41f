/**
 * Pub/Sub that is loaded when it is first used: most programs have no subscriptions.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ResolvedOptions } from "../ClientOptions.ts"
import type { Text } from "../command/CommandSpec.ts"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import type { SubscriptionKind } from "../connection/PushConnection.ts"
import type { MonitorOptions } from "../pubsub/monitor.ts"
import type { NotificationOptions, NotificationSource } from "../pubsub/Notification.ts"
import type { PubSub } from "../pubsub/PubSub.ts"
import type { SubscribeOptions } from "../pubsub/SubscribeOptions.ts"
import type { RedisPubSubService } from "../RedisPubSub.ts"
import type { SubscriptionHomes } from "../routing/SubscriptionHomes.ts"

/**
 * The service over a client's topology. It ends with the scope.
 *
 * @category constructors
 * @since 0.1.0
 */
export const lazyPubSub = (
  runtime: ConnectionRuntime,
  nodes: NodeConnections,
  homes: SubscriptionHomes,
  { engine, pool, profile }: ResolvedOptions
): Effect.Effect<RedisPubSubService, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        let loaded: Promise<PubSub> | undefined
        const load = () => {
          loaded ??= import("../pubsub/PubSub.ts").then(
            (module) =>
              new module.PubSub({
                runtime,
                nodes,
                database: profile.handshake.database ?? 0,
                profile,
                homes,
                policies: engine.policies,
                deadline: engine.deadline,
                idleTimeout: pool.idleTimeout
              })
          )
          return loaded
        }
        return { load, close: Effect.suspend(() => (loaded === undefined ? Effect.void : closing(loaded))) }
      }),
      ({ close }) => close
    ),
    ({ load }) => {
      const loading = Effect.promise(load)
      const open = (kind: SubscriptionKind) => (names: Text | ReadonlyArray<Text>, options?: SubscribeOptions) =>
        Effect.flatMap(loading, (pubSub) => pubSub.open(kind, names, options))
      // The options decide what the items are, see `Received`.
      return {
        subscribe: open("channel"),
        pSubscribe: open("pattern"),
        sSubscribe: open("shard"),
        notifications: (source: NotificationSource, options?: NotificationOptions) =>
          Effect.flatMap(loading, (pubSub) => pubSub.notifications(source, options)),
        monitor: (options?: MonitorOptions) => Effect.flatMap(loading, (pubSub) => pubSub.monitor(options))
      } as RedisPubSubService
    }
  )

const closing = (loaded: Promise<PubSub>): Effect.Effect<void> =>
  Effect.flatMap(
    Effect.promise(() => loaded),
    (pubSub) => pubSub.close
  )
