/** What tests on several real servers share. */
import { NodeTransport } from "@reef-redis/node"
import type { ServerControls } from "@reef-redis/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Command } from "../../src/command/Command.ts"
import { Redis } from "../../src/Redis.ts"

const POLL_MILLIS = 20

/** Asks again until it holds; the test's own time limit ends it otherwise. */
export const until = <E, R>(condition: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.flatMap(condition, (holds) =>
    holds ? Effect.void : Effect.delay(until(condition), Duration.millis(POLL_MILLIS))
  )

const order = (version: string): number => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major * 1000 + minor
}

/** Whether the server is of a version that has something; a product that is not named never has it. */
export const has = (
  { binary }: ServerControls,
  since: { readonly redis?: string; readonly valkey?: string }
): boolean => {
  const first = since[binary.product]
  return first !== undefined && order(binary.version) >= order(first)
}

/** Runs a command on one server, over a client of its own. */
export const on = <A>(server: ServerControls, command: Command<A, unknown>, protocol: 2 | 3) =>
  Effect.scoped(
    Effect.flatMap(Redis.make({ host: server.host, port: server.port, protocol }), (redis) => redis.run(command))
  ).pipe(Effect.provide(NodeTransport.layer))
