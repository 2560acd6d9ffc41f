import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { type BenchmarkClient, fromPromises, type PromiseClient } from "../src/clients/BenchmarkClient.ts"
import { connectUntimed } from "../src/clients/nodeRedis.ts"
import { ContentError } from "../src/load.ts"
import { measure } from "../src/measure.ts"
import { SCENARIOS } from "../src/scenarios.ts"
import { type RunningServers, startServers } from "../src/servers.ts"

const DURATIONS = { warmUp: 50, timed: 200 }

let servers: RunningServers
let real: BenchmarkClient

beforeAll(async () => {
  servers = await startServers("standalone")
  real = await connectUntimed(servers)
})

afterAll(async () => {
  await real.close()
  await servers.stop()
})

const run = (client: BenchmarkClient, name: string) =>
  measure(client, servers, SCENARIOS.find((s) => s.name === name)!, DURATIONS)

/** The measurement of a client that behaves as the real one except for this. */
const failureWith = async (name: string, different: Partial<PromiseClient>): Promise<unknown> => {
  const client = fromPromises({ get: real.get, set: real.set, close: async () => undefined, ...different })
  return run(client, name).then(
    () => "no failure",
    (error: unknown) => error
  )
}

/** Every hundredth call is answered by the second function. */
const sometimes = <A extends ReadonlyArray<string>>(
  usual: (...args: A) => Promise<unknown>,
  then: (...args: A) => Promise<unknown>
) => {
  let calls = 0
  return (...args: A) => (++calls % 100 === 0 ? then : usual)(...args)
}

const assertContentError = (error: unknown, message: RegExp) => {
  assert.instanceOf(error, ContentError)
  if (error instanceof ContentError) assert.match(error.message, message)
}

describe("measure", () => {
  it("gives the operations, the time and the CPU time of the timed region", async () => {
    for (const name of ["get-50", "set-50"]) {
      const { cpuMicros, operations, seconds } = await run(real, name)
      assert.isAbove(operations, 0)
      assert.isAtLeast(seconds, 0.19) // timers may fire a little early
      assert.isAbove(cpuMicros, 0)
    }
  })

  it("refuses a client that returns another key's value", async () => {
    const get = sometimes(real.get, () => real.get("reef-bench:0000"))
    assertContentError(await failureWith("get-50", { get }), /^get reef-bench/)
  })

  it("refuses a client that answers SET wrongly", async () => {
    const set = sometimes(real.set, async () => null)
    assertContentError(await failureWith("set-50", { set }), /^set reef-bench.*received null/)
  })

  it("refuses a client that answers GET without asking the server", async () => {
    const known = new Map<string, unknown>()
    const set = (key: string, value: string) => {
      known.set(key, value)
      return real.set(key, value)
    }
    const get = sometimes(real.get, async (key) => known.get(key))
    assertContentError(await failureWith("get-50", { get, set }), /calls counted by the servers/)
  })

  it("refuses a client that sends a command twice", async () => {
    const set = sometimes(real.set, async (key, value) => {
      await real.set(key, value)
      return real.set(key, value)
    })
    assertContentError(await failureWith("set-1", { set }), /calls counted by the servers/)
  })

  it("refuses a client whose SET stores something else", async () => {
    const set = (key: string) => real.set(key, "something else")
    assertContentError(await failureWith("set-50", { set }), /after SET/)
  })

  it("fails when the client fails, without waiting for the end of the timed region", async () => {
    const get = sometimes(real.get, () => Promise.reject(new Error("connection lost")))
    const error = await failureWith("get-1", { get })
    assert.instanceOf(error, Error)
    if (error instanceof Error) assert.strictEqual(error.message, "connection lost")
  })
})
