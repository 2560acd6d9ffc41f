import { assert, describe, it } from "@effect/vitest"
import { MessageScanner } from "../../src/connection/MessageScanner.ts"
import { NameTable } from "../../src/connection/NameTable.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

const frame = (...words: ReadonlyArray<string>) =>
  `>${words.length}\r\n${words.map((word) => `$${bytes(word).length}\r\n${word}\r\n`).join("")}`

/** A scanner with one channel, and what it delivers. */
const make = () => {
  const told: Array<string> = []
  const tables = { channels: new NameTable<never>(), patterns: new NameTable<never>(), shards: new NameTable<never>() }
  const receiver = {
    message: (chunk: Uint8Array, from: number, to: number, _from: number, _to: number, decoder: typeof codec) =>
      told.push(decoder.utf8(chunk, from, to))
  }
  const asked: Array<number> = []
  const codec = {
    ...portableTextCodec,
    isAscii: (chunk: Uint8Array) => {
      asked.push(chunk.length)
      return chunk.every((byte) => byte < 128)
    }
  }
  tables.channels.set(bytes("news"), receiver as never)
  return { scanner: new MessageScanner(tables, codec), tables, told, asked }
}

const payload = (n: number, size: number) => String(n).padEnd(size, "payload ")

describe("MessageScanner", () => {
  it("reads through one buffer that is filled again and again, wherever messages are cut", () => {
    const { scanner, told } = make()
    const sent = Array.from({ length: 200 }, (_, n) => payload(n, (n * 137) % 3000))
    const stream = bytes(sent.map((text) => frame("message", "news", text)).join(""))
    for (const size of [100, 1000, 4096, 60_000]) {
      const lent = new Uint8Array(size)
      for (let at = 0; at < stream.length; ) {
        const part = stream.subarray(at, at + size)
        lent.set(part)
        const chunk = lent.subarray(0, part.length)
        let read = scanner.isAmid ? scanner.resume(chunk) : 0
        assert.isAtLeast(read, 0)
        if (read < chunk.length) read = scanner.read(chunk, read)
        // Less than a header is left to the parser: here it comes again.
        assert.isBelow(chunk.length - read, 9)
        at += read
        lent.fill(0)
      }
      assert.deepStrictEqual(told.splice(0), sent, `chunks of ${size}`)
    }
  })

  it("leaves to the parser what is no message, also if that is seen late", () => {
    const { scanner, told } = make()
    const other = bytes(frame("subscribe", "news"))
    assert.strictEqual(scanner.read(other, 0), 0)
    const broken = bytes(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$3\r\nonexx")
    const cut = broken.slice(0, 20)
    assert.strictEqual(scanner.read(cut, 0), 20)
    assert.isTrue(scanner.isAmid)
    assert.strictEqual(scanner.resume(broken.slice(20)), -1)
    assert.deepStrictEqual(scanner.give(), cut)
    assert.isFalse(scanner.isAmid)
    assert.lengthOf(told, 0)
  })

  it("keeps no message that is longer than a read", () => {
    const { scanner } = make()
    const long = bytes(frame("message", "news", payload(0, 1_000_000)))
    assert.strictEqual(scanner.read(long.subarray(0, 200_000), 0), 0)
    assert.isFalse(scanner.isAmid)
    for (const name of [
      "$4\r\nnews\r\n$99999999999999\r\n",
      "$99999999999999\r\nnews",
      `$${"9".repeat(400)}\r\nnews`
    ]) {
      assert.strictEqual(scanner.read(bytes(`>3\r\n$7\r\nmessage\r\n${name}`), 0), 0)
      assert.isFalse(scanner.isAmid)
    }
  })

  it("gives up a length that has no end", () => {
    const { scanner } = make()
    const digits = new Uint8Array(1000).fill(49)
    const begin = bytes(">3\r\n$7\r\nmessage\r\n$")
    assert.strictEqual(scanner.read(begin, 0), begin.length)
    let given = 0
    while (scanner.isAmid && given < 1000) {
      given++
      if (scanner.resume(digits) < 0) assert.lengthOf(scanner.give(), begin.length + (given - 1) * digits.length)
    }
    assert.isBelow(given, 300)
  })

  it("keeps a message with a long name", () => {
    const { scanner, tables, told } = make()
    const name = "n".repeat(100_000)
    tables.channels.set(bytes(name), tables.channels.get(bytes("news")) as never)
    const all = bytes(frame("message", name, "hello"))
    for (let at = 0; at < all.length; at += 10_000) {
      const part = all.subarray(at, at + 10_000)
      assert.strictEqual(at === 0 ? scanner.read(part, 0) : scanner.resume(part), part.length)
    }
    assert.deepStrictEqual(told, ["hello"])
  })

  it("asks of large chunks only whether they are ASCII, and reads others as UTF-8", () => {
    const { asked, scanner, told } = make()
    const texts = [payload(1, 5000), "grün", "🐟", payload(2, 5000)]
    for (const group of [texts, [texts[0] ?? ""], ["grün"], ["gruen"]]) {
      const chunk = bytes(group.map((text) => frame("message", "news", text)).join(""))
      assert.strictEqual(scanner.read(chunk, 0), chunk.length)
      assert.deepStrictEqual(told.splice(0), group)
    }
    assert.lengthOf(asked, 2)
  })
})
