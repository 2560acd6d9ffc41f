import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { type ClientOptions, resolveOptions } from "../src/ClientOptions.ts"
import { defaults } from "../src/routing/Policies.ts"

const resolved = (options: ClientOptions & { readonly database?: number | undefined }) =>
  Result.getOrThrow(resolveOptions(options, undefined))

describe("resolveOptions", () => {
  it("fills in the defaults", () => {
    const { engine, limits, profile, start } = resolved({})
    assert.deepStrictEqual(limits, {
      maxInFlight: 16_384,
      maxInFlightBytes: 268_435_456,
      overload: "suspend",
      silence: 2000,
      probeTimeout: 1000,
      connectTimeout: 5000,
      closeTimeout: 1000
    })
    assert.deepStrictEqual([engine.deadline, engine.resend, start], [10_000, "readOnly", "eager"])
    assert.deepStrictEqual(engine.policies, defaults)
    assert.isUndefined(profile.tls)
  })

  it("takes durations in every form, an infinite one too", () => {
    const { engine, limits } = resolved({
      commandTimeout: 250,
      connectTimeout: "3 seconds",
      closeTimeout: { minutes: 1 },
      silence: Number.POSITIVE_INFINITY
    })
    assert.deepStrictEqual(
      [engine.deadline, limits.connectTimeout, limits.closeTimeout, limits.silence],
      [250, 3000, 60_000, Number.POSITIVE_INFINITY]
    )
  })

  it("takes a key prefix that is text", () => {
    assert.strictEqual(resolved({}).keyPrefix, "")
    assert.strictEqual(resolved({ keyPrefix: "app:" }).keyPrefix, "app:")
    const result = resolveOptions({ keyPrefix: "\ud800" }, undefined)
    assert.include(Result.isFailure(result) ? result.failure.message : "", "keyPrefix: ")
  })

  it("has no telemetry unless spans or metrics are asked for", () => {
    assert.isUndefined(resolved({}).telemetry)
    assert.isUndefined(resolved({ telemetry: { queryText: true, spans: false } }).telemetry)
    assert.deepStrictEqual(resolved({ database: 2, telemetry: { spans: true } }).telemetry, {
      spans: true,
      queryText: false,
      metrics: false,
      namespace: "2"
    })
  })

  it("turns TLS on with the platform's defaults or with options", () => {
    assert.deepStrictEqual(resolved({ tls: true }).profile.tls, {})
    assert.isUndefined(resolved({ tls: false }).profile.tls)
    assert.deepStrictEqual(resolved({ tls: { servername: "redis.example" } }).profile.tls, {
      servername: "redis.example"
    })
  })

  const wrong: ReadonlyArray<readonly [name: string, options: unknown]> = [
    ["commandTimeout", { commandTimeout: 0 }],
    ["commandTimeout", { commandTimeout: -5 }],
    ["connectTimeout", { connectTimeout: "soon" }],
    ["closeTimeout", { closeTimeout: Number.NaN }],
    ["silence", { silence: 0 }],
    ["probeTimeout", { probeTimeout: -1 }],
    ["maxInFlight", { maxInFlight: 0 }],
    ["maxInFlight", { maxInFlight: 1.5 }],
    ["maxInFlightBytes", { maxInFlightBytes: Number.POSITIVE_INFINITY }],
    ["database", { database: -1 }],
    ["protocol", { protocol: 4 }],
    ["overload", { overload: "drop" }],
    ["resend", { resend: "always" }],
    ["start", { start: "later" }],
    ["telemetry.spans", { telemetry: { spans: "yes" } }],
    ["pool.max", { pool: { max: 0 } }],
    ["pool.min", { pool: { min: -1 } }],
    ["pool.min", { pool: { min: 3, max: 2 } }],
    ["pool.idleTimeout", { pool: { idleTimeout: 0 } }],
    ["pool.maxAge", { pool: { maxAge: "old" } }],
    ["pool.acquireTimeout", { pool: { acquireTimeout: -1 } }]
  ]
  for (const [name, options] of wrong) {
    it(`refuses ${JSON.stringify(options)} and names the option`, () => {
      const result = resolveOptions(options as ClientOptions, undefined)
      const failure = Result.isFailure(result) ? result.failure : assert.fail("it was taken")
      const [attempt] = failure.attempts
      assert.deepStrictEqual([attempt?.reason._tag, attempt?.execution], ["InvalidArgument", "NotSent"])
      assert.include(failure.message, `${name}: `)
    })
  }
})
