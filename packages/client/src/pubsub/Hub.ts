/**
 * All subscriptions of one client: what is wanted by whom, and where it is. Everything that happens to a connection or to the topology comes
 * here as "what is there differs from what is wanted", and is put right.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import type { ConnectionProfile } from "../connection/open.ts"
import { type SubscriptionKind, words } from "../connection/PushConnection.ts"
import { type Address, addressText } from "../connection/Transport.ts"
import { type Failure, isTransient, toRedisError } from "../error/Failure.ts"
import { Closed, Overloaded, type Reason } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { reasonOf } from "../error/ServerFault.ts"
import type { RespError } from "../protocol/RespValue.ts"
import type { Policies } from "../routing/Policies.ts"
import type { SubscriptionHomes } from "../routing/SubscriptionHomes.ts"
import { isHopeless } from "../routing/start.ts"
import { parseRedirect } from "../topology/Redirect.ts"
import { Handover } from "./Handover.ts"
import { Link } from "./Link.ts"
import { Seeker } from "./Seeker.ts"
import { done, Subscriber, type SubscriberOptions } from "./Subscriber.ts"
import { type Collector, Stage, Topic, topicKey } from "./Topic.ts"

/**
 * What Pub/Sub is made from.
 *
 * @category options
 * @since 0.1.0
 */
export interface HubOptions {
  readonly runtime: ConnectionRuntime
  readonly profile: ConnectionProfile
  readonly policies: Policies
  readonly homes: SubscriptionHomes
  /** A connection on which nothing is wanted is closed after so many milliseconds. */
  readonly idleTimeout: number
}

/**
 * The hub.
 *
 * @category models
 * @since 0.1.0
 */
export class Hub implements Collector {
  readonly runtime: ConnectionRuntime
  readonly profile: ConnectionProfile
  readonly policies: Policies
  readonly homes: SubscriptionHomes
  readonly idleTimeout: number
  readonly codec: Collector["codec"]
  readonly handover: Handover
  readonly seeker: Seeker
  private readonly topics = new Map<string, Topic>()
  private readonly links = new Map<string, Link>()
  private readonly everywhere = new Map<Subscriber, ReadonlyArray<readonly [SubscriptionKind, Uint8Array]>>()
  private stopListening: (() => void) | undefined
  private isChangeDue = false
  isClosed = false
  /** Why something could not be had, last. */
  lastCause: string | undefined

  constructor({ homes, idleTimeout, policies, profile, runtime }: HubOptions) {
    // A subscription waits for its turn, whatever commands shall do.
    this.runtime = { ...runtime, limits: { ...runtime.limits, overload: "suspend" } }
    this.profile = profile
    this.policies = policies
    this.homes = homes
    this.idleTimeout = idleTimeout
    this.codec = runtime.transport.text
    this.seeker = new Seeker(this)
    this.handover = new Handover({
      runtime,
      isReading: () => this.isReading,
      onQueued: (subscriber) => this.holdIfFull(subscriber)
    })
  }

  private get isReading(): boolean {
    for (const link of this.links.values()) if (link.isReading) return true
    return false
  }

  /** Want names of a kind. */
  join(kind: SubscriptionKind, names: ReadonlyArray<Uint8Array>, options: SubscriberOptions): Subscriber {
    const subscriber = new Subscriber(options, (one) => this.release(one))
    this.stopListening ??= this.homes.onChange(() => this.onChange())
    if (options.everywhere) {
      const wanted = names.map((name) => [kind, name] as const)
      this.everywhere.set(subscriber, wanted)
      for (const address of this.homes.primaries()) this.want(subscriber, kind, names, address)
    } else this.want(subscriber, kind, names, undefined)
    this.ask()
    return subscriber
  }

