/**
 * The commands that a client sends on its own account, answered as a server does it.
 */
import { Wire } from "@reef-redis/client/protocol"
import { Answer } from "../../Answer.ts"
import type { ReceivedCommand, ScriptedConnection } from "../../Script.ts"

export interface DefaultsOptions {
  readonly server: "redis" | "valkey"
  readonly version: string
  /** The newest protocol version that the server knows; with 2 there is no HELLO, as before Redis 6. */
  readonly protocol: 2 | 3
  readonly users: Readonly<Record<string, string>> | undefined
  readonly mode: "standalone" | "cluster"
}

const WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled."
const NO_AUTH = "NOAUTH Authentication required."

const wrongArity = (name: string): Answer =>
  Answer.error(`ERR wrong number of arguments for '${name.toLowerCase()}' command`)

const authenticate = (
  options: DefaultsOptions,
  connection: ScriptedConnection,
  user: string,
  password: string | undefined
): boolean => {
  const { users } = options
  if (users !== undefined && (password === undefined || !Object.hasOwn(users, user) || users[user] !== password)) {
    return false
  }
  connection.update({ user })
  return true
}

const hello = (options: DefaultsOptions, { args }: ReceivedCommand, connection: ScriptedConnection): Answer => {
  const version = args[1] ?? String(connection.protocol)
  if (version !== "2" && version !== "3") return Answer.error("NOPROTO unsupported protocol version")
  let name: string | undefined
  for (let at = 2; at < args.length; ) {
    const word = args[at]?.toUpperCase()
    if (word === "AUTH") {
      if (!authenticate(options, connection, args[at + 1] ?? "", args[at + 2])) return Answer.error(WRONG_PASSWORD)
      at += 3
    } else if (word === "SETNAME") {
      name = args[at + 1]
      at += 2
    } else {
      return Answer.error(`ERR Syntax error in HELLO option '${args[at]}'`)
    }
  }
  if (connection.user === undefined)
    return Answer.error("NOAUTH HELLO must be called with the client already authenticated")
  connection.update({ protocol: version === "3" ? 3 : 2, ...(name === undefined ? {} : { name }) })
  const who = ["server", options.server, "version", options.version, "proto", Number(version), "id", connection.number]
  return Answer.reply(Wire.map([...who, "mode", options.mode, "role", "master", "modules", []]))
}

const client = ({ args }: ReceivedCommand, connection: ScriptedConnection): Answer | undefined => {
  switch (args[1]?.toUpperCase()) {
    case "SETNAME":
      connection.update({ name: args[2] })
      return Answer.ok
    case "GETNAME":
      return Answer.reply(connection.name)
    case "ID":
      return Answer.reply(connection.number)
    case "SETINFO":
    case "CAPA":
    case "NO-EVICT":
    case "NO-TOUCH":
    case "TRACKING":
      return Answer.ok
    default:
      return undefined
  }
}

const select = ({ args }: ReceivedCommand, connection: ScriptedConnection): Answer => {
  const database = Number(args[1])
  if (!Number.isInteger(database) || database < 0) return Answer.error("ERR value is not an integer or out of range")
  connection.update({ database })
  return Answer.ok
}

/** The answer to one of those commands, or the refusal of a client that has not said who it is; `undefined` for any other. */
export const defaultAnswer = (
  options: DefaultsOptions,
  command: ReceivedCommand,
  connection: ScriptedConnection
): Answer | undefined => {
  const { args, name } = command
  if (name === "HELLO" && options.protocol === 3) return hello(options, command, connection)
  if (name === "AUTH") {
    if (args.length !== 2 && args.length !== 3) return wrongArity(name)
    const [user, password] = args.length === 2 ? ["default", args[1]] : [args[1] ?? "", args[2]]
    return authenticate(options, connection, user, password) ? Answer.ok : Answer.error(WRONG_PASSWORD)
  }
  if (name === "QUIT") return Answer.all(Answer.ok, Answer.close())
  if (connection.user === undefined) return Answer.error(NO_AUTH)
  switch (name) {
    case "PING":
      return Answer.reply(args[1] ?? Wire.simple("PONG"))
    case "ECHO":
      return args.length === 2 ? Answer.reply(args[1]) : wrongArity(name)
    case "CLIENT":
      return client(command, connection)
    case "SELECT":
      return select(command, connection)
    case "READONLY":
    case "READWRITE":
      connection.update({ readOnly: name === "READONLY" })
      return Answer.ok
    case "ASKING":
      return Answer.ok
    case "RESET":
      connection.update({ protocol: 2, database: 0, name: undefined, readOnly: false })
      return Answer.reply(Wire.simple("RESET"))
    default:
      return undefined
  }
}

export const unknownCommand = ({ args }: ReceivedCommand): Answer => {
  const rest = args.slice(1).map((arg) => `'${arg}' `)
  return Answer.error(`ERR unknown command '${args[0]}', with args beginning with: ${rest.join("")}`.slice(0, 200))
}
