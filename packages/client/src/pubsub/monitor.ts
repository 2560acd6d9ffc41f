/**
 * MONITOR as a stream: every command that a server runs, on a connection of its own.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { defineSpec } from "../command/CommandSpec.ts"
import { internalCommand } from "../command/make.ts"
import { exchangeCommands } from "../connection/Handshake.ts"
import { LineConnection } from "../connection/LineConnection.ts"
import { openAs } from "../connection/open.ts"
import { addressText } from "../connection/Transport.ts"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { InvalidArgument, type Reason } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { fromReply } from "../error/ServerFault.ts"
import { RespError } from "../protocol/RespValue.ts"
import { parseEndpoint } from "../topology/Endpoint.ts"
import type { Item, Overflow } from "./Message.ts"
import { monitorLineOf } from "./MonitorLine.ts"
import type { PubSub } from "./PubSub.ts"
import { done, Subscriber } from "./Subscriber.ts"
import { streamOf } from "./streamOf.ts"

/**
 * Options of MONITOR.
 *
 * @category options
 * @since 0.1.0
 */
export interface MonitorOptions {
  /** The address of the node to watch, `host:port` (default: the server, or one primary of a cluster). */
  readonly node?: string | undefined
  /** So many lines may wait to be read (default 4096). */
  readonly capacity?: number | undefined
  /** What happens then (default `suspend`). */
  readonly overflow?: Overflow | undefined
}

const MONITOR = internalCommand(defineSpec({ name: "MONITOR", keys: "none", retry: "never" }), [])

const toError =
  (node: string | undefined) =>
  (failure: Failure): RedisError =>
    toRedisError(failure, "MONITOR", node)

/**
 * Watch a server.
 *
 * @category constructors
 * @since 0.1.0
 */
export const openMonitor = Effect.fnUntraced(function* (
  pubSub: PubSub,
  { capacity = 4096, node, overflow = "suspend" }: MonitorOptions = {}
): Effect.fn.Return<Stream.Stream<Item, RedisError>, RedisError, Scope.Scope> {
  const { homes, profile, runtime } = pubSub.hub
  const address = node === undefined ? homes.plain() : parseEndpoint(node)
  if (address === undefined) {
    const reason = new InvalidArgument({ position: undefined, message: "node: must be host:port" })
    return yield* Effect.fail(toError(undefined)({ reason, execution: "NotSent" }))
  }
  if ("reason" in address) return yield* Effect.fail(toError(undefined)(address))
  const checked = pubSub.check("MONITOR", { capacity, overflow, as: "text" }, false)
  if (checked instanceof InvalidArgument) {
    return yield* Effect.fail(toError(undefined)({ reason: checked, execution: "NotSent" }))
  }
  const text = addressText(address)
  let lines: Array<Item> = []
  let connection: LineConnection | undefined
  const subscriber = new Subscriber(checked.options, () => {
    subscriber.isHolding = false
    connection?.resume()
  })
  const onClosed = (reason: Reason) => {
    subscriber.finish(Effect.fail(toError(text)({ reason, execution: "Executed" })))
    subscriber.wake()
  }
  const onLine = (line: string) => {
    const parsed = monitorLineOf(line)
    if (parsed !== undefined) lines.push(parsed)
  }
  const onRead = () => {
    if (lines.length === 0) return
    const batch = lines
    lines = []
    subscriber.deliver(batch)
    if (!subscriber.isFull || overflow !== "suspend" || connection === undefined) return
    subscriber.isHolding = true
    connection.pause()
  }
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      subscriber.finish(done)
      subscriber.wake()
    })
  )
  const opened = yield* Effect.mapError(
    openAs((on, at, closed) => new LineConnection(on, at, closed, onLine, onRead), runtime, address, profile, onClosed),
    toError(text)
  )
  connection = opened
  // AUTH would be shown, and its reply be one among the lines.
  opened.identity?.hold()
  opened.listen()
  const [reply] = yield* Effect.mapError(exchangeCommands(runtime, opened, [MONITOR]), toError(text))
  if (reply instanceof RespError) return yield* Effect.fail(toError(text)(fromReply(reply, false)))
  return streamOf(subscriber, {}, "MONITOR")
})
