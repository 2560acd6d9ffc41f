/**
 * What a client has beside its shared connections. What leases is loaded when it is first used: most programs never do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Pools } from "../connection/lazyPools.ts"
import type { Apart } from "./Engine.ts"

type Leasing = typeof import("./leasing.ts")

let loaded: Leasing | undefined

/**
 * The modules that lease, loaded once.
 *
 * @category getters
 * @since 0.1.0
 */
export const leasing: Effect.Effect<Leasing> = /*#__PURE__*/ Effect.suspend(() =>
  loaded === undefined
    ? Effect.promise(async () => {
        loaded = await import("./leasing.ts")
        return loaded
      })
    : Effect.succeed(loaded)
)

/**
 * What a client has beside its shared connections.
 *
 * @category constructors
 * @since 0.1.0
 */
export const apartBy = (pools: Pools): Apart => ({
  pools,
  block: (engine, command, allowed, category) =>
    Effect.flatMap(leasing, ({ runBlocking }) => runBlocking(pools, engine, command, allowed, category)),
  stateProblem: ({ name }) => `${name} changes the state of its connection and is refused on the shared one; see lease`
})
