// node-redis, with its defaults and without its timeout before the write (a timer per command, its largest cost).
import { createClient, createCluster } from "redis"
import { type BenchmarkClient, type Connect, fromPromises, type Target } from "./BenchmarkClient.ts"

const urls = (target: Target) => target.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` }))

type CommandOptions = { readonly timeout?: number }

// The documented way to switch the timeout off; its type is not written for exactOptionalPropertyTypes.
// @ts-expect-error undefined is meant
const UNTIMED: CommandOptions = { timeout: undefined }

const open = async (target: Target, commandOptions: CommandOptions): Promise<BenchmarkClient> => {
  if (target.topology === "cluster") {
    const cluster = createCluster({ rootNodes: urls(target), commandOptions })
    await cluster.connect()
    return fromPromises({
      get: (key) => cluster.get(key),
      set: (key, value) => cluster.set(key, value),
      close: () => cluster.close()
    })
  }
  const client = createClient({ ...urls(target)[0]!, commandOptions })
  await client.connect()
  return fromPromises({
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    close: () => client.close()
  })
}

export const connect: Connect = (target) => open(target, {})

export const connectUntimed: Connect = (target) => open(target, UNTIMED)
