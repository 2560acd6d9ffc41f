/**
 * One standalone Redis or Valkey server for a test: started on a free loopback port in a temporary folder, gone when the
 * scope closes, and gone as well when the test process is killed.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { findBinary } from "./Binary.ts"
import { makeGroupTls } from "./internal/groupTls.ts"
import { makeServerProcess } from "./internal/ServerProcess.ts"
import { makeSupervisor } from "./internal/Supervisor.ts"
import type { ServerControls, ServerOptions } from "./ServerControls.ts"
import type { ServerError } from "./ServerError.ts"

/**
 * Options of a standalone server.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedisServerOptions extends ServerOptions {
  /** Keep an append-only log. Default `false`. */
  readonly appendonly?: boolean | undefined
  /** When to write a snapshot, as in the `save` line of the configuration (`"60 1"`). Default: never. */
  readonly save?: string | undefined
}

const make = Effect.fnUntraced(function* (
  options: RedisServerOptions = {}
): Effect.fn.Return<ServerControls, ServerError, Scope.Scope> {
  const program = yield* findBinary(options)
  const supervisor = yield* makeSupervisor
  return yield* makeServerProcess({
    ...options,
    tls: yield* makeGroupTls(supervisor, options.tls),
    supervisor,
    program,
    name: "server",
    portCount: 1,
    appendonly: options.appendonly ?? false,
    save: options.save ?? "",
    roleConfig: () => []
  })
})

/**
 * A running standalone server and its controls.
 *
 * **Details**
 *
 * `RedisServer.layer(options)` starts one; it is ready once PING answers PONG. `RedisServer.make` is the same within a
 * `Scope`. Waits use real time, also under `TestClock`.
 *
 * **Example** (A test with a real server)
 *
 * ```ts
 * import { assert, layer } from "@effect/vitest"
 * import { RedisServer } from "@reef-redis/testing"
 * import { Effect } from "effect"
 *
 * layer(RedisServer.layer())("with a server", (it) => {
 *   it.effect("answers", () =>
 *     Effect.gen(function*() {
 *       const server = yield* RedisServer
 *       assert.strictEqual(yield* server.admin(["ECHO", "hello"]), "hello")
 *     }))
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class RedisServer extends Context.Service<RedisServer, ServerControls>()("@reef-redis/testing/RedisServer") {
  /** Starts a server that lives as long as the scope. */
  static readonly make: (options?: RedisServerOptions) => Effect.Effect<ServerControls, ServerError, Scope.Scope> = make
  /** Starts a server that lives as long as the layer. Each call is a server of its own. */
  static readonly layer = (options?: RedisServerOptions): Layer.Layer<RedisServer, ServerError> =>
    Layer.effect(RedisServer, make(options))
}
