/** Commands as words over a socket of their own, for what would harm a connection that others use. */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import { encodeValue } from "../../src/protocol/RespEncoder.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"
import { bufferTextCodec, recorder } from "../protocol/recorder.ts"

export type Words = ReadonlyArray<string>

/** Sends everything at once and gives the first `replies` replies; fewer if the server closes the socket before. */
export const exchange = (
  port: number,
  commands: ReadonlyArray<Words>,
  replies: number,
  bytes = false
): Effect.Effect<ReadonlyArray<RespValue>> =>
  Effect.callback((resume) => {
    const got: Array<RespValue> = []
    const { parser } = recorder({
      bytes,
      text: bufferTextCodec,
      on: (event) => {
        if (event[0] === "reply") got.push(event[1])
      }
    })
    const socket = net.connect(port, "127.0.0.1")
    const finish = () => {
      socket.destroy()
      resume(Effect.succeed(got.slice(0, replies)))
    }
    socket.on("data", (chunk) => {
      parser.push(chunk)
      if (got.length >= replies) finish()
    })
    socket.on("close", finish)
    // A reset is followed by `close`.
    socket.on("error", () => {})
    for (const words of commands) socket.write(encodeValue([...words], 2))
    return Effect.sync(() => socket.destroy())
  })
