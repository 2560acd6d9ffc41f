/**
 * Latencies in buckets that grow by a constant factor: every quantile is exact to 5 percent, whatever its size.
 */

/** Everything faster, in milliseconds, is one bucket. */
const SMALLEST = 0.01
const GROWTH = 1.05
const LOG_GROWTH = Math.log(GROWTH)
/** The last bucket begins at about 3 minutes. */
const BUCKETS = 350

export class Histogram {
  private readonly counts = new Uint32Array(BUCKETS)
  count = 0
  max = 0

  record(millis: number): void {
    const bucket = millis <= SMALLEST ? 0 : Math.ceil(Math.log(millis / SMALLEST) / LOG_GROWTH)
    this.counts[Math.min(bucket, BUCKETS - 1)]!++
    this.count++
    if (millis > this.max) this.max = millis
  }

  add(other: Histogram): void {
    for (const [bucket, count] of other.counts.entries()) this.counts[bucket]! += count
    this.count += other.count
    this.max = Math.max(this.max, other.max)
  }

  /** The latency, in milliseconds, that the part `q` (0 to 1) of all stayed below; 0 if there are none. */
  quantile(q: number): number {
    const rank = Math.max(1, Math.ceil(q * this.count))
    let seen = 0
    for (const [bucket, count] of this.counts.entries()) {
      seen += count
      if (seen >= rank) return Math.min(SMALLEST * GROWTH ** bucket, this.max)
    }
    return 0
  }
}