  private want(
    subscriber: Subscriber,
    kind: SubscriptionKind,
    names: ReadonlyArray<Uint8Array>,
    bound: Address | undefined
  ): void {
    const topics = new Set<Topic>()
    for (const name of names) {
      const node = bound === undefined ? "" : addressText(bound)
      const key = topicKey(kind, node, this.codec.latin1(name, 0, name.length))
      let topic = this.topics.get(key)
      if (topic === undefined) {
        const slot = kind === "shard" ? this.homes.shards?.slotOf(name) : undefined
        topic = new Topic(kind, name, key, slot, bound, this)
        this.topics.set(key, topic)
        this.place(topic)
      }
      topics.add(topic)
    }
    for (const topic of topics) subscriber.topics.add(topic)
    for (const topic of topics) {
      topic.join(subscriber)
      if (topic.stage !== Stage.Live) subscriber.missing.add(topic)
      else if (topic.liveAt !== undefined) {
        subscriber.event({ _tag: "Subscribed", channels: [nameOf(subscriber, topic)], node: topic.liveAt })
      }
    }
  }

  /** Want nothing any more. */
  leave(subscriber: Subscriber): void {
    subscriber.finish(done)
    this.release(subscriber)
    this.everywhere.delete(subscriber)
    const topics = [...subscriber.topics]
    subscriber.topics.clear()
    subscriber.missing.clear()
    this.forsake(subscriber, topics)
    subscriber.wake()
  }

  /** The subscriber does not want these topics; who wants them otherwise keeps them. */
  private forsake(subscriber: Subscriber, topics: ReadonlyArray<Topic>): void {
    const dropped = new Map<Link, Array<Topic>>()
    for (const topic of topics) {
      topic.leave(subscriber)
      if (topic.subscribers.size > 0) continue
      this.topics.delete(topic.key)
      this.seeker.forget(topic)
      if (topic.link === undefined) continue
      const list = dropped.get(topic.link)
      if (list === undefined) dropped.set(topic.link, [topic])
      else list.push(topic)
    }
    for (const [link, list] of dropped) link.drop(list)
  }

  /** End all: the streams fail as `Closed`. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.isClosed = true
    this.stopListening?.()
    const subscribers = new Set<Subscriber>()
    for (const topic of this.topics.values()) for (const one of topic.subscribers) subscribers.add(one)
    for (const one of [...subscribers, ...this.everywhere.keys()]) this.end(one, closed("SUBSCRIBE"))
    this.handover.flush()
    return Effect.forEach([...this.links.values()], (link) => link.close, { concurrency: "unbounded", discard: true })
  })

  private end(subscriber: Subscriber, error: RedisError): void {
    this.handover.collect()
    subscriber.finish(Effect.fail(error))
    this.handover.touch(subscriber)
    this.handover.after(() => {
      subscriber.onReady?.(error)
      this.leave(subscriber)
    })
  }

  /** Whether somebody wants it still. */
  has(topic: Topic): boolean {
    return this.topics.get(topic.key) === topic
  }

  // What links tell.

  /** Nothing is wanted there: it is forgotten. */
  forgetEmpty(link: Link): boolean {
    if (link.topics.size > 0) return false
    link.stopWatching()
    if (this.links.get(link.text) === link) this.links.delete(link.text)
    return true
  }

  onLive(topic: Topic, node: string): void {
    if (topic.isDoubted) return this.seeker.onTaken(topic, node)
    const before = topic.liveAt
    topic.stage = Stage.Live
    topic.liveAt = node
    this.handover.collect()
    for (const subscriber of topic.subscribers) {
      const channels = [nameOf(subscriber, topic)]
      const isFirst = subscriber.missing.delete(topic)
      if (isFirst || before === undefined) subscriber.event({ _tag: "Subscribed", channels, node })
      else if (before === node) subscriber.event({ _tag: "Resubscribed", channels, node })
      else subscriber.event({ _tag: "Moved", channels, from: before, node })
      this.handover.touch(subscriber)
      if (isFirst && subscriber.missing.size === 0) this.handover.after(() => subscriber.onReady?.(undefined))
    }
  }

