/**
 * Notifications of changed keys as a stream, from every primary: a server tells of its own keys only.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { ask } from "../connection/ask.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { InvalidArgument, NotificationsDisabled } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { RespMap, type RespValue } from "../protocol/RespValue.ts"
import type { Item, SubscriptionEvent } from "./Message.ts"
import {
  enabledBy,
  type KeyNotification,
  missingFlags,
  type NotificationOptions,
  type NotificationPlan,
  type NotificationSource,
  notificationOf,
  planOf
} from "./Notification.ts"
import type { PubSub } from "./PubSub.ts"

const SETTING = "notify-keyspace-events"

/** The value of CONFIG GET, a map or what RESP2 makes of one. */
const settingOf = (reply: RespValue): string => {
  const entries = reply instanceof RespMap ? reply.entries : Array.isArray(reply) ? reply : []
  return typeof entries[1] === "string" ? entries[1] : ""
}

const ensure = Effect.fnUntraced(function* (
  pubSub: PubSub,
  nodes: NodeConnections,
  plan: NotificationPlan,
  enable: boolean,
  deadline: number
): Effect.fn.Return<void, RedisError> {
  const { homes, runtime } = pubSub.hub
  for (const address of homes.primaries()) {
    const node = nodes.at(address)
    const run = (name: string, args: ReadonlyArray<string>) =>
      Effect.mapError(ask(runtime, node, deadline, name, args), (failure) => toRedisError(failure, name, node.text))
    const setting = settingOf(yield* run("CONFIG GET", [SETTING]))
    const missing = missingFlags(plan, setting)
    const enabled = enabledBy(plan, setting)
    if (enable && enabled !== setting) yield* run("CONFIG SET", [SETTING, enabled])
    else if (missing !== "") {
      const message = `${SETTING} is "${setting}": it lacks ${missing}`
      const failure: Failure = { reason: new NotificationsDisabled({ missing, message }), execution: "NotSent" }
      return yield* Effect.fail(toRedisError(failure, "PSUBSCRIBE", node.text))
    }
  }
})

/** What an item of the subscription is for the user; a message that is no notification is left out. */
const translate = (
  pubSub: PubSub,
  plan: NotificationPlan,
  inBytes: boolean,
  items: ReadonlyArray<Item>
): Array<KeyNotification<unknown> | SubscriptionEvent<unknown>> => {
  const text = (bytes: Uint8Array) => pubSub.hub.codec.utf8(bytes, 0, bytes.length)
  return items.flatMap((item): Array<KeyNotification<unknown> | SubscriptionEvent<unknown>> => {
    if (item._tag === "MonitorLine") return []
    if (item._tag !== "Message") {
      return inBytes || !("channels" in item)
        ? [item]
        : [{ ...item, channels: item.channels.map((name) => (name instanceof Uint8Array ? text(name) : name)) }]
    }
    const { channel, payload } = item
    if (!(channel instanceof Uint8Array) || !(payload instanceof Uint8Array)) return []
    const found = notificationOf(plan.kind, channel, payload, text)
    if (found === undefined) return []
    // Parts are views of their message.
    const nameOf = (bytes: Uint8Array) => (inBytes ? new Uint8Array(bytes) : text(bytes))
    return [{ ...found, key: nameOf(found.key), subkeys: found.subkeys.map(nameOf) }]
  })
}

/**
 * Listen to a source.
 *
 * @category constructors
 * @since 0.1.0
 */
export const openNotifications = (
  pubSub: PubSub,
  nodes: NodeConnections,
  defaults: { readonly database: number; readonly deadline: number },
  source: NotificationSource,
  { as, database = defaults.database, flags = "check", ...options }: NotificationOptions = {}
): Effect.Effect<
  Stream.Stream<KeyNotification<unknown> | SubscriptionEvent<unknown>, RedisError>,
  RedisError,
  Scope.Scope
> => {
  const invalid = (message: string) => {
    const reason = new InvalidArgument({ position: undefined, message })
    return Effect.fail(toRedisError({ reason, execution: "NotSent" }, "PSUBSCRIBE", undefined))
  }
  if (database !== "*" && !(Number.isSafeInteger(database) && database >= 0)) {
    return invalid(`database: must be a whole number from 0, or "*"`)
  }
  if (flags !== "check" && flags !== "enable" && flags !== "assume") {
    return invalid("flags: must be check, enable or assume")
  }
  const plan = planOf(source, database)
  return Effect.gen(function* () {
    if (flags !== "assume") yield* ensure(pubSub, nodes, plan, flags === "enable", defaults.deadline)
    const kind = plan.isPattern ? "pattern" : "channel"
    const stream = yield* pubSub.open(kind, plan.channels, { ...options, as: "bytes" }, true)
    return Stream.flatMap(Stream.chunks(stream), (items) =>
      Stream.fromArray(translate(pubSub, plan, as === "bytes", items))
    )
  })
}
