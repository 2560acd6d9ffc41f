/**
 * ioredis with its defaults.
 */
import { Cluster, Redis, ReplyError } from "ioredis"
import { addressOfUrl, type PromiseClient, saysRefused, type Target } from "./AccountClient.ts"

/** Also of nodes that join later. */
const natMapOf = (target: Target) => (key: string) => {
  const colon = key.lastIndexOf(":")
  return target.remap({ host: key.slice(0, colon), port: Number(key.slice(colon + 1)) })
}

export const open = async (target: Target): Promise<PromiseClient & { readonly close: () => Promise<void> }> => {
  const client =
    target.topology === "cluster"
      ? new Cluster(target.urls.map(addressOfUrl), { natMap: natMapOf(target), lazyConnect: true })
      : target.topology === "sentinel"
        ? new Redis({
            sentinels: target.urls.map(addressOfUrl),
            name: target.service ?? "",
            natMap: natMapOf(target),
            lazyConnect: true
          })
        : new Redis({ ...addressOfUrl(target.urls[0] ?? ""), lazyConnect: true })
  // Without a listener each lost connection is printed.
  client.on("error", () => {})
  await client.connect()
  return {
    push: (key, id) => client.rpush(key, id),
    set: (key, value) => client.set(key, value),
    count: (key) => client.incr(key),
    multi: async (list, id, counter) => {
      const replies = (await client.multi().rpush(list, id).incr(counter).exec()) ?? []
      return replies.map(([error, value]) => {
        if (error !== null) throw error
        return value
      })
    },
    get: (key) => client.get(key),
    mget: (keys) =>
      target.topology === "cluster" ? Promise.all(keys.map((key) => client.get(key))) : client.mget(...keys),
    mset: (entries) => client.mset(...entries.flat()),
    mgetInSlot: (keys) => client.mget(...keys),
    add: (key, field, id) => client.xadd(key, "*", field, id),
    isRefusal: (error) => error instanceof ReplyError && error instanceof Error && saysRefused(error.message),
    close: async () => client.disconnect()
  }
}
