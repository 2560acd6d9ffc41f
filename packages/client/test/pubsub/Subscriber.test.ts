import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { toRedisError } from "../../src/error/Failure.ts"
import { Closed } from "../../src/error/Reason.ts"
import type { Item, Overflow } from "../../src/pubsub/Message.ts"
import { done, type Listener, Subscriber } from "../../src/pubsub/Subscriber.ts"

const message = (n: number): Item => ({ _tag: "Message", channel: "c", pattern: undefined, payload: n })
const messages = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => message(from + n))
const gap: Item & { readonly _tag: "Gap" } = {
  _tag: "Gap",
  channels: ["c"],
  node: "h:1",
  cause: "connection",
  reason: undefined
}

const make = (overflow: Overflow, onRoom = () => {}) =>
  new Subscriber({ bytes: false, events: true, capacity: 4, overflow, everywhere: false }, onRoom)

const shown = (item: Item) =>
  item._tag === "Message" ? item.payload : item._tag === "Dropped" ? `-${item.messages}` : item._tag

/** All that is there, up to the end of the stream. */
const rest = (subscriber: Subscriber) =>
  Effect.gen(function* () {
    subscriber.finish(done)
    const seen: Array<unknown> = []
    let more = true
    while (more) {
      const exit = yield* Effect.exit(subscriber.pull)
      if (exit._tag === "Success") seen.push(...exit.value.map(shown))
      else more = false
    }
    return seen
  })

