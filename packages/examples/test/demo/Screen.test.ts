import { assert, describe, it } from "@effect/vitest"
import { type Output, Screen } from "../../src/demo/Screen.ts"

const recorded = (tty: { readonly isTTY: boolean; readonly columns?: number }) => {
  const written: Array<string> = []
  const output = {
    ...tty,
    write: (text: string | Uint8Array) => {
      written.push(String(text))
      return true
    }
  }
  return { written, screen: new Screen(output as Output) }
}

describe("Screen", () => {
  it("rewrites the live line in place on a terminal, cut to its width, and keeps the last one above other lines", () => {
    const { screen, written } = recorded({ isTTY: true, columns: 6 })
    screen.line("head")
    screen.live("one")
    screen.live("second")
    screen.line("phase")
    screen.line("more")
    assert.strictEqual(written.join(""), "head\n\r\u001b[2Kone\r\u001b[2Ksecon\nphase\nmore\n")
  })

  it("writes a line each elsewhere", () => {
    const { screen, written } = recorded({ isTTY: false })
    screen.live("one")
    screen.live("two")
    screen.line("phase")
    assert.strictEqual(written.join(""), "one\ntwo\nphase\n")
  })
})
