import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { settle, start } from "../support/client.ts"
import { clustered, k1, moved, three } from "../support/FakeCluster.ts"
import { array, bulk, error, type FakeSocket, int } from "../support/FakeTransport.ts"

const push = (kind: string, name: string): string => array([bulk(kind), bulk(name), int(1)]).replace("*", ">")

const message = (payload: string): string => array([bulk("smessage"), bulk(k1), bulk(payload)]).replace("*", ">")

/** A client that is subscribed to the first node's sharded channel, what it sees, and who owns the channel from now on. */
const subscribed = Effect.gen(function* () {
  let refusal = (_: FakeSocket): string | undefined => undefined
  const { fake, pubSub } = yield* clustered({}, (cluster) => {
    cluster.on = ([name, argument = ""], socket) => {
      if (name === "SSUBSCRIBE") return refusal(socket) ?? push("ssubscribe", argument)
      if (name === "SUNSUBSCRIBE") return push("sunsubscribe", argument)
      return name === "PING" ? (argument === "" ? "+PONG\r\n" : bulk(argument)) : undefined
    }
  })
  const stream = yield* pubSub.sSubscribe(k1, { events: true })
  const seen: Array<string> = []
  yield* start(
    Stream.runForEach(stream, (item) =>
      Effect.sync(() =>
        seen.push(item._tag === "Moved" ? `Moved to ${item.node}` : item._tag === "Message" ? item.payload : item._tag)
      )
    )
  )
  yield* settle
  return {
    fake,
    seen,
    refuse: (by: typeof refusal) => {
      refusal = by
    },
    asked: (address: string) => fake.sentTo(address).filter((text) => text.startsWith("SSUBSCRIBE")).length,
    /** The first node ends the subscription by itself. */
    end: Effect.andThen(
      Effect.sync(() => fake.transport.last("n1:1").answer(push("sunsubscribe", k1))),
      settle
    )
  }
})

describe("A sharded subscription that the server ends by itself", () => {
  it.effect("is asked for at once where the map is old, and goes where MOVED leads, in no time", () =>
    Effect.gen(function* () {
      const { asked, end, refuse, seen } = yield* subscribed
      refuse(({ address }) => (address === "n2:1" ? undefined : moved(k1, "n2:1")))
      yield* end
      assert.deepStrictEqual([asked("n1:1"), asked("n2:1")], [2, 1])
      assert.deepStrictEqual(seen, ["Subscribed", "Gap", "Moved to n2:1"])
    })
  )

  it.effect("is live again where it was once that server says that the slot is its own, or does not answer", () =>
    Effect.gen(function* () {
      for (const answer of ["its own", "refused", "none"]) {
        const { asked, end, fake, seen } = yield* subscribed
        const { on } = fake
        fake.on = (words, socket) => {
          if (words[0] !== "CLUSTER" || answer === "its own") return on(words, socket)
          return answer === "refused" ? error("ERR not now") : ""
        }
        yield* end
        assert.deepStrictEqual([asked("n1:1"), asked("n2:1")], [2, 0])
        if (answer === "none") {
          fake.transport.last("n1:1").answer(message("not yet"))
          yield* settle
          assert.deepStrictEqual(seen, ["Subscribed", "Gap"])
          yield* TestClock.adjust("1 second")
        }
        fake.transport.last("n1:1").answer(message("now"))
        yield* settle
        assert.deepStrictEqual(seen, ["Subscribed", "Gap", "Resubscribed", "now"])
        assert.strictEqual(asked("n1:1"), 2)
      }
    })
  )

  it.effect("is not live at a server that has taken it again as a replica, but at the primary that it names", () =>
    Effect.gen(function* () {
      const { asked, end, fake, seen } = yield* subscribed
      const [[first, last, ...nodes] = [0, 0], ...others] = three.shards
      // Nobody else has heard of it.
      fake.views.set("n1:1", { ...three, epoch: 4, shards: [[first, last, "n2:1", ...nodes], ...others] })
      yield* end
      assert.deepStrictEqual([asked("n1:1"), asked("n2:1")], [2, 1])
      assert.deepStrictEqual(seen, ["Subscribed", "Gap", "Moved to n2:1"])
      assert.include(fake.sentTo("n1:1"), `SUNSUBSCRIBE ${k1}`)
      // From there it goes where the map has its slot, without the server's word.
      fake.views.clear()
      fake.view = { ...three, epoch: 5 }
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(seen.slice(3), ["Gap", "Moved to n1:1"])
    })
  )

  it.effect("is asked for again and again, at intervals, while nobody takes it", () =>
    Effect.gen(function* () {
      const { asked, end, refuse, seen } = yield* subscribed
      refuse(() => error("CLUSTERDOWN Hash slot not served"))
      yield* end
      assert.strictEqual(asked("n1:1"), 2)
      yield* TestClock.adjust("1 second")
      assert.isAtLeast(asked("n1:1"), 5)
      assert.isAtMost(asked("n1:1"), 25)
      refuse(() => undefined)
      yield* TestClock.adjust("1 second")
      yield* settle
      assert.deepStrictEqual(seen, ["Subscribed", "Gap", "Resubscribed"])
    })
  )
})
