import { assert, layer } from "@effect/vitest"
import type { RedisError, RedisPubSubService, RedisService } from "@reef-redis/node"
import {
  type ClusterControls,
  type ClusterNode,
  ClusterServers,
  RedisServer,
  SentinelServers,
  type ServerControls
} from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { clusterClient, onCluster, primariesOf, replicaOf } from "../cluster/support/cluster.ts"
import { keyIn, slotOf } from "../cluster/support/slots.ts"
import { onSentinels, sentinelClient } from "../sentinel/support/sentinel.ts"
import { eventually, pubSubOf } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"
import { SequenceAccount } from "./support/SequenceAccount.ts"

const MESSAGES = sizeOf({ quick: 20_000, full: 1_000_000 })
const CHANNELS = 100
/** Whether primaries die: until their successors serve takes the longest. Else they are told to hand over. */
const DEATHS = sizeOf({ quick: 0, full: 1 }) === 1
/** Of the channels so many are sharded, so many are read by a pattern, the rest by name. */
const SHARDED = 40
const BY_PATTERN = 30
/** A slot of the third primary with a channel; it goes to the second one, which hands over then. */
const MIGRATING = 16_383 - 409
/** The first two primaries hand over, the third one does not. */
const THIRD_FROM = 10_923

/** A way to send: the messages that go one after the other over the node it names stay in order until they are with the subscription. */
interface Way {
  readonly send: (channel: string, message: string) => Effect.Effect<unknown, RedisError>
  readonly node: (slot: number) => string
}

interface Ways {
  readonly plain: ReadonlyArray<Way>
  readonly shard: ReadonlyArray<Way>
  /** By which each node sends one message, which is behind all that it has sent before. Without them the other ways do. */
  readonly last?: ReadonlyArray<(account: SequenceAccount, message: string) => Effect.Effect<unknown, unknown>>
}

const simply = (redis: RedisService): Ways => ({
  plain: [{ send: redis.publish, node: () => "" }],
  shard: [{ send: redis.sPublish, node: () => "" }]
})

const follow = Effect.fnUntraced(function* (pubSub: RedisPubSubService, account: SequenceAccount) {
  const { kind, name } = account
  const options = { events: true, capacity: 100_000 } as const
  const stream = yield* kind === "plain"
    ? pubSub.subscribe(name, options)
    : kind === "shard"
      ? pubSub.sSubscribe(name, options)
      : pubSub.pSubscribe(`${name.slice(0, -1)}?`, options)
  yield* Effect.forkScoped(
    Stream.runForEachArray(stream, (items) =>
      Effect.sync(() => {
        for (const item of items) {
          if (item._tag === "Dropped") assert.fail("nothing may be dropped")
          if (item._tag === "Gap" && item.cause === "moved") account.moves++
          account.saw(item._tag === "Message" ? Number(item.payload) : item._tag)
        }
      })
    ),
    { startImmediately: true }
  )
})

const kindOf = (index: number): SequenceAccount["kind"] =>
  index < SHARDED ? "shard" : index < SHARDED + BY_PATTERN ? "pattern" : "plain"

