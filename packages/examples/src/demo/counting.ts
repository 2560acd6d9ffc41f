/**
 * The client's own policies, with a look at what passes through them.
 */
import { Policies, type RedisError } from "@reef-redis/node"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { RoutingCounts, Statistics } from "./Statistics.ts"

export const counting = (statistics: Statistics): Partial<Policies.Policies> => {
  const count = (what: (error: RedisError) => keyof RoutingCounts) => (policy: Policies.Policy) =>
    Schedule.tap(policy, ({ input }) => Effect.sync(() => statistics.count(what(input))))
  return {
    redirect: Policies.redirect.pipe(
      count(({ reason }) => (reason._tag !== "Redirected" ? "tryAgain" : reason.kind === "ASK" ? "ask" : "moved"))
    ),
    unavailable: Policies.unavailable.pipe(count(() => "retries"))
  }
}
