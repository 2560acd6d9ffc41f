/**
 * Commands that change what the server holds about one connection. The connection that many fibers share refuses them: they are for a
 * connection of one's own.
 *
 * @since 0.1.0
 */
import { append, list, optionProblem } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import type { Argument, Text } from "./CommandSpec.ts"
import { ofConnection } from "./keyless.ts"
import { invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * What is tracked: all that the connection reads, only what it reads behind `clientCaching(true)` (`optIn`), all but what it reads
 * behind `clientCaching(false)` (`optOut`), or whatever has these names, read or not (`broadcast`, with or without `prefixes`).
 *
 * @category options
 * @since 0.1.0
 */
export type ClientTrackingOptions = {
  /** The connection that shall get the invalidation messages (default: this one, which must speak RESP3). */
  readonly redirect?: number | undefined
  /** No messages about what this connection changes itself (default false). */
  readonly noLoop?: boolean | undefined
} & (
  | {
      readonly optIn?: boolean | undefined
      readonly optOut?: false | undefined
      readonly broadcast?: false | undefined
      readonly prefixes?: undefined
    }
  | {
      readonly optOut?: boolean | undefined
      readonly optIn?: false | undefined
      readonly broadcast?: false | undefined
      readonly prefixes?: undefined
    }
  | {
      readonly broadcast: true
      /** The beginnings of the names (default: all names). None may be the beginning of another. */
      readonly prefixes?: Text | ReadonlyArray<Text> | undefined
      readonly optIn?: false | undefined
      readonly optOut?: false | undefined
    }
)

/**
 * Commands that change a connection, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientStateCommands<F extends CommandLambda> {
  /** Track what the next command reads (`true`, under `optIn`) or do not (`false`, under `optOut`). Since 6.0. */
  clientCaching(track: boolean): Kind<F, void>
  /** Tell the server what the client can do; unknown names are ignored. `redirect`: it follows `REDIRECT`. Valkey 8.0. */
  clientCapa(capabilities: "redirect" | (string & {}) | ReadonlyArray<string>): Kind<F, void>
  /** Be a source of imported keys, for which nothing expires; under `import-mode` only. Valkey 8.1. */
  clientImportSource(on: boolean): Kind<F, void>
  /** Spare the connection when the server closes clients that take too much memory. Since 7.0. */
  clientNoEvict(on: boolean): Kind<F, void>
  /** Let what it reads not count as used, save by TOUCH. Since 7.2. */
  clientNoTouch(on: boolean): Kind<F, void>
  /**
   * Whether the server replies to the connection. It does not even reply to `OFF` and `SKIP`: whoever awaits one of them waits until
   * the deadline ends it, and the connection with it.
   */
  clientReply(mode: "ON" | "OFF" | "SKIP"): Kind<F, void>
  /** Tell the server which library uses the connection. Since 7.2. */
  clientSetInfo(attribute: "LIB-NAME" | "LIB-VER", value: string): Kind<F, void>
  /** Name the connection; an empty name takes the name away. No spaces. */
  clientSetName(name: string): Kind<F, void>
  /** Begin or end to be told when what was read changes. Since 6.0. */
  clientTracking(on: false): Kind<F, void>
  clientTracking(on: boolean, options?: ClientTrackingOptions): Kind<F, void>
}

const CLIENT_CACHING = ofConnection("CLIENT CACHING")
const CLIENT_CAPA = ofConnection("CLIENT CAPA")
const CLIENT_IMPORT_SOURCE = ofConnection("CLIENT IMPORT-SOURCE")
const CLIENT_NO_EVICT = ofConnection("CLIENT NO-EVICT")
const CLIENT_NO_TOUCH = ofConnection("CLIENT NO-TOUCH")
const CLIENT_REPLY = ofConnection("CLIENT REPLY")
const CLIENT_SETINFO = ofConnection("CLIENT SETINFO")
const CLIENT_SETNAME = ofConnection("CLIENT SETNAME")
const CLIENT_TRACKING = ofConnection("CLIENT TRACKING")

const onOff = (on: boolean): string => (on ? "ON" : "OFF")

const trackingOptions = {
  redirect: "value",
  noLoop: "flag",
  optIn: "flag",
  optOut: "flag",
  broadcast: "flag",
  prefixes: "value"
} as const

const trackingProblem = (on: boolean, options: ClientTrackingOptions | undefined): string | undefined => {
  const problem = optionProblem(options, trackingOptions)
  if (problem !== undefined || options === undefined) return problem
  if (!on) return "options belong to tracking that is on"
  if ([options.optIn, options.optOut, options.broadcast].filter((flag) => flag === true).length > 1) {
    return "optIn, optOut and broadcast exclude one another"
  }
  return options.prefixes !== undefined && options.broadcast !== true ? "prefixes need broadcast" : undefined
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const clientState: ClientStateCommands<AsCommand> = {
  clientCaching: (track) => make(CLIENT_CACHING, [track ? "YES" : "NO"], Reply.ok),
  clientCapa: (capabilities) => {
    const all = list(capabilities)
    const problem = all.length === 0 ? "expected at least one capability" : undefined
    return makeChecked(CLIENT_CAPA, all, Reply.ok, problem, 0)
  },
  clientImportSource: (on) => make(CLIENT_IMPORT_SOURCE, [onOff(on)], Reply.ok),
  clientNoEvict: (on) => make(CLIENT_NO_EVICT, [onOff(on)], Reply.ok),
  clientNoTouch: (on) => make(CLIENT_NO_TOUCH, [onOff(on)], Reply.ok),
  clientReply: (mode) => make(CLIENT_REPLY, [mode], Reply.ok),
  clientSetInfo: (attribute, value) => make(CLIENT_SETINFO, [attribute, value], Reply.ok),
  clientSetName: (name) => make(CLIENT_SETNAME, [name], Reply.ok),
  clientTracking: (on: boolean, options?: ClientTrackingOptions) => {
    const problem = trackingProblem(on, options)
    if (problem !== undefined) return invalid(CLIENT_TRACKING, Reply.ok, problem)
    const args: Array<Argument> = [onOff(on)]
    if (options?.redirect !== undefined) args.push("REDIRECT", options.redirect)
    if (options?.prefixes !== undefined) for (const prefix of list(options.prefixes)) append(args, ["PREFIX", prefix])
    if (options?.broadcast === true) args.push("BCAST")
    if (options?.optIn === true) args.push("OPTIN")
    if (options?.optOut === true) args.push("OPTOUT")
    if (options?.noLoop === true) args.push("NOLOOP")
    return make(CLIENT_TRACKING, args, Reply.ok)
  }
}
