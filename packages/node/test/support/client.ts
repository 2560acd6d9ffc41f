/** Clients of real servers over the Node transport, and what tests ask of their failures. */
import { assert } from "@effect/vitest"
import {
  type ConnectError,
  NodeTransport,
  type Reason,
  Redis,
  RedisError,
  type RedisOptions,
  type RedisPubSubService,
  type RedisService,
  type WithPolicies
} from "@reef-redis/node"
import type { ServerControls } from "@reef-redis/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Proxy } from "./Proxy.ts"

export type ClientOptions = RedisOptions & WithPolicies

/** A client that lives as long as the scope. */
export const connect = (options: ClientOptions): Effect.Effect<RedisService, ConnectError, Scope.Scope> =>
  Effect.provide(Redis.make(options), NodeTransport.layer)

/** A client of a server, or of whatever stands at such an address. */
export const clientOf = (
  server: { readonly host: string; readonly port: number },
  options: ClientOptions = {}
): Effect.Effect<RedisService, ConnectError, Scope.Scope> =>
  connect({ host: server.host, port: server.port, ...options })

/** A client and its subscriptions. */
export const pubSubOf = (
  server: { readonly host: string; readonly port: number },
  options: ClientOptions = {}
): Effect.Effect<{ readonly redis: RedisService; readonly pubSub: RedisPubSubService }, ConnectError, Scope.Scope> =>
  Effect.provide(Redis.makeAll({ host: server.host, port: server.port, ...options }), NodeTransport.layer)

/** The typed error of an exit. */
const errorOf = <E>(exit: Exit.Exit<unknown, E>): E => {
  const found = Exit.isFailure(exit) ? Cause.findError(exit.cause) : undefined
  if (found !== undefined && Result.isSuccess(found)) return found.success
  return assert.fail(`expected an error, got ${Exit.isSuccess(exit) ? "a success" : Cause.pretty(exit.cause)}`)
}

/** The error that the effect ends with. */
export const failing = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<E, never, R> =>
  Effect.map(Effect.exit(effect), errorOf)

type Tag = Reason.Reason["_tag"]

/** What matters of an error. */
export const isError = (actual: unknown, tag: Tag, execution: RedisError["execution"]): RedisError => {
  if (!(actual instanceof RedisError)) return assert.fail(`expected a RedisError, got ${String(actual)}`)
  assert.deepStrictEqual([actual.reason._tag, actual.execution], [tag, execution], actual.message)
  return actual
}

/** The one attempt of a layer that could not be built. */
export const attemptOf = (error: ConnectError, tag: Tag): RedisError => {
  assert.strictEqual(error.attempts.length, 1, error.message)
  const [attempt] = error.attempts
  assert.strictEqual(attempt?.reason._tag, tag, error.message)
  return attempt!
}

/** Fails the test unless the effect ends with a refused layer of that reason. */
export const refusedBy = <A, R>(
  effect: Effect.Effect<A, ConnectError, R>,
  tag: Tag
): Effect.Effect<RedisError, never, R> => Effect.map(failing(effect), (error) => attemptOf(error, tag))

/** Begin now, on a fiber of its own. */
export const start = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Fiber.Fiber<A, E>, never, R> =>
  Effect.forkChild(effect, { startImmediately: true })

/** Looks again, at most for `seconds`, until the condition holds: for what another process does in its own time. */
export const eventually = <E, R>(
  what: string,
  condition: Effect.Effect<boolean, E, R>,
  seconds = 10
): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    const end = performance.now() + seconds * 1000
    while (!(yield* condition)) {
      if (performance.now() > end) return assert.fail(`not within ${seconds} s: ${what}`)
      yield* Effect.sleep(5)
    }
  })

/** The names and ids of the server's clients, one line each. */
export const clientLines = (server: ServerControls): Effect.Effect<ReadonlyArray<string>> =>
  server.admin(["CLIENT", "LIST"]).pipe(
    Effect.map((reply) =>
      String(reply)
        .split("\n")
        .filter((line) => line !== "")
    ),
    Effect.orDie
  )

/** How many clients of that name the server has. */
export const clientCount = (server: ServerControls, name: string): Effect.Effect<number> =>
  Effect.map(clientLines(server), (lines) => lines.filter((line) => line.includes(` name=${name} `)).length)

/** Integer replies of `INFO commandstats`: how often the server ran a command. */
export const callsOf = (server: ServerControls, command: string): Effect.Effect<number> =>
  server.admin(["INFO", "commandstats"]).pipe(
    Effect.map((reply) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(String(reply))?.[1] ?? 0)),
    Effect.orDie
  )

/** From now on: the client is connected, and the reply to what it sends next will be cut off. */
export const cutNextReply = (redis: RedisService, proxy: Proxy): Effect.Effect<Fiber.Fiber<void>, RedisError> =>
  Effect.andThen(redis.ping(), start(proxy.cutBeforeReply))
