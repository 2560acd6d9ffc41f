/**
 * A primary, two replicas and three sentinels, with the eyes of a process of its own on them.
 */
import { Observer, SentinelServers, type ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Ground } from "./Ground.ts"
import { emptyContents, readContents } from "./serverState.ts"

/** Starts them; they live as long as the scope. */
export const makeSentinelGround = (
  tags: ReadonlyMap<number, string>,
  config: ReadonlyArray<string>
): Effect.Effect<Ground, ServerError, Scope.Scope> =>
  Effect.gen(function* () {
    const sentinel = yield* SentinelServers.make({ appendonly: true, appendfsync: "no", config })
    const { sentinels, servers, service } = sentinel
    const observer = yield* Observer.make({ nodes: servers, sentinels: { nodes: sentinels, service } })
    return {
      topology: "sentinel",
      nodes: servers,
      everyNode: servers,
      remove: () => Effect.void,
      cluster: undefined,
      sentinel: { ...sentinel, agreements: observer.agreements },
      tags,
      shards: Effect.map(sentinel.primary, (node) => [{ name: node.name, node, slots: [...tags.keys()] }]),
      settled: sentinel.awaitStable,
      contents: Effect.gen(function* () {
        const into = emptyContents()
        yield* readContents(yield* sentinel.primary, into)
        return into
      })
    }
  })
