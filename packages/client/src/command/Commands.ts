/**
 * All groups of commands that are constructors of `Command` and methods of `Redis`.
 *
 * @since 0.1.0
 */
import { type AclCommands, acl } from "./Acl.ts"
import { type BlockingListCommands, blockingLists } from "./BlockingLists.ts"
import { type ClientStateCommands, clientState } from "./ClientState.ts"
import { type ClientCommands, clients } from "./Clients.ts"
import { type ClusterCommands, cluster } from "./Cluster.ts"
import type { AsCommand, CommandLambda } from "./Command.ts"
import { type CommandTableCommands, commandTable } from "./CommandTable.ts"
import { type ConnectionCommands, connection } from "./Connection.ts"
import { type HashExpiryCommands, hashExpiry } from "./HashExpiry.ts"
import { type HashCommands, hashes } from "./Hashes.ts"
import { type HotKeysCommands, hotKeysCommands } from "./HotKeys.ts"
import { type KeyCommands, keys } from "./Keys.ts"
import { type LatencyCommands, latency } from "./Latency.ts"
import { type ListCommands, lists } from "./Lists.ts"
import { type LogCommands, logs } from "./Logs.ts"
import { type MemoryCommands, memory } from "./Memory.ts"
import { type MigrationCommands, migration } from "./Migration.ts"
import { type ModuleCommands, modules } from "./Modules.ts"
import { type PersistenceCommands, persistence } from "./Persistence.ts"
import { type ReplicationCommands, replication } from "./Replication.ts"
import { type ScriptingCommands, scripting } from "./Scripting.ts"
import { type ServerCommands, server } from "./Server.ts"
import { type SetCommands, sets } from "./Sets.ts"
import { type StringCommands, strings } from "./Strings.ts"

/**
 * Every command, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface Commands<F extends CommandLambda>
  extends StringCommands<F>,
    KeyCommands<F>,
    HashCommands<F>,
    HashExpiryCommands<F>,
    ListCommands<F>,
    BlockingListCommands<F>,
    SetCommands<F>,
    ScriptingCommands<F>,
    ConnectionCommands<F>,
    ClientCommands<F>,
    ClientStateCommands<F>,
    ServerCommands<F>,
    AclCommands<F>,
    CommandTableCommands<F>,
    LogCommands<F>,
    LatencyCommands<F>,
    MemoryCommands<F>,
    HotKeysCommands<F>,
    ModuleCommands<F>,
    PersistenceCommands<F>,
    ReplicationCommands<F>,
    MigrationCommands<F>,
    ClusterCommands<F> {}

/**
 * The constructors of every command.
 *
 * @category constructors
 * @since 0.1.0
 */
export const commands: Commands<AsCommand> = {
  ...strings,
  ...keys,
  ...hashes,
  ...hashExpiry,
  ...lists,
  ...blockingLists,
  ...sets,
  ...scripting,
  ...connection,
  ...clients,
  ...clientState,
  ...server,
  ...acl,
  ...commandTable,
  ...logs,
  ...latency,
  ...memory,
  ...hotKeysCommands,
  ...modules,
  ...persistence,
  ...replication,
  ...migration,
  ...cluster
}
