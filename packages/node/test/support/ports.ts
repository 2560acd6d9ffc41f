/** Ports for listeners of the tests' own. */
import * as Net from "node:net"
import * as Effect from "effect/Effect"

/** Below the range from which the system takes the ports of outgoing connections. */
const FIRST = 20_000
const COUNT = 12_000
const ATTEMPTS = 50

export const HOST = "127.0.0.1"

/** Lets `server` listen on a free loopback port and gives it; the scope of the caller closes the server. */
export const listen = (server: Net.Server): Effect.Effect<number> =>
  Effect.callback<number>((resume) => {
    let left = ATTEMPTS
    let port = 0
    const attempt = () => {
      port = FIRST + Math.floor(Math.random() * COUNT)
      server.listen(port, HOST)
    }
    const onError = (error: Error) => (--left > 0 ? attempt() : resume(Effect.die(error)))
    server.on("error", onError)
    server.once("listening", () => {
      server.off("error", onError)
      resume(Effect.succeed(port))
    })
    attempt()
  })

const close = (server: Net.Server): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
  })

/** A port on which nothing listens now. */
export const freePort: Effect.Effect<number> = Effect.suspend(() => {
  const server = Net.createServer()
  return Effect.tap(listen(server), () => close(server))
})

/** A TCP server of the test's own, for as long as the scope. */
export const serve = (onConnection: (socket: Net.Socket) => void) =>
  Effect.gen(function* () {
    const sockets = new Set<Net.Socket>()
    const server = Net.createServer((socket) => {
      sockets.add(socket)
      socket.on("error", () => {})
      socket.once("close", () => sockets.delete(socket))
      onConnection(socket)
    })
    const port = yield* listen(server)
    yield* Effect.addFinalizer(() => {
      for (const socket of sockets) socket.destroy()
      return close(server)
    })
    return { host: HOST, port, sockets }
  })
