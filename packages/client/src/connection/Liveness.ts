/**
 * Whether the server at the other end still lives. Any byte is life; silence while commands wait is answered by one probe, and an
 * unanswered probe ends the connection. Pure: it is told what happens and when, and says what to do.
 *
 * @since 0.1.0
 */

/**
 * A node that the cluster has replaced is probed after this silence and given up after that wait, if these are shorter than the client's
 * own limits (milliseconds): its peers have missed it for seconds. One that was replaced by order is alive, and may be busy with becoming a
 * replica.
 */
const SUSPECT_SILENCE = 1000
const SUSPECT_PROBE_TIMEOUT = 100

/**
 * What to do at a moment, and when to ask again (milliseconds of the client's clock; `Infinity` for never).
 *
 * @category models
 * @since 0.1.0
 */
export interface Verdict {
  readonly action: "wait" | "probe" | "giveUp"
  readonly next: number
}

/**
 * The watch over one connection.
 *
 * @category models
 * @since 0.1.0
 */
export class Liveness {
  private readonly silence: number
  private readonly probeTimeout: number
  private waitingSince = 0
  private probedAt: number | undefined
  private suspected = false
  /** When the last bytes came. */
  lastByteAt = 0

  /** Limits in milliseconds; a silence of `Infinity` never probes. */
  constructor(limits: { readonly silence: number; readonly probeTimeout: number }) {
    this.silence = limits.silence
    this.probeTimeout = limits.probeTimeout
  }

  /** Bytes came, or the stream was opened. Gives whether they end a silence that was probed. */
  onByte(now: number): boolean {
    const wasSilent = this.probedAt !== undefined
    this.lastByteAt = now
    this.probedAt = undefined
    this.suspected = false
    return wasSilent
  }

  /** The first command after a time without any was written. Gives when silence would be due. */
  onWaiting(now: number): number {
    this.waitingSince = now
    return now + this.silence
  }

  /** The cluster has replaced the node. */
  suspect(): void {
    this.suspected = true
  }

  /** Whether a probe stays unanswered so far. */
  get isSilent(): boolean {
    return this.probedAt !== undefined
  }

  /** For how long it has been silent while something waited. */
  silentFor(now: number): number {
    return now - Math.max(this.lastByteAt, this.waitingSince)
  }

  /** What to do now. `waiting` tells whether a written command has no reply yet. */
  check(now: number, waiting: boolean): Verdict {
    if (!waiting || this.silence === Number.POSITIVE_INFINITY) return { action: "wait", next: Number.POSITIVE_INFINITY }
    const probeTimeout = this.suspected ? Math.min(this.probeTimeout, SUSPECT_PROBE_TIMEOUT) : this.probeTimeout
    if (this.probedAt !== undefined) {
      const due = this.probedAt + probeTimeout
      return now < due ? { action: "wait", next: due } : { action: "giveUp", next: now + probeTimeout }
    }
    const silence = this.suspected ? Math.min(this.silence, SUSPECT_SILENCE) : this.silence
    const due = now - this.silentFor(now) + silence
    if (now < due) return { action: "wait", next: due }
    this.probedAt = now
    return { action: "probe", next: now + probeTimeout }
  }
}
