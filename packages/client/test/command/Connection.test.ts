import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { connectionGoldens } from "./goldens/connection.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Connection constructors send and read", connectionGoldens)

describe("connections", () => {
  it("to close connections, at least one filter must say which", () => {
    refusedAt(commands.clientKill({}), undefined, /at least one filter/)
    refusedAt(commands.clientKill({ skipMe: true }), undefined, /at least one filter/)
    refusedAt(commands.clientKill(untyped(undefined)), undefined, /at least one filter/)
    refusedAt(commands.clientKill(untyped({ ADDR: "h:1" })), undefined, /unknown option ADDR/)
    refusedAt(commands.clientKill({ maxAge: 1500 }), 1)
  })

  it("a list of no ids is empty, and type and ids exclude one another", () => {
    answersWith(commands.clientList({ ids: [] }), [])
    refusedAt(commands.clientList(untyped({ type: "normal", ids: [1] })), undefined, /exclude one another/)
  })

  it("a line that does not describe a client is no client", () => {
    assert.throws(() => decoded(commands.clientInfo(), "name=x", 3))
  })
})
