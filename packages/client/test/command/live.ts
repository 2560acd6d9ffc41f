/** What a real server makes of commands: steps in an empty database, each with the result that it must have. */
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Command } from "../../src/Command.ts"
import { bare, bytes } from "./golden.ts"

/** A command and its result, or what must hold of it. */
export type Step = readonly [command: Command<unknown, unknown>, expected: unknown]

export interface LiveCase {
  readonly title: string
  /** The first server version that has all of it (Redis' numbers; Valkey begins at 7.2). */
  readonly since?: number | undefined
  readonly steps: ReadonlyArray<Step>
}

/** A condition in place of a result. */
export class Holds {
  readonly check: (value: never) => void
  constructor(check: (value: never) => void) {
    this.check = check
  }
}

const holds = <A>(check: (value: A) => void): Holds => new Holds(check as (value: never) => void)
const within = (low: Duration.Duration, high: Duration.Duration): Holds =>
  holds<Duration.Duration>((value) => {
    assert.isAbove(Duration.toMillis(value), Duration.toMillis(low))
    assert.isAtMost(Duration.toMillis(value), Duration.toMillis(high))
  })
const sorted = (...expected: ReadonlyArray<string>): Holds =>
  holds<Array<string>>((value) => assert.deepStrictEqual([...value].sort(), expected))

const instant = DateTime.makeUnsafe("2040-01-01T00:00:00Z")
const minute = Duration.minutes(1)

const byteSteps: ReadonlyArray<Step> = [
  [Command.set("k", Uint8Array.of(0, 255)), true],
  [Command.asBytes(Command.get("k")), Uint8Array.of(0, 255)],
  [Command.asBytes(Command.mGet(["k", "none"])), [Uint8Array.of(0, 255), undefined]],
  [Command.hSet("h", Uint8Array.of(255), Uint8Array.of(254)), 1],
  [Command.asBytes(Command.hGetAll("h")), [[Uint8Array.of(255), Uint8Array.of(254)]]],
  [Command.rPush("l", Uint8Array.of(253)), 1],
  [Command.asBytes(Command.lmPop("l", "LEFT")), { key: bytes("l"), elements: [Uint8Array.of(253)] }]
]

