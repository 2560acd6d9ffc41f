/** The spelling of doubles and big numbers as a state machine, so that the first wrong byte is known at any split of the stream. */

const WRONG = 0

/** Before the first byte of a double (`1.5e+3`, `inf`, `-inf`, `nan`). */
export const DOUBLE_START = 1
/** Before the first byte of a big number (`-123`). */
export const BIG_NUMBER_START = 2

const SIGNED = 3
const INTEGRAL = 4
const POINT = 5
const FRACTION = 6
const EXPONENT = 7
const EXPONENT_SIGNED = 8
const EXPONENT_DIGITS = 9
const I = 10
const IN = 11
const INF = 12
const N = 13
const NA = 14
const NAN = 15
const BIG_SIGNED = 16
const BIG_DIGITS = 17
const STATES = 18
const BYTES = 256

const DIGITS = "0123456789"

// `-nan` is not in the specification, but is what servers printed through the C library before they normalised it.
const rules: ReadonlyArray<readonly [from: number, characters: string, to: number]> = [
  [DOUBLE_START, "+-", SIGNED],
  [DOUBLE_START, DIGITS, INTEGRAL],
  [DOUBLE_START, "i", I],
  [DOUBLE_START, "n", N],
  [SIGNED, DIGITS, INTEGRAL],
  [SIGNED, "i", I],
  [SIGNED, "n", N],
  [INTEGRAL, DIGITS, INTEGRAL],
  [INTEGRAL, ".", POINT],
  [INTEGRAL, "eE", EXPONENT],
  [POINT, DIGITS, FRACTION],
  [FRACTION, DIGITS, FRACTION],
  [FRACTION, "eE", EXPONENT],
  [EXPONENT, "+-", EXPONENT_SIGNED],
  [EXPONENT, DIGITS, EXPONENT_DIGITS],
  [EXPONENT_SIGNED, DIGITS, EXPONENT_DIGITS],
  [EXPONENT_DIGITS, DIGITS, EXPONENT_DIGITS],
  [I, "n", IN],
  [IN, "f", INF],
  [N, "a", NA],
  [NA, "n", NAN],
  [BIG_NUMBER_START, "+-", BIG_SIGNED],
  [BIG_NUMBER_START, DIGITS, BIG_DIGITS],
  [BIG_SIGNED, DIGITS, BIG_DIGITS],
  [BIG_DIGITS, DIGITS, BIG_DIGITS]
]

const transitions = /* @__PURE__ */ (() => {
  const table = new Uint8Array(STATES * BYTES)
  for (const [from, characters, to] of rules) {
    for (let i = 0; i < characters.length; i++) table[from * BYTES + characters.charCodeAt(i)] = to
  }
  return table
})()

/** The state after `byte`, or 0 if no number goes on like this. */
export const advance = (state: number, byte: number): number => transitions[state * BYTES + byte] ?? WRONG

/** Whether a number may end in this state. */
export const isComplete = (state: number): boolean =>
  state === INTEGRAL ||
  state === FRACTION ||
  state === EXPONENT_DIGITS ||
  state === INF ||
  state === NAN ||
  state === BIG_DIGITS

/** The value of a double that the grammar accepted. */
export const toDouble = (text: string): number => {
  if (text.endsWith("inf")) return text.startsWith("-") ? -Infinity : Infinity
  return text.endsWith("nan") ? NaN : Number(text)
}
