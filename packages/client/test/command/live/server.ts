/** Commands about a server, in a database of its own. What ends or changes a server for good is in `live.server.test.ts`. */
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { ClientInfo, LatencyEvent, LatencyHistogram, MemoryStats, SlowLogEntry } from "../../../src/Command.ts"
import { type AclUser, Command, type CommandDocs, type CommandInfo } from "../../../src/Command.ts"
import { bare, bytes } from "../golden.ts"
import { fails, type Holds, holds, type LiveCase, missing, present, sorted, wrong } from "./frame.ts"

const HASH = "30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4"

const text = holds<string>((value) => assert.isNotEmpty(value))
const help = (word: string): Holds =>
  holds<ReadonlyArray<string>>((lines) => {
    assert.isAbove(lines.length, 2)
    assert.include(lines[0], word)
  })
const atLeast = (least: number): Holds => holds<number>((value) => assert.isAtLeast(value, least))
const includes = (value: string): Holds => holds<ReadonlyArray<string>>((values) => assert.include(values, value))
const recent = holds<DateTime.Utc>((time) => assert.isAbove(DateTime.toEpochMillis(time), 1.7e12))

export const serverCases: ReadonlyArray<LiveCase> = [
  {
    title: "the help of each family",
    steps: [
      [Command.aclHelp(), help("ACL")],
      [Command.clientHelp(), help("CLIENT")],
      [Command.commandHelp(), help("COMMAND")],
      [Command.configHelp(), help("CONFIG")],
      [Command.latencyHelp(), help("LATENCY")],
      [Command.memoryHelp(), help("MEMORY")],
      [Command.moduleHelp(), help("MODULE")],
      [Command.objectHelp(), help("OBJECT")],
      [Command.slowLogHelp(), help("SLOWLOG")]
    ]
  },
  {
    title: "users",
    steps: [
      [Command.aclWhoAmI(), "default"],
      [Command.aclCat(), includes("read")],
      [Command.aclCat("read"), includes("get")],
      [Command.aclCat("none"), fails(/category/)],
      [Command.aclGenPass(), holds<string>((password) => assert.match(password, /^[0-9a-f]{64}$/))],
      [Command.aclGenPass(5), holds<string>((password) => assert.match(password, /^[0-9a-f]{2}$/))],
      [Command.aclGetUser("bob"), undefined],
      [
        Command.aclSetUser("bob", {
          reset: true,
          enabled: true,
          sanitizePayload: true,
          passwords: ["other"],
          passwordHashes: [HASH],
          removePasswords: ["other"],
          keys: ["a*", { pattern: "b*", access: "R" }],
          resetChannels: true,
          channels: ["ch*"],
          commands: ["+@read", "-get", "+client|id"],
          selectors: [{ commands: ["+set"], keys: [{ pattern: "d", access: "W" }] }]
        }),
        undefined
      ],
      [
        Command.aclGetUser("bob"),
        holds<AclUser>((user) => {
          assert.isTrue(user.enabled)
          assert.deepStrictEqual(user.passwords, [HASH])
          assert.sameMembers([...user.commands], ["-@all", "+@read", "-get", "+client|id"])
          assert.deepStrictEqual(user.keys, ["~a*", "%R~b*"])
          assert.deepStrictEqual(user.channels, ["&ch*"])
          assert.deepStrictEqual(user.selectors[0]?.commands, ["-@all", "+set"])
          assert.deepStrictEqual(user.selectors[0]?.keys, ["%W~d"])
        })
      ],
      [Command.aclDryRun("bob", "STRLEN", ["a1"]), { allowed: true }],
      [
        Command.aclDryRun("bob", "GET", ["a1"]),
        holds<{ readonly allowed: boolean; readonly reason: string }>((verdict) => {
          assert.isFalse(verdict.allowed)
          assert.match(verdict.reason, /get/)
        })
      ],
      [Command.aclDryRun("nobody", "GET", ["a1"]), fails(/not found/)],
      [Command.aclSetUser("bob", ["(+get ~e)", "<none"]), fails(/password/)],
      [Command.aclSetUser("bob", { clearSelectors: true, removePasswordHashes: [HASH], noPassword: false }), undefined],
      [
        Command.aclSetUser("bob", { resetPasswords: true, noPassword: true, resetKeys: true, enabled: false }),
        undefined
      ],
      [Command.aclList(), holds<ReadonlyArray<string>>((users) => assert.match(users.join(), /user bob off/))],
      [Command.aclUsers(), sorted("bob", "default")],
      [Command.aclDelUser(["bob", "nobody"]), 1],
      [Command.aclLogReset(), undefined],
      [Command.aclLog(), []],
      [Command.eval("return redis.acl_check_cmd('GET', 'k') and 1 or 0"), 1],
      [Command.aclLog(5), []],
      [Command.aclSave(), fails(/ACL file/)],
      [Command.aclLoad(), fails(/ACL file/)]
    ]
  },
  {
    title: "users and databases",
    since: { valkey: "9.1" },
    steps: [
      [Command.aclSetUser("dan", { databases: [0, 1] }), undefined],
      [Command.aclGetUser("dan"), holds<AclUser>((user) => assert.deepStrictEqual(user.databases, ["db=0,1"]))],
      [Command.aclSetUser("dan", { resetDatabases: true, databases: "all" }), undefined],
      [Command.aclGetUser("dan"), holds<AclUser>((user) => assert.deepStrictEqual(user.databases, ["alldbs"]))],
      [Command.aclDelUser("dan"), 1]
    ]
  },
  {
    title: "clients",
    steps: [
      [Command.clientGetName(), holds<string | undefined>((name) => assert.notStrictEqual(name, ""))],
      [Command.clientGetRedir(), -1],
      [
        Command.clientTrackingInfo(),
        { enabled: false, flags: ["off"], redirect: undefined, prefixes: [], fields: bare({}) }
      ],
      [
        Command.clientInfo(),
        holds<ClientInfo>((info) => {
          assert.strictEqual(info.lastCommand, "client|info")
          assert.strictEqual(info.channels, 0)
          assert.isUndefined(info.queued)
          assert.isUndefined(info.redirect)
          assert.isAbove(info.totalMemory ?? 0, 0)
          assert.include([2, 3], info.protocol)
        })
      ],
      [Command.clientList({ ids: [999999] }), []],
      [Command.clientKill({ ids: 999999, type: "replica", user: "default", skipMe: true }), 0],
      [Command.clientPause(1, "ALL"), undefined],
      [Command.clientUnpause(), undefined],
      [Command.clientUnblock(999999, "ERROR"), false]
    ]
  },
  {
    title: "clients by their age",
    since: { redis: "7.4", valkey: "8.0" },
    steps: [[Command.clientKill({ maxAge: "1 hour" }), 0]]
  },
  {
    title: "clients by other filters",
    since: { valkey: "8.1" },
    steps: [
      [Command.clientList({ user: "default", maxAge: "1 hour", skipMe: true }), []],
      [Command.clientList({ type: "normal", ids: 999999, address: "h:1", localAddress: "h:2" }), []],
      [Command.clientKill({ ids: [999998, 999999] }), 0]
    ]
  },
  {
    title: "clients by what they are not",
    since: { valkey: "9.0" },
    steps: [
      [
        Command.clientList({ not: { ids: 999999, type: "pubsub" } }),
        holds<ReadonlyArray<unknown>>((list) => assert.isAbove(list.length, 0))
      ],
      [Command.clientList({ not: { user: "default" } }), []],
      [
        Command.clientList({
          name: "nobody",
          flags: "N",
          libraryName: "l",
          libraryVersion: "v",
          database: 0,
          capabilities: "r",
          ip: "127.0.0.1",
          idle: "1 hour"
        }),
        []
      ],
      [
        Command.clientKill({
          ids: 999999,
          not: {
            address: "h:1",
            localAddress: "h:2",
            name: "n",
            flags: "b",
            libraryName: "l",
            libraryVersion: "v",
            database: 1,
            capabilities: "r",
            ip: "::1"
          }
        }),
        0
      ]
    ]
  },
  {
    title: "commands about commands",
    steps: [
      [Command.commandCount(), atLeast(200)],
      [
        Command.command(),
        holds<ReadonlyArray<CommandInfo>>((all) => {
          assert.isAbove(all.length, 200)
          for (const { name, arity } of all) assert.isTrue(name !== "" && arity !== 0)
        })
      ],
      [
        Command.commandInfo(["get", "none", "xgroup|create", "migrate"]),
        holds<ReadonlyArray<CommandInfo | undefined>>(([get, none, sub, migrate]) => {
          assert.strictEqual(get?.arity, 2)
          assert.include([...(get?.flags ?? [])], "readonly")
          assert.include([...(get?.categories ?? [])], "@read")
          assert.deepStrictEqual(get?.keySpecifications[0]?.begin, { type: "index", index: 1 })
          assert.deepStrictEqual(get?.keySpecifications[0]?.find, { type: "range", lastKey: 0, step: 1, limit: 0 })
          assert.isUndefined(none)
          assert.strictEqual(sub?.name, "xgroup|create")
          assert.deepStrictEqual(migrate?.keySpecifications[1]?.begin, {
            type: "keyword",
            keyword: "KEYS",
            startFrom: -2
          })
        })
      ],
      [
        Command.commandInfo("client"),
        holds<ReadonlyArray<CommandInfo | undefined>>(([client]) =>
          assert.isTrue(client?.subcommands.some(({ name }) => name === "client|list"))
        )
      ],
      [
        Command.commandDocs(["xadd", "client"]),
        holds<Record<string, CommandDocs>>(({ client, xadd }) => {
          assert.strictEqual(xadd?.since, "5.0.0")
          assert.strictEqual(xadd?.group, "stream")
          assert.strictEqual(xadd?.history[0]?.version, "6.2.0")
          assert.strictEqual(xadd?.arguments[0]?.type, "key")
          assert.strictEqual(xadd?.arguments[0]?.keySpecification, 0)
          assert.isEmpty(xadd?.fields)
          assert.isTrue(xadd?.arguments.some(({ arguments: inner, optional }) => optional && inner.length > 0))
          assert.isDefined(client?.subcommands["client|list"]?.summary)
        })
      ],
      [Command.commandDocs(), holds<object>((all) => assert.isAbove(Object.keys(all).length, 200))],
      [Command.commandGetKeys(["MSET", "a", 1, "b", 2]), ["a", "b"]],
      [Command.asBytes(Command.commandGetKeys(["GET", "a"])), [bytes("a")]],
      [Command.commandGetKeys(["PING", "a"]), fails(/no key/)],
      [
        Command.commandGetKeysAndFlags(["GET", "a"]),
        holds<ReadonlyArray<{ readonly key: string; readonly flags: ReadonlyArray<string> }>>(([first]) => {
          assert.strictEqual(first?.key, "a")
          assert.sameMembers([...(first?.flags ?? [])], ["RO", "access"])
        })
      ],
      [Command.commandList(), includes("get")],
      [Command.commandList({ pattern: "client|getna*" }), ["client|getname"]],
      [Command.commandList({ category: "read" }), includes("get")],
      [Command.commandList({ module: "none" }), []]
    ]
  },
  {
    title: "slow commands and delays",
    unprefixed: "it reads a log of all commands, those of the test's own check included",
    steps: [
      [Command.slowLogReset(), undefined],
      [Command.configSet({ "slowlog-log-slower-than": 0, "latency-monitor-threshold": 1 }), undefined],
      [Command.slowLogLen(), atLeast(1)],
      [
        Command.slowLogGet(1),
        holds<ReadonlyArray<SlowLogEntry>>(([entry]) => {
          assert.deepStrictEqual(entry?.arguments, ["SLOWLOG", "LEN"])
          assert.isAtLeast(Duration.toMillis(entry?.duration ?? Duration.infinity), 0)
          assert.match(entry?.clientAddress ?? "", /^127\.0\.0\.1:\d+$/)
        })
      ],
      [
        Command.asBytes(Command.slowLogGet(1)),
        holds<ReadonlyArray<SlowLogEntry<Uint8Array>>>(([entry]) =>
          assert.deepStrictEqual(entry?.arguments, [bytes("SLOWLOG"), bytes("GET"), bytes("1")])
        )
      ],
      [Command.slowLogGet(-1), holds<ReadonlyArray<unknown>>((all) => assert.isAbove(all.length, 2))],
      [Command.configSet("slowlog-log-slower-than", 10000), undefined],
      [Command.slowLogReset(), undefined],
      [Command.slowLogLen(), 0],
      [Command.latencyReset(), atLeast(0)],
      [Command.latencyLatest(), []],
      [Command.latencyHistory("command"), []],
      [Command.latencyGraph("command"), fails(/No samples/)],
      // Long enough for a delay that is seen: the threshold is one millisecond.
      [Command.eval("local n = 0; for i = 1, 3000000 do n = n + i % 7 end; return 1"), 1],
      [
        Command.latencyLatest(),
        holds<ReadonlyArray<LatencyEvent>>(([event]) => {
          assert.strictEqual(event?.event, "command")
          assert.isAtLeast(Duration.toMillis(event?.max ?? Duration.zero), 1)
        })
      ],
      [
        Command.latencyHistory("command"),
        holds<ReadonlyArray<{ readonly time: DateTime.Utc; readonly latency: Duration.Duration }>>(([first]) => {
          assert.isAbove(DateTime.toEpochMillis(first!.time), 1.7e12)
          assert.isAtLeast(Duration.toMillis(first!.latency), 1)
        })
      ],
      [Command.latencyGraph("command"), holds<string>((graph) => assert.match(graph, /^command/))],
      [Command.latencyDoctor(), text],
      [Command.latencyReset("command"), 1],
      [
        Command.latencyHistogram(["eval", "slowlog|len"]),
        holds<Record<string, LatencyHistogram>>(({ eval: ran, "slowlog|len": asked }) => {
          assert.isAtLeast(ran?.calls ?? 0, 1)
          assert.isAtLeast(asked?.calls ?? 0, 1)
          assert.strictEqual(ran?.buckets.at(-1)?.calls, ran?.calls)
          assert.isAtLeast(Duration.toMillis(ran!.buckets.at(-1)!.upTo), 1)
        })
      ],
      [Command.latencyHistogram("none"), holds<object>((none) => assert.isEmpty(none))],
      [Command.latencyHistogram(), holds<object>((all) => assert.containsAllKeys(all, ["eval"]))]
    ]
  },
  {
    title: "logs of slow and of large commands",
    since: { valkey: "8.1" },
    steps: [
      [Command.commandLogHelp(), help("COMMANDLOG")],
      [Command.configSet({ "commandlog-request-larger-than": 10, "commandlog-reply-larger-than": 10 }), undefined],
      [Command.commandLogReset("large-request"), undefined],
      [Command.commandLogReset("large-reply"), undefined],
      [Command.echo("a rather long message"), "a rather long message"],
      [Command.commandLogLen("large-request"), atLeast(1)],
      [
        Command.commandLogGet("large-request", -1),
        holds<ReadonlyArray<{ readonly size: number; readonly arguments: ReadonlyArray<string> }>>((all) => {
          const echo = all.find(({ arguments: [name] }) => name === "ECHO")
          assert.deepStrictEqual(echo?.arguments, ["ECHO", "a rather long message"])
          assert.isAbove(echo?.size ?? 0, 20)
        })
      ],
      [
        Command.commandLogGet("large-reply", 1),
        holds<ReadonlyArray<unknown>>((all) => assert.strictEqual(all.length, 1))
      ],
      [Command.commandLogGetSlow(1), holds<ReadonlyArray<unknown>>((all) => assert.isAtMost(all.length, 1))]
    ]
  },
  {
    title: "memory and modules",
    steps: [
      [Command.set("a", "1"), true],
      [Command.memoryDoctor(), text],
      [Command.memoryMallocStats(), text],
      [Command.memoryPurge(), undefined],
      [
        Command.memoryStats(),
        holds<MemoryStats>((stats) => {
          assert.isAbove(stats.peakAllocated, 0)
          assert.strictEqual(stats.keysCount, 1)
          assert.strictEqual(stats.fields["keys.count"], 1)
          assert.isAbove(stats.fragmentation, 0)
          assert.isAbove(stats.databases[0]?.["overhead.hashtable.main"] ?? 0, 0)
        })
      ],
      [Command.moduleList(), holds<ReadonlyArray<unknown>>((modules) => assert.isArray(modules))],
      [Command.moduleUnload("none"), fails(/no such module|MODULE command not allowed/)],
      [Command.moduleLoad("/none.so"), fails(/MODULE command not allowed/)],
      [
        Command.moduleLoadEx("/none.so", { config: { "m.a": 1 }, arguments: ["a"] }),
        fails(/MODULE command not allowed/)
      ]
    ]
  },
  {
    title: "the clock, a drawing and two databases that change places",
    steps: [
      [Command.timeMicros(), holds<number>((micros) => assert.isTrue(Number.isSafeInteger(micros) && micros > 1.7e15))],
      [Command.lolwut(), text],
      [Command.lolwut({ version: 5, arguments: [20, 4, 1] }), text],
      [Command.set("a", "1"), true],
      [Command.swapDb(0, 1), undefined],
      [Command.exists("a"), 0],
      [Command.swapDb(0, 1), undefined],
      [Command.exists("a"), 1],
      [Command.swapDb(0, 7), fails(/out of range/)]
    ]
  },
  {
    title: "the server's data on disk",
    steps: [
      [Command.save(), undefined],
      [Command.lastSave(), recent],
      [Command.shutdownAbort(), fails(/No shutdown in progress/)],
      [Command.failover(), fails(/requires connected replicas/)],
      [Command.failoverAbort(), fails(/No failover in progress/)],
      [Command.replicaOfNoOne(), undefined],
      [Command.slaveOfNoOne(), undefined]
    ]
  },
  {
    title: "moving keys to a server that is not there",
    steps: [
      [Command.set("a", "1"), true],
      [Command.rPush("l", "1"), 1],
      // Nobody listens on port 1.
      [present.migrate("127.0.0.1", 1, "a", 0, 100), fails(/IOERR/)],
      [wrong.migrate("127.0.0.1", 1, ["a", "l"], 0, 100, { copy: true, replace: true }), fails(/IOERR/)],
      [missing.migrate("127.0.0.1", 1, "none", 0, 100), false],
      [missing.migrate("127.0.0.1", 1, ["none"], 0, 100, { auth: { username: "u", password: "p" } }), false],
      [Command.hello(), holds<{ readonly role: string }>(({ role }) => assert.strictEqual(role, "primary"))],
      [Command.select(1), fails(/shared/)],
      [Command.asking(), fails(/shared/)]
    ]
  }
]
