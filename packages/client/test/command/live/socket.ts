/** A connection of a test's own, for commands that the shared connection of a client refuses: those that change it, and those that wait. */
import { connect, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Command } from "../../../src/command/Command.ts"
import { implOf } from "../../../src/command/make.ts"
import { RespError, type RespValue } from "../../../src/protocol/RespValue.ts"
import { encodeCommand, InvalidArg } from "../../../src/protocol/RespWriter.ts"
import { bufferTextCodec, recorder } from "../../protocol/recorder.ts"

export interface OwnConnection {
  /** Sends a command and reads its reply; an error reply and the end of the connection are failures. */
  readonly run: <A>(command: Command<A, unknown>) => Effect.Effect<A, Error>
}

const open = (port: number): Effect.Effect<Socket, Error, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Socket, Error>((resume) => {
      const socket = connect(port, "127.0.0.1")
      socket.once("connect", () => resume(Effect.succeed(socket)))
      socket.once("error", (error) => resume(Effect.fail(error)))
    }),
    (socket) => Effect.sync(() => void socket.destroy())
  )

/** Connects, in the old protocol as every connection begins. One command at a time. */
export const ownConnection = (port: number): Effect.Effect<OwnConnection, Error, Scope.Scope> =>
  Effect.map(open(port), (socket) => {
    const options = {
      bytes: false,
      text: bufferTextCodec,
      on: ([kind, value]: readonly [string, unknown, ...ReadonlyArray<unknown>]) => {
        if (kind === "reply") settle(Effect.succeed(value as RespValue))
      }
    }
    const { parser } = recorder(options)
    let settle: (exit: Effect.Effect<RespValue, Error>) => void = () => {}
    socket.on("data", (chunk: Buffer) => parser.push(chunk))
    socket.on("error", () => {})
    socket.on("close", () => settle(Effect.fail(new Error("the connection ended"))))
    const run = <A>(command: Command<A, unknown>): Effect.Effect<A, Error> => {
      const { args, bytes, decode, spec } = ((impl) => ({
        args: impl.args,
        bytes: impl.bytes,
        decode: (value: RespValue) => impl.decode(value) as A,
        spec: impl.spec
      }))(implOf(command))
      const frame = encodeCommand(spec.header, spec.words, args, bufferTextCodec)
      if (frame instanceof InvalidArg) return Effect.fail(new Error(frame.detail))
      const reply = Effect.callback<RespValue, Error>((resume) => {
        options.bytes = bytes
        settle = resume
        for (const piece of typeof frame === "string" ? [frame] : frame) {
          socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)
        }
      })
      return Effect.flatMap(reply, (value) =>
        value instanceof RespError ? Effect.fail(new Error(value.message)) : Effect.sync(() => decode(value))
      )
    }
    return { run }
  })
