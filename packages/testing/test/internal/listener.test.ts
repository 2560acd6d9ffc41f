import type * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { makeListener, makePorts } from "../../src/internal/listener.ts"
import { eventually } from "../fixtures/processes.ts"
import { connect } from "../fixtures/wire.ts"

describe("makeListener", () => {
  it.effect("accepts, refuses, and accepts again on the port that it was given", () =>
    Effect.gen(function* () {
      const sockets: Array<net.Socket> = []
      const scope = yield* Scope.make()
      const listener = yield* Scope.provide(
        Effect.flatMap(makePorts, (ports) => makeListener(ports, (socket) => void sockets.push(socket))),
        scope
      )
      yield* connect(listener.port)
      yield* listener.accept
      yield* listener.refuse
      yield* listener.refuse
      assert.strictEqual((yield* Effect.flip(connect(listener.port))).message, "ECONNREFUSED")
      yield* listener.accept
      yield* connect(listener.port)
      yield* eventually(() => (sockets.length === 2 ? undefined : `${sockets.length} connections`))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Effect.flip(connect(listener.port))).message, "ECONNREFUSED")
      for (const socket of sockets) socket.destroy()
    })
  )
})
