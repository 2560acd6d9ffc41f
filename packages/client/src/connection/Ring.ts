/**
 * A queue in a circular array: what was sent is answered in order, so the hot path needs `push` and `shift` without garbage.
 *
 * @since 0.1.0
 */

/** A power of two, so that positions wrap with a mask. */
const INITIAL_CAPACITY = 64

/**
 * A growable FIFO.
 *
 * @category models
 * @since 0.1.0
 */
export class Ring<T> {
  private items: Array<T | undefined> = new Array(INITIAL_CAPACITY).fill(undefined)
  private mask = INITIAL_CAPACITY - 1
  private head = 0
  /** How many are in it. */
  size = 0

  push(item: T): void {
    if (this.size > this.mask) this.grow()
    this.items[(this.head + this.size) & this.mask] = item
    this.size++
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined
    const item = this.items[this.head]
    this.items[this.head] = undefined
    this.head = (this.head + 1) & this.mask
    this.size--
    return item
  }

  peek(): T | undefined {
    return this.size === 0 ? undefined : this.items[this.head]
  }

  /** The one at a place, counted from the oldest. */
  at(place: number): T {
    return this.items[(this.head + place) & this.mask] as T
  }

  /** Put another one at a place. */
  put(place: number, item: T): void {
    this.items[(this.head + place) & this.mask] = item
  }

  /** Keep only the oldest `size`. */
  truncate(size: number): void {
    for (let place = size; place < this.size; place++) this.items[(this.head + place) & this.mask] = undefined
    this.size = size
  }

  /** Visit all, oldest first. */
  forEach(visit: (item: T) => void): void {
    for (let i = 0; i < this.size; i++) visit(this.items[(this.head + i) & this.mask] as T)
  }

  /** Empty it and give what was in it, oldest first. */
  drain(): Array<T> {
    const all: Array<T> = []
    for (let item = this.shift(); item !== undefined; item = this.shift()) all.push(item)
    return all
  }

  private grow(): void {
    const items = new Array<T | undefined>(this.items.length * 2).fill(undefined)
    for (let i = 0; i < this.size; i++) items[i] = this.items[(this.head + i) & this.mask]
    this.items = items
    this.mask = items.length - 1
    this.head = 0
  }
}
