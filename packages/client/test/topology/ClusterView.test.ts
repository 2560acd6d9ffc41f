import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { RespError, RespMap, type RespValue } from "../../src/protocol/RespValue.ts"
import {
  type ClusterNode,
  parseConfigEpochs,
  parseInfo,
  parseSelf,
  parseShards,
  parseSlots
} from "../../src/topology/ClusterView.ts"

const asked = { host: "seed.example", port: 7000 }
const A = "0057d67e426cbf2ada9f8c988e2997dd482e9028"
const B = "1b0eb17a921e572f4c1aab5b001a5ecda79ce6c6"
const R = "e7d999d7d59aba73707fe52e52d0af91a83af961"

const slots = (reply: RespValue) => Result.getOrThrow(parseSlots(reply, asked))
const shards = (reply: RespValue, tls = false) => Result.getOrThrow(parseShards(reply, asked, { tls }))
const failureOf = <A, E>(result: Result.Result<A, E>): E => Result.getOrThrow(Result.flip(result))
/** A node without the fields that are undefined. */
const known = (node: ClusterNode | undefined) =>
  Object.fromEntries(Object.entries(node ?? {}).filter(([, value]) => value !== undefined))

/** The same data as RESP2 sends it: maps as flat lists. */
const flat = (value: RespValue): RespValue =>
  value instanceof RespMap ? value.entries.map(flat) : Array.isArray(value) ? value.map(flat) : value
/** The same data with all text as bytes. */
const bytes = (value: RespValue): RespValue =>
  typeof value === "string"
    ? new TextEncoder().encode(value)
    : value instanceof RespMap
      ? new RespMap(value.entries.map(bytes))
      : Array.isArray(value)
        ? value.map(bytes)
        : value
const map = (fields: Readonly<Record<string, RespValue>>) => new RespMap(Object.entries(fields).flat())

const slotsOf7: RespValue = [
  [0, 8191, ["127.0.0.1", 7001, A, new RespMap([])], ["127.0.0.1", 7003, R, new RespMap(["hostname", "r.example"])]],
  [8192, 16383, ["127.0.0.1", 7002, B, new RespMap(["availability-zone", "zone-b"])]]
]

const member = (id: string, fields: Readonly<Record<string, RespValue>>) =>
  map({
    id,
    port: 7001,
    ip: "127.0.0.1",
    endpoint: "127.0.0.1",
    role: "master",
    "replication-offset": 0,
    health: "online",
    ...fields
  })
const shard = (ranges: Array<number>, ...nodes: Array<RespValue>) => map({ slots: ranges, nodes })
const shardsOf7: RespValue = [
  shard([8192, 16383], member(B, { port: 7002 })),
  shard([0, 8191], member(A, {}), member(R, { port: 7003, role: "replica", health: "loading" }))
]

