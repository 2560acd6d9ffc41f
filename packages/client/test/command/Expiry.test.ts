import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { type Argument, defineSpec } from "../../src/command/CommandSpec.ts"
import {
  expireRetry,
  expireTimeMillis,
  expireTimeSeconds,
  pushExpiry,
  ttlMillis,
  ttlSeconds,
  whenProblem
} from "../../src/command/Expiry.ts"
import { DecodeMismatch } from "../../src/command/Reply.ts"
import { untyped } from "./outcomes.ts"

const pushed = (options: Parameters<typeof pushExpiry>[1]): ReadonlyArray<Argument> | string => {
  const args: Array<Argument> = []
  return pushExpiry(args, options) ?? args
}

describe("how long things live", () => {
  it("each option has its words", () => {
    assert.deepStrictEqual(pushed(undefined), [])
    assert.deepStrictEqual(pushed({ keepTtl: false }), [])
    assert.deepStrictEqual(pushed({ expiry: "1 second" }), ["PX", 1000])
    assert.deepStrictEqual(pushed({ expireAt: 5 }), ["PXAT", 5])
    assert.deepStrictEqual(pushed({ keepTtl: true }), ["KEEPTTL"])
    assert.deepStrictEqual(pushed({ persist: true }), ["PERSIST"])
  })

  it("two at once are a problem", () => {
    assert.match(String(pushed(untyped({ expiry: 1, expireAt: 1 }))), /exclude one another/)
    assert.match(String(pushed(untyped({ persist: true, expireAt: 1 }))), /exclude one another/)
  })

  it("a condition that the first run makes false itself forbids a second one", () => {
    for (const condition of ["NX", "GT", "LT"]) assert.strictEqual(expireRetry(condition), "never")
    for (const condition of [undefined, "XX", "FIELDS"]) assert.strictEqual(expireRetry(condition), "lastWriteWins")
  })

  it("remaining times are durations, infinite without an end, undefined for nothing", () => {
    assert.deepStrictEqual(ttlSeconds.text(5), Duration.seconds(5))
    assert.deepStrictEqual(ttlMillis.bytes(5), Duration.millis(5))
    assert.strictEqual(ttlMillis.text(-1), Duration.infinity)
    assert.isUndefined(ttlMillis.text(-2))
  })

  it("ends are instants", () => {
    const instant = DateTime.makeUnsafe(5000)
    assert.deepStrictEqual(expireTimeSeconds.text(5), instant)
    assert.deepStrictEqual(expireTimeMillis.text(5000), instant)
    assert.strictEqual(expireTimeSeconds.text(-1), "persistent")
    assert.isUndefined(expireTimeSeconds.text(-2))
  })

  it("what no server says is no time", () => {
    for (const value of [-3, "5", undefined, 2n ** 60n]) {
      assert.throws(() => {
        try {
          ttlMillis.text(value)
        } catch (error) {
          assert.instanceOf(error, DecodeMismatch)
          throw new Error("mismatch")
        }
      }, "mismatch")
    }
  })

  it("a refused time says what would be taken", () => {
    const named = (name: string) => whenProblem(defineSpec({ name, keys: "first", retry: "never" }))
    assert.match(named("HEXPIRE"), /whole seconds/)
    assert.match(named("EXPIREAT"), /whole seconds/)
    assert.notMatch(named("PEXPIRE"), /whole seconds/)
    assert.notMatch(named("HPEXPIREAT"), /whole seconds/)
  })
})
