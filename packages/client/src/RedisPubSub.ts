/**
 * Subscriptions: to channels, patterns and sharded channels, as Streams that are live when they are handed over. The same service stands
 * before one server, a cluster or a sentinel group. Publishing is a command of `Redis`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Text } from "./command/CommandSpec.ts"
import type { RedisError } from "./error/RedisError.ts"
import { listen } from "./pubsub/listening.ts"
import type { SubscriptionEvent } from "./pubsub/Message.ts"
import type { MonitorLine } from "./pubsub/MonitorLine.ts"
import type { MonitorOptions } from "./pubsub/monitor.ts"
import type { KeyNotification, NotificationOptions, NotificationSource } from "./pubsub/Notification.ts"
import type { NameOf, Received, SubscribeOptions, WantsEvents } from "./pubsub/SubscribeOptions.ts"

/**
 * A subscription: the effect succeeds once the server has acknowledged all of it, so that nothing published after that is missed; the stream
 * then gives what comes. It ends with the scope.
 *
 * @category models
 * @since 0.1.0
 */
export type Subscription<O> = Effect.Effect<Stream.Stream<Received<O>, RedisError>, RedisError, Scope.Scope>

/**
 * The operations.
 *
 * **Details**
 *
 * All subscriptions of a client to one channel share one subscription of the server, on a connection that carries nothing else: one for each
 * server, opened when first needed and closed when nothing was wanted for the pool's `idleTimeout`. A lost connection is opened again by the
 * `reconnect` policy, and what was subscribed to is subscribed again: messages in between are lost, as Pub/Sub has no memory, and
 * `events: true` says where (`Gap`). A connection on which nothing comes is probed after `silence` and given up after `probeTimeout` more: by
 * default 3 s after its server froze, also when nothing is published.
 *
 * A subscription fails as the server refuses it (`NoPermission`), as `Timeout` if it was not acknowledged in time, or as
 * `InvalidArgument`. The stream fails as `Overloaded` or `Decode` by its options, when subscribing again is refused, and as `Closed` with the
 * client. Several runs of one stream share its messages.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisPubSubService {
  /** Messages of channels. In a cluster every node carries them: one primary is chosen, and kept. */
  subscribe<const O extends SubscribeOptions = Record<never, never>>(
    channels: Text | ReadonlyArray<Text>,
    options?: O
  ): Subscription<O>
  /** Messages of all channels that match a glob-style pattern. One that matches several patterns comes once for each. */
  pSubscribe<const O extends SubscribeOptions = Record<never, never>>(
    patterns: Text | ReadonlyArray<Text>,
    options?: O
  ): Subscription<O>
  /**
   * Messages of sharded channels (SPUBLISH), which belong to slots as keys do, and follow them. Channels of several slots may stand
   * together. Since 7.0.
   */
  sSubscribe<const O extends SubscribeOptions = Record<never, never>>(
    channels: Text | ReadonlyArray<Text>,
    options?: O
  ): Subscription<O>
  /**
   * What happens to keys, from every primary, as the server's notifications tell: `{ keyspace: "user:*" }`, `{ keyevent: "expired" }`. Needs
   * `notify-keyspace-events` at the servers; what lacks there is `NotificationsDisabled`, unless the option `flags` says otherwise. In a cluster
   * it should be set at the replicas, too: one of them may be promoted. Under a key prefix the keys are the servers'.
   */
  notifications<const O extends NotificationOptions = Record<never, never>>(
    source: NotificationSource,
    options?: O
  ): Effect.Effect<
    Stream.Stream<
      KeyNotification<NameOf<O>> | (WantsEvents<O> extends true ? SubscriptionEvent<NameOf<O>> : never),
      RedisError
    >,
    RedisError,
    Scope.Scope
  >
  /**
   * Every command that a server runs (MONITOR), on a connection of its own; this client's probes of the connection (PING) are among them. The
   * stream fails as `ConnectionLost` with its connection. It may halve what the server can do.
   */
  monitor(options?: MonitorOptions): Effect.Effect<Stream.Stream<MonitorLine, RedisError>, RedisError, Scope.Scope>
}

/**
 * Subscriptions.
 *
 * @category services
 * @since 0.1.0
 */
export class RedisPubSub extends Context.Service<RedisPubSub, RedisPubSubService>()("@reef-redis/client/RedisPubSub") {
  /**
   * Run the stream of a subscription with a plain function, which gets each chunk of messages as it came from the socket. It is what
   * `Stream.runForEachArray` does, without waking a fiber for each chunk: the fiber waits for the end. For many subscriptions whose messages are
   * passed on (to web sockets, to queues).
   *
   * **Details**
   *
   * Succeeds when the subscription's scope is closed, fails as the stream does, and dies with what the function throws. The function must not
   * block: it runs between two reads of the socket, which is why nothing waits in the subscription's queue once it is called. A stream has one
   * listener at a time; another, and fibers that read it, wait until the first has ended. A stream that was changed (`Stream.map`) is read by
   * `Stream.runForEachArray`.
   *
   * **Example**
   *
   * ```ts
   * const news = yield* pubSub.subscribe("news")
   * yield* Effect.forkScoped(
   *   RedisPubSub.listen(news, (messages) => {
   *     for (const { payload } of messages) webSocket.send(payload)
   *   })
   * )
   * ```
   */
  static readonly listen: {
    <A>(
      listener: (items: readonly [A, ...Array<A>]) => void
    ): <E, R>(stream: Stream.Stream<A, E, R>) => Effect.Effect<void, E, R>
    <A, E, R>(
      stream: Stream.Stream<A, E, R>,
      listener: (items: readonly [A, ...Array<A>]) => void
    ): Effect.Effect<void, E, R>
  } = dual(2, listen)
}
