import { assert, describe, it } from "@effect/vitest"
import {
  type ClusterView,
  coveredSlots,
  myself,
  ownerOf,
  parseInfo,
  parseMembers,
  slotMap
} from "../src/ClusterView.ts"

const A = "a".repeat(40)
const B = "b".repeat(40)
const C = "c".repeat(40)

const view = (...lines: ReadonlyArray<string>): ClusterView => ({
  port: 7000,
  state: "ok",
  currentEpoch: 2,
  members: parseMembers(`${lines.join("\n")}\n`)
})

describe("ClusterView", () => {
  it("reads CLUSTER NODES of Redis 7.0", () => {
    const [first, second] = parseMembers(
      `${A} 127.0.0.1:7000@7001 myself,master - 0 1700000000000 1 connected 0-99 200 [300->-${B}] [301-<-${B}]\n` +
        `${B} 127.0.0.1:7002@7003 slave,fail? ${A} 0 1700000000000 1 disconnected\n`
    )
    assert.deepStrictEqual(first, {
      id: A,
      host: "127.0.0.1",
      port: 7000,
      role: "primary",
      primaryId: undefined,
      flags: ["myself", "master"],
      configEpoch: 1,
      connected: true,
      slots: [
        { start: 0, end: 99 },
        { start: 200, end: 200 }
      ],
      open: [
        { slot: 300, direction: "migrating", peerId: B },
        { slot: 301, direction: "importing", peerId: B }
      ]
    })
    assert.strictEqual(second?.role, "replica")
    assert.strictEqual(second?.primaryId, A)
    assert.isFalse(second?.connected)
    assert.deepStrictEqual(second?.flags, ["slave", "fail?"])
  })

  it("reads the hostname and shard id that Redis 7.2 and Valkey append to the address", () => {
    const [member] = parseMembers(`${A} ::1:7000@7001,host.example,shard-id=${C} master - 0 0 3 connected 5-5461`)
    assert.strictEqual(member?.host, "::1")
    assert.strictEqual(member?.port, 7000)
    assert.deepStrictEqual(member?.slots, [{ start: 5, end: 5461 }])
  })

  it("keeps the empty host of a node that nobody has met", () => {
    const [member] = parseMembers(`${A} :7000@7001 myself,master - 0 0 1 connected 0-16383`)
    assert.strictEqual(member?.host, "")
    assert.strictEqual(member?.port, 7000)
  })

  it("ignores lines that are not nodes", () => {
    assert.deepStrictEqual(parseMembers("\n\nnot a node\n"), [])
  })

  it("finds owners and counts slots", () => {
    const own = view(`${A} :1@2 myself,master - 0 0 1 connected 0-9 20-29`, `${B} :3@4 master - 0 0 2 connected 10-19`)
    assert.strictEqual(myself(own)?.id, A)
    assert.strictEqual(ownerOf(own, 9)?.id, A)
    assert.strictEqual(ownerOf(own, 10)?.id, B)
    assert.strictEqual(ownerOf(own, 29)?.id, A)
    assert.strictEqual(ownerOf(own, 30), undefined)
    assert.strictEqual(coveredSlots(own), 30)
  })

  it("gives equal maps the same text whatever the order of the nodes", () => {
    const one = view(`${A} :1@2 myself,master - 0 0 1 connected 0-9`, `${B} :3@4 master - 0 0 2 connected 10-19`)
    const two = view(`${B} :3@4 myself,master - 0 0 2 connected 10-19`, `${A} :1@2 master - 0 0 1 connected 0-9`)
    const other = view(`${B} :3@4 myself,master - 0 0 2 connected 9-19`, `${A} :1@2 master - 0 0 1 connected 0-8`)
    assert.strictEqual(slotMap(one), slotMap(two))
    assert.notStrictEqual(slotMap(one), slotMap(other))
  })

  it("reads INFO with its headings and carriage returns", () => {
    const fields = parseInfo("# Replication\r\nrole:master\r\nslave0:ip=::1,port=1\r\n\r\n")
    assert.deepStrictEqual(
      [...fields],
      [
        ["role", "master"],
        ["slave0", "ip=::1,port=1"]
      ]
    )
  })
})
