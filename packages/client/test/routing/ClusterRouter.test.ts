import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import { commands } from "../../src/command/Commands.ts"
import { raw } from "../../src/command/custom.ts"
import { slotOf } from "../../src/topology/Slot.ts"
import { failed, isDone, isError, settle, start, succeeded } from "../support/client.ts"
import { ask, clustered, idOf, k1, k2, k3, keysIn, moved, three } from "../support/FakeCluster.ts"
import { bulk, error, int } from "../support/FakeTransport.ts"

const fast = { policies: { unavailable: Schedule.spaced("10 millis") } }

describe("Cluster: where commands go", () => {
  it.effect("sends each command to the primary of its slot, opening connections as they are needed", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      assert.deepStrictEqual([...new Set(fake.transport.dialled)], ["n1:1"])
      const values = yield* Effect.forEach([k1, k2, k3], (key) => start(redis.get(key)))
      assert.deepStrictEqual(yield* Effect.forEach(values, succeeded), ["n1:1", "n2:1", "n3:1"])
    })
  )

  it.effect("sends what has no key to any primary, in turn", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered({}, (cluster) => {
        cluster.on = ([name], socket) => (name === "ECHO" ? bulk(socket.address) : undefined)
      })
      const echoes = yield* Effect.forEach([1, 2, 3], () => start(redis.run(commands.echo("x"))))
      const served = yield* Effect.forEach(echoes, succeeded)
      assert.deepStrictEqual([...served].sort(), ["n1:1", "n2:1", "n3:1"])
      assert.strictEqual(fake.transport.open.length, 3)
    })
  )

  it.effect("refuses keys of several slots before anything is sent, and lists the slots", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      const failure = yield* failed(yield* start(redis.mSetNX({ [k1]: "1", [k3]: "3", [k2]: "2" })))
      isError(failure, "CrossSlot", "NotSent")
      assert.deepStrictEqual(
        failure.reason._tag === "CrossSlot" ? failure.reason.slots : [],
        [k1, k2, k3].map(slotOf).sort((a, b) => a - b)
      )
      for (const node of ["n1:1", "n2:1", "n3:1"]) assert.deepStrictEqual(fake.sentTo(node), [])
    })
  )

  it.effect("refuses what speaks of one node only, and names the ways to run it there", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered({}, (made) => {
        made.on = ([name]) => (name === "LASTSAVE" ? int(7) : undefined)
      })
      const failure = yield* failed(yield* start(redis.run(commands.lastSave())))
      isError(failure, "InvalidArgument", "NotSent")
      for (const way of ["onNode", "onEach"]) assert.include(failure.message, way)
      const there = yield* start(cluster.onNode({ host: "n2", port: 1 }).run(raw("LASTSAVE")))
      assert.strictEqual(yield* succeeded(there), 7)
      assert.deepStrictEqual(fake.sentTo("n2:1"), ["LASTSAVE"])
    })
  )

  it.effect("waits for a slot that no node serves until one does, and asks for the map meanwhile", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(fast, (cluster) => {
        cluster.view = { ...three, shards: three.shards.slice(0, 2) }
      })
      const fiber = yield* start(redis.get(k3))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* isDone(fiber))
      fake.view = { ...three, epoch: 4 }
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(fiber), "n3:1")
    })
  )

  it.effect("fails an uncovered slot by its name when the policy ends", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered({ policies: { unavailable: Schedule.recurs(0) } }, (cluster) => {
        cluster.view = { ...three, shards: three.shards.slice(0, 2) }
      })
      const failure = yield* failed(yield* start(redis.get(k3)))
      isError(failure, "UncoveredSlot", "NotSent")
      assert.strictEqual(failure.reason._tag === "UncoveredSlot" ? failure.reason.slot : -1, slotOf(k3))
    })
  )
})

