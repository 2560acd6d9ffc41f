/**
 * One command on several nodes, with a result for each.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CommandImpl } from "../command/make.ts"
import { toRedisError } from "../error/Failure.ts"
import type { RedisError } from "../error/RedisError.ts"
import { runSpread } from "./Batch.ts"
import type { Engine } from "./Engine.ts"
import type { RouterService } from "./Router.ts"

/**
 * Run a command on each node, all at once. What fails on one node is that node's result.
 *
 * @category combinators
 * @since 0.1.0
 */
export const runOnEach = (
  engine: Engine,
  command: CommandImpl,
  nodes: () => ReadonlyMap<string, RouterService>
): Effect.Effect<ReadonlyMap<string, Result.Result<unknown, RedisError>>> => {
  const { telemetry } = engine.runtime
  const run = Effect.suspend(() => {
    const targets = [...nodes()]
    const named = (results: ReadonlyArray<Result.Result<unknown, RedisError>>) =>
      new Map(results.map((result, at) => [targets[at]![0], result]))
    if (command.constant !== undefined) {
      const value = Effect.result(engine.finish(command, command.constant.value, undefined))
      return Effect.map(value, (result) => named(targets.map(() => result)))
    }
    const parts = targets.map(([, router]) => ({ command, keys: undefined, router }))
    const deadline = engine.now() + engine.options.deadline
    const ends = runSpread(engine, { parts }, { deadline, category: undefined, observation: undefined })
    const results = Effect.flatMap(ends, (all) =>
      Effect.forEach(all, (end) =>
        "failure" in end
          ? Effect.succeed(Result.fail(toRedisError(end.failure, command.name, end.node)))
          : Effect.result(engine.finish(command, end.reply, end.node))
      )
    )
    return Effect.map(results, named)
  })
  return telemetry === undefined ? run : Effect.withFiber((fiber) => telemetry.beginApart(fiber, command).over(run))
}
