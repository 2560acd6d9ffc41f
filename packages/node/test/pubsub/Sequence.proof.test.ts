import { assert, layer } from "@effect/vitest"
import type { RedisPubSubService, RedisService } from "@reef-redis/node"
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
import { keyIn } from "../cluster/support/slots.ts"
import { onSentinels, sentinelClient } from "../sentinel/support/sentinel.ts"
import { eventually, pubSubOf } from "../support/client.ts"
import { PROOF_TIMEOUT, sizeOf } from "../support/proof.ts"

const MESSAGES = sizeOf({ quick: 20_000, full: 1_000_000 })
const CHANNELS = 100
/** Whether primaries die: until their successors serve takes the longest. Else they are told to hand over. */
const DEATHS = sizeOf({ quick: 0, full: 1 }) === 1
/** Of the channels so many are sharded, so many are read by a pattern, the rest by name. */
const SHARDED = 40
const BY_PATTERN = 30
/** Messages of one channel are sent one after the other; by so many places they may come in another order. */
const REORDERED = 3

type Kind = "plain" | "pattern" | "shard"

/** One channel: what the server acknowledged in sending, and what its subscription saw. */
class Account {
  readonly name: string
  readonly kind: Kind
  /** The numbers whose sending was acknowledged. */
  readonly sent: Array<number> = []
  /** Numbers of messages and, as negative ones, what happened in between. */
  readonly seen: Array<number | "Gap" | "Subscribed" | "Resubscribed" | "Moved"> = []

  constructor(name: string, kind: Kind) {
    this.name = name
    this.kind = kind
  }

  /**
   * Acknowledged and missing, without a gap there. In a cluster two messages of a plain channel may be sent to two nodes, and overtake each
   * other by a few places on their ways.
   */
  get unexplained(): Array<number> {
    const present = new Set(this.numbers)
    return this.sent.filter((number) => {
      if (present.has(number)) return false
      const isBefore = (item: unknown) => typeof item === "number" && item < number - REORDERED
      const from = this.seen.findLastIndex(isBefore)
      const isAfter = (item: unknown, at: number) => at > from && typeof item === "number" && item > number + REORDERED
      const to = this.seen.findIndex(isAfter)
      return !this.seen.slice(Math.max(0, from), to === -1 ? undefined : to).includes("Gap")
    })
  }

  get lost(): number {
    return this.sent.length - new Set(this.numbers).size
  }

  get numbers(): Array<number> {
    return this.seen.filter((item) => typeof item === "number")
  }

  /** Numbers that came again, and what happened to the subscription in between. */
  get repeats(): Array<{ readonly number: number; readonly between: string }> {
    const places = new Map<number, number>()
    return this.seen.flatMap((item, at) => {
      if (typeof item !== "number") return []
      const before = places.get(item)
      places.set(item, at)
      if (before === undefined) return []
      const between = this.seen.slice(before + 1, at).filter((one) => typeof one === "string")
      return [{ number: item, between: between.join() }]
    })
  }

  /**
   * Those that no bus of a cluster brings (see `Bus.test.ts`): to a subscription that has not moved to another node since they came. The bus takes
   * messages of sharded channels, too, to the other nodes of their shard, one of which is where the subscription is after a failover.
   */
  get duplicates(): number {
    return this.repeats.filter(({ between }) => !/Gap,.*Moved/.test(between)).length
  }

  get gaps(): number {
    return this.seen.filter((item) => item === "Gap").length
  }
}

const follow = Effect.fnUntraced(function* (pubSub: RedisPubSubService, account: Account) {
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
          account.seen.push(item._tag === "Message" ? Number(item.payload) : item._tag)
        }
      })
    ),
    { startImmediately: true }
  )
})

const kindOf = (index: number): Kind => (index < SHARDED ? "shard" : index < SHARDED + BY_PATTERN ? "pattern" : "plain")

