/** The fencing token, against holders and servers that stop, die and come back. */
import { assert, layer } from "@effect/vitest"
import { Lock, Redis } from "@reef-redis/node"
import { ClusterServers, RedisServer, SentinelServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { clusterClient, onCluster, replicaOf } from "../cluster/support/cluster.ts"
import { slotOf } from "../cluster/support/slots.ts"
import { onSentinels, sentinelClient } from "../sentinel/support/sentinel.ts"
import { clientOf, eventually } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { type Contenders, contend, stopAll } from "./support/Contenders.ts"

const PROCESSES = 4
const FIBERS = 50
/** How long a lock is held without renewal, in milliseconds. */
const TTL = 500
/** Freezes of a holder's process, of the server, and deaths of the server. */
const ROUNDS = sizeOf({ quick: 1, full: 12 })
/** Rounds in which the primary of the lock dies with what it had not replicated; in the others it hands over. */
const DEATHS = sizeOf({ quick: 0, full: 12 })

const progress = (contenders: Contenders) => {
  const before = contenders.holders.size
  return eventually(
    "the lock goes round",
    Effect.sync(() => contenders.holders.size > before + 15),
    30
  )
}

/** A holder is frozen beyond its time: others get the lock, it learns of its loss, and what it writes then is refused. */
const freezeAHolder = (contenders: Contenders) =>
  Effect.gen(function* () {
    const { child, token } = yield* contenders.freezeHolder
    yield* eventually(
      "somebody else has written",
      Effect.sync(() => contenders.accepted.some((write) => write.token > token)),
      30
    )
    child.kill("SIGCONT")
    const told = () => contenders.failures.find((failure) => failure.token === token)
    yield* eventually(
      "the holder has learnt of its loss",
      Effect.sync(() => told() !== undefined)
    )
    assert.deepInclude(told(), { reason: "LockLost", late: false })
    assert.isFalse(contenders.finished.has(token))
  })

/** All is as it should be, and nothing of it stays. */
const ending = (contenders: Contenders, name: string) =>
  Effect.gen(function* () {
    yield* stopAll(contenders)
    contenders.check()
    yield* eventually(
      "the lock is free",
      Effect.map(Lock.make(name).locked, (locked) => !locked),
      5
    )
    for (const { reason } of contenders.failures) {
      assert.include(["LockLost", "LockTimeout", "ConnectionLost", "ConnectFailed", "Timeout", "Loading"], reason)
    }
  })

layer(RedisServer.layer({ appendfsync: "no" }), { excludeTestServices: true })(
  "A resource that checks tokens",
  (it) => {
    it.effect(
      "accepts no write with an older one, whoever is frozen or killed",
      () =>
        Effect.scoped(
          Effect.gen(function* () {
            const server = yield* RedisServer
            const name = "resource"
            const contenders = yield* contend(PROCESSES, { lock: name, ttl: TTL, fibers: FIBERS, url: server.url })
            yield* progress(contenders)
            for (let round = 0; round < ROUNDS; round++) {
              yield* freezeAHolder(contenders)
              yield* progress(contenders)
              yield* server.freeze
              yield* Effect.sleep(2 * TTL)
              yield* server.thaw
              yield* progress(contenders)
              yield* server.kill
              yield* server.restart
              yield* progress(contenders)
            }
            const redis = yield* clientOf(server)
            yield* Effect.provideService(ending(contenders, name), Redis, redis)
            console.log(`standalone, ${ROUNDS} rounds: ${JSON.stringify(contenders.counts)}`)
          })
        ),
      PROOF_TIMEOUT
    )
  }
)

onCluster({ nodeTimeout: "1 second" })("The same in a cluster", (it) => {
  it.effect(
    "though primaries hand over, or die with what they had not replicated",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const servers = yield* ClusterServers
          const name = "resource"
          const { redis } = yield* clusterClient()
          const contenders = yield* contend(PROCESSES, { lock: name, ttl: TTL, fibers: FIBERS, nodes: servers.seeds })
          yield* progress(contenders)
          for (let round = 0; round < ROUNDS; round++) {
            yield* freezeAHolder(contenders)
            const primary = yield* servers.primaryOf(slotOf(name))
            const successor = yield* replicaOf(servers, primary)
            if (round >= DEATHS) yield* servers.failover(successor)
            else {
              yield* servers.kill(primary)
              yield* eventually(
                "the replica is promoted",
                Effect.map(successor.role, (role) => role === "primary"),
                30
              )
            }
            yield* progress(contenders)
            if (round >= DEATHS) continue
            yield* servers.restart(primary)
            yield* servers.awaitStable
          }
          yield* Effect.provideService(ending(contenders, name), Redis, redis)
          console.log(`cluster, ${ROUNDS} rounds: ${JSON.stringify(contenders.counts)}`)
        })
      ),
    PROOF_TIMEOUT
  )
})

onSentinels()("The same where sentinels watch", (it) => {
  it.effect(
    "though they hand over, or the primary dies with what it had not replicated",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const servers = yield* SentinelServers
          const name = "resource"
          const { redis } = yield* sentinelClient()
          const { seeds, service } = servers
          const contenders = yield* contend(PROCESSES, {
            lock: name,
            ttl: TTL,
            fibers: FIBERS,
            sentinels: { seeds, service }
          })
          yield* progress(contenders)
          for (let round = 0; round < ROUNDS; round++) {
            yield* freezeAHolder(contenders)
            const primary = yield* servers.primary
            if (round >= DEATHS) yield* servers.failover
            else {
              yield* servers.kill(primary)
              yield* eventually(
                "another primary",
                Effect.map(servers.primary, ({ port }) => port !== primary.port),
                30
              )
            }
            yield* progress(contenders)
            if (round < DEATHS) yield* servers.restart(primary)
            yield* servers.awaitStable
          }
          yield* Effect.provideService(ending(contenders, name), Redis, redis)
          console.log(`sentinels, ${ROUNDS} rounds: ${JSON.stringify(contenders.counts)}`)
        })
      ),
    PROOF_TIMEOUT
  )
})
