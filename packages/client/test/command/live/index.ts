import { bytesCases } from "./bytes.ts"
import { connectionCases } from "./connection.ts"
import type { Exempt, LiveCase } from "./frame.ts"
import { functionsCases } from "./functions.ts"
import { hashesCases } from "./hashes.ts"
import { keysCases } from "./keys.ts"
import { listsCases } from "./lists.ts"
import { pubSubCases } from "./pubSub.ts"
import { scriptingCases } from "./scripting.ts"
import { setsCases } from "./sets.ts"
import { stringsCases } from "./strings.ts"

/** The cases of all groups, for a server alone. */
export const liveCases: ReadonlyArray<LiveCase> = [
  ...bytesCases,
  ...connectionCases,
  ...functionsCases,
  ...hashesCases,
  ...keysCases,
  ...listsCases,
  ...pubSubCases,
  ...scriptingCases,
  ...setsCases,
  ...stringsCases
]

/** Where a kind of key makes no sense. */
export const exempt: Exempt = {}
