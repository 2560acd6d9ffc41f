import { assert, describe, it } from "@effect/vitest"
import { FaultProxy, RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { makeGround } from "../../src/account/Ground.ts"
import { Load } from "../../src/account/Load.ts"
import { numbers } from "../../src/account/Operation.ts"
import { type Stage, strikeAmid } from "../../src/account/Stage.ts"
import { Windows } from "../../src/account/Windows.ts"

describe("a strike", () => {
  it.live("comes when operations are under way on the slots that it is for", () =>
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      const proxy = yield* FaultProxy.make({ upstreams: [server] })
      const ground = yield* makeGround("standalone")
      const load = new Load(
        { deadline: undefined, closePatience: undefined, execute: () => Effect.delay(Effect.succeed(numbers(1)), 20) },
        new Windows(),
        {
          seed: 1,
          rate: 100,
          tags: ground.tags
        }
      )
      load.rush = true
      const [slot = 0] = ground.tags.keys()
      let met: number | undefined
      const stage: Stage = {
        ground,
        proxy,
        load,
        random: Math.random,
        strike: (_, __, slots) => {
          met = load.inFlight(slots)
        },
        moving: () => {},
        hitting: () => {},
        watch: Effect.void
      }
      const running = yield* Effect.forkScoped(load.run, { startImmediately: true })
      yield* strikeAmid(stage, "kill", "server", [slot])
      load.running = false
      yield* Fiber.join(running)
      assert.isAbove(met ?? 0, 0)
    })
  )
})
