import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { findBinary } from "../src/Binary.ts"

/** Sets variables of the environment for the rest of the test's scope. */
const environment = (variables: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = { ...process.env }
      Object.assign(process.env, variables)
      return before
    }),
    (before) =>
      Effect.sync(() => {
        for (const name of Object.keys(variables)) {
          const value = before[name]
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      })
  )

describe("findBinary", () => {
  it.effect("finds a server on PATH and knows its version", () =>
    Effect.gen(function* () {
      yield* environment({ REEF_SERVER: "" })
      const binary = yield* findBinary()
      assert.isTrue(binary.path.startsWith("/"))
      assert.isTrue(["redis", "valkey"].includes(binary.product))
      assert.match(binary.version, /^\d+\.\d+\.\d+/)
      assert.strictEqual(binary.major, Number.parseInt(binary.version, 10))
    })
  )

  it.effect("prefers the option to REEF_SERVER, and REEF_SERVER to PATH", () =>
    Effect.gen(function* () {
      const { path } = yield* findBinary()
      yield* environment({ REEF_SERVER: "/nowhere/asked-by-variable" })
      const error = yield* Effect.flip(findBinary())
      assert.include(error.detail, "/nowhere/asked-by-variable")
      assert.strictEqual((yield* findBinary({ binary: path })).path, path)
    })
  )

  it.effect("says what to install if there is no server", () =>
    Effect.gen(function* () {
      yield* environment({ PATH: "/nowhere", REEF_SERVER: "" })
      const error = yield* Effect.flip(findBinary())
      assert.strictEqual(error._tag, "ServerError")
      assert.strictEqual(error.reason, "BinaryNotFound")
      assert.include(error.message, "apt-get install redis-server")
      assert.include(error.message, "REEF_SERVER")
    })
  )

  it.effect("refuses a program that is not a server", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(findBinary({ binary: process.execPath }))
      assert.strictEqual(error.reason, "BinaryNotFound")
      assert.include(error.detail, process.version)
    })
  )
})
