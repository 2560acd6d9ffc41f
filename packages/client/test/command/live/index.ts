import { bytesCases } from "./bytes.ts"
import { connectionCases } from "./connection.ts"
import type { Exempt, LiveCase } from "./frame.ts"
import { hashesCases } from "./hashes.ts"
import { keysCases } from "./keys.ts"
import { listsCases } from "./lists.ts"
import { scriptingCases } from "./scripting.ts"
import { serverCases } from "./server.ts"
import { setsCases } from "./sets.ts"
import { stringsCases } from "./strings.ts"

/** The cases of all groups, for a server alone. */
export const liveCases: ReadonlyArray<LiveCase> = [
  ...bytesCases,
  ...connectionCases,
  ...hashesCases,
  ...keysCases,
  ...listsCases,
  ...scriptingCases,
  ...serverCases,
  ...setsCases,
  ...stringsCases
]

/** Where a kind of key makes no sense. */
export const exempt: Exempt = {}
