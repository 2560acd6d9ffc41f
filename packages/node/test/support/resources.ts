/** What a test may not leave behind in this process. */
import { assert } from "@effect/vitest"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

/** Names as `process.getActiveResourcesInfo` gives them. */
const WATCHED: ReadonlySet<string> = new Set([
  "TCPSocketWrap",
  "TCPServerWrap",
  "TCPConnectWrap",
  "TLSWrap",
  "PipeWrap",
  "PipeConnectWrap",
  "GetAddrInfoReqWrap",
  "Timeout"
])
/** A destroyed socket is gone after a few turns of the event loop, a server process after it has ended. */
const PATIENCE_MILLIS = 3000

const active = (): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) {
    if (WATCHED.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

const surplus = (before: ReadonlyMap<string, number>): ReadonlyArray<string> =>
  [...active()].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0)
    return more > 0 ? [`${more} ${name}`] : []
  })

/** The harness's own connection to a shared server is opened by its first use. */
const warmUp = Effect.flatMap(Effect.serviceOption(RedisServer), (server) =>
  Option.isNone(server) ? Effect.void : Effect.ignore(server.value.admin(["PING"]))
)

/** Runs a test in a scope of its own; afterwards no socket and no timer that it opened is there any more. */
export const leavesNothing = <A, E, R>(body: Effect.Effect<A, E, R>): Effect.Effect<void, E, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    yield* warmUp
    const before = active()
    yield* Effect.scoped(body)
    const end = performance.now() + PATIENCE_MILLIS
    while (surplus(before).length > 0 && performance.now() < end) {
      yield* Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
    }
    assert.deepStrictEqual(surplus(before), [], "left behind")
  })
