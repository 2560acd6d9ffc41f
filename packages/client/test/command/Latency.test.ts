import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { latencyGoldens } from "./goldens/observation.ts"
import { answersWith } from "./outcomes.ts"

checkGoldens("what Latency constructors send and read", latencyGoldens)

describe("delays", () => {
  it("of no commands and no events nothing is asked, since a server would take all", () => {
    answersWith(commands.latencyHistogram([]), {})
    answersWith(commands.latencyReset([]), 0)
  })
})