describe("Cluster: MOVED", () => {
  it.effect("is followed at once, patches that one slot, and asks for one refresh in its time", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered()
      const [other = ""] = keysIn(0, 5460, 1, "other")
      fake.on = (words, socket) => (words[1] === k1 && socket.address === "n1:1" ? moved(k1, "n2:1") : undefined)
      const asked = fake.asked
      const fiber = yield* start(redis.get(k1))
      assert.strictEqual(yield* succeeded(fiber), "n2:1")
      const now = yield* SubscriptionRef.get(cluster.topology)
      assert.strictEqual(now.primaryOf(slotOf(k1))?.id, idOf("n2:1"))
      assert.strictEqual(now.primaryOf(slotOf(other))?.id, idOf("n1:1"))
      assert.strictEqual(fake.asked, asked)
      const again = yield* start(redis.get(k1))
      assert.strictEqual(yield* succeeded(again), "n2:1")
      assert.deepStrictEqual(fake.sentTo("n1:1"), [`GET ${k1}`])
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.isAbove(fake.asked, asked)
      assert.isAtMost(fake.asked, asked + 3)
    })
  )

  it.effect("to a node that the map does not know is followed, and the node is kept if the next view has it", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = (words, socket) => (words[1] === k1 && socket.address === "n1:1" ? moved(k1, "n4:1") : undefined)
      fake.view = { shards: [[0, 5460, "n4:1"], ...three.shards.slice(1)], epoch: 4 }
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n4:1")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n4:1")
      assert.strictEqual(fake.transport.sockets.filter((socket) => socket.address === "n4:1").length, 1)
      assert.isFalse(fake.transport.sockets.some((socket) => socket.address === "n1:1" && socket.open))
    })
  )

  it.effect("with an empty host means the host that answered", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = (words, socket) => (words[1] === k1 && socket.address === "n1:1" ? moved(k1, ":9") : undefined)
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n1:9")
    })
  )

  it.effect("with an unknown host asks the cluster instead of dialling it", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(fast)
      fake.on = (words, socket) => (words[1] === k1 && socket.address === "n1:1" ? moved(k1, "?:1") : undefined)
      fake.view = { shards: [[0, 5460, "n2:1"], ...three.shards.slice(1)], epoch: 4 }
      const fiber = yield* start(redis.get(k1))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(fiber), "n2:1")
      assert.isFalse(fake.transport.dialled.some((address) => address.startsWith("?")))
    })
  )

  it.effect("to the node that answered opens a new connection: the name leads to another server now", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(fast)
      const stale = fake.transport.last("n1:1")
      fake.on = (words, socket) => (words[1] === k1 && socket === stale ? moved(k1, "n1:1") : undefined)
      const fiber = yield* start(redis.get(k1))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(fiber), "n1:1")
      assert.isFalse(stale.open)
    })
  )

  it.effect("that leads nowhere is followed on by the map when that node cannot be reached", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(fast)
      fake.down("n9:1")
      let told = 0
      fake.on = (words, socket) =>
        words[1] === k1 && socket.address === "n1:1" && told++ === 0 ? moved(k1, "n9:1") : undefined
      const fiber = yield* start(redis.get(k1))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* succeeded(fiber), "n1:1")
    })
  )

  it.effect("in a circle ends as TooManyRedirects", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      fake.on = (words, { address }) =>
        words[0] === "INCR" ? moved(words[1] ?? "", address === "n1:1" ? "n2:1" : "n1:1") : undefined
      const fiber = yield* start(redis.incr(k1))
      yield* TestClock.adjust("9 seconds")
      const failure = yield* failed(fiber)
      isError(failure, "TooManyRedirects", "Refused")
      assert.isFalse(failure.transient)
      assert.strictEqual(fake.sentTo("n1:1").length + fake.sentTo("n2:1").length, 17)
    })
  )
})

describe("Cluster: ASK and REDIRECT", () => {
  it.effect("ASK sends ASKING and the command in one write, once, and leaves the map alone", () =>
    Effect.gen(function* () {
      const { cluster, fake, redis } = yield* clustered()
      fake.on = (words, socket) => (words[1] === k1 && socket.address === "n1:1" ? ask(k1, "n2:1") : undefined)
      const before = yield* SubscriptionRef.get(cluster.topology)
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n2:1")
      assert.deepStrictEqual(fake.writesTo("n2:1"), [["ASKING", `GET ${k1}`]])
      assert.strictEqual(yield* SubscriptionRef.get(cluster.topology), before)
      yield* succeeded(yield* start(redis.get(k1)))
      assert.deepStrictEqual(fake.sentTo("n1:1"), [`GET ${k1}`, `GET ${k1}`])
    })
  )

  it.effect("ASK to a node that the map does not know asks for the map", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      const asked = fake.asked
      fake.on = (words, socket) => (words[1] === k1 && socket.address === "n1:1" ? ask(k1, "n4:1") : undefined)
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n4:1")
      yield* TestClock.adjust("2 seconds")
      yield* settle
      assert.isAbove(fake.asked, asked)
    })
  )

  it.effect("REDIRECT leads to the primary, and the map is asked for", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      const asked = fake.asked
      fake.on = (words, socket) => (words[1] === k1 && socket.address === "n1:1" ? error("REDIRECT n2:1") : undefined)
      assert.strictEqual(yield* succeeded(yield* start(redis.get(k1))), "n2:1")
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.isAbove(fake.asked, asked)
    })
  )

  it.effect("a long TRYAGAIN is paced and does not use up the redirects that follow it", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered()
      let refusals = 0
      fake.on = (words, { address }) =>
        words[1] !== k1 || address !== "n1:1"
          ? undefined
          : refusals++ < 30
            ? error("TRYAGAIN Multiple keys request during rehashing of slot")
            : moved(k1, "n2:1")
      const fiber = yield* start(redis.get(k1))
      yield* TestClock.adjust("50 millis")
      assert.isBelow(fake.sentTo("n1:1").length, 8)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* succeeded(fiber), "n2:1")
    })
  )
})

