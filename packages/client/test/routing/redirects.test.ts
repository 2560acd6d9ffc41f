/** One redirect engine: each refusal that leads elsewhere or passes, against each way to send a command. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { Command } from "../../src/Command.ts"
import type { Reason } from "../../src/error/Reason.ts"
import type { RedisError } from "../../src/error/RedisError.ts"
import type { RedisService } from "../../src/Redis.ts"
import { failed, isError, settle, start, succeeded } from "../support/client.ts"
import { ask, clustered, type FakeCluster, k1, k3, moved, three, type View } from "../support/FakeCluster.ts"
import { array, bulk, error, type FakeSocket, int, ok, queued } from "../support/FakeTransport.ts"

/** The answer of one command, which says where it ran. */
type Send = (redis: RedisService) => Effect.Effect<string | undefined, RedisError>

const block = [Command.getDel(k1)] as const

/** Each way to send a command that writes. */
const ways: Readonly<Record<string, Send>> = {
  "a single command": (redis) => redis.getDel(k1),
  "a pipeline": (redis) => Effect.map(redis.pipeline([Command.get(k3), Command.getDel(k1)]), ([, value]) => value),
  "a transaction": (redis) => Effect.map(redis.transaction(block), ([value]) => value),
  "a blocking command": (redis) => Effect.map(redis.blPop(k1, "5 seconds"), (popped) => popped?.element),
  "a watched transaction": (redis) =>
    Effect.map(
      redis.watch(k1, () => Effect.succeed(block)),
      ([value]) => value
    )
}

const leased: Send = (redis) => Effect.scoped(Effect.flatMap(redis.lease({ key: k1 }), (mine) => mine.getDel(k1)))

interface Refusal {
  readonly text: string
  /** Which attempts at the first node are answered so: as many, or all on connections that were open at the first. */
  readonly refused: number | "stale connections"
  /** Where the command runs in the end. */
  readonly runsAt: string
  /** What a lease, which stays where it is, fails with. */
  readonly tag: Reason["_tag"]
  /** What the nodes say of themselves meanwhile. */
  readonly view?: View
}

const firstAt = (address: string): View => ({ shards: [[0, 5460, address], ...three.shards.slice(1)], epoch: 4 })

const always = Number.POSITIVE_INFINITY

const refusals: Readonly<Record<string, Refusal>> = {
  MOVED: {
    text: moved(k1, "n2:1"),
    refused: always,
    runsAt: "n2:1",
    tag: "Redirected",
    view: firstAt("n2:1")
  },
  "MOVED to a node that is not known": {
    text: moved(k1, "n4:1"),
    refused: always,
    runsAt: "n4:1",
    tag: "Redirected",
    view: firstAt("n4:1")
  },
  "MOVED with an empty host": {
    text: moved(k1, ":9"),
    refused: always,
    runsAt: "n1:9",
    tag: "Redirected",
    view: firstAt("n1:9")
  },
  "MOVED with a host that is not known": {
    text: moved(k1, "?:1"),
    refused: always,
    runsAt: "n2:1",
    tag: "Redirected",
    view: firstAt("n2:1")
  },
  "MOVED to the node that answered": {
    text: moved(k1, "n1:1"),
    refused: "stale connections",
    runsAt: "n1:1",
    tag: "Redirected"
  },
  ASK: { text: ask(k1, "n2:1"), refused: 2, runsAt: "n2:1", tag: "Redirected" },
  "ASK for a node that is not known": { text: ask(k1, "n4:1"), refused: 2, runsAt: "n4:1", tag: "Redirected" },
  REDIRECT: {
    text: error("REDIRECT n2:1"),
    refused: always,
    runsAt: "n2:1",
    tag: "Redirected",
    view: firstAt("n2:1")
  },
  TRYAGAIN: {
    text: error("TRYAGAIN Multiple keys request during rehashing of slot"),
    refused: 3,
    runsAt: "n1:1",
    tag: "TryAgain"
  },
  CLUSTERDOWN: { text: error("CLUSTERDOWN Hash slot not served"), refused: 3, runsAt: "n1:1", tag: "ClusterDown" },
  MASTERDOWN: { text: error("MASTERDOWN Link with MASTER is down"), refused: 3, runsAt: "n1:1", tag: "MasterDown" },
  LOADING: { text: error("LOADING Redis is loading the dataset"), refused: 3, runsAt: "n1:1", tag: "Loading" },
  READONLY: {
    text: error("READONLY You can't write against a read only replica."),
    refused: always,
    runsAt: "n2:1",
    tag: "ReadOnly",
    view: firstAt("n2:1")
  },
  UNBLOCKED: { text: error("UNBLOCKED force unblock"), refused: 3, runsAt: "n1:1", tag: "Unblocked" }
}

