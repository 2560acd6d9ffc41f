import { assert, describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { clientGoldens } from "./goldens/clients.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Clients constructors send and read", clientGoldens)

describe("clients", () => {
  it("to close connections, at least one filter must say which", () => {
    refusedAt(commands.clientKill({}), undefined, /at least one filter/)
    refusedAt(commands.clientKill({ skipMe: true }), undefined, /at least one filter/)
    refusedAt(commands.clientKill({ not: {} }), undefined, /at least one filter/)
    refusedAt(commands.clientKill({ not: { ids: [] } }), undefined, /at least one filter/)
    refusedAt(commands.clientKill(untyped(undefined)), undefined, /at least one filter/)
    refusedAt(commands.clientKill(untyped({ ADDR: "h:1" })), undefined, /unknown option ADDR/)
    refusedAt(commands.clientKill(untyped({ not: { maxAge: 1 } })), undefined, /unknown option maxAge/)
    refusedAt(commands.clientKill({ maxAge: 1500 }), 1)
  })

  it("of no ids there are no clients", () => {
    answersWith(commands.clientList({ ids: [] }), [])
    answersWith(commands.clientKill({ ids: [], type: "normal" }), 0)
  })

  it("a line that does not describe a client is no client", () => {
    assert.throws(() => decoded(commands.clientInfo(), "name=x", 3))
    assert.throws(() => decoded(commands.clientList(), "id=1 name=x\n", 3))
  })
})
