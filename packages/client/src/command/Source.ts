/**
 * Code that a command names and that the server may not have: a script by its SHA1, a function by its name. What holds such a command
 * knows how it goes with its code.
 *
 * @since 0.1.0
 */
import type { CommandImpl } from "./make.ts"

/**
 * The code of a command.
 *
 * @category models
 * @since 0.1.0
 */
export interface Source {
  /** Whether this is what a server says that has not got the code, and so has executed nothing. */
  readonly isMissing: (message: string) => boolean
  /** The same command as it is sent with its code, or behind it. Its own spec has no source. */
  readonly whole: (command: CommandImpl) => CommandImpl
  /** What lets the server have the code and is sent before the whole command, if that does not hold the code itself. */
  readonly load: Load | undefined
}

/**
 * The two ways to load a library: a server that has one of the name keeps it, or has it replaced as its owner wishes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Load {
  /** Where nobody knows whether it is there: refused without harm if it is. */
  readonly ifMissing: CommandImpl
  /** Where the function is not there. */
  readonly missing: CommandImpl
}
