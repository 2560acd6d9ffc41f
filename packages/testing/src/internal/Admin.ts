/**
 * The harness's own line to a server: opened when first needed and again after it broke, each command bounded in time.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { type AdminArgument, type AdminReply, AdminReplyError } from "../AdminReply.ts"
import { CLIENT_NAME } from "./clientName.ts"
import { RespSocket, type SocketTls, type TextEncoding } from "./RespSocket.ts"

export class AdminFailure extends Data.TaggedError("AdminFailure")<{
  readonly reason: "ConnectionLost" | "ErrorReply" | "Deadline"
  readonly detail: string
}> {}

export interface AdminSendOptions {
  readonly deadlineMillis: number
  readonly encoding?: TextEncoding | undefined
}

export interface Admin {
  readonly send: (
    args: ReadonlyArray<AdminArgument>,
    options: AdminSendOptions
  ) => Effect.Effect<AdminReply, AdminFailure>
  readonly close: Effect.Effect<void>
}

const ignore = (): void => {}

export const makeAdmin = (options: {
  readonly host: string
  readonly port: number
  readonly password: string | undefined
  readonly tls?: SocketTls | undefined
}): Admin => {
  let current: RespSocket | undefined
  const open = (): RespSocket => {
    if (current !== undefined && current.closed === undefined) return current
    const socket = new RespSocket(options.host, options.port, options.tls)
    // A refused AUTH shows as NOAUTH in the reply to the command itself.
    if (options.password !== undefined) socket.send(["AUTH", options.password], "utf8", ignore, ignore)
    socket.send(["CLIENT", "SETNAME", CLIENT_NAME], "utf8", ignore, ignore)
    current = socket
    return socket
  }
  return {
    send: (args, { deadlineMillis, encoding = "utf8" }) =>
      Effect.callback<AdminReply, AdminFailure>((resume) => {
        const socket = open()
        const fail = (reason: AdminFailure["reason"], detail: string) => {
          clearTimeout(timer)
          resume(Effect.fail(new AdminFailure({ reason, detail })))
        }
        // A reply that comes after its deadline would be taken for the next command's: the connection goes with it.
        const timer = setTimeout(() => {
          fail("Deadline", `no answer within ${deadlineMillis} ms`)
          socket.close("a command before this one was not answered in time")
        }, deadlineMillis)
        socket.send(
          args,
          encoding,
          (reply) => {
            if (reply instanceof AdminReplyError) return fail("ErrorReply", reply.message)
            clearTimeout(timer)
            resume(Effect.succeed(reply))
          },
          (detail) => fail("ConnectionLost", detail)
        )
        return Effect.sync(() => clearTimeout(timer))
      }),
    close: Effect.sync(() => current?.close("closed by the harness"))
  }
}
