import { createServer } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { callsIn, control } from "../src/control.ts"

/** A server that answers every connection with these chunks and then ends it. */
const answering = async (chunks: ReadonlyArray<string>, use: (port: number) => Promise<void>): Promise<void> => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined) // the caller hangs up as soon as it has its reply
    socket.once("data", async () => {
      for (const chunk of chunks) await new Promise((resolve) => socket.write(chunk, "latin1", resolve))
      socket.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  try {
    if (address === null || typeof address === "string") throw new Error("no port")
    await use(address.port)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

const ask = (port: number) => control({ host: "127.0.0.1", port }, "PING")

describe("control", () => {
  it("a status, an integer and a bulk string in pieces are given as text", async () => {
    await answering(["+PONG\r\n"], async (port) => assert.strictEqual(await ask(port), "PONG"))
    await answering([":12\r\n"], async (port) => assert.strictEqual(await ask(port), "12"))
    await answering(["$6\r", "\nab\r\n", "cd", "\r\n"], async (port) => assert.strictEqual(await ask(port), "ab\r\ncd"))
  })

  it("the server's error, an early end and a refused connection are failures that name the command", async () => {
    const failure = async (port: number) => {
      const error = await ask(port).then(
        () => undefined,
        (error: unknown) => error
      )
      return error instanceof Error ? error.message : "no failure"
    }
    let closed = 0
    await answering(["-ERR no\r\n"], async (port) => {
      closed = port
      assert.strictEqual(await failure(port), `PING on 127.0.0.1:${port}: ERR no`)
    })
    await answering(["$6\r\nab"], async (port) => assert.match(await failure(port), /PING.*closed without an answer/))
    assert.match(await failure(closed), /PING.*ECONNREFUSED/)
  })

  it("calls are read for the command asked for, not for one with the same beginning", () => {
    const text = [
      "# Commandstats",
      "cmdstat_getex:calls=5,usec=9",
      "cmdstat_get:calls=123,usec=45,usec_per_call=0.37,rejected_calls=1,failed_calls=0",
      "cmdstat_config|get:calls=7,usec=1",
      ""
    ].join("\r\n")
    assert.strictEqual(callsIn(text, "get"), 123)
    assert.strictEqual(callsIn(text, "set"), 0)
  })
})
