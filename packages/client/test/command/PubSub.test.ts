import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { pubSubGoldens } from "./goldens/pubSub.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what PubSub constructors send and read", pubSubGoldens)

describe("channels", () => {
  it("no channels have no subscribers, without a call", () => {
    answersWith(commands.pubSubNumSub([]), [])
    answersWith(commands.pubSubShardNumSub([]), [])
  })

  it("channels and messages that are none are refused with their position", () => {
    refusedAt(commands.publish("c", untyped(undefined)), 1)
    refusedAt(commands.pubSubNumSub(untyped(["a", null])), 1)
  })
})
