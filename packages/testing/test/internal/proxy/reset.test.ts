import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { reset } from "../../../src/internal/proxy/reset.ts"

/** Both ends of a connection, and its end when the other side resets it after `prepare`. */
const resetAfter = (prepare: (socket: net.Socket) => void) =>
  Effect.callback<ReadonlyArray<string>>((resume) => {
    const events: Array<string> = []
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", (error) => void events.push(error.message))
      socket.on("close", () => {
        events.push("closed")
        client.destroy()
        server.close(() => resume(Effect.succeed(events)))
      })
      prepare(socket)
      reset(socket)
    })
    let client: net.Socket
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo
      client = net.connect({ host: "127.0.0.1", port }).on("error", () => {})
    })
  })

describe("reset", () => {
  it.live("closes a socket, also one that is being ended", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* resetAfter(() => {}), ["closed"])
      assert.deepStrictEqual(yield* resetAfter((socket) => void socket.end()), ["closed"])
    })
  )
})
