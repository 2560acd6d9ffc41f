/**
 * Commands about the connection that they run on. ECHO and PING and a plain HELLO leave it as it is; the others change it and are refused
 * on the connection that many fibers share.
 *
 * @since 0.1.0
 */
import { optionProblem } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import type { Argument, Text } from "./CommandSpec.ts"
import { keyless, ofConnection } from "./keyless.ts"
import { type LoadedModule, moduleList } from "./ModuleReplies.ts"
import { invalid, make, makeChecked } from "./make.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"
import { revealed, type Secret } from "./Secret.ts"

/**
 * Who is connecting. Without a username it is the user `default`.
 *
 * @category options
 * @since 0.1.0
 */
export interface AuthOptions {
  /** Since 6.0. */
  readonly username?: string | undefined
  readonly password: Secret
}

/**
 * What HELLO settles beside the protocol.
 *
 * @category options
 * @since 0.1.0
 */
export interface HelloOptions {
  readonly auth?: AuthOptions | undefined
  /** The name of the connection. */
  readonly name?: string | undefined
}

/**
 * What a server says at the beginning of a connection.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerHello {
  /** `redis` or `valkey`, or what the server calls itself. */
  readonly server: string
  readonly version: string
  /** The version of RESP that the connection speaks from here on. */
  readonly protocol: number
  /** The number of the connection. */
  readonly id: number
  readonly mode: "standalone" | "cluster" | "sentinel" | (string & {})
  readonly role: "primary" | "replica" | (string & {})
  readonly modules: ReadonlyArray<LoadedModule>
  /** Where the server stands, if it says so. Valkey 8.1. */
  readonly availabilityZone: string | undefined
  /** What has no name here, by the servers' own names. */
  readonly fields: OtherFields
}

/**
 * Commands about the connection, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectionCommands<F extends CommandLambda> {
  /** The message that was sent. */
  echo(message: Text): Kind<F, string, Uint8Array>
  /** What the server is. Since 6.2. */
  hello(): Kind<F, ServerHello>
  /** Change the protocol, and with it user and name; what the server is. Refused on the shared connection. Since 6.0. */
  hello(protocol: 2 | 3, options?: HelloOptions): Kind<F, ServerHello>
  /** `PONG`, or the message that was sent. */
  ping(message?: Text): Kind<F, string, Uint8Array>
}

/**
 * Commands that make the connection another one, as constructors or as methods of a lease.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectionSettingCommands<F extends CommandLambda> {
  /** Let the next command, at a node that imports its slot, through as an answer to `ASK`. */
  asking(): Kind<F, void>
  /**
   * Be another user. Await what was sent before: Redis since 7.2, and Valkey before 8.1.3, do not answer a refused AUTH (or HELLO with
   * credentials) while a reply to the same connection is not written yet.
   */
  auth(credentials: AuthOptions): Kind<F, void>
  /** End the connection. Deprecated since 7.2: to close it is enough. */
  quit(): Kind<F, void>
  /** Let a replica in a cluster answer reads itself, though they may be stale. */
  readonly(): Kind<F, void>
  /** Take `readonly` back. */
  readwrite(): Kind<F, void>
  /** Make the connection as it was at its beginning: no user, no database, no transaction, RESP2. Since 6.2. */
  reset(): Kind<F, void>
  /** Go to another database. */
  select(database: number): Kind<F, void>
}

const ASKING = ofConnection("ASKING")
const AUTH = ofConnection("AUTH")
const ECHO = keyless("ECHO")
const HELLO = keyless("HELLO")
const HELLO_CHANGE = ofConnection("HELLO")
const PING = keyless("PING")
const QUIT = ofConnection("QUIT")
const READONLY = ofConnection("READONLY")
const READWRITE = ofConnection("READWRITE")
const RESET = ofConnection("RESET")
const SELECT = ofConnection("SELECT")

/** What the servers call `master` and `slave`. */
const roleOf = (role: string): string => (role === "master" ? "primary" : role === "slave" ? "replica" : role)

const hello: Reply.Reply<ServerHello> = Reply.same((reply) => {
  const report = new Report(reply)
  const text = (name: string) => Reply.string.text(report.take(name))
  const integer = (name: string) => Reply.integer.text(report.take(name))
  return {
    server: text("server"),
    version: text("version"),
    protocol: integer("proto"),
    id: integer("id"),
    mode: text("mode"),
    role: roleOf(text("role")),
    modules: moduleList.text(report.take("modules")),
    availabilityZone: Reply.optionalString.text(report.take("availability_zone")) || undefined,
    fields: report.rest()
  }
})

const reset = Reply.map(Reply.literal("RESET"), (): void => undefined)

const authOptions = { username: "value", password: "value" } as const

/** AUTH without a username is the form of servers before 6.0; HELLO always names one. */
const credentialsOf = (options: AuthOptions | undefined, named: boolean): ReadonlyArray<Argument> => {
  const password = revealed(options?.password) as string
  const username = options?.username ?? (named ? "default" : undefined)
  return username === undefined ? [password] : [username, password]
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connection: ConnectionCommands<AsCommand> = {
  echo: (message) => make(ECHO, [message], Reply.text),
  hello: (protocol?: 2 | 3, options?: HelloOptions) => {
    if (protocol === undefined) {
      return options === undefined
        ? make(HELLO, [], hello)
        : invalid(HELLO_CHANGE, hello, "options need a version of the protocol")
    }
    const problem =
      optionProblem(options, { auth: "value", name: "value" }) ?? optionProblem(options?.auth, authOptions)
    const args: Array<Argument> = [protocol]
    if (options?.auth !== undefined) args.push("AUTH", ...credentialsOf(options.auth, true))
    if (options?.name !== undefined) args.push("SETNAME", options.name)
    return makeChecked(HELLO_CHANGE, args, hello, problem)
  },
  ping: (message) => make(PING, message === undefined ? [] : [message], Reply.text)
}

/**
 * The constructors of those that make the connection another one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connectionSettings: ConnectionSettingCommands<AsCommand> = {
  asking: () => make(ASKING, [], Reply.ok),
  auth: (credentials) =>
    makeChecked(AUTH, credentialsOf(credentials, false), Reply.ok, optionProblem(credentials, authOptions)),
  quit: () => make(QUIT, [], Reply.ok),
  readonly: () => make(READONLY, [], Reply.ok),
  readwrite: () => make(READWRITE, [], Reply.ok),
  reset: () => make(RESET, [], reset),
  select: (database) => make(SELECT, [database], Reply.ok)
}
