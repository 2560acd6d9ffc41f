/**
 * All groups of commands that are constructors of `Command`.
 *
 * @since 0.1.0
 */
import { type AdministrationCommands, administration } from "./Administration.ts"
import type { AsCommand, CommandLambda } from "./Command.ts"
import { type ConnectionStateCommands, connectionStateCommands } from "./ConnectionStateCommands.ts"
import { type SharedCommands, sharedCommands } from "./SharedCommands.ts"

/**
 * Every command, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface Commands<F extends CommandLambda>
  extends SharedCommands<F>,
    ConnectionStateCommands<F>,
    AdministrationCommands<F> {}

/**
 * The constructors of every command.
 *
 * @category constructors
 * @since 0.1.0
 */
export const commands: Commands<AsCommand> = { ...sharedCommands, ...connectionStateCommands, ...administration }
