import { assert, describe, it } from "@effect/vitest"
import { Liveness } from "../../src/connection/Liveness.ts"

const limits = { silence: 2000, probeTimeout: 1000 }

describe("Liveness", () => {
  it("counts the silence from the later of the last byte and the first waiting command", () => {
    const watch = new Liveness(limits)
    watch.onByte(100)
    assert.strictEqual(watch.onWaiting(5000), 7000)
    assert.deepStrictEqual(watch.check(6999, true), { action: "wait", next: 7000 })
    watch.onByte(6999)
    assert.deepStrictEqual(watch.check(7000, true), { action: "wait", next: 8999 })
    assert.strictEqual(watch.silentFor(8000), 1001)
  })

  it("says whether a byte ended a silence that was probed", () => {
    const watch = new Liveness(limits)
    assert.isFalse(watch.onByte(0))
    watch.onWaiting(0)
    watch.check(2000, true)
    assert.isTrue(watch.onByte(2100))
    assert.isFalse(watch.onByte(2200))
  })

  it("probes once, and gives up when the probe stays unanswered", () => {
    const watch = new Liveness(limits)
    watch.onWaiting(0)
    assert.deepStrictEqual(watch.check(2000, true), { action: "probe", next: 3000 })
    assert.isTrue(watch.isSilent)
    assert.deepStrictEqual(watch.check(2500, true), { action: "wait", next: 3000 })
    assert.strictEqual(watch.check(3000, true).action, "giveUp")
  })

  it("takes any byte for an answer", () => {
    const watch = new Liveness(limits)
    watch.onWaiting(0)
    watch.check(2000, true)
    watch.onByte(2900)
    assert.isFalse(watch.isSilent)
    assert.deepStrictEqual(watch.check(3000, true), { action: "wait", next: 4900 })
  })

  it("asks nothing while nothing waits, and never where it is switched off", () => {
    const watch = new Liveness(limits)
    assert.deepStrictEqual(watch.check(1e9, false), { action: "wait", next: Number.POSITIVE_INFINITY })
    const off = new Liveness({ silence: Number.POSITIVE_INFINITY, probeTimeout: 1000 })
    assert.deepStrictEqual(off.check(1e9, true), { action: "wait", next: Number.POSITIVE_INFINITY })
  })

  it("is quicker with a node that the cluster has replaced, until a byte comes", () => {
    const watch = new Liveness(limits)
    watch.onWaiting(0)
    watch.suspect()
    assert.deepStrictEqual(watch.check(1000, true), { action: "probe", next: 1100 })
    assert.strictEqual(watch.check(1100, true).action, "giveUp")
    watch.onByte(1100)
    assert.deepStrictEqual(watch.check(2100, true), { action: "wait", next: 3100 })
  })

  it("does not wait longer for a replaced node than the client's own limits say", () => {
    const watch = new Liveness({ silence: 300, probeTimeout: 50 })
    watch.onWaiting(0)
    watch.suspect()
    assert.deepStrictEqual(watch.check(300, true), { action: "probe", next: 350 })
  })
})
