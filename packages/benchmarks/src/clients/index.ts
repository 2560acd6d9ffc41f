// The clients that are compared. Each is loaded only in the process that measures it.
import type { Connect } from "./BenchmarkClient.ts"

export type ClientName = "reef" | "ioredis" | "ioredis-auto" | "node-redis" | "node-redis-untimed" | "glide"

export interface ClientDescription {
  readonly name: ClientName
  /** The npm package whose version is reported. */
  readonly package: string
  readonly settings: string
  readonly load: () => Promise<Connect>
}

export const CLIENTS: ReadonlyArray<ClientDescription> = [
  {
    name: "reef",
    package: "@reef-redis/node",
    settings: "defaults: typed API, deadlines on, one fiber per worker",
    load: async () => (await import("./reef.ts")).connect
  },
  {
    name: "ioredis",
    package: "ioredis",
    settings: "defaults (no command timeout)",
    load: async () => (await import("./ioredis.ts")).connect
  },
  {
    name: "ioredis-auto",
    package: "ioredis",
    settings: "enableAutoPipelining",
    load: async () => (await import("./ioredis.ts")).connectAutoPipelining
  },
  {
    name: "node-redis",
    package: "redis",
    settings: "defaults (5 s timeout before the write)",
    load: async () => (await import("./nodeRedis.ts")).connect
  },
  {
    name: "node-redis-untimed",
    package: "redis",
    settings: "commandOptions: { timeout: undefined }",
    load: async () => (await import("./nodeRedis.ts")).connectUntimed
  },
  {
    name: "glide",
    package: "@valkey/valkey-glide",
    settings: "requestTimeout 10 s, inflightRequestsLimit 2000",
    load: async () => (await import("./glide.ts")).connect
  }
]

export const CLIENT_NAMES: ReadonlyArray<ClientName> = CLIENTS.map((client) => client.name)

export const describeClient = (name: ClientName): ClientDescription => {
  const found = CLIENTS.find((client) => client.name === name)
  if (found === undefined) throw new Error(`unknown client ${name}`)
  return found
}
