import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { aclGoldens } from "./goldens/acl.ts"
import { answersWith, refusedAt } from "./outcomes.ts"

checkGoldens("what Acl constructors send and read", aclGoldens)

describe("users", () => {
  it("no users are deleted without a call", () => {
    answersWith(commands.aclDelUser([]), 0)
  })

  it("a password has 1 to 4096 bits, and a log a number of entries", () => {
    for (const bits of [0, 4097, 1.5, Number.NaN]) refusedAt(commands.aclGenPass(bits), 0, /4096/)
    for (const count of [-1, 1.5]) refusedAt(commands.aclLog(count), 0, /number of entries/)
  })
})
