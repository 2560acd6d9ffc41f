/**
 * Seeded randomness, so that a run's choices can be repeated.
 */

/** A number from 0 up to, but not including, 1. */
export type Random = () => number

const INCREMENT = 0x6d2b79f5
const RANGE = 2 ** 32

/** The generator mulberry32: small, fast, and good enough to choose keys by. */
export const makeRandom = (seed: number): Random => {
  let state = seed | 0
  return () => {
    state = (state + INCREMENT) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / RANGE
  }
}

/** One of `items`, which are not empty. */
export const pick = <A>(random: Random, items: ReadonlyArray<A>): A => items[Math.floor(random() * items.length)]!

/** The items in another order. */
export const shuffle = <A>(random: Random, items: ReadonlyArray<A>): ReadonlyArray<A> => {
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const item = shuffled[i]!
    shuffled[i] = shuffled[j]!
    shuffled[j] = item
  }
  return shuffled
}
