import { assert, describe, it } from "@effect/vitest"
import { commandsOf } from "../../src/ledger/commandsOf.ts"

const command = (...words: ReadonlyArray<string>) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`

const bytes = (...parts: ReadonlyArray<string>) => Buffer.from(parts.join(""), "latin1")

describe("commandsOf", () => {
  it("reads commands, annotations between them, and line ends within them", () => {
    assert.deepStrictEqual(
      [...commandsOf(bytes("#TS:1\r\n", command("SET", "a", "1\r\n*2"), "#TS:2\r\n", command("INCR", "b")))],
      [
        ["SET", "a", "1\r\n*2"],
        ["INCR", "b"]
      ]
    )
  })

  it("ends before what the server was still writing, wherever that is cut", () => {
    const whole = command("RPUSH", "list:{a}", "1.1")
    for (let length = 0; length < whole.length; length++) {
      assert.deepStrictEqual([...commandsOf(bytes(command("INCR", "b"), whole.slice(0, length)))], [["INCR", "b"]])
    }
  })
})
