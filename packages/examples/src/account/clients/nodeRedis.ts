/**
 * node-redis with its defaults.
 */
import { createClient, createCluster, createSentinel, ErrorReply } from "redis"
import { addressOfUrl, type PromiseClient, saysRefused, type Target } from "./AccountClient.ts"

const isRefusal = (error: unknown): boolean => error instanceof ErrorReply && saysRefused(error.message)

const openCluster = async (target: Target) => {
  // Also of nodes that join later.
  const nodeAddressMap = (address: string) => {
    const colon = address.lastIndexOf(":")
    return target.remap({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) })
  }
  const client = createCluster({ rootNodes: target.urls.map((url) => ({ url })), nodeAddressMap })
  client.on("error", () => {})
  await client.connect()
  return client
}

const openSentinel = async (target: Target) => {
  const nodeAddressMap = (address: string) => {
    const colon = address.lastIndexOf(":")
    return target.remap({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) })
  }
  const client = createSentinel({
    name: target.service ?? "",
    sentinelRootNodes: target.urls.map(addressOfUrl),
    nodeAddressMap
  })
  client.on("error", () => {})
  await client.connect()
  return client
}

const openServer = async (target: Target) => {
  const client = createClient({ url: target.urls[0] ?? "" })
  client.on("error", () => {})
  await client.connect()
  return client
}

export const open = async (target: Target): Promise<PromiseClient & { readonly close: () => Promise<void> }> => {
  if (target.topology === "cluster") {
    const client = await openCluster(target)
    return {
      push: (key, id) => client.rPush(key, id),
      set: (key, value) => client.set(key, value),
      count: (key) => client.incr(key),
      multi: (list, id, counter) => client.multi().rPush(list, id).incr(counter).exec(),
      get: (key) => client.get(key),
      mget: (keys) => Promise.all(keys.map((key) => client.get(key))),
      mset: (entries) => client.mSet(entries.map(([key, value]): [string, string] => [key, value])),
      mgetInSlot: (keys) => client.mGet([...keys]),
      add: (key, field, id) => client.xAdd(key, "*", { [field]: id }),
      isRefusal,
      close: async () => client.destroy()
    }
  }
  const client = target.topology === "sentinel" ? await openSentinel(target) : await openServer(target)
  return {
    push: (key, id) => client.rPush(key, id),
    set: (key, value) => client.set(key, value),
    count: (key) => client.incr(key),
    multi: (list, id, counter) => client.multi().rPush(list, id).incr(counter).exec(),
    get: (key) => client.get(key),
    mget: (keys) => client.mGet([...keys]),
    mset: (entries) => client.mSet(entries.map(([key, value]): [string, string] => [key, value])),
    mgetInSlot: (keys) => client.mGet([...keys]),
    add: (key, field, id) => client.xAdd(key, "*", { [field]: id }),
    isRefusal,
    close: async () => client.destroy()
  }
}
