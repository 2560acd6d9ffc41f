/**
 * A connection of one's own to a real server, for commands that the shared one refuses. Frames and decoders are those that a client uses.
 */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Command } from "../../src/command/Command.ts"
import { raw } from "../../src/command/custom.ts"
import { type CommandImpl, implOf } from "../../src/command/make.ts"
import { RespError, type RespValue } from "../../src/protocol/RespValue.ts"
import { encodeCommand, InvalidArg } from "../../src/protocol/RespWriter.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { recorder } from "../protocol/recorder.ts"

export interface Session {
  /** The decoded reply; the server's error is the failure. Commands run one after another. */
  readonly run: (command: Command<unknown, unknown>) => Effect.Effect<unknown, Error>
}

const decode = (impl: CommandImpl, reply: RespValue): Effect.Effect<unknown, Error> =>
  reply instanceof RespError
    ? Effect.fail(new Error(reply.message))
    : Effect.try({
        try: () => impl.decode(reply),
        catch: (error) => new Error(`not decoded: ${JSON.stringify(error)}`)
      })

/** A session that lives as long as the scope. */
export const openSession = (port: number, protocol: 2 | 3): Effect.Effect<Session, Error, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const socket = net.connect(port, "127.0.0.1")
      let waiting: (reply: RespValue | Error) => void = () => {}
      const { parser } = recorder({
        on: ([kind, value]) => {
          if (kind === "reply") waiting(value)
        }
      })
      socket.on("data", (chunk) => parser.push(chunk))
      socket.on("error", (error) => waiting(error))
      const run: Session["run"] = (command) =>
        Effect.callback<unknown, Error>((resume) => {
          const impl = implOf(command)
          const frame = encodeCommand(impl.spec.header, impl.spec.words, impl.args, portableTextCodec)
          if (frame instanceof InvalidArg) return resume(Effect.fail(new Error(frame.detail)))
          waiting = (reply) => resume(reply instanceof Error ? Effect.fail(reply) : decode(impl, reply))
          for (const piece of typeof frame === "string" ? [frame] : frame) {
            socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)
          }
        })
      return { socket, session: { run } }
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  ).pipe(
    Effect.map(({ session }) => session),
    Effect.tap((session) => (protocol === 3 ? session.run(raw("HELLO", [3])) : Effect.void))
  )
