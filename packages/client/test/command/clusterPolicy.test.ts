import { assert, describe, it } from "@effect/vitest"
import { Command } from "../../src/Command.ts"
import { type ClusterPolicy, policyOf, tipped } from "../../src/command/clusterPolicy.ts"
import { Specification } from "../../src/command/Specification.ts"
import { bytes } from "./golden.ts"

const requests: Readonly<Record<string, ClusterPolicy["request"]>> = {
  all_nodes: "allNodes",
  all_shards: "allShards",
  multi_shard: "multiShard",
  special: "special"
}

const responses: Readonly<Record<string, ClusterPolicy["response"]>> = {
  all_succeeded: "allSucceeded",
  one_succeeded: "oneSucceeded",
  agg_logical_and: "and",
  agg_logical_or: "or",
  agg_min: "min",
  agg_max: "max",
  agg_sum: "sum",
  special: "special"
}

const tip = (tips: ReadonlyArray<string>, name: string): string | undefined =>
  tips.find((each) => each.startsWith(`${name}:`))?.slice(name.length + 1)

/** The policy that the newest facts of a command give. */
const fromTable = (name: string): ClusterPolicy => {
  const { tips } = Specification.find(name) ?? { tips: [] }
  const request = tip(tips, "request_policy")
  const response = tip(tips, "response_policy")
  return {
    request: request === undefined ? "default" : requests[request]!,
    response: response === undefined ? "default" : responses[response]!
  }
}

describe("cluster policies", () => {
  it("every command of the table has the policy that its newest tips say", () => {
    for (const { name } of Specification.all) assert.deepStrictEqual(policyOf(name, []), fromTable(name), name)
  })

  it("no command has a policy that the table does not know, and none has two", () => {
    const names = tipped.flatMap(([, , each]) => each)
    for (const name of names) assert.isDefined(Specification.find(name), name)
    assert.strictEqual(new Set(names).size, names.length)
  })

  it("commands tell theirs, also raw ones, in any letter case and with the subcommand as an argument", () => {
    const sum = { request: "multiShard", response: "sum" }
    assert.deepStrictEqual(Command.del(["a", "b"]).policy, sum)
    assert.deepStrictEqual(Command.asBytes(Command.get("a")).policy, { request: "default", response: "default" })
    assert.deepStrictEqual(Command.map(Command.dbSize(), String).policy, { request: "allShards", response: "sum" })
    assert.deepStrictEqual(Command.raw("del", ["a"], { keys: "all" }).policy, sum)
    const exists = { request: "allShards", response: "and" }
    assert.deepStrictEqual(Command.raw("script exists", ["a"]).policy, exists)
    assert.deepStrictEqual(Command.raw("SCRIPT", [bytes("exists"), "a"]).policy, exists)
    assert.deepStrictEqual(Command.raw("SCRIPT").policy, { request: "default", response: "default" })
    assert.deepStrictEqual(Command.raw("NEW").policy, { request: "default", response: "default" })
  })

  it("a command value has no field for it", () => {
    assert.notInclude(Object.keys(Command.get("a")), "policy")
  })
})
