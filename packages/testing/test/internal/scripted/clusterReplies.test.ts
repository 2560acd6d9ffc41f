import { assert, describe, it } from "@effect/vitest"
import { encodeValue } from "@reef-redis/client/protocol"
import { clusterAnswer } from "../../../src/internal/scripted/clusterReplies.ts"
import type { ScriptedCluster } from "../../../src/Script.ts"

const nodes = [0, 1, 2].map((index) => ({
  index,
  host: "127.0.0.1",
  port: 7_000 + index,
  url: `redis://127.0.0.1:${7_000 + index}`,
  id: String(index).repeat(40)
}))

const cluster: ScriptedCluster = {
  shards: [
    {
      slots: [
        { start: 0, end: 8_000 },
        { start: 8_002, end: 8_002 }
      ],
      primary: 0,
      replicas: [2]
    },
    { slots: [{ start: 8_003, end: 16_383 }], primary: 1 }
  ],
  epoch: 5,
  hosts: { 1: "?", 2: null },
  ports: { 1: 1 },
  ids: { 1: "x" },
  hostnames: { 0: "zero" },
  health: { 2: "fail" }
}

/** The answer on the wire, in RESP2, with blanks for line breaks. */
const say = (subcommand: string, self = 0) => {
  const args = ["CLUSTER", subcommand]
  const command = { number: 1, node: self, connection: 1, name: "CLUSTER", args, bytes: [] }
  const answer = clusterAnswer(cluster, nodes, self, command)
  if (answer?._tag !== "Reply") return undefined
  return Buffer.from(encodeValue(answer.value, 2)).toString().replaceAll("\r\n", " ")
}

const ZERO = "0".repeat(40)
const TWO = "2".repeat(40)

describe("clusterAnswer", () => {
  it("gives CLUSTER SLOTS with null and unknown endpoints and host names", () => {
    const zero = `*4 $9 127.0.0.1 :7000 $40 ${ZERO} *2 $8 hostname $4 zero`
    const two = `*4 $-1 :7002 $40 ${TWO} *0`
    assert.strictEqual(
      say("slots"),
      `*3 *4 :0 :8000 ${zero} ${two} *4 :8002 :8002 ${zero} ${two} *3 :8003 :16383 *4 $1 ? :1 $1 x *0 `
    )
  })

  it("gives CLUSTER SHARDS with roles and health", () => {
    const reply = say("SHARDS") ?? ""
    assert.isTrue(reply.startsWith("*2 *4 $5 slots *4 :0 :8000 :8002 :8002 $5 nodes *2 *16 $2 id"))
    assert.include(reply, `$2 id $40 ${TWO} $4 port :7002 $2 ip $0  $8 endpoint $-1 $4 role $7 replica`)
    assert.include(reply, "$6 health $4 fail")
    assert.include(reply, "$8 hostname $4 zero $4 role $6 master")
  })

  it("gives CLUSTER NODES as the node that is asked sees it", () => {
    const lines = (say("NODES", 2) ?? "").split("\n")
    assert.match(lines[0]!, new RegExp(`${ZERO} 127.0.0.1:7000@7000,zero master - 0 0 5 connected 0-8000 8002$`))
    assert.strictEqual(lines[1], `${TWO} :7002@7002 myself,slave,fail ${ZERO} 0 0 5 connected`)
    assert.strictEqual(lines[2], "x ?:1@1 master - 0 0 5 connected 8003-16383")
  })

  it("gives CLUSTER INFO and MYID", () => {
    assert.include(say("INFO"), "cluster_state:ok cluster_slots_assigned:16383 ")
    assert.include(say("INFO"), "cluster_current_epoch:5 ")
    assert.strictEqual(say("MYID", 1), "$1 x ")
  })

  it("leaves other commands to others, and refuses a node that is not there", () => {
    assert.isUndefined(say("KEYSLOT"))
    const command = { number: 1, node: 0, connection: 1, name: "CLUSTER", args: ["CLUSTER", "SLOTS"], bytes: [] }
    const shards = [
      { slots: [], primary: 0 },
      { slots: [{ start: 0, end: 1 }], primary: 3 }
    ]
    assert.throws(() => clusterAnswer({ shards }, nodes, 0, command), RangeError)
  })
})
