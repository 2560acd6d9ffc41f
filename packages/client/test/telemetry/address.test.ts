import { assert, describe, it } from "@effect/vitest"
import { partsOf, peerAttributes, serverAttributes } from "../../src/telemetry/address.ts"

const of = (text: string) => ({ ...serverAttributes(partsOf(text)), ...peerAttributes(partsOf(text)) })

describe("address", () => {
  it("tells an IP address as server and peer", () => {
    assert.deepStrictEqual(of("10.0.0.1:7000"), {
      "server.address": "10.0.0.1",
      "server.port": 7000,
      "network.peer.address": "10.0.0.1",
      "network.peer.port": 7000
    })
    assert.deepStrictEqual(of("[::1]:6379"), {
      "server.address": "::1",
      "network.peer.address": "::1",
      "network.peer.port": 6379
    })
  })

  it("tells a name as server only, without the usual port", () => {
    assert.deepStrictEqual(of("db.example:6379"), { "server.address": "db.example" })
    assert.deepStrictEqual(of("db.example:1"), { "server.address": "db.example", "server.port": 1 })
  })

  it("tells the path of a Unix socket", () => {
    assert.deepStrictEqual(of("/run/redis:1/socket"), {
      "server.address": "/run/redis:1/socket",
      "network.peer.address": "/run/redis:1/socket",
      "network.transport": "unix"
    })
  })
})
