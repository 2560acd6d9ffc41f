/**
 * What stands behind `RedisPubSub`: loaded when it is first used.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { list } from "../command/arguments.ts"
import type { Text } from "../command/CommandSpec.ts"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import type { ConnectionProfile } from "../connection/open.ts"
import { type SubscriptionKind, words } from "../connection/PushConnection.ts"
import type { Address } from "../connection/Transport.ts"
import { toRedisError } from "../error/Failure.ts"
import { InvalidArgument, Timeout } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { isBytes } from "../protocol/RespWriter.ts"
import type { Policies } from "../routing/Policies.ts"
import { makeStandaloneHomes, type SubscriptionHomes } from "../routing/SubscriptionHomes.ts"
import { closed, Hub } from "./Hub.ts"
import type { Item } from "./Message.ts"
import { type MonitorOptions, openMonitor } from "./monitor.ts"
import type { NotificationOptions, NotificationSource } from "./Notification.ts"
import { openNotifications } from "./notifications.ts"
import type { SubscribeOptions } from "./SubscribeOptions.ts"
import type { Subscriber, SubscriberOptions } from "./Subscriber.ts"
import { streamOf } from "./streamOf.ts"

/** Messages that may wait in a subscription. */
const DEFAULT_CAPACITY = 4096

const OVERFLOWS: ReadonlySet<unknown> = new Set(["suspend", "dropOldest", "dropNewest", "fail"])

/**
 * What it needs of a client's options; times are in milliseconds.
 *
 * @category options
 * @since 0.1.0
 */
export interface PubSubOptions {
  readonly profile: ConnectionProfile
  readonly engine: { readonly deadline: number; readonly policies: Policies }
  readonly pool: { readonly idleTimeout: number }
}

type Checked = {
  readonly names: ReadonlyArray<Uint8Array>
  readonly options: SubscriberOptions
  readonly deadline: number
}

const invalid = (position: number | undefined, message: string) => new InvalidArgument({ position, message })

/**
 * Pub/Sub over one client's topology.
 *
 * @category models
 * @since 0.1.0
 */
export class PubSub {
  readonly hub: Hub
  private readonly nodes: NodeConnections
  /** How long an acknowledgement is awaited, in milliseconds. */
  private readonly deadline: number
  /** That of the client. */
  private readonly database: number

  constructor(
    runtime: ConnectionRuntime,
    nodes: NodeConnections,
    homes: SubscriptionHomes | (() => Address),
    { engine, pool, profile }: PubSubOptions
  ) {
    const { deadline, policies } = engine
    const placed = typeof homes === "function" ? makeStandaloneHomes(homes) : homes
    this.hub = new Hub({ runtime, profile, homes: placed, policies, idleTimeout: pool.idleTimeout })
    this.nodes = nodes
    this.deadline = deadline
    this.database = profile.handshake.database ?? 0
  }

  /** End all subscriptions and connections. */
  get close(): Effect.Effect<void> {
    return this.hub.close
  }

  readonly subscribe = (names: Text | ReadonlyArray<Text>, options?: SubscribeOptions) =>
    this.open("channel", names, options)

  readonly pSubscribe = (names: Text | ReadonlyArray<Text>, options?: SubscribeOptions) =>
    this.open("pattern", names, options)

  readonly sSubscribe = (names: Text | ReadonlyArray<Text>, options?: SubscribeOptions) =>
    this.open("shard", names, options)

  /** Subscribe, and give the stream once the server has acknowledged all of it. */
  readonly open = (
    kind: SubscriptionKind,
    names: Text | ReadonlyArray<Text>,
    options: SubscribeOptions = {},
    everywhere = false
  ): Effect.Effect<Stream.Stream<Item, RedisError>, RedisError, Scope.Scope> =>
    Effect.suspend(() => {
      const command = words[kind].on
      const checked = this.check(names, options, everywhere)
      if (checked instanceof InvalidArgument) {
        return Effect.fail(toRedisError({ reason: checked, execution: "NotSent" }, command, undefined))
      }
      if (this.hub.isClosed) return Effect.fail(closed(command))
      const joined = Effect.acquireRelease(
        Effect.sync(() => this.hub.join(kind, checked.names, checked.options)),
        (subscriber) => Effect.sync(() => this.hub.leave(subscriber))
      )
      return Effect.flatMap(joined, (subscriber) =>
        Effect.map(
          Effect.onExit(this.ready(subscriber, command, checked.deadline), (exit) =>
            Effect.sync(() => {
              if (exit._tag === "Failure") this.hub.leave(subscriber)
              else subscriber.isLive = true
            })
          ),
          () => streamOf(subscriber, options, command)
        )
      )
    })

  private ready(subscriber: Subscriber, command: string, deadline: number): Effect.Effect<void, RedisError> {
    const { runtime } = this.hub
    const acknowledged = Effect.callback<void, RedisError>((resume) => {
      if (subscriber.missing.size === 0) return resume(Effect.void)
      subscriber.onReady = (failure) => resume(failure === undefined ? Effect.void : Effect.fail(failure))
      return Effect.sync(() => {
        subscriber.onReady = undefined
      })
    })
    return Effect.timeoutOrElse(acknowledged, {
      duration: deadline,
      orElse: () => {
        const asked = [...subscriber.missing].some((topic) => topic.link?.isOpen === true)
        const { lastCause } = this.hub
        const cause = lastCause === undefined ? "" : `; last: ${lastCause}`
        const reason = new Timeout({
          phase: asked ? "written" : "connecting",
          deadline: runtime.ticker.byClock(runtime.ticker.exact()),
          lastCause,
          message: `not acknowledged within ${deadline} ms${cause}`
        })
        return Effect.fail(
          toRedisError({ reason, execution: asked ? "MayHaveExecuted" : "NotSent" }, command, undefined)
        )
      }
    })
  }

  /** Listen to changes of keys. */
  readonly notifications = (source: NotificationSource, options?: NotificationOptions) =>
    openNotifications(this, this.nodes, { deadline: this.deadline, database: this.database }, source, options)

  /** Watch a server. */
  readonly monitor = (options?: MonitorOptions) => openMonitor(this, options)

  /** The options as the hub takes them, or what is wrong with them. */
  check(
    names: Text | ReadonlyArray<Text>,
    { as, capacity = DEFAULT_CAPACITY, deadline, events, overflow = "suspend" }: SubscribeOptions,
    everywhere: boolean
  ): Checked | InvalidArgument {
    const codec = this.hub.codec
    const encoded: Array<Uint8Array> = []
    for (const [position, name] of list(names).entries()) {
      if (typeof name === "string") encoded.push(codec.encode(name))
      else if (isBytes(name)) encoded.push(new Uint8Array(name))
      else return invalid(position, "expected text or bytes")
    }
    if (encoded.length === 0) return invalid(0, "expected at least one name")
    if (as !== undefined && as !== "text" && as !== "bytes") return invalid(undefined, "as: must be text or bytes")
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      return invalid(undefined, "capacity: must be a whole number above zero")
    }
    if (!OVERFLOWS.has(overflow)) return invalid(undefined, `overflow: must be one of ${[...OVERFLOWS].join(", ")}`)
    let millis = this.deadline
    if (deadline !== undefined) {
      const duration = Option.getOrUndefined(Duration.fromInput(deadline))
      millis = duration === undefined ? Number.NaN : Duration.toMillis(duration)
      if (!(millis > 0)) return invalid(undefined, "deadline: must be a duration above zero")
    }
    return {
      names: encoded,
      options: { bytes: as === "bytes", events: events === true, capacity, overflow, everywhere },
      deadline: millis
    }
  }
}
