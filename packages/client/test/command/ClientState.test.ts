import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { clientStateGoldens } from "./goldens/clients.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what ClientState constructors send and read", clientStateGoldens)

describe("the state of a connection", () => {
  it("ways of tracking exclude one another, and prefixes belong to one of them", () => {
    refusedAt(commands.clientTracking(true, untyped({ optIn: true, optOut: true })), undefined, /exclude one another/)
    refusedAt(commands.clientTracking(true, untyped({ optIn: true, broadcast: true })), undefined, /exclude/)
    refusedAt(commands.clientTracking(true, untyped({ prefixes: ["a"] })), undefined, /prefixes need broadcast/)
    refusedAt(commands.clientTracking(false, { noLoop: true }), undefined, /tracking that is on/)
    refusedAt(commands.clientTracking(true, untyped({ bcast: true })), undefined, /unknown option bcast/)
  })

  it("no capability is none", () => {
    refusedAt(commands.clientCapa([]), 0, /at least one/)
  })
})
