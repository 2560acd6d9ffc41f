/**
 * MIGRATE: keys from one server to another.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { append, list, millis, optionProblem } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { type Argument, defineSpec, type Text } from "./CommandSpec.ts"
import type { AuthOptions } from "./Connection.ts"
import { invalid, make } from "./make.ts"
import * as Reply from "./Reply.ts"
import { revealed } from "./Secret.ts"

/**
 * How keys are moved.
 *
 * @category options
 * @since 0.1.0
 */
export interface MigrateOptions {
  /** Leave the keys where they are as well (default false). */
  readonly copy?: boolean | undefined
  /** Overwrite the keys there (default false: `BUSYKEY` if there are any). */
  readonly replace?: boolean | undefined
  /** Who the server is to be there; with a username since 6.0. */
  readonly auth?: AuthOptions | undefined
}

/**
 * MIGRATE, as a constructor or as a method.
 *
 * @category models
 * @since 0.1.0
 */
export interface MigrationCommands<F extends CommandLambda> {
  /**
   * Let the server move keys to another one, by itself; whether any was there. The timeout is the longest that the two may be silent
   * (nothing: the servers' own second); meanwhile the server does nothing else.
   */
  migrate(
    host: string,
    port: number,
    keys: Text | ReadonlyArray<Text>,
    database: number,
    timeout: Duration.Input,
    options?: MigrateOptions
  ): Kind<F, boolean>
}

/** Host, port, key, database and timeout stand in front of the options. */
const OPTIONS = 5

/** Where the keys begin behind `KEYS`; a password may be any word, even that one. */
const behindKeys = (args: ReadonlyArray<Argument>): number => {
  let at = OPTIONS
  while (at < args.length && args[at] !== "KEYS") at += args[at] === "AUTH2" ? 3 : args[at] === "AUTH" ? 2 : 1
  return at + 1
}

const MIGRATE = defineSpec({
  name: "MIGRATE",
  keys: (args) => {
    if (args[2] !== "") return [2]
    const positions: Array<number> = []
    for (let at = behindKeys(args); at < args.length; at++) positions.push(at)
    return positions
  },
  // Moved keys are gone at the second run, and without REPLACE copied ones are in the way.
  retry: (args) => (args[OPTIONS] === "COPY" && args[OPTIONS + 1] === "REPLACE" ? "lastWriteWins" : "never")
})

const moved = Reply.map(Reply.literal("OK", "NOKEY"), (word) => word === "OK")

const migrateOptions = { copy: "flag", replace: "flag", auth: "value" } as const

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const migration: MigrationCommands<AsCommand> = {
  migrate: (host, port, keys, database, timeout, options) => {
    const problem =
      optionProblem(options, migrateOptions) ?? optionProblem(options?.auth, { username: "value", password: "value" })
    if (problem !== undefined) return invalid(MIGRATE, moved, problem)
    const all = list(keys)
    if (all.length === 0) return invalid(MIGRATE, moved, "expected at least one key", 2)
    // An empty key stands for the form of several.
    const lone = !Array.isArray(keys) && all[0]?.length !== 0
    const args: Array<Argument> = [host, port, lone ? all[0]! : "", database, millis(timeout)]
    if (options?.copy === true) args.push("COPY")
    if (options?.replace === true) args.push("REPLACE")
    if (options?.auth !== undefined) {
      const { password, username } = options.auth
      const secret = revealed(password) as string
      append(args, username === undefined ? ["AUTH", secret] : ["AUTH2", username, secret])
    }
    if (!lone) append(append(args, ["KEYS"]), all)
    return make(MIGRATE, args, moved)
  }
}
