/** Connections without a client. */
import * as Net from "node:net"
import { assert } from "@effect/vitest"
import type { ServerAddress } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { eventually } from "../../support/client.ts"

/** A socket that lives as long as the scope, and all that it got so far. */
export const rawSocket = ({ host, port }: Pick<ServerAddress, "host" | "port">) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const socket = Net.connect({ host, port })
      const raw = { socket, got: "", isEnded: false }
      socket.on("close", () => {
        raw.isEnded = true
      })
      socket.on("data", (chunk) => {
        raw.got += chunk.toString("latin1")
      })
      return raw
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

/** Waits until that text has come. */
export const said = (raw: { readonly got: string; readonly isEnded: boolean }, text: string) =>
  eventually(
    text.slice(0, 20),
    Effect.sync(() => {
      if (raw.isEnded) assert.fail(`closed after ${raw.got.length} bytes`)
      return raw.got.includes(text)
    })
  )
