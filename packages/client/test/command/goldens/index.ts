import type { Golden } from "../golden.ts"
import { clusterGoldens } from "./cluster.ts"
import { clusterSlotGoldens } from "./clusterSlots.ts"
import { connectionGoldens, serverGoldens } from "./connection.ts"
import { functionGoldens } from "./functions.ts"
import { hashExpiryGoldens, hashGoldens } from "./hashes.ts"
import { keyGoldens } from "./keys.ts"
import { blockingListGoldens, listGoldens } from "./lists.ts"
import { pubSubGoldens } from "./pubSub.ts"
import { scriptingGoldens } from "./scripting.ts"
import { setGoldens } from "./sets.ts"
import { stringGoldens } from "./strings.ts"
import { transactionGoldens } from "./transactions.ts"

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
  ...functionGoldens,
  ...pubSubGoldens,
  ...transactionGoldens,
  ...connectionGoldens,
  ...serverGoldens,
  ...clusterGoldens,
  ...clusterSlotGoldens
]
