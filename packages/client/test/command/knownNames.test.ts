import { assert, describe, it } from "@effect/vitest"
import type { Argument } from "../../src/command/CommandSpec.ts"
import { traitsOf } from "../../src/command/knownNames.ts"
import { bytes } from "./golden.ts"

const blocking = (name: string, args: ReadonlyArray<Argument>): number | undefined =>
  traitsOf(name, args).blocking?.(args)

describe("what the name of a command tells", () => {
  it.each([
    "SELECT",
    "MULTI",
    "EXEC",
    "DISCARD",
    "WATCH",
    "UNWATCH",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "PSUBSCRIBE",
    "PUNSUBSCRIBE",
    "SSUBSCRIBE",
    "SUNSUBSCRIBE",
    "MONITOR",
    "HELLO",
    "RESET",
    "QUIT",
    "READONLY",
    "READWRITE",
    "ASKING",
    "AUTH",
    "SYNC",
    "PSYNC",
    "CLIENT REPLY",
    "CLIENT TRACKING",
    "CLIENT SETNAME"
  ])("%s changes its connection", (name) => {
    assert.isTrue(traitsOf(name, []).connectionState)
  })

  it("a subcommand may be the first argument, in any letter case and form", () => {
    assert.isTrue(traitsOf("CLIENT", ["reply", "OFF"]).connectionState)
    assert.isTrue(traitsOf("CLIENT", [bytes("Tracking"), "ON"]).connectionState)
    assert.isTrue(traitsOf("SCRIPT", ["DEBUG", "YES"]).connectionState)
    assert.isFalse(traitsOf("CLIENT", ["LIST"]).connectionState)
    assert.isFalse(traitsOf("CLIENT", []).connectionState)
  })

  it("other commands do not change their connection", () => {
    for (const name of ["GET", "PUBLISH", "CLIENT LIST", "CLIENT KILL", "SCRIPT LOAD", "CLUSTER RESET", "FT.SEARCH"]) {
      assert.isFalse(traitsOf(name, ["SELECT"]).connectionState, name)
    }
  })

  it("scripts and functions may fail half-way, unless they cannot write", () => {
    for (const name of ["EVAL", "EVALSHA", "FCALL"]) assert.isTrue(traitsOf(name, []).script)
    for (const name of ["EVAL_RO", "EVALSHA_RO", "FCALL_RO", "SCRIPT LOAD"]) assert.isFalse(traitsOf(name, []).script)
  })

  it("commands that wait tell for how long", () => {
    assert.strictEqual(blocking("BLPOP", ["a", "b", "1.5"]), 1500)
    assert.strictEqual(blocking("BRPOP", ["a", 0]), Number.POSITIVE_INFINITY)
    assert.strictEqual(blocking("BLMOVE", ["a", "b", "LEFT", "RIGHT", "2"]), 2000)
    assert.strictEqual(blocking("BLMOVEM", ["a", "b", "LEFT", "RIGHT", "2", "COUNT", "3", "OBO"]), 2000)
    assert.strictEqual(blocking("BRPOPLPUSH", ["a", "b", 3]), 3000)
    assert.strictEqual(blocking("BLMPOP", [4, 1, "a", "LEFT"]), 4000)
    assert.strictEqual(blocking("BZMPOP", [4, 1, "a", "MIN"]), 4000)
    assert.strictEqual(blocking("BZPOPMIN", ["a", 5]), 5000)
    assert.strictEqual(blocking("BZPOPMAX", ["a", 5]), 5000)
    assert.strictEqual(blocking("WAIT", [1, 250]), 250)
    assert.strictEqual(blocking("WAITAOF", [1, 1, 250]), 250)
    assert.isUndefined(blocking("LPOP", ["a"]))
  })

  it("reading streams waits only with BLOCK, and not for what is called so", () => {
    assert.strictEqual(blocking("XREAD", ["COUNT", 2, "block", "100", "STREAMS", "s", "$"]), 100)
    assert.strictEqual(
      blocking("XREADGROUP", ["GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">"]),
      Number.POSITIVE_INFINITY
    )
    assert.isUndefined(blocking("XREAD", ["STREAMS", "BLOCK", "0"]))
    assert.isUndefined(blocking("XREADGROUP", ["GROUP", "BLOCK", "BLOCK", "STREAMS", "s", ">"]))
  })
})
