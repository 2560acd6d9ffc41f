/** A program as an application would write it, with more than 50 commands: what it costs to type-check is measured by `cost.test.ts`. */
import { Command, Redis, Reply } from "@reef-redis/client"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const User = Schema.Struct({ name: Schema.String, visits: Schema.FiniteFromString })

const search = Command.define({ name: "X.SEARCH", keys: "first", retry: "readOnly", reply: Reply.array(Reply.text) })

export const strings = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.set("a", "1", { expiry: "1 hour", condition: "NX" })
  yield* redis.mSet({ b: 1, c: "2" })
  yield* redis.append("a", "2")
  yield* redis.setRange("a", 1, "x")
  const previous = yield* redis.setGet("a", "3")
  const [b, c] = yield* redis.mGet(["b", "c"])
  const part = yield* redis.getRange("a", 0, 1)
  const last = yield* redis.getDel("a")
  const kept = yield* redis.getEx("b", { persist: true })
  const sum = (yield* redis.incr("n")) + (yield* redis.incrBy("n", 2)) + (yield* redis.decr("n"))
  const size = yield* redis.strLen("b")
  return { previous, b, c, part, last, kept, sum, size }
})

export const keys = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.expire("a", "1 minute", { condition: "GT" })
  yield* redis.persist("a")
  const left = yield* redis.ttl("a")
  const end = yield* redis.pExpireTime("a")
  const kind = yield* redis.type("a")
  const { cursor, keys } = yield* redis.scan("0", { match: "user:*" })
  const sorted = yield* redis.sort("l", { limit: { offset: 0, count: 10 } })
  const gone = (yield* redis.del(["a", "b"])) + (yield* redis.unlink(keys)) + (yield* redis.exists("a"))
  yield* redis.copy("a", "b")
  yield* redis.rename("a", "b")
  return { left, end, kind, cursor, sorted, gone }
})

export const collections = Effect.gen(function* () {
  const redis = yield* Redis
  yield* redis.hSet("h", { name: "Ada", visits: 1 })
  yield* redis.hSet("h", "name", "Grace")
  const user = yield* Command.hGetAll("h").pipe(Command.decode(User))
  const [name, visits] = yield* redis.hmGet("h", ["name", "visits"])
  const more = yield* redis.hIncrBy("h", "visits", 1)
  const fields = yield* redis.hKeys("h")
  yield* redis.hDel("h", "name")
  yield* redis.hExpire("h", ["visits"], "1 day")
  yield* redis.rPush("l", "a", "b")
  yield* redis.lPush("l", "c")
  const element = yield* redis.lIndex("l", 0)
  const range = yield* redis.lRange("l", 0, -1)
  const taken = yield* redis.lPop("l")
  const moved = yield* redis.lMove("l", "m", "LEFT", "RIGHT")
  const next = yield* redis.blPop("queue", "5 seconds")
  const first = yield* redis.lmPop(["l", "m"], "LEFT", { count: 2 })
  yield* redis.sAdd("s", "a", "b")
  yield* redis.sRem("s", "b")
  const members = yield* redis.sMembers("s")
  const known = yield* redis.smIsMember("s", ["a", "b"])
  const common = yield* redis.sInter(["s", "t"])
  const some = yield* redis.sPop("s")
  return { user, name, visits, more, fields, element, range, taken, moved, next, first, members, known, common, some }
})

export const batches = Effect.gen(function* () {
  const redis = yield* Redis
  const [hits, tags, raw] = yield* redis.pipeline([
    Command.incr("hits"),
    Command.sMembers("tags"),
    Command.asBytes(Command.get("raw"))
  ])
  const { length, total } = yield* redis.pipeline({
    length: Command.lLen("l"),
    total: Command.asBigInt(Command.incrBy("total", 5n))
  })
  yield* redis.transaction([
    Command.lPush("{q}:busy", "job"),
    Command.incr("{q}:count"),
    Command.lRem("{q}:idle", 1, "job")
  ])
  const found = yield* search(["index", "text"]).pipe(Command.map((names) => names.length))
  const answer = yield* redis.eval("return 1", { keys: ["a"], arguments: ["b"] })
  const [present] = yield* redis.scriptExists(["sha"])
  const section = yield* redis.info("server")
  const clients = (yield* redis.clientList({ type: "normal" })).map(({ id }) => id)
  return { hits, tags, raw, length, total, found, answer, present, section, clients, size: yield* redis.dbSize() }
})
