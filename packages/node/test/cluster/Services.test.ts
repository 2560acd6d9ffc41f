import * as Dgram from "node:dgram"
import Dns from "node:dns"
import { assert } from "@effect/vitest"
import { ClusterServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { failing } from "../support/client.ts"
import { clusterClient, onCluster } from "./support/cluster.ts"

const LOWEST_PORT = 20_000
const PORTS = 12_000
const SRV = 33
const SECONDS_TO_LIVE = 0

const nameBytes = (name: string) =>
  Buffer.concat([...name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.of(0)])

const short = (value: number) => Buffer.from([value >> 8, value & 255])

/** Answers every question by SRV records on localhost with these ports, or by "no such name" without any. */
const answer = (query: Buffer, ports: ReadonlyArray<number>): Buffer => {
  const endOfName = query.indexOf(0, 12)
  const question = query.subarray(12, endOfName + 5)
  const flags = ports.length > 0 ? 0x8180 : 0x8183
  const records = ports.map((port, priority) => {
    const data = Buffer.concat([short(priority), short(0), short(port), nameBytes("localhost")])
    return Buffer.concat([
      short(0xc00c),
      short(SRV),
      short(1),
      short(0),
      short(SECONDS_TO_LIVE),
      short(data.length),
      data
    ])
  })
  const header = [query.subarray(0, 2), short(flags), short(1), short(records.length), short(0), short(0)]
  return Buffer.concat([...header, question, ...records])
}

/** A DNS server that this process asks while the scope lives. */
const dnsServer = (ports: () => ReadonlyArray<number>) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly socket: Dgram.Socket; readonly before: ReadonlyArray<string>; asked: number }>(
      (resume) => {
        const socket = Dgram.createSocket("udp4")
        const server = { socket, before: Dns.getServers(), asked: 0 }
        socket.on("message", (query, from) => {
          server.asked++
          socket.send(answer(query, ports()), from.port, from.address)
        })
        socket.on("error", (error) => resume(Effect.die(error)))
        const port = LOWEST_PORT + Math.floor(Math.random() * PORTS)
        socket.bind(port, "127.0.0.1", () => {
          Dns.setServers([`127.0.0.1:${port}`])
          resume(Effect.succeed(server))
        })
      }
    ),
    ({ before, socket }) =>
      Effect.callback<void>((resume) => {
        Dns.setServers(before)
        socket.close(() => resume(Effect.void))
      })
  )

onCluster({ replicasPerPrimary: 0 })("Seeds by a DNS service", (it) => {
  it.effect("are resolved anew for each discovery", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      const dns = yield* dnsServer(() => nodes.map((node) => node.port))
      const { cluster, redis } = yield* clusterClient({ nodes: ["redis+srv://_redis._tcp.example.com"] })
      assert.strictEqual(yield* redis.set("k", "v"), true)
      const asked = dns.asked
      assert.isAtLeast(asked, 1)
      yield* cluster.refresh
      assert.isAbove(dns.asked, asked)
    })
  )

  it.effect("whose service has no records end the start with that cause, and other seeds serve beside it", () =>
    Effect.gen(function* () {
      const { nodes } = yield* ClusterServers
      yield* dnsServer(() => [])
      const service = "redis+srv://_redis._tcp.example.com"
      const none = yield* failing(clusterClient({ nodes: [service], start: "failFast" }))
      assert.match(none.message, /_redis\._tcp\.example\.com.*could not be resolved/)
      const { redis } = yield* clusterClient({ nodes: [service, `127.0.0.1:${nodes[0]!.port}`] })
      assert.strictEqual(yield* redis.set("k", "v"), true)
    })
  )

  it.effect("have no port of their own", () =>
    Effect.gen(function* () {
      const error = yield* failing(clusterClient({ nodes: ["redis+srv://_redis._tcp.example.com:7000"] }))
      assert.include(error.message, "nodes: a DNS service has no port")
    })
  )
})
