/**
 * Valkey GLIDE with its defaults.
 */
import { Batch, ClusterBatch, GlideClient, GlideClusterClient, RequestError } from "@valkey/valkey-glide"
import { addressOfUrl, type PromiseClient, saysRefused, type Target } from "./AccountClient.ts"

export const open = async (target: Target): Promise<PromiseClient & { readonly close: () => Promise<void> }> => {
  const configuration = {
    addresses: target.urls.map(addressOfUrl),
    addressResolver: (host: string, port: number): [string, number] => {
      const found = target.remap({ host, port })
      return [found.host, found.port]
    }
  }
  const client =
    target.topology === "cluster"
      ? await GlideClusterClient.createClient(configuration)
      : await GlideClient.createClient(configuration)
  const exec = (list: string, id: string, counter: string) =>
    client instanceof GlideClusterClient
      ? client.exec(new ClusterBatch(true).rpush(list, [id]).incr(counter), true)
      : client.exec(new Batch(true).rpush(list, [id]).incr(counter), true)
  return {
    push: (key, id) => client.rpush(key, [id]),
    set: (key, value) => client.set(key, value),
    count: (key) => client.incr(key),
    multi: async (list, id, counter) => (await exec(list, id, counter)) ?? [],
    get: (key) => client.get(key),
    mget: (keys) => client.mget([...keys]),
    mset: (entries) => client.mset(Object.fromEntries(entries)),
    mgetInSlot: (keys) => client.mget([...keys]),
    add: (key, field, id) => client.xadd(key, [[field, id]]),
    // The native part writes "Moved: 4584 …" where the server said MOVED.
    isRefusal: (error) => error instanceof RequestError && saysRefused(error.message.toUpperCase()),
    close: async () => client.close()
  }
}
