import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { makeRuntime } from "../../src/connection/ConnectionRuntime.ts"
import { Transport } from "../../src/connection/Transport.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { Handover } from "../../src/pubsub/Handover.ts"
import type { Item } from "../../src/pubsub/Message.ts"
import { done, Subscriber } from "../../src/pubsub/Subscriber.ts"
import { Stage, Topic } from "../../src/pubsub/Topic.ts"
import { FakeTransport } from "../support/FakeTransport.ts"
import { limits } from "../support/limits.ts"

const bytes = portableTextCodec.encode

/** A full read. */
const READ = 65_536

/** Two channels, of which messages come by hand. */
const make = Effect.gen(function* () {
  const turns: Array<() => void> = []
  const service = { ...new FakeTransport().service, defer: (task: () => void) => void turns.push(task) }
  const runtime = yield* Effect.provideService(makeRuntime(limits), Transport, service)
  const queued: Array<Subscriber> = []
  const socket = { isReading: false }
  const handover = new Handover({ runtime, isReading: () => socket.isReading, onQueued: (one) => queued.push(one) })
  const topic = (name: string) => {
    const made = new Topic("channel", bytes(name), name, undefined, undefined, { codec: portableTextCodec, handover })
    made.stage = Stage.Live
    return made
  }
  const join = (...wanted: ReadonlyArray<Topic>) => {
    const options = { bytes: false, events: true, capacity: 1e6, overflow: "suspend", everywhere: false } as const
    const subscriber = new Subscriber(options, () => {})
    for (const one of wanted) subscriber.topics.add(one)
    for (const one of wanted) one.join(subscriber)
    return subscriber
  }
  const say = (to: Topic, text: string) => {
    const payload = bytes(text)
    to.message(payload, 0, payload.length, 0, 0, portableTextCodec)
  }
  /** Two turns of the event loop without a read. */
  const pause = () => {
    for (let turn = 0; turn < 2; turn++) for (const task of turns.splice(0)) task()
  }
  return { handover, join, say, one: topic("one"), two: topic("two"), pause, turns, queued, socket }
})

/** All that is in the queue. */
const drain = (subscriber: Subscriber) =>
  Effect.gen(function* () {
    subscriber.finish(done)
    const seen: Array<unknown> = []
    for (;;) {
      const exit = yield* Effect.exit(subscriber.pull)
      if (exit._tag === "Failure") return seen
      seen.push(...exit.value.map((item: Item) => (item._tag === "Message" ? item.payload : item._tag)))
    }
  })

