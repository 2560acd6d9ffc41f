import { bitmapsCases } from "./bitmaps.ts"
import { bytesCases } from "./bytes.ts"
import { connectionCases } from "./connection.ts"
import type { Exempt, LiveCase } from "./frame.ts"
import { functionsCases } from "./functions.ts"
import { geoCases } from "./geo.ts"
import { hashesCases } from "./hashes.ts"
import { keysCases } from "./keys.ts"
import { listsCases } from "./lists.ts"
import { pubSubCases } from "./pubSub.ts"
import { scriptingCases } from "./scripting.ts"
import { serverCases } from "./server.ts"
import { setsCases } from "./sets.ts"
import { sortedSetsCases } from "./sortedSets.ts"
import { streamsCases } from "./streams.ts"
import { stringsCases } from "./strings.ts"
import { vectorSetsCases } from "./vectorSets.ts"

/** The cases of all groups, for a server alone. */
export const liveCases: ReadonlyArray<LiveCase> = [
  ...bitmapsCases,
  ...bytesCases,
  ...connectionCases,
  ...functionsCases,
  ...geoCases,
  ...hashesCases,
  ...keysCases,
  ...listsCases,
  ...pubSubCases,
  ...scriptingCases,
  ...serverCases,
  ...setsCases,
  ...sortedSetsCases,
  ...stringsCases,
  ...streamsCases,
  ...vectorSetsCases
]

const NEWER = "newer than any server at hand"

/** Where a kind of key makes no sense, or no server knows the command. */
export const exempt: Exempt = {
  arCount: NEWER,
  arDel: NEWER,
  arDelRange: NEWER,
  arGet: NEWER,
  arGetRange: NEWER,
  arGrep: NEWER,
  arGrepWithValues: NEWER,
  arInfo: NEWER,
  arInfoFull: NEWER,
  arInsert: NEWER,
  arLastItems: NEWER,
  arLen: NEWER,
  arMGet: NEWER,
  arMSet: NEWER,
  arNext: NEWER,
  arOp: NEWER,
  arOpMatch: NEWER,
  arOpUsed: NEWER,
  arRing: NEWER,
  arScan: NEWER,
  arSeek: NEWER,
  arSet: NEWER,
  blMoveM: NEWER,
  delEx: NEWER,
  digest: NEWER,
  hImportSet: NEWER,
  increx: NEWER,
  incrExByFloat: NEWER,
  lMoveM: NEWER,
  sDiffCard: NEWER,
  sUnionCard: NEWER,
  "VectorSet.vRange": NEWER,
  "VectorSet.vSimWithAttribs": NEWER,
  "VectorSet.vSimWithScoresAndAttribs": NEWER,
  xAckDel: NEWER,
  xCfgSet: NEWER,
  xDelEx: NEWER,
  xNack: NEWER,
  xReadGroupClaim: NEWER,
  watch: "needs a connection of its own: live.transactions.test.ts"
}
