import { bitmapsCases } from "./bitmaps.ts"
import { bytesCases } from "./bytes.ts"
import { connectionCases } from "./connection.ts"
import type { Exempt, LiveCase } from "./frame.ts"
import { geoCases } from "./geo.ts"
import { hashesCases } from "./hashes.ts"
import { keysCases } from "./keys.ts"
import { listsCases } from "./lists.ts"
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
  ...geoCases,
  ...hashesCases,
  ...keysCases,
  ...listsCases,
  ...scriptingCases,
  ...serverCases,
  ...setsCases,
  ...sortedSetsCases,
  ...stringsCases,
  ...streamsCases,
  ...vectorSetsCases
]

/** Where a kind of key makes no sense. */
export const exempt: Exempt = {}