/** Sends numbers to all channels in all ways at once, with the faults between them; a number is used once, whatever came of it. */
const prove = Effect.fnUntraced(function* (
  pubSub: RedisPubSubService,
  ways: Ways,
  faults: ReadonlyArray<Effect.Effect<void>>
) {
  const accounts = Array.from({ length: CHANNELS }, (_, index) => {
    const slot = Math.floor((index * 16_384) / SHARDED) % 16_384
    const kind = kindOf(index)
    return new SequenceAccount(kind === "shard" ? keyIn(slot, `s${index}`) : `c${index}x`, kind)
  })
  for (const account of accounts) yield* follow(pubSub, account)
  const senders = accounts.flatMap((account) =>
    (account.kind === "shard" ? ways.shard : ways.plain).map((way) => ({ account, way }))
  )
  let faultsLeft = faults.length
  let count = 0
  const publish = ({ account, way }: (typeof senders)[number]) =>
    Effect.suspend(() => {
      const number = account.next++
      count++
      const slot = slotOf(account.name)
      const atFirst = way.node(slot)
      return Effect.match(way.send(account.name, String(number)), {
        onFailure: () => undefined,
        onSuccess: () => {
          account.acknowledged(number, atFirst, way.node(slot))
          return { account, number }
        }
      })
    })
  // One message after the other, so that they are in order; more of them, slowly, while a fault lasts.
  const sending = (sender: (typeof senders)[number]) =>
    Effect.gen(function* () {
      while (sender.account.next < MESSAGES / CHANNELS || faultsLeft > 0) {
        yield* publish(sender)
        if (sender.account.next >= MESSAGES / CHANNELS) yield* Effect.sleep(5)
      }
    })
  const disturbing = Effect.forEach(faults, (fault, at) =>
    Effect.gen(function* () {
      const due = (MESSAGES * (at + 1)) / (faults.length + 1)
      yield* eventually(
        "its turn, and the losses before it are over",
        Effect.sync(() => count >= due && accounts.every(({ isLive }) => isLive)),
        600
      )
      yield* fault
      faultsLeft--
    })
  )
  const atOnce = { concurrency: "unbounded" } as const
  yield* Effect.all([disturbing, Effect.forEach(senders, sending, { ...atOnce, discard: true })], atOnce)
  const last = ways.last?.flatMap((send) =>
    accounts.map((account) =>
      Effect.suspend(() => {
        const number = account.next++
        return Effect.match(send(account, String(number)), {
          onFailure: () => undefined,
          onSuccess: () => ({ account, number })
        })
      })
    )
  )
  // Some subscriptions may still have to move, which loses what is on its way: a round that came whole is after all moves.
  const round = Effect.gen(function* () {
    const sent = yield* last === undefined ? Effect.forEach(senders, publish, atOnce) : Effect.all(last, atOnce)
    const end = performance.now() + 2000
    const isHere = () => sent.every((one) => one === undefined || one.account.has(one.number))
    while (!isHere() && performance.now() < end) yield* Effect.sleep(5)
    return isHere() && sent.some((one) => one !== undefined)
  })
  yield* eventually("a round of messages came whole", round, 30)
  return accounts
})

const report = (where: string, accounts: ReadonlyArray<SequenceAccount>) => {
  const sum = (of: (account: SequenceAccount) => number) => accounts.reduce((total, account) => total + of(account), 0)
  const line = {
    sent: sum((account) => account.sent),
    received: sum((account) => account.received),
    lost: sum((account) => account.lost),
    unexplained: sum((account) => account.unexplained.length),
    gaps: sum((account) => account.gaps),
    most: Math.max(...accounts.map((account) => account.gaps)),
    repeated: sum((account) => account.repeats.length),
    duplicates: sum((account) => account.duplicates)
  }
  console.log(`${where}: ${JSON.stringify(line)}`)
  for (const account of accounts) {
    for (const number of account.unexplained) console.log(`${where}: ${account.around(number)}`)
    const { name, repeats } = account
    if (repeats.length > 0) console.log(`${where}, ${name} again: ${JSON.stringify(repeats)}`)
  }
  return line
}

const killed = (server: ServerControls) =>
  Effect.orDie(Effect.asVoid(server.admin(["CLIENT", "KILL", "TYPE", "pubsub"])))

