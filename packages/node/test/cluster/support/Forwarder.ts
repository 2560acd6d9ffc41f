/** A TCP forwarder before a server: what a client reaches through an address that was remapped. */
import * as Net from "node:net"
import type { ServerControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { HOST, listen } from "../../support/ports.ts"

/** A forwarder and the faults that it can make. */
export class Forwarder {
  readonly host = HOST
  /** All connections that ever came. */
  accepted = 0
  /** From now on nothing is passed on, in either direction, and nothing is refused: a host that has gone silent. */
  silent = false
  /** Looks at what a client sends; text that it gives is answered in the server's stead, and the server does not see the request. */
  answer: ((request: string) => string | undefined) | undefined
  /** Changes what a client sends: the server answers that, in its turn among what it has to answer besides. */
  rewrite: ((request: string) => string) | undefined
  readonly port: number
  private readonly server: Net.Server
  private readonly sockets: Set<Net.Socket>

  constructor(port: number, server: Net.Server, sockets: Set<Net.Socket>) {
    this.port = port
    this.server = server
    this.sockets = sockets
  }

  /** Ends every connection. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  /** Ends every connection and refuses new ones. */
  refuse(): void {
    this.server.close()
    this.cut()
  }

  /** Passes everything on again. */
  readonly restore: Effect.Effect<void> = Effect.callback<void>((resume) => {
    this.silent = false
    this.answer = undefined
    this.rewrite = undefined
    if (this.server.listening) return resume(Effect.void)
    this.server.listen(this.port, HOST, () => resume(Effect.void))
  })
}

/** A forwarder to the server, for as long as the scope. */
export const forwarderTo = (target: ServerControls): Effect.Effect<Forwarder, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const sockets = new Set<Net.Socket>()
      const keep = (socket: Net.Socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
        socket.once("close", () => sockets.delete(socket))
      }
      const server = Net.createServer((client) => {
        forwarder.accepted++
        const upstream = Net.connect(target.port, target.host)
        keep(client)
        keep(upstream)
        upstream.once("close", () => client.destroy())
        client.once("close", () => upstream.destroy())
        client.on("data", (chunk) => {
          if (forwarder.silent) return
          const answer = forwarder.answer?.(chunk.toString("latin1"))
          if (forwarder.rewrite !== undefined) upstream.write(forwarder.rewrite(chunk.toString("latin1")), "latin1")
          else if (answer === undefined) upstream.write(chunk)
          else client.write(answer, "latin1")
        })
        upstream.on("data", (chunk) => {
          if (!forwarder.silent) client.write(chunk)
        })
      })
      const forwarder: Forwarder = new Forwarder(yield* listen(server), server, sockets)
      return forwarder
    }),
    (forwarder) => Effect.sync(() => forwarder.refuse())
  )
