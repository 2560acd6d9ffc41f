/** Clients of services that sentinels watch, over the Node transport, and the load that they carry. */
import { layer } from "@effect/vitest"
import {
  type ConnectError,
  NodeTransport,
  RedisError,
  type RedisPubSubService,
  RedisSentinel,
  type RedisSentinelOptions,
  type RedisSentinelService,
  type RedisService,
  type SentinelEvent,
  type WithPolicies
} from "@reef-redis/node"
import { type SentinelControls, SentinelServers, type SentinelServersOptions } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { start } from "../../support/client.ts"

/** A block of tests that share a primary, two replicas and three sentinels, unless the options say otherwise. */
export const onSentinels = (options: SentinelServersOptions = {}) =>
  layer(SentinelServers.layer(options), { timeout: "60 seconds", excludeTestServices: true })

export type SentinelClientOptions = Partial<RedisSentinelOptions> & WithPolicies

export interface SentinelClient {
  readonly redis: RedisService
  readonly sentinel: RedisSentinelService
  readonly pubSub: RedisPubSubService
  /** What happened to the service, from the first moment after the client was ready. */
  readonly events: Array<SentinelEvent>
}

/** A client that lives as long as the scope. Its sentinels are those in context unless given. */
export const sentinelClient = (
  options: SentinelClientOptions = {}
): Effect.Effect<SentinelClient, ConnectError, SentinelServers | Scope.Scope> =>
  Effect.gen(function* () {
    const { seeds, service } = yield* SentinelServers
    const { pubSub, redis, sentinel } = yield* Effect.provide(
      RedisSentinel.make({ sentinels: seeds, service, ...options }),
      NodeTransport.layer
    )
    const events: Array<SentinelEvent> = []
    yield* Effect.forkScoped(
      Stream.runForEach(sentinel.events, (event) => Effect.sync(() => events.push(event))),
      { startImmediately: true }
    )
    return { redis, sentinel, pubSub, events }
  })

/** The ports of the primaries that the client has turned to. */
export const changesOf = (events: ReadonlyArray<SentinelEvent>): ReadonlyArray<number> =>
  events.flatMap((event) => (event._tag === "PrimaryChanged" ? [event.to.port] : []))

let loads = 0

/** What became of every write of a load: each is an RPUSH of an id that is used once. */
export class Writes {
  readonly name = `load-${loads++}`
  readonly acknowledged = new Set<string>()
  readonly notApplied = new Set<string>()
  readonly unknown = new Set<string>()
  readonly errors: Array<RedisError> = []
  /** Every success in its order (`Date.now()`). */
  readonly successes: Array<number> = []
  private next = 0

  push(redis: RedisService, key: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const id = `${this.name}:${this.next++}`
      this.unknown.add(id)
      return Effect.map(Effect.result(redis.rPush(key, id)), (result) => {
        if (Result.isSuccess(result)) {
          this.unknown.delete(id)
          this.acknowledged.add(id)
          this.successes.push(Date.now())
          return
        }
        const error = result.failure
        this.errors.push(error)
        if (error instanceof RedisError && error.execution !== "MayHaveExecuted") {
          this.unknown.delete(id)
          this.notApplied.add(id)
        }
      })
    })
  }

  firstAfter(time: number): number {
    return this.successes.find((at) => at > time) ?? Number.POSITIVE_INFINITY
  }
}

/** Lets fibers write, each to a key of its own, until `stop`, which waits for the last reply. */
export const startWrites = Effect.fnUntraced(function* (
  redis: RedisService,
  writes: Writes,
  fibers: number,
  pause = 5
) {
  let running = true
  const work = (index: number) =>
    Effect.gen(function* () {
      while (running) {
        yield* writes.push(redis, `${writes.name}-${index}`)
        yield* Effect.sleep(pause)
      }
    })
  const all = yield* start(
    Effect.forEach(
      Array.from({ length: fibers }, (_, index) => index),
      work,
      { concurrency: "unbounded", discard: true }
    )
  )
  return {
    stop: Effect.suspend(() => {
      running = false
      return Fiber.join(all)
    })
  }
})

/** What the servers hold of a load, against what the client said. */
export const auditWrites = Effect.fnUntraced(function* (servers: SentinelControls, writes: Writes, fibers: number) {
  const primary = yield* servers.primary
  const found = new Map<string, number>()
  const foreign: Array<string> = []
  for (let index = 0; index < fibers; index++) {
    const reply = yield* primary.admin(["LRANGE", `${writes.name}-${index}`, 0, -1])
    for (const id of Array.isArray(reply) ? reply.map(String) : []) {
      found.set(id, (found.get(id) ?? 0) + 1)
      if (!id.startsWith(`${writes.name}:`)) foreign.push(id)
    }
  }
  return {
    /** Acknowledged, and not there: lost by the servers or by the client. */
    missing: [...writes.acknowledged].filter((id) => !found.has(id)),
    /** Said to be not sent or refused, and there. */
    applied: [...writes.notApplied].filter((id) => found.has(id)),
    doubled: [...found].flatMap(([id, times]) => (times > 1 ? [id] : [])),
    foreign
  }
})
