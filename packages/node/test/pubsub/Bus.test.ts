/**
 * What no client can do anything about, shown by connections without one: a cluster's bus takes a message to all nodes, to each in its own
 * time, so that a subscriber who changes nodes may get it at both.
 */
import { assert } from "@effect/vitest"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { clusterClient, onCluster, primariesOf } from "../cluster/support/cluster.ts"
import { eventually, start } from "../support/client.ts"
import { rawSocket, said } from "./support/rawSocket.ts"

/** More than the kernel holds between two nodes, so that part of it waits at the publisher. */
const MESSAGES = 400
const PADDING = "x".repeat(65_536)

onCluster({ nodeTimeout: "20 seconds" })("The bus of a cluster", (it) => {
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
        second.socket.write("SUBSCRIBE warm\r\n")
        yield* eventually(
          "the bus between them is up",
          Effect.map(publisher.admin(["PUBLISH", "warm", "up"]), () => second.got.includes("$2\r\nup"))
        )
        // A node that the machine gives no time for a moment: the others have everything, it has not.
        yield* servers.freeze(to)
        for (let n = 0; n < MESSAGES; n++) publishing.socket.write(`PUBLISH news ${n}-${PADDING}\r\n`)
        yield* said(first, `${MESSAGES - 1}-${PADDING}`)
        first.socket.destroy()
        // The rest is with the publisher, and comes behind the subscription.
        yield* servers.freeze(publisher)
        second.socket.write("SUBSCRIBE news\r\n")
        yield* servers.thaw(to)
        yield* said(second, "news\r\n:2\r\n")
        yield* servers.thaw(publisher)
        // It has been delivered at the first node, and the subscription is younger.
        yield* said(second, `\r\n${MESSAGES - 1}-${PADDING}`)
        assert.isBelow(second.got.indexOf(":2\r\n"), second.got.indexOf(`\r\n${MESSAGES - 1}-`))
      })
  )

  it.effect("makes messages of a plain channel come again to a subscription that moves, behind its gap event", () =>
    Effect.gen(function* () {
      const servers = yield* ClusterServers
      const { pubSub } = yield* clusterClient()
      const seen: Array<number | string> = []
      let node = ""
      const stream = yield* pubSub.subscribe("paper", { events: true })
      yield* start(
        Stream.runForEach(stream, (item) =>
          Effect.sync(() => {
            if (item._tag === "Subscribed") node = item.node
            seen.push(item._tag === "Message" ? Number.parseInt(item.payload, 10) : item._tag)
          })
        )
      )
      yield* eventually(
        "subscribed",
        Effect.sync(() => node !== "")
      )
      const primaries = yield* primariesOf(servers)
      const home = primaries.find(({ port }) => node.endsWith(`:${port}`))!
      const others = primaries.filter((one) => one !== home)
      const publishing = yield* rawSocket(home)
      for (const other of others) yield* servers.freeze(other)
      for (let n = 0; n < MESSAGES; n++) publishing.socket.write(`PUBLISH paper ${n}-${PADDING}\r\n`)
      const last = MESSAGES - 1
      yield* eventually(
        "all came",
        Effect.sync(() => seen.includes(last))
      )
      assert.deepStrictEqual(seen, ["Subscribed", ...Array.from({ length: MESSAGES }, (_, n) => n)])
      yield* home.admin(["CLIENT", "KILL", "TYPE", "pubsub"])
      yield* eventually(
        "its loss is known",
        Effect.sync(() => seen.at(-1) === "Gap")
      )
      yield* servers.freeze(home)
      for (const other of others) yield* servers.thaw(other)
      yield* eventually(
        "moved",
        Effect.sync(() => seen.includes("Moved"))
      )
      yield* servers.thaw(home)
      yield* eventually(
        "it came again",
        Effect.sync(() => seen.lastIndexOf(last) > seen.indexOf("Moved"))
      )
      assert.deepStrictEqual(
        seen.filter((item) => typeof item === "string"),
        ["Subscribed", "Gap", "Moved"]
      )
    })
  )
})
