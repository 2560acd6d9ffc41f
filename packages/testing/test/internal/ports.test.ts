import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { HOST, PortBlocks } from "../../src/internal/ports.ts"

const blocks = Effect.acquireRelease(
  Effect.sync(() => new PortBlocks()),
  (ports) => Effect.promise(() => ports.release())
)

const listen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = net.createServer()
    server.once("error", () => resolve(false))
    server.listen({ host: HOST, port, exclusive: true }, () => void server.close(() => resolve(true)))
  })

describe("PortBlocks", () => {
  it.effect("gives free ports below 32768, none of them twice, nor to somebody else", () =>
    Effect.gen(function* () {
      const [one, two] = yield* Effect.all([blocks, blocks])
      // More than a block has.
      const mine = yield* Effect.promise(() => one.take(70))
      const others = yield* Effect.promise(() => two.take(3))
      assert.strictEqual(new Set([...mine, ...others]).size, 73)
      assert.isTrue([...mine, ...others].every((port) => port > 1_024 && port < 32_768))
      for (const port of others) assert.isTrue(yield* Effect.promise(() => listen(port)))
    })
  )

  it.effect("holds its block until it gives it back", () =>
    Effect.gen(function* () {
      const ports = yield* blocks
      const [port = 0] = yield* Effect.promise(() => ports.take(1))
      const guard = port - 1
      assert.isFalse(yield* Effect.promise(() => listen(guard)))
      yield* Effect.promise(() => ports.release())
      assert.isTrue(yield* Effect.promise(() => listen(guard)))
    })
  )
})
