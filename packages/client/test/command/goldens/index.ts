import type { Golden } from "../golden.ts"
import { aclGoldens } from "./acl.ts"
import { clientGoldens, clientStateGoldens } from "./clients.ts"
import { clusterGoldens } from "./cluster.ts"
import { commandTableGoldens } from "./commandTable.ts"
import { connectionGoldens } from "./connection.ts"
import { hashExpiryGoldens, hashGoldens } from "./hashes.ts"
import { keyGoldens } from "./keys.ts"
import { blockingListGoldens, listGoldens } from "./lists.ts"
import { moduleGoldens } from "./modules.ts"
import { hotKeysGoldens, latencyGoldens, logGoldens, memoryGoldens } from "./observation.ts"
import { persistenceGoldens } from "./persistence.ts"
import { migrationGoldens, replicationGoldens } from "./replication.ts"
import { scriptingGoldens } from "./scripting.ts"
import { serverGoldens } from "./server.ts"
import { setGoldens } from "./sets.ts"
import { stringGoldens } from "./strings.ts"

/** The tables of all groups. */
export const goldens: ReadonlyArray<Golden> = [
  ...stringGoldens,
  ...keyGoldens,
  ...hashGoldens,
  ...hashExpiryGoldens,
  ...listGoldens,
  ...blockingListGoldens,
  ...setGoldens,
  ...scriptingGoldens,
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
  ...clusterGoldens
]
