/**
 * From a key to its hash slot: CRC16 (XMODEM) of the key, or of its hash tag, modulo 16384. This runs once per key of every
 * command in a cluster, so it reads char codes or bytes in place and allocates nothing.
 *
 * @since 0.1.0
 */

/**
 * How many hash slots a cluster has; slots are numbered from 0 to `SLOT_COUNT - 1`. Fixed by the cluster specification.
 *
 * @category constants
 * @since 0.1.0
 */
export const SLOT_COUNT = 16384

const SLOT_MASK = SLOT_COUNT - 1

/** The polynomial of CRC16-XMODEM, x^16 + x^12 + x^5 + 1 (cluster specification, "Key distribution model"). */
const POLYNOMIAL = 0x1021

const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

const makeTable = (): Uint16Array => {
  const table = new Uint16Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 8
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1
    }
    table[byte] = crc
  }
  return table
}

const TABLE = /*#__PURE__*/ makeTable()

/** Only the low 16 bits of `crc` count; callers mask once at the end instead of after each byte. */
const push = (crc: number, byte: number): number => (crc << 8) ^ TABLE[((crc >>> 8) ^ byte) & 0xff]!

const slotOfBytes = (key: Uint8Array, start: number, end: number): number => {
  let crc = 0
  for (let i = start; i < end; i++) {
    crc = push(crc, key[i]!)
  }
  return crc & SLOT_MASK
}

/** A plain loop: for a dozen bytes the call of `indexOf` (native, and another one for `Buffer`) costs more than the hash. */
const indexOfByte = (key: Uint8Array, byte: number, from: number): number => {
  for (let i = from; i < key.length; i++) {
    if (key[i] === byte) return i
  }
  return -1
}

const slotOfText = (key: string, start: number, end: number): number => {
  let crc = 0
  for (let i = start; i < end; i++) {
    const code = key.charCodeAt(i)
    if (code > 0x7f) return slotOfUnicode(key, i, end, crc)
    crc = push(crc, code)
  }
  return crc & SLOT_MASK
}

/** Goes on from `crc` at the first character that is not ASCII, over the UTF-8 bytes that an encoder would send. */
const slotOfUnicode = (key: string, start: number, end: number, seed: number): number => {
  let crc = seed
  for (let i = start; i < end; i++) {
    let code = key.charCodeAt(i)
    if (code < 0x80) {
      crc = push(crc, code)
      continue
    }
    if (code < 0x800) {
      crc = push(push(crc, 0xc0 | (code >> 6)), 0x80 | (code & 0x3f))
      continue
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const next = code < 0xdc00 ? key.charCodeAt(i + 1) : 0 // after a tag comes its }, at the end NaN
      if (next >= 0xdc00 && next <= 0xdfff) {
        const point = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff)
        crc = push(push(crc, 0xf0 | (point >> 18)), 0x80 | ((point >> 12) & 0x3f))
        crc = push(push(crc, 0x80 | ((point >> 6) & 0x3f)), 0x80 | (point & 0x3f))
        i++
        continue
      }
      code = 0xfffd // half of a pair alone is sent as U+FFFD
    }
    crc = push(push(push(crc, 0xe0 | (code >> 12)), 0x80 | ((code >> 6) & 0x3f)), 0x80 | (code & 0x3f))
  }
  return crc & SLOT_MASK
}

/**
 * The hash slot of `key`, from 0 to 16383. A string counts as its UTF-8 bytes.
 *
 * **Details**
 *
 * If the key has a `{` and a later `}` with at least one byte between the first `{` and the first `}` after it, only those
 * bytes are hashed (the hash tag). An empty first pair, as in `a{}{b}`, is no tag: the whole key is hashed.
 * Source: cluster specification, "Hash tags"; the same for all versions of Redis and Valkey.
 *
 * @category hashes
 * @since 0.1.0
 */
export const slotOf = (key: string | Uint8Array): number => {
  if (typeof key === "string") {
    const open = key.indexOf("{")
    if (open !== -1) {
      const close = key.indexOf("}", open + 1)
      if (close > open + 1) return slotOfText(key, open + 1, close)
    }
    return slotOfText(key, 0, key.length)
  }
  const open = indexOfByte(key, OPEN_BRACE, 0)
  if (open !== -1) {
    const close = indexOfByte(key, CLOSE_BRACE, open + 1)
    if (close > open + 1) return slotOfBytes(key, open + 1, close)
  }
  return slotOfBytes(key, 0, key.length)
}
