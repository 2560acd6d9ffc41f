import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { checkGoldens } from "./golden.ts"
import { transactionGoldens } from "./goldens/transactions.ts"
import { answersWith } from "./outcomes.ts"

checkGoldens("what Transactions constructors send and read", transactionGoldens)

describe("transactions", () => {
  it("all are known to change their connection", () => {
    for (const { command } of transactionGoldens) assert.isTrue(implOf(command).spec.connectionState, command.name)
  })

  it("no keys are watched without a call", () => {
    answersWith(commands.watch([]), undefined)
  })
})
