/**
 * The connection of one server for subscriptions: opened when something is wanted there, opened again by the reconnect policy when lost,
 * closed when nothing was wanted for a while. On each new socket all that is wanted is asked for again, sharded channels slot by slot.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import type { Receiver } from "../connection/MessageScanner.ts"
import { openAs } from "../connection/open.ts"
import { type Fence, PushConnection } from "../connection/PushConnection.ts"
import { type Address, addressText } from "../connection/Transport.ts"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { ConnectionLost, type Reason } from "../error/Reason.ts"
import type { Hub } from "./Hub.ts"
import type { Subscriber } from "./Subscriber.ts"
import { Stage, Topic } from "./Topic.ts"

/** A connection that lived this long ends a series of failed attempts: the next starts the reconnect policy anew. Milliseconds. */
const STABLE_AFTER = 5000

/** So many names are asked for by one command: what the server does at once, and what is asked again if one of them is refused. */
const NAMES_AT_ONCE = 256

/** Reads of at least so many bytes have filled the smallest buffer in use (libuv's): there is more. */
const FULL_READ = 65_536

/** By command: sharded channels of two slots may not stand in one. */
const groupsOf = (topics: Iterable<Topic>): ReadonlyArray<ReadonlyArray<Topic>> => {
  const open = new Map<string, Array<Topic>>()
  const groups: Array<Array<Topic>> = []
  for (const topic of topics) {
    const key = `${topic.kind}${topic.slot ?? ""}`
    let group = open.get(key)
    if (group === undefined || group.length === NAMES_AT_ONCE) {
      group = []
      open.set(key, group)
      groups.push(group)
    }
    group.push(topic)
  }
  return groups
}

/**
 * The connection.
 *
 * @category models
 * @since 0.1.0
 */
export class Link {
  readonly address: Address
  readonly text: string
  readonly topics = new Set<Topic>()
  private readonly hub: Hub
  private connection: PushConnection | undefined
  private unasked: Array<Topic> = []
  private readonly fences = new Map<Fence, ReadonlyArray<Topic>>()
  /** Those that are too slow for it. */
  private readonly holders = new Set<Subscriber>()
  /** What the server has ended by itself in the bytes that are being read. */
  private ended: Array<Topic> = []
  private fiber: Fiber.Fiber<void> | undefined
  private emptySince: number | undefined
  private isWatched = false
  private watcher: Fiber.Fiber<void> | undefined

  constructor(hub: Hub, address: Address) {
    this.hub = hub
    this.address = address
    this.text = addressText(address)
  }

  get isOpen(): boolean {
    return this.connection !== undefined
  }

  /** Whether bytes are being read, so that no user's code may run. */
  get isReading(): boolean {
    return this.connection?.isReading === true
  }

  start(): void {
    this.fiber ??= this.hub.runtime.fork(this.supervise)
  }

  /** End it. */
  readonly close: Effect.Effect<void> = Effect.suspend(() =>
    Fiber.interruptAll([this.fiber, this.watcher].filter((fiber) => fiber !== undefined))
  )

  /** A topic is wanted here. It is asked for by the next `ask`. */
  add(topic: Topic): void {
    this.topics.add(topic)
    this.emptySince = undefined
    topic.link = this
    topic.stage = Stage.Wanted
    topic.isDoubted = false
    this.connection?.table(topic.kind).set(topic.name, topic)
    this.unasked.push(topic)
  }

  /** A topic was not acknowledged, and is to be asked for once more. */
  again(topic: Topic): void {
    if (topic.link === this && topic.stage === Stage.Wanted) this.unasked.push(topic)
  }

  /** Ask for what was not asked for. */
  ask(): void {
    const { connection } = this
    if (connection === undefined || this.unasked.length === 0) return
    const wanted = new Set(this.unasked.filter((topic) => topic.link === this && topic.stage === Stage.Wanted))
    this.unasked = []
    for (const group of groupsOf(wanted)) this.send(connection, group)
  }

  private send(connection: PushConnection, group: ReadonlyArray<Topic>): void {
    const [first] = group
    if (first === undefined) return
    const fence = connection.fence(
      first.kind,
      true,
      group.map((topic) => topic.name)
    )
    for (const topic of group) {
      topic.stage = Stage.Asked
      topic.fence = fence
      topic.takenBy = undefined
    }
    this.fences.set(fence, group)
  }

  /** Topics are not wanted here any more. */
  drop(topics: ReadonlyArray<Topic>): void {
    const { connection } = this
    for (const topic of topics) {
      this.topics.delete(topic)
      const table = connection?.table(topic.kind)
      if (table?.get(topic.name) === topic) table.delete(topic.name)
      topic.link = undefined
    }
    if (connection !== undefined) {
      for (const group of groupsOf(topics.filter((topic) => topic.stage !== Stage.Wanted))) {
        const [first] = group
        if (first === undefined) continue
        connection.fence(
          first.kind,
          false,
          group.map((topic) => topic.name)
        )
      }
    }
    for (const topic of topics) topic.stage = Stage.Wanted
    if (this.topics.size === 0) this.watchEmpty()
  }

  /** A subscriber is too slow: hold up the server. Whether that can be done. */
  hold(subscriber: Subscriber): boolean {
    const { connection } = this
    if (connection === undefined) return true
    if (!connection.canPause) return false
    this.holders.add(subscriber)
    connection.pause()
    return true
  }