/** Nodes that know MULTI and ASKING; the first one refuses what has the key. What ran is listed with its node. */
const serving = (fake: FakeCluster, { refused, text, view }: Refusal) => {
  const ran: Array<string> = []
  const queues = new Map<FakeSocket, Array<string>>()
  const asking = new Set<FakeSocket>()
  let stale: ReadonlySet<FakeSocket> | undefined
  let count = 0
  const refuses = (socket: FakeSocket): boolean => {
    if (socket.address !== "n1:1") return false
    stale ??= new Set(fake.transport.open)
    return refused === "stale connections" ? stale.has(socket) : count++ < refused
  }
  fake.on = (words, socket) => {
    const [name = "", sub] = words
    const queue = queues.get(socket)
    if (name === "MULTI") queues.set(socket, [])
    if (name === "ASKING") asking.add(socket)
    if (name === "MULTI" || name === "ASKING" || name === "UNWATCH") return ok
    if (name === "EXEC") {
      queues.delete(socket)
      if (queue === undefined || queue.includes("")) {
        return error("EXECABORT Transaction discarded because of previous errors.")
      }
      ran.push(...queue)
      return array(queue.map(() => bulk(socket.address)))
    }
    if (name === "CLIENT" && sub === "ID") return int(1)
    if (!words.includes(k1)) return undefined
    if (refuses(socket)) {
      if (view !== undefined) fake.view = view
      queue?.push("")
      return text
    }
    const entry = `${asking.delete(socket) ? "ASKING " : ""}${name} ${socket.address}`
    if (queue !== undefined) {
      queue.push(entry)
      return queued
    }
    if (name === "WATCH") return ok
    ran.push(entry)
    return name === "BLPOP" ? array([bulk(k1), bulk(socket.address)]) : bulk(socket.address)
  }
  return ran
}

const policies = { unavailable: Schedule.spaced("10 millis"), reconnect: Schedule.spaced("10 millis") }

describe("What is answered by", () => {
  for (const [name, refusal] of Object.entries(refusals)) {
    for (const [way, send] of Object.entries(ways)) {
      it.effect(`${name}: ${way} runs once, where it should`, () =>
        Effect.gen(function* () {
          const { fake, redis } = yield* clustered({ policies })
          const ran = serving(fake, refusal)
          const fiber = yield* start(send(redis))
          for (let n = 0; n < 40; n++) {
            yield* settle
            yield* TestClock.adjust("50 millis")
          }
          const stays = way === "a watched transaction" && name.startsWith("ASK")
          const runsAt = stays ? "n1:1" : refusal.runsAt
          assert.strictEqual(yield* succeeded(fiber), runsAt)
          assert.lengthOf(ran, 1)
          assert.match(ran[0] ?? "", name.startsWith("ASK") && !stays ? /^ASKING / : /^[GB]/)
        })
      )
    }

    it.effect(`${name}: a lease fails as Refused, and the next one is where it should be`, () =>
      Effect.gen(function* () {
        const { fake, redis } = yield* clustered({ policies })
        const passes = refusal.refused !== always && refusal.refused !== "stale connections"
        const ran = serving(fake, { ...refusal, refused: passes ? 1 : refusal.refused })
        const first = yield* start(leased(redis))
        const failure = yield* failed(first)
        isError(failure, refusal.tag, "Refused")
        assert.isTrue(failure.transient)
        assert.deepStrictEqual(ran, [])
        yield* TestClock.adjust("2 seconds")
        yield* settle
        const runsAt = name.startsWith("ASK") ? "n1:1" : refusal.runsAt
        assert.strictEqual(yield* succeeded(yield* start(leased(redis))), runsAt)
      })
    )
  }
})
