/**
 * What the engine asks of a topology: which connection carries a command, and what a failed attempt means there. One implementation for
 * each kind of topology.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Text } from "../command/CommandSpec.ts"
import type { CommandImpl } from "../command/make.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import { type Failure, isTransient } from "../error/Failure.ts"
import type { InvalidArgument, Reason } from "../error/Reason.ts"
import type { RespError } from "../protocol/RespValue.ts"
import type { ReadFrom } from "../topology/ReadFrom.ts"
import type { KeyRules } from "./KeyRules.ts"

/**
 * How an attempt ended without a result: the server's error as it came, or a failure of the connection. `node` is the address that
 * the attempt went to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outcome {
  readonly failure: Failure
  readonly error: RespError | undefined
  readonly node: string | undefined
}

/**
 * What may be tried next. The engine adds what holds everywhere: what may have executed is not repeated, and nothing passes the deadline.
 *
 * - `Fail`: nothing; the outcome is the result.
 * - `Again`: route anew after a step of the policy; at once for `elsewhere`: another node can answer.
 * - `Redirect`: to that node, after ASKING if said so.
 *
 * `failure` is the outcome as the user would see it.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision =
  | { readonly _tag: "Fail"; readonly failure: Failure }
  | {
      readonly _tag: "Again"
      readonly policy: "redirect" | "unavailable" | "watchConflict" | "elsewhere"
      readonly failure: Failure
    }
  | { readonly _tag: "Redirect"; readonly to: NodeConnection; readonly asking: boolean; readonly failure: Failure }

/**
 * Whether a reason leaves room for another attempt if the router sees one: what passes by itself, and a connection whose server no longer
 * knows who it is.
 *
 * @category predicates
 * @since 0.1.0
 */
export const mayPass = (reason: Reason): boolean => isTransient(reason) || reason._tag === "NoAuth"

/**
 * The decision about a command that was answered by NOAUTH on a node's connection: again, while that says who it is anew. `undefined` for
 * all else.
 *
 * @category combinators
 * @since 0.1.0
 */
export const decideNoAuth = (node: NodeConnection | undefined, { error, failure }: Outcome): Decision | undefined =>
  failure.reason._tag === "NoAuth" && error !== undefined && node?.renewIdentity() === true
    ? { _tag: "Again", policy: "unavailable", failure }
    : undefined

/**
 * The interface.
 *
 * @category services
 * @since 0.1.0
 */
export interface RouterService {
  /** The node for a command, or why there is none. Runs for every command: no allocation where all is well. */
  readonly route: (command: CommandImpl) => NodeConnection | Failure
  /** The node for several commands that must go together (a transaction), or why there is none. */
  readonly routeBlock: (commands: ReadonlyArray<CommandImpl>) => NodeConnection | Failure
  /** The node that some keys belong to, or why there is none. */
  readonly routeKeys: (keys: ReadonlyArray<Text>) => NodeConnection | Failure
  /** What a failed attempt means, and what is known from it (slots patched, a refresh asked for) put to use. */
  readonly decide: (command: CommandImpl, outcome: Outcome) => Decision
  /** What servers have told of the keys of raw commands, where keys decide the node. */
  readonly keyRules?: KeyRules | undefined
  /** The router that sends everything to one node, by its address; `undefined` for what is no address. Absent where nothing can be chosen. */
  readonly only?: ((target: string) => RouterService | undefined) | undefined
  /** The router whose reads go where the strategy says, or what is wrong with it. Absent where one node has everything. */
  readonly readFrom?: ((readFrom: ReadFrom) => RouterService | InvalidArgument) | undefined
}

/**
 * The router of a client.
 *
 * @category services
 * @since 0.1.0
 */
export class Router extends Context.Service<Router, RouterService>()("@reef-redis/client/Router") {}
