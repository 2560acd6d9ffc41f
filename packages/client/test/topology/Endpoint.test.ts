import { assert, describe, it } from "@effect/vitest"
import { endpointKey, parseEndpoint, parsePort } from "../../src/topology/Endpoint.ts"

describe("Endpoint", () => {
  it("writes host and port, an IPv6 host in brackets", () => {
    assert.strictEqual(endpointKey({ host: "10.0.0.1", port: 7000 }), "10.0.0.1:7000")
    assert.strictEqual(endpointKey({ host: "::1", port: 7000 }), "[::1]:7000")
  })

  it("reads what it writes", () => {
    for (const endpoint of [
      { host: "a.example", port: 1 },
      { host: "::1", port: 65535 },
      { host: "fe80::1%eth0", port: 6379 }
    ]) {
      assert.deepStrictEqual(parseEndpoint(endpointKey(endpoint)), endpoint)
    }
  })

  it("separates the port at the last colon of an IPv6 address without brackets", () => {
    assert.deepStrictEqual(parseEndpoint("2001:db8::7:6379"), { host: "2001:db8::7", port: 6379 })
  })

  it("refuses what is no address", () => {
    for (const text of [
      "",
      "host",
      ":6379",
      "host:",
      "host:0",
      "host:65536",
      "host:-1",
      "host:6379x",
      "[]:1",
      "a b:1",
      "[::1:1",
      "h:1.5"
    ]) {
      assert.isUndefined(parseEndpoint(text), text)
    }
  })

  it("takes ports from 1 to 65535 in digits only", () => {
    assert.strictEqual(parsePort("1"), 1)
    assert.strictEqual(parsePort("65535"), 65535)
    for (const text of ["0", "65536", "", " 1", "+1", "1e3", "0x10", "123456"])
      assert.isUndefined(parsePort(text), text)
  })
})