onCluster({ nodeTimeout: "2 seconds" })("The sequence of messages in a cluster", (it) => {
  it.effect(
    "has a gap event wherever numbers are missing, through two failovers and a migration",
    () =>
      Effect.gen(function* () {
        const servers = yield* ClusterServers
        const [first, second, third] = yield* primariesOf(servers)
        const { cluster, pubSub, redis } = yield* clusterClient({ commandTimeout: "30 seconds" })
        const other = yield* clusterClient({ commandTimeout: "30 seconds" })
        const nodeOf = (slot: number, by = cluster) => by.nodeOf(slot)?.id ?? "none"
        const plain = [0, 8_192, 16_383].map(
          (slot): Way => ({ send: cluster.onNode({ slot }).publish, node: () => `${nodeOf(slot)} for ${slot}` })
        )
        // A replica takes SPUBLISH, too: whoever sends nothing else learns of a failover late, and who writes at once.
        const writing = (channel: string, message: string) =>
          Effect.andThen(other.redis.set(channel, message), other.redis.sPublish(channel, message))
        const shard: ReadonlyArray<Way> = [
          { send: redis.sPublish, node: nodeOf },
          { send: writing, node: (slot) => `${nodeOf(slot, other.cluster)} for writers` }
        ]
        const last = servers.nodes.map(
          (node) =>
            ({ kind, name }: SequenceAccount, message: string) =>
              node.admin([kind === "shard" ? "SPUBLISH" : "PUBLISH", name, message])
        )
        let losses = 0
        const order = (primary: ClusterNode) =>
          Effect.orDie(Effect.flatMap(replicaOf(servers, primary), (replica) => servers.failover(replica)))
        const died = DEATHS ? failover(servers, first) : order(first)
        const ordered = order(second)
        const migrated = Effect.orDie(servers.moveSlots([MIGRATING], third, second))
        const counted = (fault: Effect.Effect<void>) => Effect.tap(fault, () => Effect.sync(() => losses++))
        const accounts = yield* prove(pubSub, { plain, shard, last }, [died, migrated, ordered].map(counted))
        const line = report("cluster", accounts)
        assert.strictEqual(losses, 3)
        assert.deepStrictEqual([line.unexplained, line.duplicates], [0, 0])
        assert.isAtMost(line.most, losses)
        for (const { kind, moves, name } of accounts) {
          const slot = slotOf(name)
          const own = slot === MIGRATING ? 2 : kind === "shard" && slot < THIRD_FROM ? 1 : 0
          assert.isAtMost(moves, own, `${name} of slot ${slot}`)
        }
      }),
    PROOF_TIMEOUT
  )
})

/** The primary dies, its replica takes over, and it comes back. */
const failover = (servers: ClusterControls, primary: Parameters<ClusterControls["kill"]>[0]): Effect.Effect<void> =>
  Effect.gen(function* () {
    const replica = yield* replicaOf(servers, primary)
    yield* servers.kill(primary)
    yield* eventually(
      "promoted",
      Effect.map(replica.role, (role) => role === "primary"),
      30
    )
    yield* servers.restart(primary)
    yield* servers.awaitStable
  }).pipe(Effect.orDie)

const standalone = RedisServer.layer()

layer(standalone, { excludeTestServices: true })("The sequence of messages of one server", (it) => {
  it.effect(
    "has a gap event wherever numbers are missing, and nowhere else",
    () =>
      Effect.gen(function* () {
        const server = yield* RedisServer
        const { pubSub, redis } = yield* pubSubOf(server)
        const restart = Effect.orDie(Effect.andThen(server.kill, server.restart))
        const accounts = yield* prove(pubSub, simply(redis), [killed(server), restart])
        const line = report("standalone", accounts)
        assert.deepStrictEqual([line.unexplained, line.repeated], [0, 0])
        assert.deepStrictEqual([line.gaps, line.most], [2 * CHANNELS, 2])
      }),
    PROOF_TIMEOUT
  )
})

onSentinels()("The sequence of messages under sentinels", (it) => {
  it.effect(
    "has a gap event wherever numbers are missing, through failovers by order and by death",
    () =>
      Effect.gen(function* () {
        const servers = yield* SentinelServers
        const { pubSub, redis } = yield* sentinelClient({ commandTimeout: "30 seconds" })
        const died = Effect.gen(function* () {
          const primary = yield* servers.primary
          yield* servers.kill(primary)
          const other = Effect.map(servers.primary, ({ port }) => port !== primary.port)
          yield* eventually(
            "promoted",
            Effect.orElseSucceed(other, () => false),
            60
          )
          yield* servers.restart(primary)
          yield* servers.awaitStable
        }).pipe(Effect.orDie)
        const accounts = yield* prove(pubSub, simply(redis), [
          Effect.orDie(servers.failover),
          ...(DEATHS ? [died] : [])
        ])
        const line = report("sentinel", accounts)
        assert.deepStrictEqual([line.unexplained, line.repeated], [0, 0])
        // A demoted primary closes its clients' connections: a loss, and the move to its successor.
        assert.isAtMost(line.most, 4)
        assert.isAtLeast(line.gaps, (DEATHS ? 2 : 1) * CHANNELS)
      }),
    PROOF_TIMEOUT
  )
})
