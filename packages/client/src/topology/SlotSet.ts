/**
 * A set of hash slots as an immutable bitmap, and as text of bounded size.
 *
 * @since 0.1.0
 */
import { SLOT_COUNT } from "./Slot.ts"

const WORD_BITS = 32
const WORDS = SLOT_COUNT / WORD_BITS
/** Digits of the text: a slot takes three of them at most. */
const RADIX = 36
/** Each hexadecimal digit stands for four slots. */
const SLOTS_PER_DIGIT = 4
const BITMAP_DIGITS = SLOT_COUNT / SLOTS_PER_DIGIT
/** No run begins so. */
const BITMAP_MARK = "-"

/**
 * The set.
 *
 * @category models
 * @since 0.1.0
 */
export class SlotSet {
  private readonly words: Uint32Array
  readonly size: number
  private text: string | undefined

  private constructor(words: Uint32Array) {
    this.words = words
    let size = 0
    for (let slot = 0; slot < SLOT_COUNT; slot++) if (contains(words, slot)) size++
    this.size = size
  }

  /** The slots for which the test holds. */
  static where(test: (slot: number) => boolean): SlotSet {
    const words = new Uint32Array(WORDS)
    for (let slot = 0; slot < SLOT_COUNT; slot++) if (test(slot)) put(words, slot)
    return new SlotSet(words)
  }

  /** The set that `toString` wrote, or `undefined` for any other text. */
  static parse(text: string): SlotSet | undefined {
    const words = new Uint32Array(WORDS)
    if (text.startsWith(BITMAP_MARK)) {
      if (text.length !== BITMAP_DIGITS + 1 || !/^[0-9a-f]*$/.test(text.slice(1))) return undefined
      for (let slot = 0; slot < SLOT_COUNT; slot++) {
        const digit = Number.parseInt(text[1 + Math.trunc(slot / SLOTS_PER_DIGIT)]!, 16)
        if ((digit >>> (slot % SLOTS_PER_DIGIT)) % 2 === 1) put(words, slot)
      }
      return new SlotSet(words)
    }
    for (const run of text === "" ? [] : text.split("_")) {
      const ends = /^([0-9a-z]{1,3})(?:-([0-9a-z]{1,3}))?$/.exec(run)
      const first = Number.parseInt(ends?.[1] ?? "", RADIX)
      const last = Number.parseInt(ends?.[2] ?? ends?.[1] ?? "", RADIX)
      if (!(first <= last && last < SLOT_COUNT)) return undefined
      for (let slot = first; slot <= last; slot++) put(words, slot)
    }
    return new SlotSet(words)
  }

  has(slot: number): boolean {
    return contains(this.words, slot)
  }

  union(other: SlotSet): SlotSet {
    return new SlotSet(this.words.map((word, at) => word | other.words[at]!))
  }

  /** The runs of slots, or the bitmap where that is shorter: at most 4097 characters of `0-9a-z_-`. */
  toString(): string {
    this.text ??= this.write()
    return this.text
  }

  private write(): string {
    const runs: Array<string> = []
    let length = 0
    for (let slot = 0; slot < SLOT_COUNT && length <= BITMAP_DIGITS; slot++) {
      if (!this.has(slot)) continue
      const first = slot
      while (slot + 1 < SLOT_COUNT && this.has(slot + 1)) slot++
      const run = first === slot ? slot.toString(RADIX) : `${first.toString(RADIX)}-${slot.toString(RADIX)}`
      runs.push(run)
      length += run.length + 1
    }
    if (length <= BITMAP_DIGITS) return runs.join("_")
    let digits = BITMAP_MARK
    for (let slot = 0; slot < SLOT_COUNT; slot += SLOTS_PER_DIGIT) {
      let digit = 0
      for (let bit = 0; bit < SLOTS_PER_DIGIT; bit++) if (this.has(slot + bit)) digit += 1 << bit
      digits += digit.toString(16)
    }
    return digits
  }
}

const contains = (words: Uint32Array, slot: number): boolean =>
  ((words[slot >>> 5] ?? 0) >>> (slot & (WORD_BITS - 1))) % 2 === 1

const put = (words: Uint32Array, slot: number): void => {
  words[slot >>> 5]! |= 1 << (slot & (WORD_BITS - 1))
}

/**
 * No slot.
 *
 * @category constructors
 * @since 0.1.0
 */
export const noSlots: SlotSet = /*#__PURE__*/ SlotSet.where(() => false)
