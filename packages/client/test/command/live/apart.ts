/**
 * One command on a connection of its own, for what the shared one refuses: commands that block. Its frame and its decoder are the ones
 * that a client uses.
 */
import * as Net from "node:net"
import * as Effect from "effect/Effect"
import type { CommandImpl } from "../../../src/command/make.ts"
import { RespError, type RespValue } from "../../../src/protocol/RespValue.ts"
import { encodeCommand, InvalidArg } from "../../../src/protocol/RespWriter.ts"
import { portableTextCodec } from "../../../src/protocol/TextCodec.ts"
import { recorder } from "../../protocol/recorder.ts"

const HELLO = "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n"

/** What the server answers, decoded; fails with its error. */
export const runApart = (port: number, protocol: 2 | 3, impl: CommandImpl) =>
  Effect.callback<unknown, Error>((resume) => {
    const frame = encodeCommand(impl.spec.header, impl.spec.words, impl.args, portableTextCodec)
    if (frame instanceof InvalidArg) return resume(Effect.fail(new Error(frame.detail)))
    const before = protocol === 3 ? 1 : 0
    const recording = recorder({ bytes: impl.bytes })
    const socket = Net.connect(port, "127.0.0.1")
    socket.on("error", (error) => resume(Effect.fail(error)))
    socket.on("close", () => resume(Effect.fail(new Error("the server ended the connection"))))
    socket.on("data", (chunk) => {
      recording.parser.push(chunk)
      const event = recording.events[before]
      if (event === undefined) return
      const reply = event[1] as RespValue
      resume(
        reply instanceof RespError
          ? Effect.fail(new Error(reply.message))
          : Effect.try({
              try: () => impl.decode(reply),
              catch: (error) => error as Error
            })
      )
      socket.destroy()
    })
    if (before === 1) socket.write(HELLO)
    for (const piece of typeof frame === "string" ? [frame] : frame) {
      socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)
    }
    return Effect.sync(() => socket.destroy())
  })
