/**
 * Reads the raw contents of an append-only file. Pure.
 */

/** The commands of a log, up to where it is incomplete. Lines that begin with `#` are annotations. */
export function* commandsOf(contents: Uint8Array): Generator<ReadonlyArray<string>> {
  const text = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength).toString("latin1")
  let at = 0
  const line = (): string | undefined => {
    const end = text.indexOf("\r\n", at)
    if (end === -1) return undefined
    const found = text.slice(at, end)
    at = end + 2
    return found
  }
  while (at < text.length) {
    const head = line()
    if (head === undefined) return
    if (head.startsWith("#")) continue
    const words: Array<string> = []
    for (let missing = Number(head.slice(1)); missing > 0; missing--) {
      const size = line()
      if (size === undefined) return
      const end = at + Number(size.slice(1))
      if (end + 2 > text.length) return
      words.push(text.slice(at, end))
      at = end + 2
    }
    yield words
  }
}
