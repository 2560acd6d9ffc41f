// Reef: its typed API with its default deadlines, one fiber per worker.
import { Redis, RedisClusterLive, RedisLive } from "@reef-redis/node"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { Load } from "../load.ts"
import type { BenchmarkClient, Connect } from "./BenchmarkClient.ts"

const open = async <E>(layer: Layer.Layer<Redis, E>): Promise<BenchmarkClient> => {
  const runtime = ManagedRuntime.make(layer)
  const redis = await runtime.runPromise(Redis)

  const getWorker = (load: Load, worker: number) =>
    Effect.gen(function* () {
      let at = load.first(worker)
      let count = 0
      while (load.running) {
        load.accept(at, yield* redis.get(load.keys[at]!))
        at = load.after(at)
        count++
      }
      return count
    })

  const setWorker = (load: Load, worker: number) =>
    Effect.gen(function* () {
      let at = load.first(worker)
      let count = 0
      while (load.running) {
        load.accept(at, yield* redis.set(load.keys[at]!, load.values[at]!))
        at = load.after(at)
        count++
      }
      return count
    })

  return {
    stored: true,
    get: (key) => runtime.runPromise(redis.get(key)),
    set: (key, value) => runtime.runPromise(redis.set(key, value)),
    run: (load) => {
      const worker = load.operation === "get" ? getWorker : setWorker
      const workers = Array.from({ length: load.fibers }, (_, i) => i)
      return runtime.runPromise(Effect.forEach(workers, (i) => worker(load, i), { concurrency: "unbounded" }))
    },
    close: () => runtime.dispose()
  }
}

const url = ({ host, port }: { readonly host: string; readonly port: number }) => `redis://${host}:${port}`

export const connect: Connect = (target) =>
  target.topology === "cluster"
    ? open(RedisClusterLive({ nodes: target.nodes.map(url) }))
    : open(RedisLive({ url: url(target.nodes[0]!) }))