describe("Handover", () => {
  it.effect("holds few messages for many while more comes, until no more does", () =>
    Effect.gen(function* () {
      const { handover, join, one, pause, queued, say, turns } = yield* make
      const many = Array.from({ length: 100 }, () => join(one))
      say(one, "a")
      handover.onRead(READ, true)
      turns.shift()?.()
      // A read of the next turn.
      say(one, "b")
      handover.onRead(READ, true)
      turns.shift()?.()
      assert.lengthOf(queued, 0)
      pause()
      assert.lengthOf(queued, 100)
      assert.deepStrictEqual(yield* drain(many[99]!), ["a", "b"])
    })
  )

  it.effect("hands them over once that is worth it, or after 20 ms", () =>
    Effect.gen(function* () {
      const { handover, join, one, queued, say } = yield* make
      for (let n = 0; n < 100; n++) join(one)
      for (let read = 1; read <= 12; read++) {
        say(one, "a")
        handover.onRead(READ, true)
      }
      assert.lengthOf(queued, 0)
      say(one, "a")
      handover.onRead(READ, true)
      assert.lengthOf(queued.splice(0), 100)
      say(one, "a")
      handover.onRead(READ, true)
      yield* TestClock.adjust(19)
      say(one, "a")
      handover.onRead(READ, true)
      assert.lengthOf(queued, 0)
      yield* TestClock.adjust(1)
      handover.onRead(READ, true)
      assert.lengthOf(queued, 100)
    })
  )

  it.effect("lets a server that was ahead pause for a fifth of what it takes to wake so many", () =>
    Effect.gen(function* () {
      const { handover, join, one, pause, queued, say } = yield* make
      for (let n = 0; n < 10_000; n++) join(one)
      say(one, "a")
      handover.onRead(READ, true)
      say(one, "b")
      handover.onRead(100, false)
      pause()
      yield* TestClock.adjust(1)
      pause()
      assert.lengthOf(queued, 0)
      yield* TestClock.adjust(1)
      pause()
      assert.lengthOf(queued.splice(0), 10_000)
      // Nothing was held back: what comes now is all that the server has.
      say(one, "c")
      handover.onRead(100, false)
      assert.lengthOf(queued, 10_000)
    })
  )

  it.effect("hands over after 20 ms in any case, though no read comes to tell", () =>
    Effect.gen(function* () {
      const { handover, join, one, pause, queued, say } = yield* make
      for (let n = 0; n < 1000; n++) join(one)
      say(one, "a")
      handover.onRead(READ, true)
      for (let at = 0; at < 19; at++) {
        say(one, "b")
        handover.onRead(READ, true)
        yield* TestClock.adjust(1)
      }
      assert.lengthOf(queued, 0)
      yield* TestClock.adjust(1)
      pause()
      assert.lengthOf(queued, 1000)
    })
  )

  it.effect("hands over to few at once what came with a read that was not full, but never while bytes are read", () =>
    Effect.gen(function* () {
      const { handover, join, one, queued, say, socket } = yield* make
      for (let n = 0; n < 100; n++) join(one)
      socket.isReading = true
      say(one, "a")
      handover.flush()
      assert.lengthOf(queued, 0)
      socket.isReading = false
      handover.onRead(100, false)
      assert.lengthOf(queued.splice(0), 100)
      say(one, "b")
      handover.onRead(READ, true)
      say(one, "c")
      assert.lengthOf(queued, 0)
      handover.onRead(100, false)
      assert.lengthOf(queued, 100)
    })
  )

  it.effect("puts events where they belong among messages of several channels", () =>
    Effect.gen(function* () {
      const { handover, join, one, say, two } = yield* make
      const [first, both] = [join(one), join(one, two)]
      say(one, "1")
      say(two, "2")
      handover.onRead(READ, true)
      say(one, "3")
      handover.collect()
      for (const subscriber of [first, both]) {
        subscriber.event({ _tag: "Gap", channels: ["one"], node: "h:1", cause: "connection", reason: undefined })
        handover.touch(subscriber)
      }
      let isDone = false
      handover.after(() => {
        isDone = true
      })
      say(two, "4")
      say(one, "5")
      // Whatever was touched is not held back.
      handover.onRead(READ, true)
      assert.isTrue(isDone)
      assert.deepStrictEqual(yield* drain(first), ["1", "3", "Gap", "5"])
      assert.deepStrictEqual(yield* drain(both), ["1", "2", "3", "Gap", "4", "5"])
    })
  )

  it.effect(
    "calls each listener, also beside one that throws, but none that has left, and wakes fibers between them",
    () =>
      Effect.gen(function* () {
        const { handover, join, one, queued, say } = yield* make
        const heard: Array<string> = []
        const many = Array.from({ length: 6 }, () => join(one))
        const leave = (subscriber: Subscriber) => {
          one.leave(subscriber)
          subscriber.finish(done)
          subscriber.wake()
        }
        const listen = (at: number, then: () => void = () => {}) => {
          const told = (items: ReadonlyArray<Item>) => {
            heard.push(...items.map((item) => `${at}${item._tag === "Message" ? item.payload : item._tag}`))
            then()
          }
          const listening = many[at]!.listen((items) => void told(items), told)
          assert.isDefined(listening)
          return Effect.forkDetach(listening, { startImmediately: true })
        }
        const thrower = yield* listen(0, () => {
          throw new Error("of the user's")
        })
        yield* listen(1, () => {
          leave(many[2]!)
          leave(many[3]!)
        })
        yield* listen(2)
        const left = yield* listen(3)
        yield* listen(4)
        say(one, "a")
        handover.onRead(10, false)
        assert.deepStrictEqual(heard.splice(0), ["0a", "1a", "4a"])
        assert.isTrue(queued.at(-1) === many[5])
        assert.isTrue((yield* Fiber.await(thrower))._tag === "Failure")
        assert.isTrue((yield* Fiber.await(left))._tag === "Failure")
        say(one, "b")
        handover.onRead(10, false)
        // The one whose listener threw has nobody who reads.
        assert.deepStrictEqual(heard, ["1b", "4b"])
        assert.deepStrictEqual(yield* drain(many[0]!), ["b"])
      })
  )

  it.effect("holds less back for listeners, which cost a fifth of a fiber", () =>
    Effect.gen(function* () {
      const { handover, join, one, say } = yield* make
      let calls = 0
      const listen = Effect.gen(function* () {
        const subscriber = join(one)
        const told = () => void calls++
        const listening = subscriber.listen(() => void told(), told)
        assert.isDefined(listening)
        return { subscriber, fiber: yield* Effect.forkDetach(listening, { startImmediately: true }) }
      })
      const all = yield* Effect.replicateEffect(listen, 40)
      const called = (text: string) => {
        say(one, text)
        handover.onRead(READ, true)
        return calls
      }
      // They are as 8 fibers, for which one read is enough; with a fiber instead of one of them it is not.
      assert.strictEqual(called("a"), 40)
      yield* Fiber.interrupt(all[0]!.fiber)
      assert.strictEqual(called("b"), 40)
      assert.strictEqual(called("c"), 79)
      for (const { subscriber } of all.slice(0, 2)) one.leave(subscriber)
      assert.strictEqual(called("d"), 117)
      join(one)
      assert.strictEqual(called("e"), 117)
    })
  )
})
