import { assert } from "@effect/vitest"
import {
  Fault,
  FaultProxy,
  Observer,
  type SentinelControls,
  SentinelServers,
  type ServerError
} from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { eventually } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { auditWrites, onSentinels, sentinelClient, startWrites, Writes } from "./support/sentinel.ts"

const RUNS = sizeOf({ quick: 1, full: 4 })
const FIBERS = 50
/** What the full proof demands of each recovery. Milliseconds. */
const LATEST = sizeOf({ quick: 5_000, full: 250 })
/** Replies that were buffered come before. Milliseconds. */
const SETTLED = 300

type Strike = (
  servers: SentinelControls,
  victim: SentinelControls["servers"][number]
) => Effect.Effect<Effect.Effect<void, ServerError>, ServerError>

const kill: Strike = (servers, victim) => Effect.as(servers.kill(victim), servers.restart(victim))
const freeze: Strike = (servers, victim) => Effect.as(servers.freeze(victim), servers.thaw(victim))

interface Blow {
  readonly name: string
  readonly strike: Strike
  readonly pushes: boolean
  /** What is wrong with the sentinel that the client has first on its list. */
  readonly first: "fine" | "dead" | "frozen"
}

const BLOWS: ReadonlyArray<Blow> = [
  { name: "SIGKILL", strike: kill, pushes: true, first: "fine" },
  { name: "SIGSTOP", strike: freeze, pushes: true, first: "fine" },
  { name: "SIGKILL with the pushes dropped", strike: kill, pushes: false, first: "fine" },
  { name: "SIGSTOP with the pushes dropped", strike: freeze, pushes: false, first: "fine" },
  { name: "SIGKILL with the first sentinel dead", strike: kill, pushes: true, first: "dead" },
  {
    name: "SIGSTOP with the first sentinel frozen and the pushes dropped",
    strike: freeze,
    pushes: false,
    first: "frozen"
  }
]
/** The whole matrix only where it was asked for. */
const chosen = RUNS > 1 ? BLOWS : BLOWS.filter(({ name }) => name === "SIGKILL with the pushes dropped")

onSentinels()("Recovery from the death of a primary under sentinels", (it) => {
  for (const { first, name, pushes, strike } of chosen) {
    it.effect(
      `by ${name} comes with the agreement of the sentinels, as a process of its own has seen it`,
      () =>
        Effect.gen(function* () {
          const servers = yield* SentinelServers
          const observer = yield* Observer.make({
            nodes: servers.servers,
            sentinels: { nodes: servers.sentinels, service: servers.service }
          })
          const proxy = yield* FaultProxy.make({ upstreams: servers.sentinels })
          const { redis } = yield* sentinelClient({ sentinels: proxy.urls, addressRemap: proxy.remap })
          if (!pushes) {
            // In RESP2 a published message is an array that nobody asked for.
            yield* proxy.installScoped({ push: "pmessage", fault: Fault.dropPush })
          }
          const [sentinel] = servers.sentinels
          const writes = new Writes()
          const { stop } = yield* startWrites(redis, writes, FIBERS)
          const recoveries: Array<number> = []
          while (recoveries.length < RUNS) {
            const before = writes.successes.length
            yield* eventually(
              "the load is on",
              Effect.sync(() => writes.successes.length > before + 1_000)
            )
            if (first === "dead") yield* servers.kill(sentinel!)
            if (first === "frozen") yield* servers.freeze(sentinel!)
            const victim = yield* servers.primary
            const at = Date.now()
            const mend = yield* strike(servers, victim)
            const agreement = yield* observer.agreementAfter(at, victim.port)
            yield* eventually(
              "writes go on",
              Effect.sync(() => writes.firstAfter(at + SETTLED) < Number.POSITIVE_INFINITY)
            )
            recoveries.push(writes.firstAfter(at + SETTLED) - agreement.time)
            yield* mend
            if (first === "dead") yield* servers.restart(sentinel!)
            if (first === "frozen") yield* servers.thaw(sentinel!)
            yield* servers.awaitStable
          }
          yield* stop
          console.log(`${name}: first success ${recoveries.join(", ")} ms after the agreement`)
          assert.isBelow(Math.max(...recoveries), LATEST)
          assert.deepStrictEqual(
            writes.errors.flatMap(({ execution, message, reason }) =>
              reason._tag === "ConnectionLost" && execution === "MayHaveExecuted" ? [] : [message]
            ),
            []
          )
          const { applied, doubled, foreign, missing } = yield* auditWrites(servers, writes, FIBERS)
          console.log(`${writes.errors.length} writes on hit sockets, ${missing.length} lost by the servers`)
          assert.deepStrictEqual({ applied, doubled, foreign }, { applied: [], doubled: [], foreign: [] })
        }),
      PROOF_TIMEOUT
    )
  }
})