export const liveCases: ReadonlyArray<LiveCase> = [
  {
    title: "strings",
    steps: [
      [Command.set("k", "Ada", { condition: "NX", expiry: minute }), true],
      [Command.set("k", "Eve", { condition: "NX" }), false],
      [Command.get("k"), "Ada"],
      [Command.get("none"), undefined],
      [Command.getEx("k", { persist: true }), "Ada"],
      [Command.ttl("k"), Duration.infinity],
      [Command.setGet("k", "Bob"), "Ada"],
      [Command.setGet("none", "x", { condition: "XX" }), undefined],
      [Command.getSet("k", "Cy"), "Bob"],
      [Command.append("k", "!"), 3],
      [Command.getRange("k", 0, 1), "Cy"],
      [Command.setRange("k", 2, "?"), 3],
      [Command.strLen("k"), 3],
      [Command.getDel("k"), "Cy?"],
      [Command.set("n", 9007199254740991n), true],
      [Command.asBigInt(Command.incrBy("n", 2)), 9007199254740993n],
      [Command.decrBy("n", 4), 9007199254740989],
      [Command.incr("i"), 1],
      [Command.decr("i"), 0],
      [Command.incrByFloat("f", 0.5), 0.5],
      [Command.mSet({ a: "1", b: "2" }), undefined],
      [Command.mSetNX({ a: "1", c: "3" }), false],
      [Command.mGet(["a", "none", "b"]), ["1", undefined, "2"]],
      [Command.setNX("a", "9"), false],
      [Command.setEx("a", "1 minute", "v"), undefined],
      [Command.pTTL("a"), within(Duration.zero, minute)],
      [Command.pSetEx("a", "1 minute", "v"), undefined],
      [Command.set("a", "w", { keepTtl: true }), true],
      [Command.ttl("a"), within(Duration.zero, minute)]
    ]
  },
  {
    title: "longest common subsequences",
    since: 7,
    steps: [
      [Command.mSet({ a: "ohmytext", b: "mynewtext" }), undefined],
      [Command.lcs("a", "b"), "mytext"],
      [Command.lcsLen("a", "b"), 6],
      [
        Command.lcsIdxWithMatchLen("a", "b", { minMatchLength: 4 }),
        { matches: [{ first: { start: 4, end: 7 }, second: { start: 5, end: 8 }, length: 4 }], length: 6 }
      ],
      [
        Command.lcsIdx("a", "b"),
        {
          matches: [
            { first: { start: 4, end: 7 }, second: { start: 5, end: 8 } },
            { first: { start: 2, end: 3 }, second: { start: 0, end: 1 } }
          ],
          length: 6
        }
      ]
    ]
  },
  {
    title: "keys",
    steps: [
      [Command.set("a", "1"), true],
      [Command.copy("a", "b"), true],
      [Command.copy("a", "b"), false],
      [Command.exists(["a", "a", "none"]), 2],
      [Command.expire("a", minute), true],
      [Command.expire("none", minute), false],
      [Command.persist("a"), true],
      [Command.pExpireAt("a", instant), true],
      [Command.ttl("none"), undefined],
      [Command.keys("*"), sorted("a", "b")],
      [Command.scan("0", { match: "a*", count: 100, type: "string" }), { cursor: "0", keys: ["a"] }],
      [Command.type("a"), "string"],
      [Command.type("none"), "none"],
      [Command.objectEncoding("a"), "int"],
      [Command.objectRefCount("a"), holds<number>((value) => assert.isAbove(value, 0))],
      [Command.objectIdleTime("a"), holds<Duration.Duration>((value) => assert.isTrue(Duration.isDuration(value)))],
      [Command.memoryUsage("a", { samples: 0 }), holds<number>((value) => assert.isAbove(value, 0))],
      [Command.touch(["a", "none"]), 1],
      [Command.rename("b", "c"), undefined],
      [Command.renameNX("c", "a"), false],
      [Command.move("c", 1), true],
      [Command.randomKey(), "a"],
      [Command.unlink(["a", "none"]), 1],
      [Command.del("a"), 0],
      [Command.randomKey(), undefined],
      [Command.rPush("l", "2", "1", "3"), 3],
      [Command.sort("l", { direction: "DESC", limit: { offset: 0, count: 2 } }), ["3", "2"]],
      [Command.sort("l", { by: "nosort", get: ["#", "none_*"] }), ["2", undefined, "1", undefined, "3", undefined]],
      [Command.sortStore("l", "sorted"), 3],
      [Command.lRange("sorted", 0, -1), ["1", "2", "3"]]
    ]
  },
  {
    title: "when keys end",
    since: 7,
    steps: [
      [Command.set("a", "1", { expireAt: instant }), true],
      [Command.expireTime("a"), instant],
      [Command.pExpireTime("a"), instant],
      [Command.expire("a", minute, { condition: "NX" }), false],
      [Command.expireAt("a", instant, { condition: "XX" }), true],
      [Command.persist("a"), true],
      [Command.pExpireTime("a"), "persistent"],
      [Command.expireTime("none"), undefined],
      [Command.sortRo("none"), []]
    ]
  },
  {
    title: "hashes",
    steps: [
      [Command.hSet("h", { a: "1", __proto__x: "2" }), 2],
      [Command.hSet("h", "a", 3), 0],
      [Command.hSetNX("h", "a", 4), false],
      [Command.hGet("h", "a"), "3"],
      [Command.hGetAll("h"), bare({ a: "3", __proto__x: "2" })],
      [Command.hGetAll("none"), bare({})],
      [Command.hmGet("h", ["a", "none"]), ["3", undefined]],
      [Command.hIncrBy("h", "a", 2), 5],
      [Command.hIncrByFloat("h", "a", 0.5), 5.5],
      [Command.hKeys("h"), sorted("__proto__x", "a")],
      [Command.hVals("h"), sorted("2", "5.5")],
      [Command.hStrLen("h", "a"), 3],
      [Command.hExists("h", "none"), false],
      [Command.hDel("h", ["__proto__x", "none"]), 1],
      [Command.hLen("h"), 1],
      [Command.hRandField("h"), "a"],
      [Command.hRandField("none"), undefined],
      [Command.hRandFieldCount("h", -2), ["a", "a"]],
      [
        Command.hRandFieldCountWithValues("h", -2),
        [
          ["a", "5.5"],
          ["a", "5.5"]
        ]
      ],
      [Command.hScan("h", "0", { count: 10 }), { cursor: "0", entries: [["a", "5.5"]] }],
      [Command.hGetAll("h").pipe(Command.decode(Schema.Struct({ a: Schema.FiniteFromString }))), { a: 5.5 }]
    ]
  },
  {
    title: "the life of fields",
    since: 8,
    steps: [
      [Command.hSet("h", { a: "1", b: "2" }), 2],
      [Command.hpExpire("h", ["a", "none"], minute), ["set", undefined]],
      [Command.hpTTL("h", ["b", "none"]), [Duration.infinity, undefined]],
      [Command.hExpireAt("h", ["a"], instant), ["set"]],
      [Command.hpExpireTime("h", ["a", "b"]), [instant, "persistent"]],
      [Command.hPersist("h", ["a", "b", "none"]), [true, false, undefined]],
      [Command.hSetEx("h", { c: "3" }, { condition: "FXX" }), false],
      [Command.hGetEx("h", ["a", "none"]), ["1", undefined]],
      [Command.hScanNoValues("none", "0"), { cursor: "0", fields: [] }],
      [Command.hGetDel("h", ["a", "b"]), ["1", "2"]],
      [Command.exists("h"), 0]
    ]
  },
  {
    title: "lists",
    since: 7,
    steps: [
      [Command.rPush("l", "b", "c"), 2],
      [Command.lPush("l", ["a"]), 3],
      [Command.lPushX("none", "x"), 0],
      [Command.rPushX("l", "d"), 4],
      [Command.lRange("l", 0, -1), ["a", "b", "c", "d"]],
      [Command.lIndex("l", 9), undefined],
      [Command.lInsert("l", "BEFORE", "c", "c"), 5],
      [Command.lInsert("l", "AFTER", "none", "c"), undefined],
      [Command.lInsert("none", "AFTER", "c", "c"), 0],
      [Command.lPos("l", "c", { rank: -1 }), 3],
      [Command.lPos("l", "none"), undefined],
      [Command.lPosCount("l", "c", 0), [2, 3]],
      [Command.lRem("l", 1, "c"), 1],
      [Command.lSet("l", 0, "z"), undefined],
      [Command.lTrim("l", 0, 2), undefined],
      [Command.lMove("l", "m", "LEFT", "RIGHT"), "z"],
      [Command.rPopLPush("l", "m"), "c"],
      [Command.lMove("none", "m", "LEFT", "RIGHT"), undefined],
      [Command.lLen("m"), 2],
      [Command.lmPop(["none", "m"], "RIGHT", { count: 5 }), { key: "m", elements: ["z", "c"] }],
      [Command.lmPop("none", "LEFT"), undefined],
      [Command.lPopCount("l", 5), ["b"]],
      [Command.lPopCount("l", 5), undefined],
      [Command.rPopCount("l", 5), undefined],
      [Command.lPop("l"), undefined],
      [Command.rPop("l"), undefined]
    ]
  },
  {
    title: "sets",
    since: 7,
    steps: [
      [Command.sAdd("a", "1", 2, "3"), 3],
      [Command.sAdd("b", ["2", "3", "4"]), 3],
      [Command.sMembers("a"), sorted("1", "2", "3")],
      [Command.sIsMember("a", 2), true],
      [Command.smIsMember("a", ["1", "9"]), [true, false]],
      [Command.sCard("a"), 3],
      [Command.sInter(["a", "b"]), sorted("2", "3")],
      [Command.sInterCard(["a", "b"], { limit: 1 }), 1],
      [Command.sUnion(["a", "b"]), sorted("1", "2", "3", "4")],
      [Command.sDiff(["a", "b"]), ["1"]],
      [Command.sInterStore("d", ["a", "b"]), 2],
      [Command.sUnionStore("d", ["a", "b"]), 4],
      [Command.sDiffStore("d", ["a", "b"]), 1],
      [Command.sScan("d", "0"), { cursor: "0", members: ["1"] }],
      [Command.sMove("d", "a", "9"), false],
      [Command.sRandMember("d"), "1"],
      [Command.sRandMemberCount("d", -2), ["1", "1"]],
      [Command.sPop("d"), "1"],
      [Command.sPop("d"), undefined],
      [Command.sPopCount("d", 2), []],
      [Command.sRem("a", "1", "9"), 1]
    ]
  },
  {
    title: "scripts",
    since: 7,
    steps: [
      [Command.eval("return {KEYS[1], ARGV[1], false, 1}", { keys: ["k"], arguments: [5] }), ["k", "5", undefined, 1]],
      [Command.evalRo("return redis.call('GET', KEYS[1])", { keys: ["k"] }), undefined],
      [Command.scriptLoad("return 1"), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"],
      [Command.evalSha("e0e1f9fabfc9d4800c877a703b823ac0578ff8db"), 1],
      [Command.evalShaRo("e0e1f9fabfc9d4800c877a703b823ac0578ff8db"), 1],
      [Command.scriptExists(["e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "00"]), [true, false]],
      [
        Command.raw("FUNCTION LOAD", [
          "REPLACE",
          "#!lua name=l\nredis.register_function{function_name='f', callback=function(k, a) return a[1] end, flags={'no-writes'}}"
        ]),
        "l"
      ],
      [Command.fCall("f", { keys: ["k"], arguments: ["x"] }), "x"],
      [Command.fCallRo("f", { arguments: ["y"] }), "y"],
      [Command.raw("FUNCTION", ["FLUSH"]), "OK"],
      [Command.scriptFlush("SYNC"), undefined]
    ]
  },
  {
    title: "connections and the server",
    since: 7,
    steps: [
      [Command.ping(), "PONG"],
      [Command.ping("hi"), "hi"],
      [Command.asBytes(Command.ping()), bytes("PONG")],
      [Command.echo("é"), "é"],
      [Command.clientId(), holds<number>((id) => assert.isAbove(id, 0))],
      [
        Command.clientInfo(),
        holds<{ readonly id: number; readonly database: number; readonly user: string }>((info) => {
          assert.isAbove(info.id, 0)
          assert.strictEqual(info.database, 0)
          assert.strictEqual(info.user, "default")
        })
      ],
      [Command.clientList({ type: "normal" }), holds<ReadonlyArray<unknown>>((list) => assert.isAbove(list.length, 0))],
      [Command.clientList({ type: "primary" }), []],
      [Command.clientKill({ address: "127.0.0.1:1" }), 0],
      [Command.clientUnblock(999999), false],
      [Command.clientPause(1, "WRITE"), undefined],
      [Command.clientUnpause(), undefined],
      [Command.configSet({ "slowlog-max-len": 99, "latency-monitor-threshold": 1 }), undefined],
      [Command.configGet(["slowlog-max-len", "none"]), bare({ "slowlog-max-len": "99" })],
      [Command.configResetStat(), undefined],
      [Command.dbSize(), 0],
      [
        Command.info("server"),
        holds<Record<string, Record<string, string>>>((info) => assert.strictEqual(info.server?.redis_mode?.length, 10))
      ],
      [Command.info(["server", "keyspace"]), holds<object>((info) => assert.hasAllKeys(info, ["server", "keyspace"]))],
      [
        Command.role(),
        holds<{ readonly role: string; readonly offset: number }>((role) => assert.strictEqual(role.role, "primary"))
      ],
      [Command.time(), holds<DateTime.Utc>((time) => assert.isAbove(DateTime.toEpochMillis(time), 1.7e12))],
      [Command.raw("OBJECT", ["HELP"]), holds<unknown>((help) => assert.isArray(help))],
      [Command.raw("CONFIG GET", ["maxclients"]).pipe(Command.map(() => "mapped")), "mapped"]
    ]
  },
  { title: "bytes", since: 7, steps: byteSteps }
]

/** For a server in cluster mode that is alone. */
export const clusterCases: ReadonlyArray<LiveCase> = [
  {
    title: "a cluster of one",
    since: 7,
    steps: [
      [Command.clusterAddSlotsRange({ start: 0, end: 16383 }), undefined],
      [Command.clusterSetConfigEpoch(5), undefined],
      [Command.clusterKeySlot("{user}:1"), 5474],
      [Command.clusterMyId(), holds<string>((id) => assert.lengthOf(id, 40))],
      [
        Command.clusterInfo(),
        holds<{ readonly slotsAssigned: number; readonly myEpoch: number }>((info) => {
          assert.strictEqual(info.slotsAssigned, 16384)
          assert.strictEqual(info.myEpoch, 5)
        })
      ],
      [
        Command.clusterNodes(),
        holds<ReadonlyArray<{ readonly myself: boolean; readonly role: string; readonly slots: unknown }>>((nodes) => {
          assert.lengthOf(nodes, 1)
          assert.isTrue(nodes[0]!.myself)
          assert.strictEqual(nodes[0]!.role, "primary")
          assert.deepStrictEqual(nodes[0]!.slots, [{ start: 0, end: 16383 }])
        })
      ],
      [
        Command.clusterSlots(),
        holds<ReadonlyArray<{ readonly start: number; readonly primary: { readonly id: string } }>>(([range]) => {
          assert.strictEqual(range!.start, 0)
          assert.lengthOf(range!.primary.id, 40)
        })
      ],
      [
        Command.clusterShards(),
        holds<ReadonlyArray<{ readonly slots: unknown; readonly nodes: ReadonlyArray<{ readonly health: string }> }>>(
          ([shard]) => {
            assert.deepStrictEqual(shard!.slots, [{ start: 0, end: 16383 }])
            assert.strictEqual(shard!.nodes[0]!.health, "online")
          }
        )
      ],
      [Command.clusterLinks(), []],
      [Command.clusterCountKeysInSlot(1), 0],
      [Command.clusterGetKeysInSlot(1, 10), []],
      [Command.clusterDelSlots([1, 2]), undefined],
      [Command.clusterAddSlots([1]), undefined],
      [Command.clusterDelSlotsRange([{ start: 5, end: 6 }]), undefined],
      [Command.clusterSetSlot(7, "STABLE"), undefined],
      [Command.clusterBumpEpoch(), holds<{ readonly epoch: number }>((bumped) => assert.isAtLeast(bumped.epoch, 5))],
      [Command.clusterSaveConfig(), undefined],
      [Command.clusterFlushSlots(), undefined],
      [Command.clusterReset("HARD"), undefined]
    ]
  }
]
