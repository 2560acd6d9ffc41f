import { assert, describe, it } from "@effect/vitest"
import { addressText } from "../../src/connection/Transport.ts"

describe("addressText", () => {
  it("writes host and port, an IPv6 host in brackets, or the path", () => {
    assert.strictEqual(addressText({ host: "redis.example", port: 6379 }), "redis.example:6379")
    assert.strictEqual(addressText({ host: "::1", port: 6379 }), "[::1]:6379")
    assert.strictEqual(addressText({ path: "/run/redis.sock" }), "/run/redis.sock")
  })
})
