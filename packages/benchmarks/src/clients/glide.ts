// Valkey GLIDE. Two limits are raised because the load would run into them; neither changes the path of a command.
import { GlideClient, GlideClusterClient } from "@valkey/valkey-glide"
import { type Connect, fromPromises } from "./BenchmarkClient.ts"

/** Milliseconds. The default of 250 ms rejects commands on a machine that is busy for a moment. */
const REQUEST_TIMEOUT = 10_000

/** The default of 1000 is exactly the largest load. */
const IN_FLIGHT_LIMIT = 2000

export const connect: Connect = async (target) => {
  const configuration = {
    addresses: target.nodes.map(({ host, port }) => ({ host, port })),
    requestTimeout: REQUEST_TIMEOUT,
    inflightRequestsLimit: IN_FLIGHT_LIMIT
  }
  const client =
    target.topology === "cluster"
      ? await GlideClusterClient.createClient(configuration)
      : await GlideClient.createClient(configuration)
  return fromPromises({
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    close: async () => client.close()
  })
}
