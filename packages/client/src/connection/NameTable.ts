/**
 * Finds what belongs to a name by the bytes in which it arrives: no text is made of a channel's name for each message.
 *
 * @since 0.1.0
 */

/** A power of two. */
const INITIAL_BUCKETS = 16

/** FNV-1a, 32 bits: its prime and its first value (draft-eastlake-fnv). */
const FNV_PRIME = 0x01000193
const FNV_OFFSET = 0x811c9dc5

const hash = (bytes: Uint8Array, from: number, to: number): number => {
  let value = FNV_OFFSET
  for (let at = from; at < to; at++) value = Math.imul(value ^ bytes[at]!, FNV_PRIME)
  // The low bits choose the bucket.
  return value ^ (value >>> 15)
}

/** Names that differ do so at their end, mostly. */
const isName = (name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean => {
  const length = name.length
  if (length !== to - from) return false
  for (let at = length - 1; at >= 0; at--) {
    if (name[at] !== bytes[from + at]) return false
  }
  return true
}

interface Entry<T> {
  readonly name: Uint8Array
  readonly hash: number
  value: T
  next: Entry<T> | undefined
}

/**
 * A hash table from names to values.
 *
 * @category models
 * @since 0.1.0
 */
export class NameTable<T> {
  private buckets: Array<Entry<T> | undefined> = new Array(INITIAL_BUCKETS).fill(undefined)
  /** What was found last: messages of one channel come in runs. */
  private last: Entry<T> | undefined
  size = 0

  /** What belongs to the bytes `from` to `to`. */
  find(bytes: Uint8Array, from: number, to: number): T | undefined {
    const { last } = this
    if (last !== undefined && isName(last.name, bytes, from, to)) return last.value
    let entry = this.buckets[hash(bytes, from, to) & (this.buckets.length - 1)]
    while (entry !== undefined && !isName(entry.name, bytes, from, to)) entry = entry.next
    if (entry === undefined) return undefined
    this.last = entry
    return entry.value
  }

  get(name: Uint8Array): T | undefined {
    return this.find(name, 0, name.length)
  }

  set(name: Uint8Array, value: T): void {
    if (this.get(name) !== undefined) this.delete(name)
    if (this.size >= this.buckets.length) this.grow()
    this.add({ name, hash: hash(name, 0, name.length), value, next: undefined })
    this.size++
  }

  delete(name: Uint8Array): void {
    const bucket = hash(name, 0, name.length) & (this.buckets.length - 1)
    let before: Entry<T> | undefined
    let entry = this.buckets[bucket]
    while (entry !== undefined && !isName(entry.name, name, 0, name.length)) {
      before = entry
      entry = entry.next
    }
    if (entry === undefined) return
    if (before === undefined) this.buckets[bucket] = entry.next
    else before.next = entry.next
    this.last = undefined
    this.size--
  }

  private add(entry: Entry<T>): void {
    const bucket = entry.hash & (this.buckets.length - 1)
    entry.next = this.buckets[bucket]
    this.buckets[bucket] = entry
  }

  private grow(): void {
    const entries = this.buckets
    this.buckets = new Array<Entry<T> | undefined>(entries.length * 2).fill(undefined)
    for (let entry of entries) {
      while (entry !== undefined) {
        const { next }: Entry<T> = entry
        this.add(entry)
        entry = next
      }
    }
  }
}
