import { assert, describe, it } from "@effect/vitest"
import { RespError, type SeenCommand } from "@reef-redis/testing"
import { WireWatch } from "../../src/account/WireWatch.ts"

const seen = (name: string, ...keys: ReadonlyArray<string>): SeenCommand => ({ number: 1, name, args: [], keys })

describe("the watch over the wire", () => {
  it("counts error replies by their first word", () => {
    const watch = new WireWatch(() => undefined)
    for (const message of ["MOVED 7 127.0.0.1:1", "MOVED 8 127.0.0.1:1", "TRYAGAIN Multiple keys"]) {
      watch.look({ moment: "reply", connection: 1, command: undefined, value: new RespError(message) })
    }
    watch.look({ moment: "reply", connection: 1, command: undefined, value: "OK" })
    assert.deepStrictEqual(watch.errors, { MOVED: 2, TRYAGAIN: 1 })
  })

  it("lets ASKING be spent on a slot that a server has asked it for, and on no other", () => {
    const watch = new WireWatch((slot) => (slot === 7 ? "a" : undefined))
    const command = (...words: Parameters<typeof seen>) =>
      watch.look({ moment: "command", connection: 1, command: seen(...words), value: "" })
    command("ASKING")
    command("INCR", "count:{a}")
    assert.lengthOf(watch.asking.misspent, 1)
    watch.look({ moment: "reply", connection: 2, command: undefined, value: new RespError("ASK 7 127.0.0.1:1") })
    command("ASKING")
    command("INCR", "count:{a}")
    assert.lengthOf(watch.asking.misspent, 1)
    assert.strictEqual(watch.asking.seen, 2)
  })
})
