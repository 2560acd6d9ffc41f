import type { Golden } from "../golden.ts"
import { aclGoldens } from "./acl.ts"
import { arrayGoldens } from "./arrays.ts"
import { bitmapGoldens, hyperLogLogGoldens } from "./bitmaps.ts"
import { clientGoldens, clientStateGoldens } from "./clients.ts"
import { clusterGoldens } from "./cluster.ts"
import { clusterSlotGoldens } from "./clusterSlots.ts"
import { commandTableGoldens } from "./commandTable.ts"
import { connectionGoldens } from "./connection.ts"
import { counterGoldens } from "./counters.ts"
import { functionGoldens } from "./functions.ts"
import { geoGoldens, geoRadiusGoldens } from "./geo.ts"
import { hashExpiryGoldens, hashGoldens, hashImportGoldens } from "./hashes.ts"
import { keyGoldens } from "./keys.ts"
import { blockingListGoldens, listGoldens } from "./lists.ts"
import { moduleGoldens } from "./modules.ts"
import { hotKeysGoldens, latencyGoldens, logGoldens, memoryGoldens } from "./observation.ts"
import { persistenceGoldens } from "./persistence.ts"
import { pubSubGoldens } from "./pubSub.ts"
import { migrationGoldens, replicationGoldens } from "./replication.ts"
import { scriptingGoldens } from "./scripting.ts"
import { sentinelGoldens } from "./sentinel.ts"
import { serverGoldens } from "./server.ts"
import { setGoldens } from "./sets.ts"
import {
  blockingSortedSetGoldens,
  sortedSetCombinationGoldens,
  sortedSetGoldens,
  sortedSetRangeGoldens
} from "./sortedSets.ts"
import { streamGroupGoldens, streamInfoGoldens, streamPendingGoldens } from "./streamGroups.ts"
import { streamGoldens, streamReadGoldens } from "./streams.ts"
import { stringGoldens } from "./strings.ts"
import { transactionGoldens } from "./transactions.ts"
import { vectorSetGoldens } from "./vectorSets.ts"

/** The tables of all groups. */
export const goldens: ReadonlyArray<Golden> = [
  ...stringGoldens,
  ...counterGoldens,
  ...keyGoldens,
  ...hashGoldens,
  ...hashExpiryGoldens,
  ...hashImportGoldens,
  ...listGoldens,
  ...blockingListGoldens,
  ...setGoldens,
  ...sortedSetGoldens,
  ...sortedSetRangeGoldens,
  ...sortedSetCombinationGoldens,
  ...blockingSortedSetGoldens,
  ...geoGoldens,
  ...geoRadiusGoldens,
  ...bitmapGoldens,
  ...hyperLogLogGoldens,
  ...streamGoldens,
  ...streamReadGoldens,
  ...streamPendingGoldens,
  ...streamGroupGoldens,
  ...streamInfoGoldens,
  ...vectorSetGoldens,
  ...arrayGoldens,
  ...scriptingGoldens,
  ...functionGoldens,
  ...pubSubGoldens,
  ...transactionGoldens,
  ...connectionGoldens,
  ...clientGoldens,
  ...clientStateGoldens,
  ...serverGoldens,
  ...moduleGoldens,
  ...aclGoldens,
  ...commandTableGoldens,
  ...logGoldens,
  ...latencyGoldens,
  ...memoryGoldens,
  ...hotKeysGoldens,
  ...persistenceGoldens,
  ...replicationGoldens,
  ...migrationGoldens,
  ...clusterGoldens,
  ...clusterSlotGoldens,
  ...sentinelGoldens
]
