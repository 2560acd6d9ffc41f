/**
 * Seeded random numbers for whatever happens around the client. Each part of a simulation draws from a stream of its own, so that a change in
 * one of them does not give all the others another fate.
 */

/** FNV-1a, 32 bit: spreads a label over the state space of a generator, and sums up a trace. */
export const fnv = (text: string, start = 0x811c9dc5): number => {
  let hash = start
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

export class Rng {
  private state: number
  private readonly label: string

  constructor(seed: number, label: string) {
    this.label = `${seed}/${label}`
    this.state = fnv(this.label)
  }

  /** A stream that shares nothing with this one but the seed. */
  fork(label: string): Rng {
    return new Rng(0, `${this.label}/${label}`)
  }

  /** From 0 up to 1, without 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: ReadonlyArray<T>): T {
    const item = items[this.int(0, items.length - 1)]
    if (item === undefined) throw new RangeError("there is nothing to pick from")
    return item
  }

  /** One of the names, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as Array<[K, number]>
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0) return name
    }
    throw new RangeError("there is nothing to pick from")
  }
}
