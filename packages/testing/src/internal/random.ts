/**
 * Repeatable random numbers: mulberry32, which is small and good enough to spread delays.
 */

/** Spreads neighbouring seeds (2^32 divided by the golden ratio). */
const GOLDEN = 0x9e3779b9

/** Numbers from 0 (included) to 1; the same seed and stream give the same ones. */
export const randomOf = (seed: number, stream: number): (() => number) => {
  let state = (seed ^ Math.imul(stream, GOLDEN)) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
