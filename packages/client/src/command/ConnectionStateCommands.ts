/**
 * The groups of commands that change their connection: methods of a lease.
 *
 * @since 0.1.0
 */
import { type ClientStateCommands, clientState } from "./ClientState.ts"
import type { AsCommand, CommandLambda } from "./Command.ts"
import { type ConnectionSettingCommands, connectionSettings } from "./Connection.ts"
import { type HashImportCommands, hashImport } from "./HashImport.ts"
import { type TransactionCommands, transactions } from "./Transactions.ts"

/**
 * Every command that changes its connection in a way that others would feel: for leased connections.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectionStateCommands<F extends CommandLambda>
  extends ConnectionSettingCommands<F>,
    ClientStateCommands<F>,
    HashImportCommands<F>,
    TransactionCommands<F> {}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connectionStateCommands: ConnectionStateCommands<AsCommand> = {
  ...connectionSettings,
  ...hashImport,
  ...transactions,
  ...clientState
}
