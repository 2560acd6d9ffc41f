/**
 * Topics that have no place for now, or may have another one than the map says: who asks for them again, and when.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Hub } from "./Hub.ts"
import { Stage, type Topic } from "./Topic.ts"

/** Before what was refused for a reason that passes (TRYAGAIN, CLUSTERDOWN, no known owner) is asked for again. Milliseconds. */
const RETRY_PACE = 50

/**
 * The seeker of a hub.
 *
 * @category models
 * @since 0.1.0
 */
export class Seeker {
  private readonly hub: Hub
  private readonly retrying = new Set<Topic>()
  /** Those that a server has taken again after it had ended them, and which servers are being asked about it. */
  private readonly taken = new Set<Topic>()
  private readonly consulted = new Set<string>()

  constructor(hub: Hub) {
    this.hub = hub
  }

  /** It is not wanted any more. */
  forget(topic: Topic): void {
    this.retrying.delete(topic)
    this.taken.delete(topic)
  }

  /** Ask for it again, a little later. */
  retry(topic: Topic): void {
    const { hub, retrying } = this
    retrying.add(topic)
    if (retrying.size > 1 || hub.isClosed) return
    hub.runtime.fork(
      Effect.andThen(
        Effect.sleep(RETRY_PACE),
        Effect.sync(() => {
          const due = [...retrying]
          retrying.clear()
          for (const one of due) {
            if (this.isWanted(one) && one.stage === Stage.Wanted && !hub.place(one)) one.link?.again(one)
          }
          hub.ask()
        })
      )
    )
  }

  /**
   * A server has ended topics by itself: their slots are not its own any more. Where the map knows of no other place it is asked for them at once: one
   * whose slot has migrated names the new owner by MOVED.
   */
  onEnded(topics: ReadonlyArray<Topic>): void {
    const { hub } = this
    for (const topic of topics) {
      if (hub.place(topic)) continue
      topic.isDoubted = hub.homes.shards !== undefined
      topic.link?.again(topic)
    }
    hub.ask()
  }

  /**
   * The server that has ended a topic has taken it again. One that has become a replica of its shard does that, too, but Redis 7.0 lets its successor
   * send it nothing until that has heard of the new replica, seconds later. So the server is asked whether the slot is its own.
   */
  onTaken(topic: Topic, node: string): void {
    topic.takenBy = node
    this.taken.add(topic)
    if (this.consulted.has(node)) return
    this.consulted.add(node)
    this.hub.runtime.fork(this.consult(node))
  }

  private consult(node: string): Effect.Effect<void> {
    // What comes by the same read shall be of one question.
    return Effect.flatMap(Effect.yieldNow, () => {
      const { hub, taken } = this
      const here: Array<Topic> = []
      for (const topic of taken) {
        if (topic.takenBy === node) here.push(topic)
        if (topic.takenBy === node || !topic.isDoubted) taken.delete(topic)
      }
      const { shards } = hub.homes
      if (here.length === 0 || shards === undefined || hub.isClosed) {
        this.consulted.delete(node)
        return Effect.void
      }
      return Effect.flatMap(shards.consult(node), () => {
        this.decide(here)
        return this.consult(node)
      })
    })
  }

  /** The map is as their server has it. */
  private decide(topics: ReadonlyArray<Topic>): void {
    const { hub } = this
    for (const topic of topics) {
      if (!topic.isDoubted || !this.isWanted(topic)) continue
      topic.isDoubted = false
      const { takenBy } = topic
      if (!hub.place(topic) && takenBy !== undefined && topic.stage === Stage.Asked) hub.onLive(topic, takenBy)
    }
    hub.ask()
    hub.handover.flush()
  }

  private isWanted(topic: Topic): boolean {
    return !this.hub.isClosed && this.hub.has(topic)
  }
}