describe("ClusterView", () => {
  describe("of CLUSTER SLOTS", () => {
    it("has nodes, roles and ranges of a Redis 7 reply, in RESP3, RESP2 and bytes", () => {
      for (const reply of [slotsOf7, flat(slotsOf7), bytes(slotsOf7)]) {
        const view = slots(reply)
        assert.deepStrictEqual(view.slots, [
          { start: 0, end: 8191, primaryId: A },
          { start: 8192, end: 16383, primaryId: B }
        ])
        assert.deepStrictEqual([...view.nodes.values()].map(known), [
          { id: A, endpoint: { host: "127.0.0.1", port: 7001 }, role: "primary", health: "online" },
          {
            id: R,
            endpoint: { host: "127.0.0.1", port: 7003 },
            role: "replica",
            health: "online",
            hostname: "r.example",
            primaryId: A
          },
          { id: B, endpoint: { host: "127.0.0.1", port: 7002 }, role: "primary", health: "online", zone: "zone-b" }
        ])
        assert.strictEqual(view.epoch, 0)
        assert.strictEqual(view.state, "unknown")
      }
    })

    it("takes epoch and state from CLUSTER INFO", () => {
      const info = { state: "fail", currentEpoch: 12, myEpoch: 3, slotsAssigned: 16384 } as const
      const view = Result.getOrThrow(parseSlots(slotsOf7, asked, { info }))
      assert.strictEqual(view.epoch, 12)
      assert.strictEqual(view.state, "fail")
    })

    it("puts the asked host in place of a null or empty one: a cluster of one node works", () => {
      for (const host of ["", undefined]) {
        const view = slots([[0, 16383, [host, 7001, A, []]]])
        assert.deepStrictEqual(view.nodes.get(A)?.endpoint, { host: "seed.example", port: 7001 })
      }
      const replica = slots([[0, 16383, ["", 7001, A, []], [undefined, 7002, R, []]]]).nodes.get(R)
      assert.deepStrictEqual(replica?.endpoint, { host: "seed.example", port: 7002 })
    })

    it("knows a node behind ? or port 0, but no address of it", () => {
      const view = slots([
        [0, 1, ["?", 7001, A, ["ip", "10.0.0.1"]]],
        [2, 3, ["10.0.0.2", 0, B, []]]
      ])
      assert.isTrue(view.nodes.has(A) && view.nodes.has(B))
      assert.isUndefined(view.nodes.get(A)?.endpoint)
      assert.isUndefined(view.nodes.get(B)?.endpoint)
      assert.strictEqual(view.slots[0]?.primaryId, A)
    })

    it("derives ids from addresses where an old server gives none", () => {
      const view = slots([
        [0, 5, ["10.0.0.1", 7001], ["10.0.0.2", 7002]],
        [6, 9, ["", 7003]]
      ])
      assert.deepStrictEqual([...view.nodes.keys()], ["10.0.0.1:7001", "10.0.0.2:7002", "seed.example:7003"])
      assert.strictEqual(view.nodes.get("10.0.0.2:7002")?.primaryId, "10.0.0.1:7001")
      assert.strictEqual(view.slots[1]?.primaryId, "seed.example:7003")
    })

    it("sorts ranges and joins adjacent ones of one owner", () => {
      const a = ["h", 1, A, []]
      const b = ["h", 2, B, []]
      assert.deepStrictEqual(
        slots([
          [20, 29, a],
          [0, 9, a],
          [10, 10, a],
          [11, 19, b]
        ]).slots,
        [
          { start: 0, end: 10, primaryId: A },
          { start: 11, end: 19, primaryId: B },
          { start: 20, end: 29, primaryId: A }
        ]
      )
    })

    it("reads IPv6 hosts and integers of every kind", () => {
      const view = slots([[0n, "9", ["2001:db8::1", 7001n, A, []]]])
      assert.deepStrictEqual(view.nodes.get(A)?.endpoint, { host: "2001:db8::1", port: 7001 })
      assert.deepStrictEqual(view.slots, [{ start: 0, end: 9, primaryId: A }])
    })

    it("may be empty", () => {
      assert.strictEqual(slots([]).nodes.size, 0)
    })

    it("is malformed with the place", () => {
      const a: RespValue = ["h", 1, A, []]
      const cases: ReadonlyArray<readonly [RespValue, string]> = [
        ["OK", "reply"],
        [undefined, "reply"],
        [7, "reply"],
        [[1], "[0]"],
        [[[0, 9]], "[0]"],
        [
          [
            [0, 9, a],
            [10, 19, "h"]
          ],
          "[1][2]"
        ],
        [[[0, 9, a, ["h"]]], "[0][3]"],
        [[[0, 9, [1, 1, A]]], "[0][2]"],
        [[[0, 9, ["h", 65536, A]]], "[0][2]"],
        [[[0, 9, ["h", -1, A]]], "[0][2]"],
        [[[0, 9, ["h", 1, 5]]], "[0][2]"],
        [[[0, 16384, a]], "[0]"],
        [[[-1, 1, a]], "[0]"],
        [[[2, 1, a]], "[0]"],
        [[["x", 1, a]], "[0]"],
        [
          [
            [0, 9, a],
            [9, 10, a]
          ],
          "[1]"
        ]
      ]
      for (const [reply, where] of cases) {
        const failure = failureOf(parseSlots(reply, asked))
        assert.strictEqual(failure._tag, "Malformed")
        assert.strictEqual(failure._tag === "Malformed" && failure.where, where)
      }
    })
  })

  describe("of CLUSTER SHARDS", () => {
    it("has nodes, roles, health and ranges, in RESP3, RESP2 and bytes", () => {
      for (const reply of [shardsOf7, flat(shardsOf7), bytes(shardsOf7)]) {
        const view = shards(reply)
        assert.deepStrictEqual(view.slots, [
          { start: 0, end: 8191, primaryId: A },
          { start: 8192, end: 16383, primaryId: B }
        ])
        assert.deepStrictEqual(known(view.nodes.get(R)), {
          id: R,
          endpoint: { host: "127.0.0.1", port: 7003 },
          role: "replica",
          health: "loading",
          primaryId: A
        })
        assert.strictEqual(view.nodes.get(B)?.role, "primary")
      }
    })

    it("reads zones and the shard's own id as Valkey 9 sends them", () => {
      const reply = [map({ slots: [0, 1], nodes: [member(A, { "availability-zone": "zone-a" })], id: "f".repeat(40) })]
      assert.strictEqual(shards(reply).nodes.get(A)?.zone, "zone-a")
      assert.strictEqual(shards([shard([], member(A, { availability_zone: "z" }))]).nodes.get(A)?.zone, "z")
    })

    it("agrees with CLUSTER SLOTS about owners and addresses", () => {
      assert.deepStrictEqual(shards(shardsOf7).slots, slots(slotsOf7).slots)
      for (const [id, node] of slots(slotsOf7).nodes) {
        assert.deepStrictEqual(shards(shardsOf7).nodes.get(id)?.endpoint, node.endpoint)
      }
    })

    it("takes the port of the transport, or the only one there is", () => {
      const both = [shard([0, 1], member(A, { port: 7001, "tls-port": 8001 }))]
      assert.strictEqual(shards(both, true).nodes.get(A)?.endpoint?.port, 8001)
      assert.strictEqual(shards(both, false).nodes.get(A)?.endpoint?.port, 7001)
      assert.strictEqual(shards([shard([0, 1], member(A, {}))], true).nodes.get(A)?.endpoint?.port, 7001)
      const secure = [shard([0, 1], member(A, { port: undefined, "tls-port": 8001 }))]
      assert.strictEqual(shards(secure, false).nodes.get(A)?.endpoint?.port, 8001)
      assert.isUndefined(shards([shard([0, 1], member(A, { port: 0 }))]).nodes.get(A)?.endpoint)
    })

    it("follows the endpoint, not the ip: null and empty mean the asked host, ? is not known", () => {
      const host = (endpoint: RespValue) =>
        shards([shard([0, 1], member(A, { endpoint }))]).nodes.get(A)?.endpoint?.host
      assert.strictEqual(host("a.example"), "a.example")
      assert.strictEqual(host(undefined), "seed.example")
      assert.strictEqual(host(""), "seed.example")
      assert.isUndefined(host("?"))
      const without = map({ id: A, port: 7001, ip: "10.0.0.1", role: "master", hostname: "a.example" })
      assert.deepStrictEqual(known(shards([shard([0, 1], without)]).nodes.get(A)), {
        id: A,
        endpoint: { host: "10.0.0.1", port: 7001 },
        role: "primary",
        health: "online",
        hostname: "a.example"
      })
    })

    it("keeps failed and loading nodes with that mark", () => {
      const health = (word: string) => shards([shard([0, 1], member(A, { health: word }))]).nodes.get(A)?.health
      assert.deepStrictEqual(["online", "fail", "failed", "loading"].map(health), ["online", "fail", "fail", "loading"])
    })

    it("gives the slots to the successor where a shard still lists its failed primary", () => {
      const view = shards([
        shard([0, 16383], member(A, { health: "fail" }), member(B, {}), member(R, { role: "replica" }))
      ])
      assert.deepStrictEqual(view.slots, [{ start: 0, end: 16383, primaryId: B }])
      assert.strictEqual(view.nodes.get(R)?.primaryId, B)
      assert.strictEqual(view.nodes.get(A)?.health, "fail")
      assert.strictEqual(shards([shard([0, 5], member(A, { health: "fail" }))]).slots[0]?.primaryId, A)
    })

    it("leaves the slots of a shard without a primary uncovered", () => {
      const view = shards([shard([0, 16383], member(R, { role: "replica" }))])
      assert.deepStrictEqual(view.slots, [])
      assert.isTrue(view.nodes.has(R))
    })

    it("is malformed with the place", () => {
      const cases: ReadonlyArray<readonly [RespValue, string]> = [
        ["OK", "reply"],
        [[1], "[0].slots"],
        [[map({ nodes: [] })], "[0].slots"],
        [[map({ slots: [1], nodes: [] })], "[0].slots"],
        [[map({ slots: [] })], "[0].nodes"],
        [[shard([], 1)], "[0].nodes[0]"],
        [[shard([]), shard([], member(A, {}), map({ role: "master" }))], "[1].nodes[1]"],
        [[shard([], member(A, { role: "arbiter" }))], "[0].nodes[0]"],
        [[shard([], member(A, { port: "x" }))], "[0].nodes[0]"],
        [[shard([], member(A, { endpoint: 5 }))], "[0].nodes[0]"],
        [[shard([0, 5, 6, 16384], member(A, {}))], "[0].slots[2]"],
        [[shard([0, 5], member(A, {})), shard([5, 6], member(B, {}))], "[1].slots[0]"]
      ]
      for (const [reply, where] of cases) {
        const failure = failureOf(parseShards(reply, asked, { tls: false }))
        assert.strictEqual(failure._tag === "Malformed" && failure.where, where)
      }
    })
  })

  describe("of an error reply", () => {
    const tagOf = (message: string) => {
      const error = new RespError(message)
      const tags = [parseSlots(error, asked), parseShards(error, asked, { tls: false }), parseInfo(error)].map(
        (result) => failureOf<unknown, { readonly _tag: string }>(result)._tag
      )
      assert.strictEqual(new Set(tags).size, 1)
      return tags[0]
    }

    it("says what kind of server answered", () => {
      assert.strictEqual(tagOf("ERR This instance has cluster support disabled"), "ClusterDisabled")
      assert.strictEqual(tagOf("ERR unknown command 'CLUSTER', with args beginning with: 'SLOTS' "), "NotCluster")
      assert.strictEqual(tagOf("ERR unknown subcommand 'SHARDS'. Try CLUSTER HELP."), "Unsupported")
      assert.strictEqual(
        tagOf("ERR Unknown subcommand or wrong number of arguments for 'SHARDS'. Try CLUSTER HELP."),
        "Unsupported"
      )
      assert.strictEqual(tagOf("NOAUTH Authentication required."), "Refused")
      assert.strictEqual(tagOf("LOADING Redis is loading the dataset in memory"), "Refused")
    })
  })

  describe("parseConfigEpochs", () => {
    const [m = "", n = "", o = ""] = ["a", "b", "c"].map((digit) => digit.repeat(40))

    it("reads every form of a line: hostnames, aux fields, no address, no bus port, slots on the move", () => {
      const text = [
        `${m} 10.0.0.1:6379@16379,host-1,shard-id=69bc myself,master - 0 1700000000000 12 connected 0-5460 [93->-${n}] [94-<-${o}]`,
        `${n} :0@0 slave,fail,noaddr ${m} 1700000000000 1700000000000 3 disconnected`,
        `${o} 2001:db8::1:6379 master - 0 0 0 connected`,
        ""
      ].join("\n")
      const expected = new Map([
        [m, 12],
        [n, 3],
        [o, 0]
      ])
      assert.deepStrictEqual(parseConfigEpochs(text), expected)
      assert.deepStrictEqual(parseConfigEpochs(new TextEncoder().encode(text)), expected)
      for (const self of [text, text.split("\n").toReversed().join("\n"), text.replace("myself,master", "myself")]) {
        assert.strictEqual(parseSelf(self), m)
      }
      assert.isUndefined(parseSelf(text.replace("myself,", "")))
      assert.isUndefined(parseSelf(text.replace("myself,master", "master").replace("host-1", "myself,1")))
      assert.isUndefined(parseSelf(new RespError("NOPERM")))
    })

    it("tells nothing if the command is refused, or a line is of another form", () => {
      const line = `${m} 10.0.0.1:6379@16379 master - 0 0 1 connected`
      const refused = new RespError("NOPERM User reader has no permissions to run the 'cluster|nodes' command")
      for (const reply of [refused, undefined, 7, [], "", "\n", `${line}\nmaster`, line.replace(" 1 ", " x ")]) {
        assert.isUndefined(parseConfigEpochs(reply))
      }
    })
  })

  describe("of CLUSTER INFO", () => {
    const text =
      "cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16384\r\ncluster_known_nodes:3\r\ncluster_size:2\r\n" +
      "cluster_current_epoch:3\r\ncluster_my_epoch:2\r\ncluster_stats_messages_sent:24\r\n"

    it("gives state, epochs and assigned slots", () => {
      for (const reply of [text, bytes(text)]) {
        assert.deepStrictEqual(Result.getOrThrow(parseInfo(reply)), {
          state: "ok",
          currentEpoch: 3,
          myEpoch: 2,
          slotsAssigned: 16384
        })
      }
    })

    it("does without what it need not have", () => {
      const info = Result.getOrThrow(parseInfo("cluster_state:fail\ncluster_current_epoch:0"))
      assert.deepStrictEqual(info, { state: "fail", currentEpoch: 0, myEpoch: undefined, slotsAssigned: undefined })
    })

    it("is malformed with the place", () => {
      const cases: ReadonlyArray<readonly [RespValue, string]> = [
        [[], "reply"],
        ["", "cluster_state"],
        [text.replace(":ok", ":fine"), "cluster_state"],
        [text.replace("current_epoch:3", "current_epoch:x"), "cluster_current_epoch"],
        ["cluster_state:ok", "cluster_current_epoch"]
      ]
      for (const [reply, where] of cases) {
        const failure = failureOf(parseInfo(reply))
        assert.strictEqual(failure._tag === "Malformed" && failure.where, where)
      }
    })
  })

  const scraps: ReadonlyArray<RespValue> = [
    undefined,
    true,
    0,
    5,
    -1,
    16383,
    1.5,
    7n,
    "",
    "?",
    "slots",
    "nodes",
    "id",
    "role",
    "master",
    "port",
    new Uint8Array([255]),
    new RespError("ERR"),
    new RespMap(["slots"]),
    map({ slots: [0, 1], nodes: [member(A, {})] }),
    ["h", 1, A],
    [0, 1, ["h", 1, A]]
  ]
  const scrap = Arbitrary.map(
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: scraps.length - 1 }))),
    (index) => scraps[index]
  )
  const list = Arbitrary.array(scrap, { maxLength: 6 })
  const nested = Arbitrary.map(
    Arbitrary.array(list, { maxLength: 4 }),
    (lists): RespValue => lists.map((entries, i) => (i % 2 === 0 ? entries : new RespMap(entries)))
  )
  it.prop(
    "is a view or a failure for any reply whatever",
    [scrap, list, nested],
    (replies) => {
      for (const reply of replies) {
        assert.isTrue([undefined, "object"].includes(parseConfigEpochs(reply) && "object"))
        for (const result of [parseSlots(reply, asked), parseShards(reply, asked, { tls: true }), parseInfo(reply)]) {
          assert.isTrue(Result.isResult(result))
        }
      }
    },
    { arbitrary: { runs: 300 } }
  )
})
