import { assert, describe, it } from "@effect/vitest"
import { RespError } from "@reef-redis/client/protocol"
import { Answer } from "../src/Answer.ts"

describe("Answer", () => {
  it("writes redirects as servers do", () => {
    const node = { host: "10.0.0.1", port: 7_000 }
    assert.deepStrictEqual(Answer.moved(12, node), {
      _tag: "Reply",
      value: new RespError("MOVED 12 10.0.0.1:7000")
    })
    assert.deepStrictEqual(Answer.ask(12, node), { _tag: "Reply", value: new RespError("ASK 12 10.0.0.1:7000") })
  })

  it("is silent by answering nothing", () => {
    assert.deepStrictEqual(Answer.silence, Answer.all())
  })

  it("closes in order unless asked otherwise", () => {
    assert.deepStrictEqual(Answer.close(), { _tag: "Close", how: "end" })
  })
})
