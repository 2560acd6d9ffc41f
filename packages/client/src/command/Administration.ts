/**
 * The groups of commands for those who run servers, and a few that are deprecated or newer than most servers. They are values like all
 * others, `yield* Command.aclList()` or in `redis.run`, but no methods: a program that has no use for them is spared their code.
 *
 * @since 0.1.0
 */
import { type AclCommands, acl } from "./Acl.ts"
import { type ArrayCommands, arrays } from "./Arrays.ts"
import { type ClusterCommands, cluster } from "./Cluster.ts"
import { type ClusterSlotCommands, clusterSlotCommands } from "./ClusterSlots.ts"
import type { AsCommand, CommandLambda } from "./Command.ts"
import { type CommandTableCommands, commandTable } from "./CommandTable.ts"
import { type FunctionCommands, functions } from "./Functions.ts"
import { type GeoRadiusCommands, geoRadius } from "./GeoRadius.ts"
import { type HotKeysCommands, hotKeysCommands } from "./HotKeys.ts"
import { type LatencyCommands, latency } from "./Latency.ts"
import { type LogCommands, logs } from "./Logs.ts"
import { type MemoryCommands, memory } from "./Memory.ts"
import { type MigrationCommands, migration } from "./Migration.ts"
import { type ModuleCommands, modules } from "./Modules.ts"
import { type PersistenceCommands, persistence } from "./Persistence.ts"
import { type ReplicationCommands, replication } from "./Replication.ts"

/**
 * Every command for the administration of servers and clusters, arrays (newest Redis), and the deprecated ones of geo.
 *
 * @category models
 * @since 0.1.0
 */
export interface AdministrationCommands<F extends CommandLambda>
  extends AclCommands<F>,
    FunctionCommands<F>,
    GeoRadiusCommands<F>,
    ArrayCommands<F>,
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
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const administration: AdministrationCommands<AsCommand> = {
  ...acl,
  ...functions,
  ...geoRadius,
  ...arrays,
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
