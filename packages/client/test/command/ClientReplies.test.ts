import { assert, describe, it } from "@effect/vitest"
import { clientOfLine } from "../../src/command/ClientReplies.ts"

describe("what servers say of clients", () => {
  it("a line needs an id and an address", () => {
    assert.isUndefined(clientOfLine(""))
    assert.isUndefined(clientOfLine("id=x addr=h:1"))
    assert.isUndefined(clientOfLine("id=1"))
    assert.strictEqual(clientOfLine("id=1 addr=h:1\n")?.address, "h:1")
  })

  it("counters are numbers, and -1 stands for none", () => {
    const info = clientOfLine("id=1 addr=h:1 multi=3 redir=-1 watch=0")
    assert.strictEqual(info?.queued, 3)
    assert.isUndefined(info?.redirect)
    assert.strictEqual(info?.watched, 0)
  })

  it("a field without a name of ours is kept, and no name is special", () => {
    assert.hasAllKeys(clientOfLine("id=1 addr=h:1 __proto__=x io-thread=2")?.fields, [
      "id",
      "addr",
      "__proto__",
      "io-thread"
    ])
  })
})
