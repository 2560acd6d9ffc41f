// ioredis, plain and with its auto-pipelining.
import { Cluster, Redis } from "ioredis"
import { type BenchmarkClient, type Connect, fromPromises, type Target } from "./BenchmarkClient.ts"

const open = async (target: Target, enableAutoPipelining: boolean): Promise<BenchmarkClient> => {
  const client =
    target.topology === "cluster"
      ? new Cluster(
          target.nodes.map(({ host, port }) => ({ host, port })),
          { enableAutoPipelining, lazyConnect: true }
        )
      : new Redis({ ...target.nodes[0]!, enableAutoPipelining, lazyConnect: true })
  await client.connect()
  return fromPromises({
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    close: async () => {
      await client.quit()
    }
  })
}

export const connect: Connect = (target) => open(target, false)

export const connectAutoPipelining: Connect = (target) => open(target, true)
