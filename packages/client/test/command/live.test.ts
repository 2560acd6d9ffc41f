/** The decoders against real replies, under both versions of the protocol. */
import { assert, describe, layer } from "@effect/vitest"
import { RedisLive } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { Command } from "../../src/Command.ts"
import { wordOf } from "../../src/command/arguments.ts"
import { hasUntoldKeys } from "../../src/command/custom.ts"
import { keyPrefixer } from "../../src/command/keyPrefix.ts"
import { implOf } from "../../src/command/make.ts"
import { Redis } from "../../src/Redis.ts"
import { goldens } from "./goldens/index.ts"
import { runApart } from "./live/apart.ts"
import { clusterCases } from "./live/cluster.ts"
import { Fails, Holds, type LiveCase, type Since } from "./live/frame.ts"
import { liveCases } from "./live/index.ts"

const client = (protocol: 2 | 3, config: ReadonlyArray<string>) =>
  Layer.unwrap(Effect.map(RedisServer, (server) => RedisLive({ url: server.url, protocol }))).pipe(
    Layer.provideMerge(RedisServer.layer({ config }))
  )

/** A version as one number: what it has is what all smaller ones have. */
const order = (version: string): number => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major * 1000 + minor
}

const has = Effect.fnUntraced(function* (since: Since | undefined) {
  const { server } = yield* Command.info("server")
  const valkey = server?.valkey_version
  const first = since === undefined ? "0.0" : valkey === undefined ? since.redis : since.valkey
  return first !== undefined && order(valkey ?? server?.redis_version ?? "") >= order(first)
})

const runCase = Effect.fnUntraced(function* (protocol: 2 | 3, { since, steps }: LiveCase, prefix = "") {
  const redis = yield* Redis
  const { port } = yield* RedisServer
  yield* redis.flushAll("SYNC")
  const complete = yield* has(since)
  const enter = prefix === "" ? implOf : keyPrefixer(prefix)
  const client = prefix === "" ? redis : redis.withKeyPrefix(prefix)
  let refused = 0
  for (const [command, expected] of steps) {
    // A command that blocks is refused on the shared connection.
    const blocks = implOf(command).spec.blocking !== undefined
    const runner = hasUntoldKeys(implOf(command).spec) ? redis : client
    const result = yield* Effect.result<unknown, Error, never>(
      blocks ? runApart(port, protocol, enter(command)) : runner.run(command)
    )
    if (Result.isFailure(result)) {
      const asExpected = expected instanceof Fails && expected.message.test(result.failure.message)
      if (complete && !asExpected) return yield* Effect.fail(result.failure)
      if (!asExpected) refused++
    } else if (complete) {
      if (expected instanceof Holds) expected.check(result.success as never)
      else if (expected instanceof Fails) assert.fail(`${command.name} should fail: ${expected.message}`)
      else assert.deepStrictEqual(result.success, expected, command.name)
    }
    if (prefix === "") continue
    for (const key of yield* redis.keys("*")) assert.isTrue(key.startsWith(prefix), `${command.name} touched ${key}`)
  }
  // A server that is not named must not have it all, or `since` is wrong.
  if (!complete) assert.isAbove(refused, 0)
})

/** What COMMAND INFO says: the flags of a command, `undefined` if the server does not have it. */
const flagsOf = (name: string) => {
  const [first = "", second] = name.toLowerCase().split(" ")
  return Effect.map(Command.raw("COMMAND INFO", [second === undefined ? first : `${first}|${second}`]), (reply) => {
    const [info] = reply as ReadonlyArray<ReadonlyArray<unknown> | undefined>
    return info?.[2] as ReadonlyArray<string> | undefined
  })
}

// COMMAND GETKEYS does not take a command that is one word.
const keysOf = (words: ReadonlyArray<string>) =>
  words.length === 1
    ? Effect.succeed([])
    : Effect.map(Effect.result(Redis.use((redis) => redis.run(Command.raw("COMMAND GETKEYS", words)))), (result) => {
        if (Result.isSuccess(result)) return result.success
        const { message } = result.failure
        // A form that is newer than the server has more words than it takes; that others are complete, the steps show.
        if (/Invalid number of arguments/.test(message)) return undefined
        return /no key arguments/.test(message) ? [] : message
      })

describe("what a server knows of its commands", () => {
  layer(client(3, []), { excludeTestServices: true })((it) => {
    it.effect("it agrees on which arguments are keys, what writes and what blocks", () =>
      Effect.gen(function* () {
        let known = 0
        for (const { command, sent } of goldens) {
          const flags = yield* flagsOf(command.name)
          if (flags === undefined) continue
          known++
          if (command.readOnly) assert.notInclude(flags, "write", sent)
          if (!flags.includes("readonly") && command.keys.length > 0) assert.isFalse(command.readOnly, sent)
          // Redis 7.0 does not say it of WAIT; XREAD waits only with BLOCK.
          const flagged = flags.includes("blocking") || command.name === "WAIT"
          const waits = flagged && (!command.name.startsWith("XREAD") || sent.includes(" BLOCK "))
          assert.strictEqual(implOf(command).spec.blocking !== undefined, waits, sent)
          const keys = command.keys.map((at) => wordOf(command.args[at]))
          const found = yield* keysOf(sent.split(" "))
          if (found !== undefined) assert.deepStrictEqual(found, keys, sent)
        }
        assert.isAbove(known, goldens.length / 2)
      })
    )
  })
})

/** Text that a pattern must not take for one, and that is longer in bytes. */
const PREFIX = "é?[a]\\:"

for (const protocol of [2, 3] as const) {
  describe(`real replies under RESP${protocol}`, () => {
    layer(client(protocol, ["databases 2"]), { excludeTestServices: true })((it) => {
      for (const live of liveCases) it.effect(live.title, () => runCase(protocol, live))
      for (const live of liveCases) {
        if (live.unprefixed !== undefined) continue
        it.effect(`${live.title}, under a key prefix`, () => runCase(protocol, live, PREFIX))
      }
    })
    layer(client(protocol, ["cluster-enabled yes"]), { excludeTestServices: true })((it) => {
      for (const live of clusterCases) it.effect(live.title, () => runCase(protocol, live))
    })
  })
}