/** Sends numbers to all channels, with the faults between them; a number is used once, whatever came of it. */
const prove = Effect.fnUntraced(function* (
  redis: RedisService,
  pubSub: RedisPubSubService,
  faults: ReadonlyArray<Effect.Effect<void>>
) {
  const accounts = Array.from({ length: CHANNELS }, (_, index) => {
    const slot = Math.floor((index * 16_384) / SHARDED) % 16_384
    const kind = kindOf(index)
    return new Account(kind === "shard" ? keyIn(slot, `s${index}`) : `c${index}x`, kind)
  })
  for (const account of accounts) yield* follow(pubSub, account)
  const next: Array<number> = accounts.map(() => 0)
  let faultsLeft = faults.length
  let count = 0
  const publish = (index: number) =>
    Effect.suspend(() => {
      const account = accounts[index]!
      const number = next[index]!++
      count++
      const send = kindOf(index) === "shard" ? redis.sPublish : redis.publish
      return Effect.ignore(Effect.map(send(account.name, String(number)), () => account.sent.push(number)))
    })
  // One message after the other, so that they are in order; more of them, slowly, while a fault lasts.
  const sending = (index: number) =>
    Effect.gen(function* () {
      while (next[index]! < MESSAGES / CHANNELS || faultsLeft > 0) {
        yield* publish(index)
        if (next[index]! >= MESSAGES / CHANNELS) yield* Effect.sleep(5)
      }
    })
  const disturbing = Effect.forEach(faults, (fault, at) =>
    Effect.gen(function* () {
      const due = (MESSAGES * (at + 1)) / (faults.length + 1)
      yield* eventually(
        "its turn",
        Effect.sync(() => count >= due),
        600
      )
      yield* fault
      faultsLeft--
    })
  )
  yield* Effect.all(
    [disturbing, Effect.forEach(accounts.keys(), sending, { concurrency: "unbounded", discard: true })],
    {
      concurrency: 2
    }
  )
  // What each subscription sees at the end of its own accord.
  yield* eventually(
    "every subscription is live",
    Effect.forEach(accounts, (account, index) =>
      Effect.map(publish(index), () => (account.numbers.at(-1) ?? -1) >= next[index]! - 3)
    ).pipe(Effect.map((all) => all.every(Boolean))),
    30
  )
  yield* eventually(
    "the last messages came",
    Effect.sync(() => accounts.every((account) => account.numbers.includes(account.sent.at(-1)!)))
  )
  return accounts
})

const report = (where: string, accounts: ReadonlyArray<Account>) => {
  const sum = (of: (account: Account) => number) => accounts.reduce((total, account) => total + of(account), 0)
  const line = {
    sent: sum((account) => account.sent.length),
    received: sum((account) => account.numbers.length),
    lost: sum((account) => account.lost),
    unexplained: sum((account) => account.unexplained.length),
    gaps: sum((account) => account.gaps),
    most: Math.max(...accounts.map((account) => account.gaps)),
    repeated: sum((account) => account.repeats.length),
    duplicates: sum((account) => account.duplicates)
  }
  console.log(`${where}: ${JSON.stringify(line)}`)
  for (const { name, repeats } of accounts) {
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
        const { pubSub, redis } = yield* clusterClient({ commandTimeout: "30 seconds" })
        let losses = 0
        const order = (primary: ClusterNode) =>
          Effect.orDie(Effect.flatMap(replicaOf(servers, primary), (replica) => servers.failover(replica)))
        const died = DEATHS ? failover(servers, first) : order(first)
        const ordered = order(second)
        const migrated = Effect.orDie(servers.moveSlots([16_383 - 409], third, second))
        const counted = (fault: Effect.Effect<void>) => Effect.tap(fault, () => Effect.sync(() => losses++))
        const accounts = yield* prove(redis, pubSub, [counted(died), counted(migrated), counted(ordered)])
        const line = report("cluster", accounts)
        assert.strictEqual(losses, 3)
        assert.deepStrictEqual([line.unexplained, line.duplicates], [0, 0])
        assert.isAtMost(line.most, losses)
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
        const accounts = yield* prove(redis, pubSub, [killed(server), restart])
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
        const accounts = yield* prove(redis, pubSub, [Effect.orDie(servers.failover), ...(DEATHS ? [died] : [])])
        const line = report("sentinel", accounts)
        assert.deepStrictEqual([line.unexplained, line.repeated], [0, 0])
        // A demoted primary closes its clients' connections: a loss, and the move to its successor.
        assert.isAtMost(line.most, 4)
        assert.isAtLeast(line.gaps, (DEATHS ? 2 : 1) * CHANNELS)
      }),
    PROOF_TIMEOUT
  )
})
