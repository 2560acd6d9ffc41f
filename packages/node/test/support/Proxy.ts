/**
 * A TCP proxy before one server, for faults that a server cannot be made to show on demand. It forwards until it is told otherwise; what
 * it is told holds for the connections that are open, and for later ones.
 */
import * as Net from "node:net"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { serve } from "./ports.ts"

/**
 * - `forward`: both ways.
 * - `close`: new connections are closed at once.
 * - `silent`: whatever the client sends is swallowed; nothing comes back.
 */
type Mode = "forward" | "close" | "silent"

export interface Proxy {
  readonly host: string
  readonly port: number
  readonly set: (mode: Mode) => void
  /** Destroys the client's connections now. */
  readonly cut: () => void
  /** Lets the next bytes of the client reach the server, and destroys the connection instead of handing on the reply. Ends when that is done. */
  readonly cutBeforeReply: Effect.Effect<void>
  /** Destroys the connection instead of handing on the next bytes of the client. Ends when that is done. */
  readonly cutBeforeDelivery: Effect.Effect<void>
  /** From now on the server's bytes arrive one by one, each in a packet of its own. */
  readonly splitEveryByte: () => void
  /** How many connections were accepted so far. */
  readonly accepted: () => number
}

export const proxyTo = (server: {
  readonly host: string
  readonly port: number
}): Effect.Effect<Proxy, never, Scope.Scope> =>
  Effect.gen(function* () {
    let mode: Mode = "forward"
    let accepted = 0
    let split = false
    let beforeReply: Deferred.Deferred<void> | undefined
    let beforeDelivery: Deferred.Deferred<void> | undefined

    const handOn = (chunk: Buffer, client: Net.Socket) => {
      if (!split) return void client.write(chunk)
      for (const byte of chunk) client.write(Uint8Array.of(byte))
    }
    const onClient = (client: Net.Socket) => {
      accepted++
      if (mode === "close") return void client.destroy()
      client.setNoDelay(true)
      const upstream = Net.connect(server.port, server.host)
      upstream.on("error", () => client.destroy())
      upstream.once("close", () => client.destroy())
      client.once("close", () => upstream.destroy())
      client.on("data", (chunk) => {
        if (beforeDelivery !== undefined) {
          Deferred.doneUnsafe(beforeDelivery, Effect.void)
          beforeDelivery = undefined
          client.destroy()
        } else if (mode !== "silent") upstream.write(chunk)
      })
      upstream.on("data", (chunk) => {
        if (beforeReply !== undefined) {
          Deferred.doneUnsafe(beforeReply, Effect.void)
          beforeReply = undefined
          client.destroy()
        } else if (mode !== "silent") handOn(chunk, client)
      })
    }
    const { host, port, sockets } = yield* serve(onClient)
    const arm = (place: (deferred: Deferred.Deferred<void>) => void) =>
      Effect.suspend(() => {
        const done = Deferred.makeUnsafe<void>()
        place(done)
        return Deferred.await(done)
      })
    return {
      host,
      port,
      set: (next) => {
        mode = next
      },
      cut: () => {
        for (const socket of sockets) socket.destroy()
      },
      cutBeforeReply: arm((done) => {
        beforeReply = done
      }),
      cutBeforeDelivery: arm((done) => {
        beforeDelivery = done
      }),
      splitEveryByte: () => {
        split = true
      },
      accepted: () => accepted
    }
  })
