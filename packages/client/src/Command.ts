/**
 * Commands as values: `Command.get("k")` is what will be sent and how its reply is read. It is an Effect that runs on the `Redis` in
 * context, and the same value goes into `redis.run`, `redis.pipeline` and `redis.transaction`.
 *
 * @since 0.1.0
 */
import type { AsCommand, Command as CommandOf, MultiSlotCommand as MultiSlotCommandOf } from "./command/Command.ts"
import { type Commands, commands } from "./command/Commands.ts"
import { define, raw } from "./command/custom.ts"
import { decode, map } from "./command/decode.ts"
import { asBigInt, asBytes, isCommand } from "./command/make.ts"

export type { AclCommands } from "./command/Acl.ts"
export type { AclLogEntry, AclSelector, AclUser, AclVerdict } from "./command/AclReplies.ts"
export type { AclCommandRule, AclKeyPattern, AclPermissions, AclRules } from "./command/AclRules.ts"
export type { AdministrationCommands } from "./command/Administration.ts"
export type { ArrayInfo, ArrayInfoFull } from "./command/ArrayReplies.ts"
export type {
  ArrayCommands,
  ArrayGrepOptions,
  ArrayIndex,
  ArrayItems,
  ArrayPredicate,
  ArrayRange
} from "./command/Arrays.ts"
export type { ByPosition, Fields, Several } from "./command/arguments.ts"
export type {
  Bit,
  BitFieldEncoding,
  BitFieldGet,
  BitFieldIncrBy,
  BitFieldOffset,
  BitFieldOperation,
  BitFieldOverflow,
  BitFieldResults,
  BitFieldSet,
  BitmapCommands,
  BitOperation,
  BitRange,
  BitSearchRange
} from "./command/Bitmaps.ts"
export type { BlockingListCommands } from "./command/BlockingLists.ts"
export type { BlockingSortedSetCommands } from "./command/BlockingSortedSets.ts"
export type { ClientFilters, ClientMatch, ClientType } from "./command/ClientFilters.ts"
export type { ClientInfo, ClientTrackingInfo } from "./command/ClientReplies.ts"
export type { ClientStateCommands, ClientTrackingOptions } from "./command/ClientState.ts"
export type { ClientCommands } from "./command/Clients.ts"
export type { ClusterCommands } from "./command/Cluster.ts"
export type {
  BumpedEpoch,
  ClusterInfo,
  ClusterLink,
  ClusterNodeInfo,
  ClusterShard,
  ClusterShardNode,
  ClusterSlots,
  ClusterSlotsNode,
  SlotRange
} from "./command/ClusterReplies.ts"
export type { ClusterSlotMigration, ClusterSlotStats, MigrationTask } from "./command/ClusterSlotReplies.ts"
export type { ClusterScanOptions, ClusterSlotCommands, SlotMove, SlotStatsOptions } from "./command/ClusterSlots.ts"
export type { Any, AsCommand, AsEffect, Batch, CommandLambda, Kind, Results, RunOptions } from "./command/Command.ts"
export type { Argument, KeyPositions, RetryCategory, Text } from "./command/CommandSpec.ts"
export type { Commands } from "./command/Commands.ts"
export type { CommandListFilter, CommandTableCommands, KeyAndFlags } from "./command/CommandTable.ts"
export type {
  CommandArgument,
  CommandDocs,
  CommandInfo,
  KeyRange,
  KeySearch,
  KeySpecification
} from "./command/CommandTableReplies.ts"
export type {
  AuthOptions,
  ConnectionCommands,
  ConnectionSettingCommands,
  HelloOptions,
  ServerHello
} from "./command/Connection.ts"
export type { ConnectionStateCommands } from "./command/ConnectionStateCommands.ts"
export type { CounterCommands, IncrExOptions, IncrExResult } from "./command/Counters.ts"
export type { ClusterPolicy, RequestPolicy, ResponsePolicy } from "./command/clusterPolicy.ts"
export type { Definition, RawOptions } from "./command/custom.ts"
export type { Decoded } from "./command/decode.ts"
export type { ExpireOptions, ExpireTime, Expiry, ReadExpiry, WriteExpiry } from "./command/Expiry.ts"
export type {
  FunctionCommands,
  FunctionInfo,
  FunctionLibraryCode,
  FunctionLibraryInfo,
  FunctionListOptions,
  FunctionStats
} from "./command/Functions.ts"
export type { GeoAddOptions, GeoCommands, GeoMember, GeoOrigin, GeoPolygon, GeoShape } from "./command/Geo.ts"
export type { GeoRadiusCommands } from "./command/GeoRadius.ts"
export type {
  GeoCoordinates,
  GeoDetails,
  GeoFound,
  GeoReplyWith,
  GeoSearchOptions,
  GeoStoreOptions,
  GeoUnit
} from "./command/GeoReplies.ts"
export type { FieldExpireResult, HashExpiryCommands, HSetExOptions } from "./command/HashExpiry.ts"
export type { HashCommands } from "./command/Hashes.ts"
export type { HashImportCommands } from "./command/HashImport.ts"
export type { HotKeys, HotKeysCommands, HotKeysOptions } from "./command/HotKeys.ts"
export type { HyperLogLogCommands } from "./command/HyperLogLogs.ts"
export type {
  CopyOptions,
  KeyCommands,
  KeyType,
  MemoryUsageOptions,
  RestoreOptions,
  ScanOptions,
  SortOptions
} from "./command/Keys.ts"
export type { LatencyCommands, LatencyEvent, LatencyHistogram } from "./command/Latency.ts"
export type { ListCommands, ListPopOptions, ListPositionOptions, ListSide, MoveManyOptions } from "./command/Lists.ts"
export type { CommandLogType, LargeLogEntry, LogCommands, LogEntry, SlowLogEntry } from "./command/Logs.ts"
export type { MemoryCommands, MemoryStats, NumberRecord } from "./command/Memory.ts"
export type { MigrateOptions, MigrationCommands } from "./command/Migration.ts"
export type { LoadedModule } from "./command/ModuleReplies.ts"
export type { ModuleCommands, ModuleLoadOptions } from "./command/Modules.ts"
export type { OtherFields, OtherValue } from "./command/OtherFields.ts"
export type { BackgroundWork, PersistenceCommands, ShutdownOptions } from "./command/Persistence.ts"
export type { PubSubCommands } from "./command/PubSub.ts"
export type { FailoverOptions, ReplicationCommands, Synced } from "./command/Replication.ts"
export type { ScriptingCommands, ScriptOptions } from "./command/Scripting.ts"
export type { Secret } from "./command/Secret.ts"
export type { LolwutOptions, ServerCommands, ServerInfo, ServerRole } from "./command/Server.ts"
export type { TextRecord } from "./command/ServerText.ts"
export type { IntersectionCardOptions, SetCommands, UnionCardOptions } from "./command/Sets.ts"
export type { SharedCommands } from "./command/SharedCommands.ts"
export type { LexBound, ScoreBound } from "./command/SortedSetBounds.ts"
export type {
  SortedSetCombinationCommands,
  SortedSetCombineOptions,
  SortedSetSource
} from "./command/SortedSetCombinations.ts"
export type {
  BoundRangeOptions,
  RankRangeOptions,
  SortedSetLimitOptions,
  SortedSetRangeCommands
} from "./command/SortedSetRanges.ts"
export type { RankAndScore, ScoredMember, TakenMember } from "./command/SortedSetReplies.ts"
export type {
  SortedSetAddOptions,
  SortedSetCommands,
  SortedSetCondition,
  SortedSetPopOptions,
  SortedSetSide
} from "./command/SortedSets.ts"
export type { StreamGroupCommands, XGroupCreateOptions, XGroupSetIdOptions } from "./command/StreamGroups.ts"
export type {
  StreamConsumer,
  StreamConsumerFull,
  StreamDelivery,
  StreamFacts,
  StreamGroup,
  StreamGroupFull,
  StreamIdempotency,
  StreamInfo,
  StreamInfoCommands,
  StreamInfoFull,
  XInfoStreamFullOptions
} from "./command/StreamInfo.ts"
export type {
  Claimed,
  PendingEntry,
  PendingSummary,
  StreamPendingCommands,
  XAutoClaimOptions,
  XClaimOptions,
  XNackOptions,
  XPendingRangeOptions
} from "./command/StreamPending.ts"
export type {
  StreamPositions,
  StreamReadCommands,
  StreamReadLimits,
  XReadGroupOptions,
  XReadOptions
} from "./command/StreamReads.ts"
export type {
  DeletedStreamEntry,
  Delivered,
  ReadStream,
  StreamEntry,
  StreamEntryBytes
} from "./command/StreamReplies.ts"
export type {
  EntryDeleteResult,
  IdempotencyOptions,
  ReferencePolicy,
  StreamCommands,
  StreamRangeOptions,
  TrimOptions,
  XAddOptions,
  XCfgSetOptions,
  XSetIdOptions
} from "./command/Streams.ts"
export type {
  LcsIndex,
  LcsMatch,
  LcsOptions,
  MSetExOptions,
  SetOptions,
  StringCommands,
  ValueCondition
} from "./command/Strings.ts"
export type { TransactionCommands } from "./command/Transactions.ts"

