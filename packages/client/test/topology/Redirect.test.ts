import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { parseRedirect, redirectTarget } from "../../src/topology/Redirect.ts"

const answered = { host: "10.0.0.9", port: 7009 }
const targetOf = (message: string) => redirectTarget(parseRedirect(message)!, answered)

describe("Redirect", () => {
  it("reads MOVED, ASK and REDIRECT", () => {
    assert.deepStrictEqual(parseRedirect("MOVED 3999 127.0.0.1:6381"), {
      kind: "MOVED",
      slot: 3999,
      host: "127.0.0.1",
      port: 6381
    })
    assert.deepStrictEqual(parseRedirect("ASK 0 node-2.example:6381"), {
      kind: "ASK",
      slot: 0,
      host: "node-2.example",
      port: 6381
    })
    assert.deepStrictEqual(parseRedirect("REDIRECT 127.0.0.1:6380"), {
      kind: "REDIRECT",
      slot: undefined,
      host: "127.0.0.1",
      port: 6380
    })
  })

  it("separates the port of an IPv6 host at the last colon, with or without brackets", () => {
    assert.deepStrictEqual(targetOf("MOVED 16383 ::1:7001"), { host: "::1", port: 7001 })
    assert.deepStrictEqual(targetOf("MOVED 16383 [2001:db8::1]:7001"), { host: "2001:db8::1", port: 7001 })
    assert.deepStrictEqual(targetOf("REDIRECT 2001:db8::1:7001"), { host: "2001:db8::1", port: 7001 })
  })

  it("takes an empty host for the host of the node that answered, on the named port", () => {
    assert.isUndefined(parseRedirect("MOVED 1 :7001")?.host)
    assert.deepStrictEqual(targetOf("MOVED 1 :7001"), { host: "10.0.0.9", port: 7001 })
    assert.deepStrictEqual(targetOf("ASK 1 :7001"), { host: "10.0.0.9", port: 7001 })
    assert.deepStrictEqual(targetOf("REDIRECT :7001"), { host: "10.0.0.9", port: 7001 })
  })

  it("has a slot but no target where the server does not know the host", () => {
    assert.strictEqual(parseRedirect("MOVED 1 ?:7001")?.slot, 1)
    assert.isUndefined(targetOf("MOVED 1 ?:7001"))
  })

  it("remaps named and substituted hosts alike", () => {
    const remap = (endpoint: { host: string; port: number }) => ({
      host: `${endpoint.host}.nat`,
      port: endpoint.port + 1
    })
    assert.deepStrictEqual(redirectTarget(parseRedirect("ASK 1 a:1")!, answered, remap), { host: "a.nat", port: 2 })
    assert.deepStrictEqual(redirectTarget(parseRedirect("ASK 1 :1")!, answered, remap), {
      host: "10.0.0.9.nat",
      port: 2
    })
  })

  it("is nothing if malformed", () => {
    for (const message of [
      "",
      "MOVED",
      "MOVED 1",
      "MOVED 16384 a:1",
      "MOVED -1 a:1",
      "MOVED 1.5 a:1",
      "MOVED x a:1",
      "MOVED  1 a:1",
      "MOVED 1 a",
      "MOVED 1 a:",
      "MOVED 1 a:0",
      "MOVED 1 a:65536",
      "MOVED 1 [::1:1",
      "MOVED 1 a:1 surplus",
      "moved 1 a:1",
      "-MOVED 1 a:1",
      "ASK a:1",
      "REDIRECT",
      "REDIRECT 1 a:1",
      "REDIRECT a",
      "ERR MOVED 1 a:1",
      "TRYAGAIN Multiple keys request during rehashing of slot"
    ]) {
      assert.isUndefined(parseRedirect(message), message)
    }
  })

  it.prop(
    "never throws, and names a valid slot and port if it finds any",
    [Arbitrary.schema(Schema.String), Arbitrary.schema(Schema.Int)],
    ([text, n]) => {
      for (const message of [text, `MOVED ${n} ${text}`, `ASK ${n} ${text}:${n}`, `REDIRECT ${text}:${n}`]) {
        const redirect = parseRedirect(message)
        if (redirect === undefined) continue
        assert.isTrue(redirect.port >= 1 && redirect.port <= 65535)
        assert.isTrue(
          redirect.slot === undefined ? redirect.kind === "REDIRECT" : redirect.slot >= 0 && redirect.slot < 16384
        )
      }
    }
  )
})
