import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { streamPendingGoldens } from "./goldens/streamGroups.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what StreamPending constructors send and read", streamPendingGoldens)

describe("what is pending in consumer groups", () => {
  it("no ids answer without a call, or are refused where only the server knows the answer", () => {
    answersWith(commands.xAck("s", "g", []), 0)
    answersWith(commands.xAckDel("s", "g", []), [])
    answersWith(commands.xNack("s", "g", "FAIL", []), 0)
    refusedAt(commands.xClaim("s", "g", "c", 0, []), 4, /at least one id/)
    refusedAt(commands.xClaimJustId("s", "g", "c", 0, []), 4)
  })

  it("times are durations and instants, of which one is given", () => {
    refusedAt(commands.xClaim("s", "g", "c", -1, "1-0"), 3)
    refusedAt(commands.xClaim("s", "g", "c", 0, "1-0", untyped({ idle: 1, time: 1 })), undefined, /exclude/)
    refusedAt(commands.xClaim("s", "g", "c", 0, "1-0", { time: untyped("soon") }), 6)
    refusedAt(commands.xAutoClaim("s", "g", "c", untyped("soon"), "0"), 3)
    refusedAt(commands.xPendingRange("s", "g", "-", "+", 1, { minIdle: untyped("soon") }), 3)
  })

  it("options are known, and flags are booleans", () => {
    refusedAt(commands.xClaim("s", "g", "c", 0, "1-0", untyped({ force: 1 })), undefined, /force must be a boolean/)
    refusedAt(commands.xAutoClaim("s", "g", "c", 0, "0", untyped({ COUNT: 1 })), undefined, /unknown option COUNT/)
    refusedAt(commands.xPendingRange("s", "g", "-", "+", 1, untyped({ idle: 1 })), undefined, /unknown option idle/)
    refusedAt(commands.xNack("s", "g", "FAIL", "1-0", { retryCount: -1 }), undefined, /must not be negative/)
  })
})
