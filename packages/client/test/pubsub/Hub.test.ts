import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { settle, start } from "../support/client.ts"
import { clustered, k1, moved } from "../support/FakeCluster.ts"
import { array, bulk, error, type FakeSocket, int } from "../support/FakeTransport.ts"

const push = (kind: string, name: string): string => array([bulk(kind), bulk(name), int(1)]).replace("*", ">")

/** A client that is subscribed to the first node's sharded channel, what it sees, and who owns the channel from now on. */
const subscribed = Effect.gen(function* () {
  let refusal = (_: FakeSocket): string | undefined => undefined
  const { fake, pubSub } = yield* clustered({}, (cluster) => {
    cluster.on = ([name, argument = ""], socket) => {
      if (name === "SSUBSCRIBE") return refusal(socket) ?? push("ssubscribe", argument)
      if (name === "SUNSUBSCRIBE") return push("sunsubscribe", argument)
      return name === "PING" && argument !== "" ? bulk(argument) : undefined
    }
  })
  const stream = yield* pubSub.sSubscribe(k1, { events: true })
  const seen: Array<string> = []
  yield* start(
    Stream.runForEach(stream, (item) =>
      Effect.sync(() => seen.push(item._tag === "Moved" ? `Moved to ${item.node}` : item._tag))
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

  it.effect("is taken again by a server that has become a replica of its shard", () =>
    Effect.gen(function* () {
      const { asked, end, seen } = yield* subscribed
      yield* end
      assert.deepStrictEqual([asked("n1:1"), asked("n2:1")], [2, 0])
      assert.deepStrictEqual(seen, ["Subscribed", "Gap", "Resubscribed"])
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
      assert.deepStrictEqual(seen, ["Subscribed", "Gap", "Resubscribed"])
    })
  )
})
