import { assert } from "@effect/vitest"
import { SentinelServers } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { onSentinels, sentinelClient } from "./support/sentinel.ts"

onSentinels()("Subscriptions where sentinels watch", (it) => {
  for (const kind of ["handed over", "killed"] as const) {
    it.effect(`go on at the new primary after the old one was ${kind}, and say where messages may be missing`, () =>
      Effect.gen(function* () {
        const servers = yield* SentinelServers
        const { pubSub, redis } = yield* sentinelClient()
        const subscription = yield* pubSub.subscribe("news", { events: true })
        const moved = (items: ReadonlyArray<{ readonly _tag: string }>) => items.some(({ _tag }) => _tag === "Moved")
        const before = yield* servers.primary
        yield* redis.publish("news", "before")
        const seen: Array<{ readonly _tag: string }> = []
        const reading = yield* Effect.forkScoped(
          Stream.runForEach(
            Stream.takeUntil(subscription, (item) => item._tag === "Message" && item.payload === "after"),
            (item) => Effect.sync(() => seen.push(item))
          ),
          { startImmediately: true }
        )
        yield* kind === "killed" ? servers.kill(before) : servers.failover
        while (!moved(seen)) yield* Effect.sleep(10)
        yield* redis.publish("news", "after")
        yield* Fiber.join(reading)
        assert.deepStrictEqual(
          seen.map(({ _tag }) => _tag),
          ["Subscribed", "Message", "Gap", "Moved", "Message"]
        )
        if (kind === "killed") yield* servers.restart(before)
        yield* servers.awaitStable
        assert.notStrictEqual((yield* servers.primary).port, before.port)
      })
    )
  }
})