describe("Subscriber", () => {
  it.effect("hands a batch to who waits as it is, and keeps it for who comes later", () =>
    Effect.gen(function* () {
      const subscriber = make("suspend")
      const waiting = yield* Effect.forkChild(subscriber.pull, { startImmediately: true })
      const batch = messages(0, 3)
      subscriber.deliver(batch)
      assert.isTrue(Object.is(yield* Fiber.join(waiting), batch))
      subscriber.deliver(messages(3, 5))
      assert.deepStrictEqual(yield* rest(subscriber), [3, 4])
    })
  )

  it.effect("serves fibers that read one stream in turn, and forgets those that leave", () =>
    Effect.gen(function* () {
      const subscriber = make("suspend")
      const fork = Effect.forkChild(subscriber.pull, { startImmediately: true })
      const [first, second, third, fourth] = [yield* fork, yield* fork, yield* fork, yield* fork]
      yield* Fiber.interrupt(second)
      yield* Fiber.interrupt(first)
      const given = [messages(0, 1), messages(1, 2), messages(2, 3)]
      for (const batch of given) subscriber.deliver(batch)
      assert.isTrue(Object.is(yield* Fiber.join(third), given[0]))
      assert.isTrue(Object.is(yield* Fiber.join(fourth), given[1]))
      // Nobody waited for the last one.
      assert.isTrue(Object.is(yield* subscriber.pull, given[2]))
      const again = yield* fork
      yield* Fiber.interrupt(again)
      subscriber.deliver(given[0] ?? [])
      assert.deepStrictEqual(yield* rest(subscriber), [0])
    })
  )

  it.effect("says that there is room once half of it is free", () =>
    Effect.gen(function* () {
      let room = 0
      const subscriber = make("suspend", () => room++)
      subscriber.deliver(messages(0, 2))
      subscriber.deliver(messages(2, 5))
      assert.isTrue(subscriber.isFull)
      subscriber.isHolding = true
      yield* subscriber.pull
      assert.strictEqual(room, 0)
      yield* subscriber.pull
      assert.strictEqual(room, 1)
    })
  )

  it.effect("drops what its policy says, tells how many where they are missing, and never an event", () =>
    Effect.gen(function* () {
      const oldest = make("dropOldest")
      oldest.deliver(messages(0, 3))
      oldest.event(gap)
      oldest.deliver(messages(3, 7))
      assert.deepStrictEqual(yield* rest(oldest), ["Gap", "-4", 4, 5, 6])
      const newest = make("dropNewest")
      newest.deliver(messages(0, 3))
      newest.deliver(messages(3, 7))
      newest.deliver(messages(7, 9))
      newest.event(gap)
      assert.deepStrictEqual(yield* rest(newest), [0, 1, 2, 3, "-5", "Gap"])
    })
  )

  it.effect("fails behind what it has", () =>
    Effect.gen(function* () {
      const subscriber = make("fail")
      subscriber.deliver(messages(0, 6))
      assert.deepStrictEqual((yield* subscriber.pull).map(shown), [0, 1, 2, 3])
      const error = yield* Effect.flip(subscriber.pull)
      assert.isTrue(error._tag === "RedisError" && error.reason._tag === "Overloaded")
    })
  )

  it.effect("forgets who was interrupted while waiting", () =>
    Effect.gen(function* () {
      const subscriber = make("suspend")
      const waiting = yield* Effect.forkChild(subscriber.pull, { startImmediately: true })
      yield* Fiber.interrupt(waiting)
      subscriber.deliver(messages(0, 1))
      assert.deepStrictEqual(yield* rest(subscriber), [0])
    })
  )

  it.effect("gives a listener what is in the queue, then all that comes, up to the end", () =>
    Effect.gen(function* () {
      let room = 0
      const subscriber = make("suspend", () => room++)
      subscriber.deliver(messages(0, 5))
      subscriber.isHolding = true
      const { heard, running } = yield* listening(subscriber)
      assert.strictEqual(room, 1)
      assert.isTrue(subscriber.deliver(messages(5, 7)))
      subscriber.event(gap)
      subscriber.put(messages(7, 8))
      assert.lengthOf(heard, 7)
      subscriber.wake()
      assert.deepStrictEqual(heard.map(shown), [0, 1, 2, 3, 4, 5, 6, "Gap", 7])
      subscriber.finish(done)
      subscriber.wake()
      assert.isTrue(Cause.isDone(yield* Effect.flip(Fiber.join(running))))
    })
  )

  it.effect("lets fibers that read wait for a listener's end: an interruption, a defect, or a failure of its own", () =>
    Effect.gen(function* () {
      const subscriber = make("suspend")
      const first = yield* listening(subscriber)
      const reading = yield* Effect.forkChild(subscriber.pull, { startImmediately: true })
      assert.isUndefined(subscriber.listen(() => undefined))
      subscriber.deliver(messages(0, 1))
      yield* Fiber.interrupt(first.running)
      assert.deepStrictEqual(first.heard.map(shown), [0])
      subscriber.deliver(messages(1, 2))
      assert.deepStrictEqual((yield* Fiber.join(reading)).map(shown), [1])

      const defect = new Error("of the user's")
      const second = yield* listening(subscriber, () => {
        throw defect
      })
      subscriber.put(messages(2, 3))
      subscriber.put(messages(3, 4))
      subscriber.wake()
      assert.isTrue(Cause.squash(yield* causeOf(second.running)) === defect)

      const error = toRedisError({ reason: new Closed({ message: "enough" }), execution: "Executed" }, "T", undefined)
      const third = yield* listening(subscriber, () => Effect.fail(error))
      assert.isTrue(Cause.squash(yield* causeOf(third.running)) === error)
      assert.deepStrictEqual(third.heard.map(shown), [3])
      assert.deepStrictEqual(yield* rest(subscriber), [])
    })
  )

  it.effect("calls a listener again only when it has returned", () =>
    Effect.gen(function* () {
      const subscriber = make("suspend")
      const steps: Array<string> = []
      const { running } = yield* listening(subscriber, (items) => {
        steps.push(`begin ${items.map(shown)}`)
        if (steps.length === 1) {
          assert.isFalse(subscriber.deliver(messages(1, 2)))
          subscriber.wake()
          subscriber.put(messages(2, 3))
          subscriber.finish(done)
          subscriber.wake()
        }
        steps.push("end")
        return undefined
      })
      const reading = yield* Effect.forkChild(subscriber.pull, { startImmediately: true })
      subscriber.deliver(messages(0, 1))
      assert.deepStrictEqual(steps, ["begin 0", "end", "begin 1", "end", "begin 2", "end"])
      assert.isTrue(Cause.isDone(yield* Effect.flip(Fiber.join(running))))
      assert.isTrue(Cause.isDone(yield* Effect.flip(Fiber.join(reading))))
    })
  )

  it.effect("leaves the rest to others when a listener ends itself", () =>
    Effect.gen(function* () {
      const subscriber = make("suspend")
      const { heard, running } = yield* listening(subscriber, () => {
        running.interruptUnsafe()
        return undefined
      })
      for (let n = 0; n < 3; n++) subscriber.put(messages(n, n + 1))
      subscriber.wake()
      assert.deepStrictEqual(heard.map(shown), [0])
      assert.deepStrictEqual(yield* rest(subscriber), [1, 2])
    })
  )
})

/** A listener, at work; what it heard. */
const listening = (subscriber: Subscriber, listener: Listener = () => undefined) =>
  Effect.gen(function* () {
    const heard: Array<Item> = []
    const listen = subscriber.listen((items) => {
      heard.push(...items)
      return listener(items)
    })
    assert.isDefined(listen)
    return { heard, running: yield* Effect.forkDetach(listen, { startImmediately: true }) }
  })

const causeOf = <A, E>(fiber: Fiber.Fiber<A, E>) =>
  Effect.map(Fiber.await(fiber), (exit) => (exit._tag === "Failure" ? exit.cause : assert.fail("it succeeded")))
