/**
 * I12: what a client leaves behind. Its budget of commands in flight must be whole when nothing is under way, and after its scope is closed
 * there is no connection, and no socket or timer more than before.
 */
import type { FaultProxyControls } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Violation } from "./check.ts"
import type { Load } from "./Load.ts"

/** For the last sockets to go. Milliseconds. */
const PATIENCE = 3_000
/** For replies that nobody waits for any more: longer than it takes to give up a connection that stays silent (2 s and 1 s). */
const LONGEST_REPLY = 6_000
const POLL = 20
/** The part of its patience that a client which has nothing to wait for may take to close, on a busy machine. */
const CLOSING_PART = 0.5

export interface Resources {
  readonly sockets: number
  readonly timers: number
}

/** How many sockets or timers this process has now. */
const active = (name: "TCPSocketWrap" | "Timeout"): number =>
  process.getActiveResourcesInfo().filter((found) => found === name).length

export const resources = (): Resources => ({ sockets: active("TCPSocketWrap"), timers: active("Timeout") })

type Connections = Pick<FaultProxyControls, "connections">

/** Waits until the proxy has passed on the reply of every command that it saw. */
const awaitReplies = (proxy: Connections): Effect.Effect<ReadonlyArray<Violation>> =>
  Effect.gen(function* () {
    const end = performance.now() + LONGEST_REPLY
    while (true) {
      const waiting = (yield* proxy.connections).filter(({ outstanding }) => outstanding > 0).length
      if (waiting === 0) return []
      if (performance.now() > end) {
        return [{ invariant: "I12", detail: `${waiting} connections without a reply have not been given up` }]
      }
      yield* Effect.sleep(POLL)
    }
  })

/**
 * Closes the client when every operation has ended and every reply has come. A client that on closing waits for what is in flight (at most
 * `patience` milliseconds) must find nothing: whatever it still counted, too much or too little, would keep it until then.
 */
export const closeIdle = (
  scope: Scope.Closeable,
  proxy: Connections,
  patience: number | undefined
): Effect.Effect<ReadonlyArray<Violation>> =>
  Effect.gen(function* () {
    const unanswered = yield* awaitReplies(proxy)
    // What the proxy has written last must reach the client first.
    yield* Effect.sleep(POLL)
    const from = performance.now()
    yield* Scope.close(scope, Exit.void)
    const took = performance.now() - from
    if (patience === undefined || unanswered.length > 0 || took < patience * CLOSING_PART) return unanswered
    const detail = `closing took ${Math.round(took)} ms with nothing under way: the budget in flight was not back at 0`
    return [{ invariant: "I12", detail }]
  })

/** The proxy has no connection left, and this process no more sockets and timers than it may have. */
export const leftovers = (
  proxy: Connections,
  load: Pick<Load, "inFlight">,
  allowed: Resources,
  patience = PATIENCE
): Effect.Effect<ReadonlyArray<Violation>> =>
  Effect.gen(function* () {
    const end = performance.now() + patience
    while (true) {
      const connections = (yield* proxy.connections).length
      const { sockets, timers } = resources()
      const found = [
        connections === 0 ? [] : [`${connections} connections are still open`],
        sockets <= allowed.sockets ? [] : [`${sockets} sockets, ${allowed.sockets} are the harness's`],
        timers <= allowed.timers ? [] : [`${timers} timers, ${allowed.timers} are the harness's`],
        load.inFlight() === 0 ? [] : [`${load.inFlight()} operations are under way`]
      ].flat()
      if (found.length === 0 || performance.now() > end) {
        return found.map((detail): Violation => ({ invariant: "I12", detail }))
      }
      // A pause without a timer of its own.
      yield* Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
    }
  })
