// The arithmetic of the comparison: medians and bootstrap intervals. Pure and repeatable (the generator is seeded), so
// that the same figures always give the same report.

/** Resamples of one bootstrap: enough for the third digit of a 95 % interval to stand still. */
export const RESAMPLES = 10_000

/** Share of resampled medians that the interval holds. */
export const CONFIDENCE = 0.95

/** A median with the ends of its bootstrap interval. */
export interface Estimate {
  readonly median: number
  readonly low: number
  readonly high: number
}

const middleOfSorted = (sorted: ArrayLike<number>): number => {
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** The median; `NaN` for no values. */
export const median = (values: ReadonlyArray<number>): number =>
  values.length === 0 ? Number.NaN : middleOfSorted(Float64Array.from(values).sort())

/** Quantile `p` (0 to 1) of sorted values, interpolated between neighbours. */
export const quantile = (sorted: ArrayLike<number>, p: number): number => {
  if (sorted.length === 0) return Number.NaN
  const at = p * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (at - below)
}

/** A seeded generator of numbers in [0, 1): a 32-bit counter through two rounds of multiply-and-shift mixing. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 0x1_0000_0000
  }
}

/** The median of the values with its percentile-bootstrap interval. */
export const bootstrapMedian = (
  values: ReadonlyArray<number>,
  options: { readonly resamples?: number; readonly confidence?: number; readonly seed?: number } = {}
): Estimate => {
  const { resamples = RESAMPLES, confidence = CONFIDENCE, seed = 1 } = options
  const random = randomFrom(seed)
  const medians = new Float64Array(resamples)
  const draw = new Float64Array(values.length)
  for (let i = 0; i < resamples; i++) {
    for (let j = 0; j < draw.length; j++) draw[j] = values[Math.floor(random() * values.length)]!
    medians[i] = values.length === 0 ? Number.NaN : middleOfSorted(draw.sort())
  }
  medians.sort()
  const tail = (1 - confidence) / 2
  return { median: median(values), low: quantile(medians, tail), high: quantile(medians, 1 - tail) }
}
