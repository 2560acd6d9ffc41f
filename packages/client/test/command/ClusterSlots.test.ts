import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { clusterSlotGoldens } from "./goldens/clusterSlots.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what ClusterSlots constructors send and read", clusterSlotGoldens)

describe("slots", () => {
  it("a move of nothing needs no call, one without slots is refused", () => {
    answersWith(commands.clusterMigrateSlots([]), undefined)
    refusedAt(commands.clusterMigrateSlots({ slots: [], nodeId: "a" }), undefined, /at least one range/)
    refusedAt(commands.clusterMigrateSlots(untyped([null])), undefined, /at least one range/)
    refusedAt(commands.clusterMigrationImport([]), undefined, /at least one range/)
    refusedAt(commands.clusterMigrationImport(untyped({ start: 1 })), 2)
  })

  it("statistics are of a range or in an order, never both and never neither", () => {
    const range = { start: 0, end: 1 }
    refusedAt(commands.clusterSlotStats(untyped({})), undefined, /expected a range, or orderBy/)
    refusedAt(commands.clusterSlotStats(untyped(undefined)), undefined, /expected a range, or orderBy/)
    refusedAt(commands.clusterSlotStats(untyped({ range, orderBy: "key-count" })), undefined, /excludes/)
    refusedAt(commands.clusterSlotStats(untyped({ range, limit: 1 })), undefined, /excludes/)
    refusedAt(commands.clusterSlotStats(untyped({ range, order: "ASC" })), undefined, /excludes/)
    refusedAt(commands.clusterSlotStats(untyped({ range, order: "ASC", desc: true })), undefined, /unknown option desc/)
    refusedAt(commands.clusterSlotStats(untyped({ range: null })), 1)
  })

  it("options of a scan are checked", () => {
    refusedAt(commands.clusterScan("0", untyped({ slots: 1 })), undefined, /unknown option slots/)
  })
})
