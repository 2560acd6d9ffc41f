/**
 * A listening socket of the test process itself, on a port that no other test process is given.
 */
import * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ServerError } from "../ServerError.ts"
import { HOST, PortBlocks } from "./ports.ts"

export interface Listener {
  readonly port: number
  /** Stops listening: new connections are refused by the system, and those there are stay. */
  readonly refuse: Effect.Effect<void>
  /** Listens again. */
  readonly accept: Effect.Effect<void, ServerError>
}

/** Other programs may take a port between its check and the attempt to listen on it. */
const PORT_ATTEMPTS = 5
/** Connections that wait to be accepted; a test may open many at once. */
const BACKLOG = 1_024

export const makePorts: Effect.Effect<PortBlocks, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => new PortBlocks()),
  (ports) => Effect.promise(() => ports.release())
)

const listenOn = (server: net.Server, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const failed = (error: Error) => resolve(String(error))
    server.once("error", failed)
    server.listen({ host: HOST, port, backlog: BACKLOG, exclusive: true }, () => {
      server.off("error", failed)
      resolve(undefined)
    })
  })

const stop = (server: net.Server): Effect.Effect<void> =>
  Effect.sync(() => {
    if (server.listening) server.close()
  })

/**
 * Listens until the scope closes. Sockets come with half-open allowed and unread; whoever takes them ends them.
 */
export const makeListener = Effect.fnUntraced(function* (
  ports: PortBlocks,
  onConnection: (socket: net.Socket) => void
): Effect.fn.Return<Listener, ServerError, Scope.Scope> {
  const failed = (detail: string) => new ServerError({ reason: "StartFailed", action: "listen", detail, log: "" })
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, onConnection)),
    stop
  )
  const start = Effect.fnUntraced(function* () {
    let detail: string | undefined
    for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      const [port = 0] = yield* Effect.promise(() => ports.take(1))
      detail = yield* Effect.promise(() => listenOn(server, port))
      if (detail === undefined) return port
    }
    return yield* failed(`${detail}`)
  })
  const port = yield* start()
  return {
    port,
    refuse: stop(server),
    accept: Effect.suspend(() =>
      server.listening
        ? Effect.void
        : Effect.flatMap(
            Effect.promise(() => listenOn(server, port)),
            (detail) => (detail === undefined ? Effect.void : Effect.fail(failed(detail)))
          )
    )
  }
})
