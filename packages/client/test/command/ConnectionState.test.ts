import { assert, describe, it } from "@effect/vitest"
import { connectionState } from "../../src/command/ConnectionState.ts"
import { traitsOf } from "../../src/command/knownNames.ts"
import { implOf } from "../../src/command/make.ts"

const words = [
  [connectionState.clientNoEvict(true), "CLIENT NO-EVICT ON"],
  [connectionState.clientNoTouch(false), "CLIENT NO-TOUCH OFF"],
  [connectionState.clientSetName("n"), "CLIENT SETNAME n"],
  [connectionState.readOnly(), "READONLY"],
  [connectionState.readWrite(), "READWRITE"],
  [connectionState.select(3), "SELECT 3"],
  [connectionState.unwatch(), "UNWATCH"],
  [connectionState.watch("a"), "WATCH a"],
  [connectionState.watch(["a", "b"]), "WATCH a b"]
] as const

describe("Commands that change their connection", () => {
  it.each(words)("%s", (command, sent) => {
    assert.strictEqual([command.name, ...command.args].join(" "), sent)
    assert.strictEqual(implOf(command).decode("OK"), undefined)
  })

  it("are known as such by their name, too", () => {
    for (const [command] of words) {
      assert.isTrue(implOf(command).spec.connectionState)
      assert.isTrue(traitsOf(command.name, command.args).connectionState, command.name)
    }
  })

  it("of WATCH every argument is a key, and there must be one", () => {
    assert.deepStrictEqual(connectionState.watch(["a", "b"]).keys, [0, 1])
    assert.isDefined(implOf(connectionState.watch([])).invalid)
  })
})