  /** Live topics are so no more: one gap for each subscription. */
  onLost(link: Link, topics: ReadonlyArray<Topic>, cause: "connection" | "moved", reason: Reason | undefined): void {
    this.handover.collect()
    const lost = new Map<Subscriber, Array<Topic>>()
    for (const topic of topics) {
      topic.stage = Stage.Wanted
      for (const subscriber of topic.subscribers) {
        const list = lost.get(subscriber)
        if (list === undefined) lost.set(subscriber, [topic])
        else list.push(topic)
      }
    }
    for (const [subscriber, list] of lost) {
      const channels = list.map((topic) => nameOf(subscriber, topic))
      subscriber.event({ _tag: "Gap", channels, node: link.text, cause, reason })
      // It is live once all are, at one time.
      if (!subscriber.isLive) for (const topic of list) subscriber.missing.add(topic)
      this.handover.touch(subscriber)
    }
  }

  /** A connection could not be opened, or has ended. */
  onDown(link: Link, { reason }: Failure): void {
    if (link.topics.size === 0) return
    this.lastCause = reason.message
    this.homes.onTrouble(link.text, reason)
    const error = toRedisError({ reason, execution: "NotSent" }, "SUBSCRIBE", link.text)
    if (isHopeless(error)) this.endWaiting(link, error)
    for (const topic of [...link.topics]) if (topic.bound === undefined) this.place(topic, link.text)
    this.ask()
    this.handover.flush()
  }

  /** The reconnect policy has ended. */
  onGivenUp(link: Link, failure: Failure): void {
    const error = toRedisError(failure, "SUBSCRIBE", link.text)
    for (const topic of [...link.topics]) for (const one of [...topic.subscribers]) this.end(one, error)
    this.handover.flush()
  }

  private endWaiting(link: Link, error: RedisError): void {
    for (const topic of link.topics) for (const one of topic.subscribers) if (!one.isLive) this.end(one, error)
  }

  /** The server refused topics, or one of them: whether to ask for each alone. */
  onRefused(link: Link, topics: ReadonlyArray<Topic>, error: RespError): boolean {
    this.homes.onRefused(link.text, error)
    const reason = reasonOf(error)
    this.lastCause = reason.message
    if (parseRedirect(error.message) !== undefined || isTransient(reason)) {
      this.replace(topics)
      return false
    }
    if (topics.length > 1) return true
    const [topic] = topics
    if (topic === undefined) return false
    const command = words[topic.kind].on
    const failure = toRedisError({ reason, execution: "Refused" }, command, link.text)
    for (const subscriber of [...topic.subscribers]) this.end(subscriber, failure)
    return false
  }

  /** Topics have no place: they get another one, or the same one a little later. */
  replace(topics: ReadonlyArray<Topic>): void {
    for (const topic of topics) if (!this.place(topic)) this.seeker.retry(topic)
    this.ask()
  }

  /** Put a topic where it belongs; whether that is another place than before. */
  place(topic: Topic, avoid?: string | undefined): boolean {
    const { shards } = this.homes
    const home =
      topic.bound ??
      (topic.slot === undefined || shards === undefined ? this.homes.plain(avoid) : shards.home(topic.slot))
    if ("reason" in home) {
      this.lastCause = home.reason.message
      topic.link?.drop([topic])
      this.seeker.retry(topic)
      return true
    }
    const text = addressText(home)
    if (topic.link?.text === text) return false
    topic.link?.drop([topic])
    let link = this.links.get(text)
    if (link === undefined) {
      link = new Link(this, home)
      this.links.set(text, link)
    }
    link.add(topic)
    link.start()
    return true
  }

  /** Ask for what is where it belongs. */
  ask(): void {
    for (const link of this.links.values()) link.ask()
  }

  // The topology.

  private onChange(): void {
    if (this.isChangeDue) return
    this.isChangeDue = true
    this.runtime.transport.defer(() => {
      this.isChangeDue = false
      if (!this.isClosed) this.reconcile()
    })
  }

