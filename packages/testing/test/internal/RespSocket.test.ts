import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type AdminReply, AdminReplyError } from "../../src/AdminReply.ts"
import { RespSocket, type TextEncoding } from "../../src/internal/RespSocket.ts"

/** A server that sends `bytes` in pieces of `size` to whoever connects. */
const serve = (bytes: Buffer, size: number) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<net.Server>((resume) => {
        const server = net.createServer({ noDelay: true }, (socket) => {
          const next = (offset: number) => {
            if (offset < bytes.length) socket.write(bytes.subarray(offset, offset + size), () => next(offset + size))
          }
          // What the client asks is of no interest, but its end must be noticed.
          socket.on("error", () => {}).resume()
          next(0)
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
    ),
    (server) => (server.address() as net.AddressInfo).port
  )

const connect = (port: number) =>
  Effect.acquireRelease(
    Effect.sync(() => new RespSocket("127.0.0.1", port)),
    (socket) => Effect.sync(() => socket.close("end of the test"))
  )

const ask = (socket: RespSocket, encoding: TextEncoding = "utf8") =>
  Effect.callback<AdminReply, string>((resume) =>
    socket.send(
      ["PING"],
      encoding,
      (reply) => resume(Effect.succeed(reply)),
      (detail) => resume(Effect.fail(detail))
    )
  )

const REPLIES = Buffer.concat([
  Buffer.from("+OK\r\n:-42\r\n$-1\r\n*-1\r\n$0\r\n\r\n-ERR no\r\n*0\r\n$6\r\na\r\nb\r\n\r\n"),
  Buffer.from("*3\r\n$1\r\nx\r\n*2\r\n:1\r\n-MOVED 1 h:2\r\n$-1\r\n"),
  Buffer.from("$3\r\n"),
  Buffer.from([0xff, 0x00, 0x80]),
  Buffer.from("\r\n")
])

describe("RespSocket", () => {
  it.effect.each([1, 2, 7, REPLIES.length])("reads every kind of reply in pieces of %s bytes", (size) =>
    Effect.gen(function* () {
      const socket = yield* connect(yield* serve(REPLIES, size))
      const asked = Array.from({ length: 10 }, (_, i) => ask(socket, i === 9 ? "latin1" : "utf8"))
      const replies = yield* Effect.all(asked, { concurrency: "unbounded" })
      assert.deepStrictEqual(replies.slice(0, 9), [
        "OK",
        -42,
        null,
        null,
        "",
        new AdminReplyError("ERR no"),
        [],
        "a\r\nb\r\n",
        ["x", [1, new AdminReplyError("MOVED 1 h:2")], null]
      ])
      assert.deepStrictEqual(Buffer.from(String(replies[9]), "latin1"), Buffer.from([0xff, 0x00, 0x80]))
    })
  )

  it.effect("fails everything that waits when the bytes are not RESP2", () =>
    Effect.gen(function* () {
      const socket = yield* connect(yield* serve(Buffer.from("+OK\r\nHTTP/1.1 400\r\n"), 64))
      const [first, second, third] = yield* Effect.all(
        [ask(socket), Effect.flip(ask(socket)), Effect.flip(ask(socket))],
        {
          concurrency: "unbounded"
        }
      )
      assert.strictEqual(first, "OK")
      assert.include(second, "HTTP/1.1 400")
      assert.strictEqual(third, second)
      assert.strictEqual(yield* Effect.flip(ask(socket)), second)
    })
  )

  it.effect("fails when nobody listens", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(serve(Buffer.alloc(0), 1))
      assert.include(yield* Effect.flip(ask(yield* connect(port))), "ECONNREFUSED")
    })
  )
})
