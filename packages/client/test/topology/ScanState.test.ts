import { assert, describe, it } from "@effect/vitest"
import { isScanned, parseScanToken, type ScanState, scanStart, scanToken } from "../../src/topology/ScanState.ts"
import { noSlots, SlotSet } from "../../src/topology/SlotSet.ts"

const pass = {
  node: "0123456789abcdef0123456789abcdef01234567",
  run: "fedcba9876543210fedcba9876543210fedcba98",
  epoch: 12,
  slots: SlotSet.where((slot) => slot >= 5_461 && slot < 10_923),
  cursor: "18446744073709551615"
}
const midway: ScanState = { done: SlotSet.where((slot) => slot < 5_461), pass }

const readable = (state: ScanState | string) =>
  typeof state === "string"
    ? state
    : { done: state.done.toString(), pass: state.pass && { ...state.pass, slots: state.pass.slots.toString() } }

describe("The token of a scan", () => {
  it("gives the state back", () => {
    const states = [
      scanStart,
      midway,
      { ...midway, pass: { ...pass, cursor: undefined } },
      { ...midway, pass: undefined }
    ]
    for (const state of states) {
      const token = scanToken(state, "what")
      assert.match(token, /^reef-scan\.1\.[0-9a-zA-Z_.-]*$/)
      assert.deepStrictEqual(readable(parseScanToken(token, "what")), readable(state))
    }
  })

  it("is short in a quiet cluster, and bounded in any", () => {
    assert.isBelow(scanToken(midway, "what").length, 160)
    const worst = SlotSet.where((slot) => slot % 2 === 0)
    const token = scanToken({ done: worst, pass: { ...pass, run: "z".repeat(64), slots: worst } }, "what")
    assert.isAtMost(token.length, 8_500)
    assert.isObject(parseScanToken(token, "what"))
  })

  it("is of use for the same scan only, and of one version", () => {
    const token = scanToken(midway, "what")
    assert.match(String(parseScanToken(token, "else")), /something else/)
    assert.match(String(parseScanToken(token.replace(".1.", ".2."), "what")), /version 2/)
  })

  it("is refused with any character changed, left out or added", () => {
    const token = scanToken(midway, "what")
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "1" ? "3" : "1"
      assert.isString(parseScanToken(token.slice(0, at) + other + token.slice(at + 1), "what"), `changed at ${at}`)
      assert.isString(parseScanToken(token.slice(0, at) + token.slice(at + 1), "what"), `without ${at}`)
      assert.isString(parseScanToken(token.slice(0, at), "what"), `cut at ${at}`)
    }
    for (const other of [`${token}.`, ` ${token}`, "", "0", undefined, 7, `reef-scan.${"1".repeat(9_000)}`]) {
      assert.isString(parseScanToken(other, "what"))
    }
  })

  it("of a scan that has all slots says so", () => {
    assert.isFalse(isScanned(midway))
    assert.isTrue(isScanned({ done: SlotSet.where(() => true), pass: undefined }))
    assert.isFalse(isScanned({ done: noSlots, pass: undefined }))
  })
})
