import type * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import { describe, expectTypeOf, it } from "vitest"
import { Command } from "../../src/Command.ts"
import type { OperationPart, Reason } from "../../src/error/Reason.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import type { RedisService } from "../../src/Redis.ts"
import type { RedisClusterService } from "../../src/RedisCluster.ts"
import type { ClusterNode } from "../../src/topology/ClusterView.ts"

declare const cluster: RedisClusterService

// What these tests say is checked by the compiler; nothing of it is run.
const unrun = (_: () => void): void => {}

type Each<A> = Effect.Effect<ReadonlyMap<string, Result.Result<A, RedisError>>, RedisError>

describe("the types of a cluster", () => {
  it("each node has a result of the command's type", () => {
    unrun(() => {
      expectTypeOf(cluster.onEach("primaries", Command.dbSize())).toEqualTypeOf<Each<number>>()
      const bytes = Command.asBytes(Command.randomKey())
      expectTypeOf(cluster.onEach("nodes", bytes, { deadline: "1 second" })).toEqualTypeOf<
        Each<Uint8Array | undefined>
      >()
      // @ts-expect-error the nodes of a set are no target
      cluster.onEach("replicas", Command.dbSize(), { target: "127.0.0.1:7000" })
      // @ts-expect-error no such set
      cluster.onEach("masters", Command.dbSize())
    })
  })

  it("a node is named by its address, a key, a slot, or by chance, and is a Redis", () => {
    unrun(() => {
      for (const target of [{ host: "h", port: 1 }, { key: "k" }, { slot: 1 }, { random: "replicas" }] as const) {
        expectTypeOf(cluster.onNode(target)).toEqualTypeOf<RedisService>()
      }
      expectTypeOf(cluster.nodeOf("key")).toEqualTypeOf<ClusterNode | undefined>()
      expectTypeOf(cluster.nodeOf(7)).toEqualTypeOf<ClusterNode | undefined>()
      // @ts-expect-error a node is no list of nodes
      cluster.onNode({ random: ["a"] })
    })
  })

  it("a partial failure has its parts", () => {
    expectTypeOf<Extract<Reason, { _tag: "PartialFailure" }>["parts"]>().toEqualTypeOf<ReadonlyArray<OperationPart>>()
  })
})
