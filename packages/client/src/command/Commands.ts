/**
 * All groups of commands that are constructors of `Command` and methods of `Redis`.
 *
 * @since 0.1.0
 */

import { type AclCommands, acl } from "./Acl.ts"
import { type ArrayCommands, arrays } from "./Arrays.ts"
import { type BitmapCommands, bitmaps } from "./Bitmaps.ts"
import { type BlockingListCommands, blockingLists } from "./BlockingLists.ts"
import { type BlockingSortedSetCommands, blockingSortedSets } from "./BlockingSortedSets.ts"
import { type ClientStateCommands, clientState } from "./ClientState.ts"
import { type ClientCommands, clients } from "./Clients.ts"
import { type ClusterCommands, cluster } from "./Cluster.ts"
import { type ClusterSlotCommands, clusterSlotCommands } from "./ClusterSlots.ts"
import type { AsCommand, CommandLambda } from "./Command.ts"
import { type CommandTableCommands, commandTable } from "./CommandTable.ts"
import { type ConnectionCommands, connection } from "./Connection.ts"
import { type CounterCommands, counters } from "./Counters.ts"
import { type FunctionCommands, functions } from "./Functions.ts"
import { type GeoCommands, geo } from "./Geo.ts"
import { type GeoRadiusCommands, geoRadius } from "./GeoRadius.ts"
import { type HashExpiryCommands, hashExpiry } from "./HashExpiry.ts"
import { type HashCommands, hashes } from "./Hashes.ts"
import { type HashImportCommands, hashImport } from "./HashImport.ts"
import { type HotKeysCommands, hotKeysCommands } from "./HotKeys.ts"
import { type HyperLogLogCommands, hyperLogLogs } from "./HyperLogLogs.ts"
import { type KeyCommands, keys } from "./Keys.ts"
import { type LatencyCommands, latency } from "./Latency.ts"
import { type ListCommands, lists } from "./Lists.ts"
import { type LogCommands, logs } from "./Logs.ts"
import { type MemoryCommands, memory } from "./Memory.ts"
import { type MigrationCommands, migration } from "./Migration.ts"
import { type ModuleCommands, modules } from "./Modules.ts"
import { type PersistenceCommands, persistence } from "./Persistence.ts"
import { type PubSubCommands, pubSub } from "./PubSub.ts"
import { type ReplicationCommands, replication } from "./Replication.ts"
import { type ScriptingCommands, scripting } from "./Scripting.ts"
import { type ServerCommands, server } from "./Server.ts"
import { type SetCommands, sets } from "./Sets.ts"
import { type SortedSetCombinationCommands, sortedSetCombinations } from "./SortedSetCombinations.ts"
import { type SortedSetRangeCommands, sortedSetRanges } from "./SortedSetRanges.ts"
import { type SortedSetCommands, sortedSets } from "./SortedSets.ts"
import { type StreamGroupCommands, streamGroups } from "./StreamGroups.ts"
import { type StreamInfoCommands, streamInfo } from "./StreamInfo.ts"
import { type StreamPendingCommands, streamPending } from "./StreamPending.ts"
import { type StreamReadCommands, streamReads } from "./StreamReads.ts"
import { type StreamCommands, streams } from "./Streams.ts"
import { type StringCommands, strings } from "./Strings.ts"
import { type TransactionCommands, transactions } from "./Transactions.ts"

/**
 * Every command, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface Commands<F extends CommandLambda>
  extends StringCommands<F>,
    CounterCommands<F>,
    KeyCommands<F>,
    HashCommands<F>,
    HashExpiryCommands<F>,
    HashImportCommands<F>,
    ListCommands<F>,
    BlockingListCommands<F>,
    SetCommands<F>,
    SortedSetCommands<F>,
    SortedSetRangeCommands<F>,
    SortedSetCombinationCommands<F>,
    BlockingSortedSetCommands<F>,
    GeoCommands<F>,
    GeoRadiusCommands<F>,
    HyperLogLogCommands<F>,
    BitmapCommands<F>,
    StreamCommands<F>,
    StreamReadCommands<F>,
    StreamPendingCommands<F>,
    StreamGroupCommands<F>,
    StreamInfoCommands<F>,
    ArrayCommands<F>,
    ScriptingCommands<F>,
    FunctionCommands<F>,
    PubSubCommands<F>,
    TransactionCommands<F>,
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
    ClusterCommands<F>,
    ClusterSlotCommands<F> {}

/**
 * The constructors of every command.
 *
 * @category constructors
 * @since 0.1.0
 */
export const commands: Commands<AsCommand> = {
  ...strings,
  ...counters,
  ...keys,
  ...hashes,
  ...hashExpiry,
  ...hashImport,
  ...lists,
  ...blockingLists,
  ...sets,
  ...sortedSets,
  ...sortedSetRanges,
  ...sortedSetCombinations,
  ...blockingSortedSets,
  ...geo,
  ...geoRadius,
  ...hyperLogLogs,
  ...bitmaps,
  ...streams,
  ...streamReads,
  ...streamPending,
  ...streamGroups,
  ...streamInfo,
  ...arrays,
  ...scripting,
  ...functions,
  ...pubSub,
  ...transactions,
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
  ...cluster,
  ...clusterSlotCommands
}