  private reconcile(): void {
    const moved = new Map<Link, Array<Topic>>()
    for (const topic of this.topics.values()) {
      const { bound, link, slot, stage } = topic
      if (bound !== undefined) continue
      if (stage !== Stage.Live || link === undefined) this.place(topic)
      else if (!this.homes.carries(link.text, slot)) {
        const list = moved.get(link)
        if (list === undefined) moved.set(link, [topic])
        else list.push(topic)
      }
    }
    for (const [link, topics] of moved) {
      // Said to the server before it is forgotten here.
      link.drop(topics)
      this.onLost(link, topics, "moved", undefined)
      for (const topic of topics) this.place(topic, link.text)
    }
    this.reconcileEverywhere()
    this.ask()
    this.handover.flush()
  }

  /** Subscriptions on every primary follow the primaries. */
  private reconcileEverywhere(): void {
    if (this.everywhere.size === 0) return
    const primaries = new Map(this.homes.primaries().map((address) => [addressText(address), address]))
    if (primaries.size === 0) return
    for (const [subscriber, wanted] of this.everywhere) {
      const gone = new Map<Link, Array<Topic>>()
      const nodes = new Set<string>()
      const orphans: Array<Topic> = []
      for (const topic of subscriber.topics) {
        const node = topic.bound === undefined ? "" : addressText(topic.bound)
        if (primaries.has(node)) nodes.add(node)
        else {
          orphans.push(topic)
          if (topic.link !== undefined && topic.stage === Stage.Live) {
            gone.set(topic.link, [...(gone.get(topic.link) ?? []), topic])
          }
        }
      }
      const added = [...primaries].filter(([text]) => !nodes.has(text))
      if (orphans.length + added.length === 0) continue
      this.handover.collect()
      const [left] = gone
      const names = wanted.map(([, name]) => nameFor(subscriber, name, this.codec))
      // One that was lost has had its gap; for one that leaves or comes alive something may be missing, too.
      if (left !== undefined || orphans.length === 0) {
        const node = left?.[0].text ?? added[0]?.[0] ?? ""
        subscriber.event({ _tag: "Gap", channels: names, node, cause: "moved", reason: undefined })
        this.handover.touch(subscriber)
      }
      for (const topic of orphans) {
        subscriber.topics.delete(topic)
        subscriber.missing.delete(topic)
      }
      this.forsake(subscriber, orphans)
      for (const [, address] of added) {
        for (const [kind, name] of wanted) this.want(subscriber, kind, [name], address)
      }
    }
  }

  private holdIfFull(subscriber: Subscriber): void {
    const { capacity, overflow } = subscriber.options
    if (!subscriber.isFull || overflow !== "suspend" || subscriber.isEnded) return
    subscriber.isHolding = true
    for (const topic of subscriber.topics) {
      if (topic.link === undefined || topic.link.hold(subscriber)) continue
      const message = `${capacity} messages were not read, and this platform's transport cannot hold up the server`
      this.end(
        subscriber,
        toRedisError(
          { reason: new Overloaded({ limit: capacity, message }), execution: "Executed" },
          "SUBSCRIBE",
          topic.link.text
        )
      )
      return this.handover.flush()
    }
  }

  private release(subscriber: Subscriber): void {
    if (!subscriber.isHolding) return
    subscriber.isHolding = false
    for (const link of this.links.values()) link.release(subscriber)
  }
}

/** What fails once the client is closed. */
export const closed = (command: string): RedisError =>
  toRedisError({ reason: new Closed({ message: "the client is closed" }), execution: "NotSent" }, command, undefined)

const nameFor = (subscriber: Subscriber, name: Uint8Array, codec: Collector["codec"]): string | Uint8Array =>
  subscriber.options.bytes ? name : codec.utf8(name, 0, name.length)

const nameOf = (subscriber: Subscriber, topic: Topic): string | Uint8Array =>
  subscriber.options.bytes ? topic.name : topic.text