/**
 * A command whose result is `A`, and `B` in its bytes view.
 *
 * @category models
 * @since 0.1.0
 */
export type Command<A, B = A> = CommandOf<A, B>

/**
 * A command that a cluster may split by the slots of its keys: atomic for the keys of one slot, and not as a whole.
 *
 * @category models
 * @since 0.1.0
 */
export type MultiSlotCommand<A, B = A> = MultiSlotCommandOf<A, B>

/**
 * What can be done with any command, and how to make one that has no constructor.
 *
 * @category models
 * @since 0.1.0
 */
export interface CommandCombinators {
  /** The view of an integer that passes 2^53 without loss. */
  readonly asBigInt: typeof asBigInt
  /** The bytes view: `Uint8Array` for values, names and fields. It comes before `map` and `decode`, behind which it changes nothing. */
  readonly asBytes: typeof asBytes
  /** The result decoded by a Schema: `Command.get("user").pipe(Command.decode(Schema.fromJsonString(User)))`. */
  readonly decode: typeof decode
  /** A constructor of a command that this library does not know, with the same standing as its own. */
  readonly define: typeof define
  /** Whether a value is a command. */
  readonly isCommand: typeof isCommand
  /** The result put through a function, which may throw. */
  readonly map: typeof map
  /** A command by its name: `Command.raw("OBJECT HELP")`. A cluster asks its servers for its keys if they are not told. */
  readonly raw: typeof raw
}

/**
 * The constructors of all commands, and what can be done with them.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Command: Commands<AsCommand> & CommandCombinators = {
  ...commands,
  asBigInt,
  asBytes,
  decode,
  define,
  isCommand,
  map,
  raw
}