  release(subscriber: Subscriber): void {
    if (this.holders.delete(subscriber) && this.holders.size === 0) this.connection?.resume()
  }

  /** It is forgotten. */
  stopWatching(): void {
    this.watcher?.interruptUnsafe()
  }

  private watchEmpty(): void {
    this.emptySince = this.hub.runtime.ticker.exact()
    if (this.isWatched) return
    this.isWatched = true
    this.watcher = this.hub.runtime.fork(this.untilEmpty)
  }

  private readonly untilEmpty: Effect.Effect<void> = Effect.suspend(() => {
    const { idleTimeout, runtime } = this.hub
    const due = this.emptySince === undefined ? undefined : this.emptySince + idleTimeout - runtime.ticker.exact()
    if (due !== undefined && due > 0) return Effect.andThen(Effect.sleep(Math.ceil(due)), this.untilEmpty)
    this.isWatched = false
    if (due !== undefined) this.connection?.close(lost(this.text, "no subscription was left"))
    return Effect.void
  })

  private readonly supervise: Effect.Effect<void> = Effect.suspend(() =>
    Effect.gen({ self: this }, function* () {
      const { hub } = this
      let step = yield* Schedule.toStep(hub.policies.reconnect)
      while (!hub.forgetEmpty(this)) {
        const openedBefore = hub.runtime.ticker.exact()
        const failure = yield* this.session
        const now = hub.runtime.ticker.exact()
        hub.onDown(this, failure)
        if (now - openedBefore >= STABLE_AFTER) step = yield* Schedule.toStep(hub.policies.reconnect)
        if (hub.forgetEmpty(this)) return
        const error = toRedisError(failure, "SUBSCRIBE", this.text)
        const delay = yield* Pull.catchDone(
          Effect.map(step(hub.runtime.ticker.byClock(now), error), ([, duration]) => duration),
          () => Effect.succeed(undefined)
        )
        if (delay === undefined) {
          hub.onGivenUp(this, failure)
          step = yield* Schedule.toStep(hub.policies.reconnect)
        } else yield* Effect.sleep(delay)
      }
    })
  )

  /** One connection from its opening to its end; gives why it ended. */
  private readonly session: Effect.Effect<Failure> = Effect.scoped(
    Effect.gen({ self: this }, function* () {
      const ended = Latch.makeUnsafe(false)
      let endedBy: Reason | undefined
      const { hub } = this
      const opened = yield* Effect.result(
        openAs(
          (runtime, address, onClosed) => new PushConnection(runtime, address, onClosed, this.events),
          hub.runtime,
          this.address,
          hub.profile,
          (reason) => {
            endedBy = reason
            this.onClosed(reason)
            ended.openUnsafe()
          }
        )
      )
      if (opened._tag === "Failure") return opened.failure
      if (endedBy === undefined) this.onOpened(opened.success)
      yield* ended.await
      return { reason: endedBy ?? lost(this.text, "closed"), execution: "NotSent" } satisfies Failure
    })
  )

  private onOpened(connection: PushConnection): void {
    this.connection = connection
    this.holders.clear()
    for (const topic of this.topics) connection.table(topic.kind).set(topic.name, topic)
    this.unasked = [...this.topics]
    connection.listen()
    this.ask()
    if (this.topics.size === 0) this.watchEmpty()
  }

  private onClosed(reason: Reason): void {
    const { connection } = this
    if (connection === undefined) return
    this.connection = undefined
    this.fences.clear()
    this.holders.clear()
    this.ended = []
    const live = [...this.topics].filter((topic) => topic.stage === Stage.Live)
    for (const topic of this.topics) topic.stage = Stage.Wanted
    this.hub.onLost(this, live, "connection", reason)
    // While bytes are being read `onRead` follows.
    if (!connection.isReading) this.hub.handover.flush()
  }

  private readonly events = {
    onAcknowledged: (fence: Fence, receiver: Receiver) => {
      if (!(receiver instanceof Topic) || receiver.fence !== fence) return
      if (receiver.link === this && receiver.stage === Stage.Asked) this.hub.onLive(receiver, this.text)
    },
    onEnded: (receiver: Receiver) => {
      if (!(receiver instanceof Topic) || receiver.link !== this || receiver.stage !== Stage.Live) return
      receiver.stage = Stage.Wanted
      this.ended.push(receiver)
    },
    onFence: (fence: Fence) => {
      const group = this.fences.get(fence)
      this.fences.delete(fence)
      const { error } = fence
      if (group === undefined || error === undefined) return
      const mine = group.filter((topic) => topic.link === this && topic.stage === Stage.Asked)
      for (const topic of mine) topic.stage = Stage.Wanted
      const again = this.hub.onRefused(this, mine, error)
      const { connection } = this
      if (!again || connection === undefined) return
      // One of them is refused, and nobody knows which.
      for (const topic of mine) this.send(connection, [topic])
    },
    onRead: (size: number) => {
      const { ended } = this
      if (ended.length > 0) {
        this.ended = []
        this.hub.onLost(this, ended, "moved", undefined)
        this.hub.seeker.onEnded(ended)
      }
      this.hub.handover.onRead(size, size >= FULL_READ)
    }
  }
}

const lost = (address: string, message: string) => new ConnectionLost({ address, message })
