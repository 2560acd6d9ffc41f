/**
 * Requests as a server sees them: arrays of bulk strings.
 */
import type { RespValue } from "@reef-redis/client/protocol"

const decoder = new TextDecoder()

export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/** The words of a request, read as bytes; `undefined` if the value is not one. */
export const wordsOf = (value: RespValue): ReadonlyArray<Uint8Array> | undefined => {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const words: Array<Uint8Array> = []
  for (const word of value) {
    if (!(word instanceof Uint8Array)) return undefined
    words.push(word)
  }
  return words
}
