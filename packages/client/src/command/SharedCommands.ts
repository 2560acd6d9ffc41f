/**
 * The groups of commands that are methods of `Redis`.
 *
 * @since 0.1.0
 */
import { type BitmapCommands, bitmaps } from "./Bitmaps.ts"
import { type BlockingListCommands, blockingLists } from "./BlockingLists.ts"
import { type BlockingSortedSetCommands, blockingSortedSets } from "./BlockingSortedSets.ts"
import { type ClientCommands, clients } from "./Clients.ts"
import type { AsCommand, CommandLambda } from "./Command.ts"
import { type ConnectionCommands, connection } from "./Connection.ts"
import { type CounterCommands, counters } from "./Counters.ts"
import { type GeoCommands, geo } from "./Geo.ts"
import { type HashExpiryCommands, hashExpiry } from "./HashExpiry.ts"
import { type HashCommands, hashes } from "./Hashes.ts"
import { type HyperLogLogCommands, hyperLogLogs } from "./HyperLogLogs.ts"
import { type KeyCommands, keys } from "./Keys.ts"
import { type ListCommands, lists } from "./Lists.ts"
import { type PubSubCommands, pubSub } from "./PubSub.ts"
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

/**
 * Every command for the daily work of a program, which a connection may run that many fibers share.
 *
 * @category models
 * @since 0.1.0
 */
export interface SharedCommands<F extends CommandLambda>
  extends StringCommands<F>,
    CounterCommands<F>,
    KeyCommands<F>,
    HashCommands<F>,
    HashExpiryCommands<F>,
    ListCommands<F>,
    BlockingListCommands<F>,
    SetCommands<F>,
    SortedSetCommands<F>,
    SortedSetRangeCommands<F>,
    SortedSetCombinationCommands<F>,
    BlockingSortedSetCommands<F>,
    GeoCommands<F>,
    HyperLogLogCommands<F>,
    BitmapCommands<F>,
    StreamCommands<F>,
    StreamReadCommands<F>,
    StreamPendingCommands<F>,
    StreamGroupCommands<F>,
    StreamInfoCommands<F>,
    ScriptingCommands<F>,
    PubSubCommands<F>,
    ConnectionCommands<F>,
    ClientCommands<F>,
    ServerCommands<F> {}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sharedCommands: SharedCommands<AsCommand> = {
  ...strings,
  ...counters,
  ...keys,
  ...hashes,
  ...hashExpiry,
  ...lists,
  ...blockingLists,
  ...sets,
  ...sortedSets,
  ...sortedSetRanges,
  ...sortedSetCombinations,
  ...blockingSortedSets,
  ...geo,
  ...hyperLogLogs,
  ...bitmaps,
  ...streams,
  ...streamReads,
  ...streamPending,
  ...streamGroups,
  ...streamInfo,
  ...scripting,
  ...pubSub,
  ...connection,
  ...clients,
  ...server
}
