import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { keysOf } from "../../src/internal/commandKeys.ts"
import { RedisServer } from "../../src/RedisServer.ts"

const WITH_KEYS = [
  "GET a",
  "SET a 1 EX 5",
  "HSET a f v",
  "DEL a b c",
  "MGET a b",
  "PFMERGE a b c",
  "SINTERSTORE a b c",
  "WATCH a b",
  "BLPOP a b 0",
  "BZPOPMIN a b 0",
  "MSET a 1 b 2",
  "MSETNX a 1 b 2",
  "RENAME a b",
  "COPY a b REPLACE",
  "LMOVE a b LEFT RIGHT",
  "BLMOVE a b LEFT RIGHT 0",
  "SMOVE a b m",
  "LCS a b",
  "GEOSEARCHSTORE a b FROMMEMBER m BYRADIUS 1 m",
  "ZRANGESTORE a b 0 1",
  "ZINTER 2 a b WITHSCORES",
  "ZUNION 1 a",
  "SINTERCARD 2 a b LIMIT 1",
  "LMPOP 2 a b LEFT",
  "BLMPOP 0 2 a b LEFT",
  "BZMPOP 0 1 a MIN",
  "EVAL s 2 a b x",
  "EVALSHA_RO s 1 a x",
  "FCALL f 1 a x",
  "ZUNIONSTORE d 2 a b WEIGHTS 1 2",
  "ZDIFFSTORE d 1 a",
  "BITOP AND a b c",
  "OBJECT ENCODING a",
  "XGROUP CREATE a g 0",
  "XINFO STREAM a",
  "XREAD COUNT 1 STREAMS a b 0 0",
  "XREADGROUP GROUP g c STREAMS a >",
  "XADD a * f v",
  "MEMORY USAGE a",
  "SORT a"
]

layer(RedisServer.layer())("keysOf", (it) => {
  it.effect.each(WITH_KEYS)("finds the keys of %s as a server does", (command) =>
    Effect.gen(function* () {
      const [name = "", ...args] = command.split(" ")
      const server = yield* RedisServer
      assert.deepStrictEqual(keysOf(name, args), yield* server.admin(["COMMAND", "GETKEYS", name, ...args]))
    })
  )

  it.effect.each([
    "PING",
    "MULTI",
    "EXEC",
    "HELLO 3",
    "CLUSTER SLOTS",
    "PUBLISH c m",
    "MEMORY STATS",
    "EVAL s 0",
    "EVAL s x"
  ])("finds none in %s", (command) =>
    Effect.sync(() => {
      const [name = "", ...args] = command.split(" ")
      assert.deepStrictEqual(keysOf(name, args), [])
    })
  )
})
