import { assert, describe, it } from "@effect/vitest"
import type { ResolvedSocketOptions } from "@reef-redis/node"
import * as Redacted from "effect/Redacted"
import { netOptions, tlsOptions } from "../../src/internal/connectOptions.ts"

const address = { host: "redis.example", port: 6379 }
const socket: ResolvedSocketOptions = {
  keepAlive: 1000,
  noDelay: true,
  family: undefined,
  attemptTimeout: 250,
  localAddress: undefined,
  highWaterMark: undefined,
  lookup: undefined
}

describe("netOptions", () => {
  it("tries both IP versions unless one was chosen", () => {
    assert.deepStrictEqual(netOptions({ address, socket }, undefined), {
      ...address,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: 250
    })
    assert.deepInclude(netOptions({ address, socket: { ...socket, family: 6 } }, undefined), {
      family: 6,
      autoSelectFamily: false
    })
    assert.deepStrictEqual(netOptions({ address }, undefined), { ...address, autoSelectFamily: true })
  })

  it("hands on local address and high-water mark; a Unix socket has the latter only", () => {
    const more = { ...socket, localAddress: "127.0.0.2", highWaterMark: 99 }
    const expected = { localAddress: "127.0.0.2", highWaterMark: 99 }
    assert.deepInclude<object>(netOptions({ address, socket: more }, undefined), expected)
    const ofUnix: object = netOptions({ address: { path: "/s" }, socket: more }, undefined)
    assert.deepStrictEqual(ofUnix, { path: "/s", highWaterMark: 99 })
  })

  it("gives the looked-up addresses in both shapes that Node asks for", () => {
    const given = netOptions({ address, socket }, ["127.0.0.1", "::1"])
    if (!("lookup" in given) || given.lookup === undefined) return assert.fail("no look-up")
    const seen: Array<unknown> = []
    given.lookup("redis.example", { all: true }, (error, found) => seen.push([error, found]))
    given.lookup("redis.example", {}, (error, found, family) => seen.push([error, found, family]))
    assert.deepStrictEqual(seen, [
      [
        null,
        [
          { address: "127.0.0.1", family: 4 },
          { address: "::1", family: 6 }
        ]
      ],
      [null, "127.0.0.1", 4]
    ])
  })
})

describe("tlsOptions", () => {
  it("names the host unless it is an address, and verifies what it is not told to trust", () => {
    assert.deepStrictEqual(tlsOptions({}, "redis.example"), { servername: "redis.example", rejectUnauthorized: true })
    assert.deepStrictEqual(tlsOptions({}, "::1"), { rejectUnauthorized: true })
    assert.deepStrictEqual(tlsOptions({ servername: "other", rejectUnauthorized: false }, "redis.example"), {
      servername: "other",
      rejectUnauthorized: false
    })
  })

  it("hands on certificates, ciphers and versions", () => {
    const given = {
      ca: ["a", "b"],
      cert: "c",
      key: Redacted.make("k"),
      passphrase: Redacted.make("p"),
      ciphers: "HIGH",
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.3"
    } as const
    assert.deepStrictEqual(tlsOptions(given, undefined), {
      ca: ["a", "b"],
      cert: "c",
      key: "k",
      passphrase: "p",
      ciphers: "HIGH",
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.3",
      rejectUnauthorized: true
    })
  })
})
