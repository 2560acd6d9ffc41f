/**
 * The clients that can be put to the account. Each is loaded only when it is asked for.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ID_FIELD, valueOf } from "../keys.ts"
import { type AccountClient, fromPromises, type PromiseClient, type Target } from "./AccountClient.ts"

export const CLIENT_NAMES = ["reef", "ioredis", "node-redis", "glide"] as const
export type ClientName = (typeof CLIENT_NAMES)[number]

type OpenPeer = (target: Target) => Promise<PromiseClient & { readonly close: () => Promise<void> }>

const peers: Record<Exclude<ClientName, "reef">, () => Promise<OpenPeer>> = {
  ioredis: async () => (await import("./ioredis.ts")).open,
  "node-redis": async () => (await import("./nodeRedis.ts")).open,
  glide: async () => (await import("./glide.ts")).open
}

/** A client that lives as long as the scope. */
export const openClient = (name: ClientName, target: Target): Effect.Effect<AccountClient, unknown, Scope.Scope> => {
  if (name === "reef") {
    return Effect.flatMap(
      Effect.promise(() => import("./reef.ts")),
      ({ open }) => open(target)
    )
  }
  const acquire = Effect.tryPromise(async () => (await peers[name]())(target))
  return Effect.acquireRelease(acquire, (client) => Effect.promise(() => client.close())).pipe(
    Effect.map((client) => fromPromises(client, { valueOf, idField: ID_FIELD }))
  )
}
