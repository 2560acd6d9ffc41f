import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { resolveSocketOptions, type SocketOptions } from "../../src/connection/SocketOptions.ts"

const resolve = (options: SocketOptions | undefined) => {
  const faults: Array<string> = []
  return { resolved: resolveSocketOptions(options, (name) => faults.push(name)), faults }
}

describe("Socket options", () => {
  it("have the defaults of Redis clients", () => {
    const { faults, resolved } = resolve(undefined)
    assert.deepStrictEqual(faults, [])
    assert.deepStrictEqual(resolved, {
      keepAlive: 30_000,
      noDelay: true,
      family: undefined,
      attemptTimeout: 250,
      localAddress: undefined,
      highWaterMark: undefined,
      lookup: undefined
    })
  })

  it("keep what they are given, times in milliseconds", () => {
    const lookup = () => Effect.succeed(["127.0.0.1"])
    const given = {
      keepAlive: "1 minute",
      noDelay: false,
      family: 6,
      attemptTimeout: 100,
      localAddress: "::1"
    } as const
    const { faults, resolved } = resolve({ ...given, highWaterMark: 1024, lookup })
    assert.deepStrictEqual(faults, [])
    assert.deepStrictEqual(resolved, { ...given, keepAlive: 60_000, highWaterMark: 1024, lookup })
    assert.isUndefined(resolve({ keepAlive: false }).resolved.keepAlive)
  })

  it("are refused by name", () => {
    const { faults } = resolve({
      keepAlive: 0,
      family: 5 as 4,
      attemptTimeout: 9,
      localAddress: "localhost",
      highWaterMark: 0.5
    })
    assert.sameMembers(faults, [
      "socket.keepAlive",
      "socket.family",
      "socket.attemptTimeout",
      "socket.localAddress",
      "socket.highWaterMark"
    ])
  })
})
