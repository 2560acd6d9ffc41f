/**
 * A server that answers as a test says: for what a real server cannot be made to do on demand.
 *
 * @since 0.1.0
 */
import type { WireValue } from "@reef-redis/client/protocol"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Answer } from "./Answer.ts"
import { makeScripted } from "./internal/scripted/scripted.ts"
import type {
  CommandPattern,
  ConnectionState,
  Expectation,
  Handler,
  ReceivedCommand,
  ScriptedCluster,
  ScriptedConnection,
  ScriptedNode
} from "./Script.ts"
import type { ServerError } from "./ServerError.ts"

/**
 * What a scripted server does. A command is answered by the first of these that knows an answer: the next of `expect` if it is
 * the one that is expected, `handler`, `cluster`, and `defaults`. Any other is answered as unknown, and `verify` fails.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerScript {
  /** How many nodes listen, each on a port of its own. Default 1. */
  readonly nodes?: number | undefined
  readonly handler?: Handler | undefined
  /** Commands that must come in this order, over all nodes and connections; others may come in between. */
  readonly expect?: ReadonlyArray<Expectation> | undefined
  /** What every node says of the cluster, or what each one says by its index. Default: it is none. */
  readonly cluster?: ScriptedCluster | ((node: number) => ScriptedCluster) | undefined
  /** The first thing on a new connection, unasked: an error, garbage, the end. */
  readonly onConnect?: ((connection: ScriptedConnection) => Answer | undefined) | undefined
  /**
   * Whether what clients send on their own account is answered as a server does it: HELLO, AUTH, CLIENT, SELECT, PING, ECHO,
   * READONLY, READWRITE, ASKING, RESET, QUIT. Default `true`.
   */
  readonly defaults?: boolean | undefined
  /** Names and passwords; whoever has not given them is refused. Default: everybody is `default`. */
  readonly users?: Readonly<Record<string, string>> | undefined
  /** The newest protocol version; with 2, HELLO is an unknown command. Default 3. */
  readonly protocol?: 2 | 3 | undefined
  /** What HELLO says of the server. Default Redis 7.2.0. */
  readonly identity?: { readonly server: "redis" | "valkey"; readonly version: string } | undefined
  /** How long `awaitCommand` and `awaitConnections` wait. Default 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * A connection and everything that came over it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedConnectionView extends ConnectionState {
  /** From 1, in the order of acceptance over all nodes. */
  readonly number: number
  /** Index of the node. */
  readonly node: number
  readonly open: boolean
  /** In the order of arrival. */
  readonly commands: ReadonlyArray<ReceivedCommand>
  /** What was wrong with the bytes that came, if something was; the connection was then closed. */
  readonly protocolError: string | undefined
}

/**
 * Which connections: one by its number, or all for which the function holds.
 *
 * @category models
 * @since 0.1.0
 */
export type ScriptedSelector = number | ((connection: ScriptedConnectionView) => boolean)

/**
 * A scripted server and what a test can do with it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedServerControls {
  readonly nodes: ReadonlyArray<ScriptedNode>
  /** Of the first node. */
  readonly host: string
  readonly port: number
  readonly url: string
  /** URLs of all nodes. */
  readonly seeds: ReadonlyArray<string>
  /** Every command so far, in the order of arrival. */
  readonly received: Effect.Effect<ReadonlyArray<ReceivedCommand>>
  /** Every connection so far, closed ones too. */
  readonly connections: Effect.Effect<ReadonlyArray<ScriptedConnectionView>>
  /** Waits for such a command, the `nth` (default 1) of all that came; fails with `Deadline` if it does not come. */
  readonly awaitCommand: (command: CommandPattern, nth?: number) => Effect.Effect<ReceivedCommand, ServerError>
  /** Waits until so many connections are open. */
  readonly awaitConnections: (open: number) => Effect.Effect<void, ServerError>
  /** Answers with this handler from now on, instead of the one before. */
  readonly answerWith: (handler: Handler) => Effect.Effect<void>
  /** Describes the cluster in this way from now on. */
  readonly describeCluster: (cluster: NonNullable<ServerScript["cluster"]>) => Effect.Effect<void>
  /** Further commands that must come, after those still expected. */
  readonly expect: (...expectations: ReadonlyArray<Expectation>) => Effect.Effect<void>
  /**
   * Fails with `ScriptViolated` if an expected command has not come, or one came that nobody had an answer to, or a handler
   * has thrown.
   */
  readonly verify: Effect.Effect<void, ServerError>
  /** Sends something unasked and at once, before answers that are due: to one connection or to all that are open. Gives their number. */
  readonly send: (answer: Answer, which?: ScriptedSelector) => Effect.Effect<number>
  /** The same with a push frame: in RESP2 an array, as pub/sub has it there. */
  readonly push: (values: ReadonlyArray<WireValue>, which?: ScriptedSelector) => Effect.Effect<number>
  /** Refuses new connections to one node or all, until `accept`. */
  readonly refuse: (node?: number) => Effect.Effect<void>
  readonly accept: (node?: number) => Effect.Effect<void, ServerError>
}

const make = (script?: ServerScript): Effect.Effect<ScriptedServerControls, ServerError, Scope.Scope> =>
  makeScripted(script ?? {})

/**
 * A scripted server and its controls.
 *
 * **Details**
 *
 * It listens on 127.0.0.1, in the test process. Commands are answered per connection in the order of their arrival.
 *
 * **Example** (A server that loses its head)
 *
 * ```ts
 * import { assert, layer } from "@effect/vitest"
 * import { Answer, Script, ScriptedServer } from "@reef-redis/testing"
 * import { Effect } from "effect"
 *
 * const script = {
 *   expect: [
 *     Script.expect(["GET", "a"]).reply("1"),
 *     Script.expect("GET").answer(Answer.all(Answer.partial("cut off here", 9), Answer.close()))
 *   ]
 * }
 *
 * layer(ScriptedServer.layer(script))("with a scripted server", (it) => {
 *   it.effect("waits for its commands", () =>
 *     Effect.gen(function*() {
 *       const server = yield* ScriptedServer
 *       // … let the program under test, connected to `server.url`, run GET twice, and then `yield* server.verify` …
 *       const error = yield* Effect.flip(server.verify)
 *       assert.strictEqual(error.reason, "ScriptViolated")
 *     }))
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class ScriptedServer extends Context.Service<ScriptedServer, ScriptedServerControls>()(
  "@reef-redis/testing/ScriptedServer"
) {
  /** Starts a server that lives as long as the scope. */
  static readonly make: (script?: ServerScript) => Effect.Effect<ScriptedServerControls, ServerError, Scope.Scope> =
    make
  /** Starts a server that lives as long as the layer. Each call is a server of its own. */
  static readonly layer = (script?: ServerScript): Layer.Layer<ScriptedServer, ServerError> =>
    Layer.effect(ScriptedServer, make(script))
}
