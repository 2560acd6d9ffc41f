import { assert, describe, it } from "@effect/vitest"
import { ByteCollector } from "../../../src/protocol/internal/byteCollector.ts"
import { IntegerScanner, LengthScanner, TextScanner } from "../../../src/protocol/internal/lineScanner.ts"
import { BIG_NUMBER_START } from "../../../src/protocol/internal/numberGrammar.ts"
import { portableTextCodec } from "../../../src/protocol/TextCodec.ts"
import { singly, utf8 } from "../recorder.ts"

interface Scanner {
  readonly done: boolean
  readonly detail: string
  readonly value: unknown
  scan(chunk: Uint8Array, start: number, end: number): number
}

/** The value and where the line ended, or the index of the malformed byte: the same whole and byte by byte. */
const scan = (begin: () => Scanner, line: string): unknown => {
  const bytes = utf8(line)
  const whole = begin()
  const end = whole.scan(bytes, 0, bytes.length)
  const result = end < 0 ? { malformed: ~end } : { value: whole.value, end, done: whole.done }
  const slow = begin()
  let at = 0
  for (const chunk of singly(bytes)) {
    const next = slow.scan(chunk, 0, 1)
    if (next < 0) {
      assert.deepStrictEqual({ malformed: at }, result)
      return result
    }
    if (slow.done) break
    at++
  }
  assert.deepStrictEqual({ value: slow.value, end: at, done: slow.done }, result)
  return result
}

describe("LengthScanner", () => {
  const begin = (max: number, nullable: boolean, streamable: boolean) => () => {
    const scanner = new LengthScanner()
    scanner.begin(max, nullable, streamable)
    return scanner
  }

  it("reads a length up to its CR and leaves that", () => {
    assert.deepStrictEqual(scan(begin(99, false, false), "42\r\n"), { value: 42, end: 2, done: true })
    assert.deepStrictEqual(scan(begin(99, false, false), "42"), { value: 42, end: 2, done: false })
  })

  it("knows nulls and streamed forms only where they are allowed", () => {
    const { NULL_LENGTH, STREAMED_LENGTH } = LengthScanner
    assert.deepStrictEqual(scan(begin(99, true, false), "-1\r"), { value: NULL_LENGTH, end: 2, done: true })
    assert.deepStrictEqual(scan(begin(99, false, false), "-1\r"), { malformed: 0 })
    assert.deepStrictEqual(scan(begin(99, false, true), "?\r"), { value: STREAMED_LENGTH, end: 1, done: true })
    assert.deepStrictEqual(scan(begin(99, true, false), "?\r"), { malformed: 0 })
  })

  it("stops at the digit with which its limit is exceeded", () => {
    assert.deepStrictEqual(scan(begin(99, false, false), "99\r"), { value: 99, end: 2, done: true })
    assert.deepStrictEqual(scan(begin(99, false, false), "1000\r"), { malformed: 2 })
  })
})

describe("IntegerScanner", () => {
  const begin = () => {
    const scanner = new IntegerScanner()
    scanner.begin()
    return scanner
  }

  it("reads every power of two of 64 bits exactly, and its neighbours", () => {
    for (let exponent = 0n; exponent <= 63n; exponent++) {
      for (const near of [-1n, 0n, 1n]) {
        for (const sign of [1n, -1n]) {
          const exact = sign * (2n ** exponent + near)
          if (exact > 2n ** 63n - 1n || exact < -(2n ** 63n)) continue
          const value = Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
          assert.deepStrictEqual(scan(begin, `${exact}\r`), { value, end: `${exact}`.length, done: true })
        }
      }
    }
  })

  it("stops at the first byte that no integer of 64 bits has", () => {
    assert.deepStrictEqual(scan(begin, "9223372036854775808\r"), { malformed: 18 })
    assert.deepStrictEqual(scan(begin, "--1\r"), { malformed: 1 })
    assert.deepStrictEqual(scan(begin, "1 \r"), { malformed: 1 })
  })
})

describe("TextScanner", () => {
  const begin =
    (grammar: number, maxBytes = 20) =>
    () => {
      const scanner = new TextScanner(portableTextCodec, new ByteCollector(), maxBytes)
      scanner.begin(grammar)
      return scanner
    }

  it("reads text up to its CR, characters of several bytes too", () => {
    assert.deepStrictEqual(scan(begin(0), "é€😀\r\n"), { value: "é€😀", end: 9, done: true })
    assert.deepStrictEqual(scan(begin(0), "\r"), { value: "", end: 0, done: true })
    assert.deepStrictEqual(scan(begin(0), "unfinished"), { value: "", end: 10, done: false })
  })

  it("reads a number by its grammar", () => {
    assert.deepStrictEqual(scan(begin(BIG_NUMBER_START), "-123\r"), { value: "-123", end: 4, done: true })
    assert.deepStrictEqual(scan(begin(BIG_NUMBER_START), "12x\r"), { malformed: 2 })
    assert.deepStrictEqual(scan(begin(BIG_NUMBER_START), "-\r"), { malformed: 1 })
  })

  it("stops at the byte behind its limit", () => {
    assert.deepStrictEqual(scan(begin(0, 4), "1234\r"), { value: "1234", end: 4, done: true })
    assert.deepStrictEqual(scan(begin(0, 4), "12345\r"), { malformed: 4 })
  })
})
