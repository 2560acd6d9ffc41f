/**
 * Reef with its defaults, but for a longer wait on closing, and for a bound in flight where the run asks for one.
 */
import {
  Command,
  type ConnectError,
  NodeTransport,
  Redis,
  RedisCluster,
  type RedisError,
  RedisSentinel,
  type RedisService,
  Reply as ReplyOf
} from "@reef-redis/node"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { outcomeOf } from "../../ledger/outcome.ts"
import { ID_FIELD, valueOf } from "../keys.ts"
import { numbers, type Operation, type OperationFailure, type Reply, texts } from "../Operation.ts"
import type { AccountClient, Target } from "./AccountClient.ts"

/** Not among the library's own commands: defined as any user can. */
const xAdd = Command.define({ name: "XADD", keys: "first", retry: "accumulating", reply: ReplyOf.text })

/** Errors that say that the reply did not fit the command, or could not be read at all. */
const WRONG: ReadonlySet<string> = new Set(["Decode", "Protocol"])

/** The default of `commandTimeout`, in milliseconds. */
const DEADLINE = 10_000

/** Well above what closing takes when there is nothing to wait for, so that the two can be told apart. Milliseconds. */
const CLOSE_TIMEOUT = 5_000

const failureOf = (error: RedisError): OperationFailure => ({
  outcome: WRONG.has(error.reason._tag) ? "wrong" : outcomeOf(error),
  label: `${error.execution}:${error.reason._tag}`
})

const commandsOf = (redis: RedisService, topology: Target["topology"]) => {
  const execute = ({ deadline, id, keys, kind }: Operation): Effect.Effect<Reply, RedisError> => {
    const [key, second = ""] = keys
    const options = { deadline }
    switch (kind) {
      case "push":
        return Effect.map(redis.run(Command.rPush(key, id), options), (length) => numbers(length))
      case "set":
        return Effect.as(redis.run(Command.set(key, valueOf(key)), options), numbers())
      case "count":
        return Effect.map(redis.run(Command.incr(key), options), (value) => numbers(value))
      case "multi":
        return Effect.map(redis.transaction([Command.rPush(key, id), Command.incr(second)], options), (replies) =>
          numbers(...replies)
        )
      case "get":
        return Effect.map(redis.run(Command.get(key), options), (value) => texts([value]))
      case "mget":
        // Keys of several slots: one MGET for each of them.
        return topology === "cluster"
          ? Effect.map(
              redis.pipeline(
                keys.map((one) => Command.mGet([one])),
                options
              ),
              (values) => texts(values.flat())
            )
          : Effect.map(redis.run(Command.mGet([...keys]), options), (values) => texts(values))
      case "mset":
        return Effect.as(redis.run(Command.mSet(keys.map((one) => [one, valueOf(one)] as const)), options), numbers())
      case "pair":
        return Effect.map(redis.run(Command.mGet([...keys]), options), (values) => texts(values))
      case "add":
        return Effect.map(redis.run(xAdd([key, "*", ID_FIELD, id]), options), (entry) => texts([entry]))
    }
  }
  return execute
}

/** A client that lives as long as the scope. */
export const open = (target: Target): Effect.Effect<AccountClient, ConnectError, Scope.Scope> =>
  Effect.gen(function* () {
    const options = { closeTimeout: CLOSE_TIMEOUT, maxInFlight: target.inFlight }
    const redis =
      target.topology === "cluster"
        ? (yield* RedisCluster.make({ nodes: target.urls, addressRemap: target.remap, ...options })).redis
        : target.topology === "sentinel"
          ? (yield* RedisSentinel.make({
              sentinels: target.urls,
              service: target.service,
              addressRemap: target.remap,
              ...options
            })).redis
          : yield* Redis.make({ url: target.urls[0], ...options })
    const execute = commandsOf(redis, target.topology)
    return {
      deadline: DEADLINE,
      closePatience: CLOSE_TIMEOUT,
      execute: (operation: Operation) => Effect.mapError(execute(operation), failureOf)
    }
  }).pipe(Effect.provide(NodeTransport.layer))
