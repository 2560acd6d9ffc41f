import { assert, describe, it } from "@effect/vitest"
import { RespError, RespMap, type RespValue } from "../../src/protocol/RespValue.ts"
import {
  type GroupAddresses,
  parseReport,
  reportCommands,
  type SentinelGroup,
  sameGroup
} from "../../src/topology/SentinelGroup.ts"

const fields = {
  name: "mymaster",
  ip: "10.0.0.1",
  port: "6379",
  runid: "r",
  flags: "master",
  "last-ping-sent": "0",
  "last-ok-ping-reply": "1",
  "last-ping-reply": "1",
  "down-after-milliseconds": "500",
  "role-reported": "master",
  "role-reported-time": "1",
  "info-refresh": "1",
  "config-epoch": "7",
  "num-slaves": "0",
  "num-other-sentinels": "2",
  quorum: "2",
  "failover-timeout": "3000",
  "parallel-syncs": "1"
}

const record = (more: Readonly<Record<string, string>> = {}): RespMap =>
  new RespMap(Object.entries({ ...fields, ...more }).flat())

const replies = (
  more: { readonly primary?: RespValue; readonly address?: RespValue; readonly id?: RespValue } = {}
) => ["address" in more ? more.address : ["10.0.0.1", "6379"], more.primary ?? record(), [], [], more.id ?? "me"]

const report = (given: ReadonlyArray<RespValue>, addresses: GroupAddresses = {}) => {
  const said = parseReport(given, addresses)
  return typeof said === "object" && !("problem" in said) ? said : assert.fail(JSON.stringify(said))
}

const problemOf = (given: ReadonlyArray<RespValue>) => {
  const said = parseReport(given, {})
  return typeof said === "object" && "problem" in said ? said.problem : assert.fail("it is accepted")
}

describe("SentinelGroup", () => {
  it("asks for address, primary, replicas, sentinels and id, in the order in which the replies are read", () => {
    assert.deepStrictEqual(
      reportCommands("s").map(([name, args]) => [name.split(" ")[1], ...args].join(" ")),
      ["GET-MASTER-ADDR-BY-NAME s", "MASTER s", "REPLICAS s", "SENTINELS s", "MYID"]
    )
  })

  it("takes the address that is current during a failover, with the epoch of the new primary", () => {
    const { epoch, primary } = report(replies({ address: ["10.0.0.2", "6380"] }))
    assert.deepStrictEqual([primary, epoch], [{ host: "10.0.0.2", port: 6380 }, 7])
    assert.deepStrictEqual(report(replies({ address: undefined })).primary, { host: "10.0.0.1", port: 6379 })
  })

  it("does without what an ACL or an old sentinel refuses", () => {
    const refused = new RespError("ERR unknown subcommand")
    const { id, peers, replicas } = report([["10.0.0.1", "6379"], record(), refused, refused, refused])
    assert.deepStrictEqual([id, peers, replicas], [undefined, [], []])
  })

  it("says that a name is not known, in the words of Redis and of Valkey, and nothing else so", () => {
    for (const word of ["master", "primary"]) {
      const error = new RespError(`ERR No such ${word} with that name`)
      assert.strictEqual(parseReport(replies({ primary: error }), {}), "unknown service")
    }
    assert.strictEqual(problemOf(replies({ primary: new RespError("NOPERM no") })), "NOPERM no")
  })

  it("does not believe an address that cannot be dialled, nor a reply that is none of a sentinel", () => {
    assert.include(problemOf(replies({ address: ["?", "0"] })), "?:0")
    assert.include(problemOf(replies({ address: ["", "6379"] })), ":6379")
    assert.isString(problemOf(replies({ primary: new RespMap(["name", "x"]) })))
    assert.isString(problemOf(replies({ primary: 1 })))
  })

  it("remaps what it reads, the forced host before that", () => {
    const remap = ({ host, port }: { readonly host: string; readonly port: number }) => ({ host: `${host}!`, port })
    assert.strictEqual(report(replies(), { remap, forcedPrimaryHost: "outside" }).primary.host, "outside!")
  })

  it("takes groups for the same whatever the order of their members and the offsets of their replicas", () => {
    const a = { host: "a", port: 1 }
    const b = { host: "b", port: 1 }
    const replica = (endpoint: typeof a, replicationOffset: number, isLinked = true) => ({
      endpoint,
      replicationOffset,
      isLinked
    })
    const group: SentinelGroup = {
      service: "s",
      primary: a,
      epoch: 1,
      replicas: [replica(a, 1), replica(b, 1)],
      sentinels: [a, b]
    }
    assert.isTrue(sameGroup(group, { ...group, replicas: [replica(b, 9), replica(a, 2)], sentinels: [b, a] }))
    assert.isFalse(sameGroup(group, { ...group, epoch: 2 }))
    assert.isFalse(sameGroup(group, { ...group, primary: b }))
    assert.isFalse(sameGroup(group, { ...group, replicas: [replica(a, 1), replica(b, 1, false)] }))
  })
})
