/**
 * The user's own commands on a fresh connection: after the handshake, in order and in one write, before anything else.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { CommandImpl } from "../command/make.ts"
import type { Failure } from "../error/Failure.ts"
import { ConnectFailed } from "../error/Reason.ts"
import { reasonOf } from "../error/ServerFault.ts"
import { RespError } from "../protocol/RespValue.ts"
import type { Connection } from "./Connection.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import { exchangeCommands } from "./Handshake.ts"

/**
 * The commands, and what the refusal of one means: the connection is not used, or it is all the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectCommands {
  readonly commands: ReadonlyArray<CommandImpl>
  readonly onFailure: "fail" | "ignore"
}

/** After these a connection no longer answers one reply to one command, or is no longer whose the handshake made it. */
const unfit: ReadonlySet<string> = new Set([
  "AUTH",
  "CLIENT REPLY",
  "DISCARD",
  "EXEC",
  "HELLO",
  "MONITOR",
  "MULTI",
  "PSUBSCRIBE",
  "PSYNC",
  "QUIT",
  "RESET",
  "SSUBSCRIBE",
  "SUBSCRIBE",
  "SYNC",
  "WATCH"
])

/**
 * Why a command cannot be run on connect; `undefined` if it can.
 *
 * @category getters
 * @since 0.1.0
 */
export const connectCommandProblem = (command: CommandImpl): string | undefined => {
  if (command.invalid !== undefined) return `${command.name}: ${command.invalid.message}`
  if (command.constant !== undefined) return `${command.name} sends nothing`
  if (command.spec.blocking !== undefined) return `${command.name} may block`
  const name = command.name.toUpperCase()
  const isUnfit = unfit.has(name) || (name === "CLIENT" && String(command.args[0]).toUpperCase() === "REPLY")
  return isUnfit ? `${command.name} would make the connection unfit for the client` : undefined
}

/**
 * Run them.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runConnectCommands = (
  runtime: ConnectionRuntime,
  connection: Connection,
  { commands, onFailure }: ConnectCommands
): Effect.Effect<void, Failure> =>
  Effect.flatMap(exchangeCommands(runtime, connection, commands), (replies) => {
    for (const [index, reply] of replies.entries()) {
      if (!(reply instanceof RespError)) continue
      const command = commands[index]?.name ?? ""
      const node = connection.address
      const reason = reasonOf(reply)
      if (onFailure === "fail") {
        const message = `${command}, run on connect, was refused: ${reason.message}`
        return Effect.fail<Failure>({ reason: new ConnectFailed({ address: node, message }), execution: "NotSent" })
      }
      runtime.monitor.announce({ _tag: "ConnectCommandRefused", node, command, reason })
    }
    return Effect.void
  })
