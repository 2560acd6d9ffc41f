/**
 * What no client can do anything about, shown by connections without one: a cluster's bus takes a message to all nodes, to each in its own
 * time, so that a subscriber who changes nodes may get it at both.
 */
import * as Net from "node:net"
import { assert } from "@effect/vitest"
import { ClusterServers, type ServerAddress } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { onCluster, primariesOf } from "../cluster/support/cluster.ts"
import { eventually } from "../support/client.ts"

/** More than the kernel holds between two nodes, so that part of it waits at the publisher. */
const MESSAGES = 400
const PADDING = "x".repeat(65_536)

/** A socket that lives as long as the scope, and all that it got so far. */
const rawSocket = ({ host, port }: Pick<ServerAddress, "host" | "port">) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const socket = Net.connect({ host, port })
      const raw = { socket, got: "" }
      socket.on("data", (chunk) => {
        raw.got += chunk.toString("latin1")
      })
      return raw
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

const said = (raw: { readonly got: string }, text: string) =>
  eventually(
    text,
    Effect.sync(() => raw.got.includes(text))
  )

onCluster()("The bus of a cluster", (it) => {
  it.effect(
    "may bring a message of a plain channel to a node after its subscriber has come there from another one",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const [from, to, publisher] = yield* primariesOf(servers)
        const publishing = yield* rawSocket(publisher)
        const first = yield* rawSocket(from)
        first.socket.write("SUBSCRIBE news\r\n")
        yield* said(first, ":1\r\n")
        const second = yield* rawSocket(to)
        second.socket.write("PING\r\n")
        yield* said(second, "PONG")
        // A node that the machine gives no time for a moment: the others have everything, it has not.
        yield* servers.freeze(to)
        for (let n = 0; n < MESSAGES; n++) publishing.socket.write(`PUBLISH news ${n}-${PADDING}\r\n`)
        yield* said(first, `${MESSAGES - 1}-${PADDING}`)
        first.socket.destroy()
        second.socket.write("SUBSCRIBE news\r\n")
        yield* servers.thaw(to)
        // It has been delivered at the first node, and the subscription is younger.
        yield* said(second, `\r\n${MESSAGES - 1}-${PADDING}`)
        assert.isBelow(second.got.indexOf(":1\r\n"), second.got.indexOf(`\r\n${MESSAGES - 1}-`))
      })
  )
})