describe("Cluster: what passes", () => {
  for (const text of [
    "CLUSTERDOWN The cluster is down",
    "READONLY You can't write against a read only replica.",
    "LOADING Redis is loading the dataset in memory",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"
  ]) {
    it.effect(`${text.split(" ")[0]} is tried again until it has passed, a write too`, () =>
      Effect.gen(function* () {
        const { fake, redis } = yield* clustered(fast)
        let refusals = 0
        fake.on = ([name]) => (name !== "INCR" ? undefined : refusals++ < 3 ? error(text) : int(1))
        const fiber = yield* start(redis.incr(k1))
        yield* TestClock.adjust("29 millis")
        assert.isFalse(yield* isDone(fiber))
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* succeeded(fiber), 1)
      })
    )
  }

  it.effect("follows a promotion: what was refused goes to the new primary once the map has it", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(fast)
      fake.on = ([name], { address }) =>
        name !== "INCR"
          ? undefined
          : address === "n1:1"
            ? error("READONLY You can't write against a read only replica.")
            : int(1)
      fake.view = { shards: [[0, 5460, "n4:1", "n1:1"], ...three.shards.slice(1)], epoch: 4 }
      const fiber = yield* start(redis.incr(k1))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(fiber), 1)
      assert.deepStrictEqual(fake.sentTo("n4:1"), [`INCR ${k1}`])
    })
  )

  it.effect("sends what waits for a dead node to its successor, and nothing twice", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* clustered(fast)
      fake.on = ([name]) => (name === "INCR" ? "" : undefined)
      const written = yield* start(redis.incr(k2))
      yield* settle
      fake.down("n2:1")
      const waiting = yield* start(redis.get(k2))
      isError(yield* failed(written), "ConnectionLost", "MayHaveExecuted")
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* isDone(waiting))
      fake.view = { shards: [three.shards[0]!, [5461, 10922, "n4:1"], three.shards[2]!], epoch: 4 }
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* succeeded(waiting), "n4:1")
      assert.deepStrictEqual(fake.sentTo("n2:1"), [`INCR ${k2}`])
    })
  )
})

describe("Cluster: single nodes", () => {
  it.effect("does not follow redirects of a node that was named", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered()
      fake.on = (words, socket) => (words[1] === k1 && socket.address === "n2:1" ? moved(k1, "n1:1") : undefined)
      const failure = yield* failed(yield* start(cluster.onNode({ host: "n2", port: 1 }).get(k1)))
      isError(failure, "Redirected", "Refused")
      assert.deepStrictEqual(fake.sentTo("n1:1"), [])
    })
  )

  it.effect("reaches a node that left and came back", () =>
    Effect.gen(function* () {
      const { cluster, fake } = yield* clustered()
      const there = cluster.onNode({ host: "n2", port: 1 })
      assert.strictEqual(yield* succeeded(yield* start(there.get("x"))), "n2:1")
      fake.view = { shards: [three.shards[0]!, [5461, 16383, "n3:1"]], epoch: 4 }
      yield* start(cluster.refresh)
      yield* TestClock.adjust("1 second")
      assert.isFalse(fake.transport.sockets.some((socket) => socket.address === "n2:1" && socket.open))
      fake.view = { ...three, epoch: 5 }
      yield* TestClock.adjust("1 second")
      yield* start(cluster.refresh)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* succeeded(yield* start(there.get("x"))), "n2:1")
    })
  )
})
