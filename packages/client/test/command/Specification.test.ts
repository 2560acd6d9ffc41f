import { assert, describe, it, layer } from "@effect/vitest"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { type ServerLine, Specification } from "../../src/command/Specification.ts"
import { rows } from "../../src/command/specificationRows.ts"
import { type FactRow, factRows, factsOfRow, tableName } from "../support/serverFacts.ts"
import { bytes } from "./golden.ts"

const positions = (name: string, args: ReadonlyArray<string | number | Uint8Array>) =>
  Specification.keyPositions(Specification.find(name)!, args)

describe("the specification table", () => {
  it("has both servers at two versions, sorted by name, each fact once per line", () => {
    assert.includeMembers([...Specification.lines], ["redis 7.0", "redis 8.0", "valkey 8.1", "valkey 9.1"])
    const names = Specification.all.map(({ name }) => name)
    assert.deepStrictEqual(names, [...names].sort())
    const said = Specification.all.flatMap(({ name, servers }) => servers.map((line) => `${name} of ${line}`))
    assert.strictEqual(new Set(said).size, said.length)
    assert.isTrue(Specification.all.every(({ servers }) => servers.length > 0))
  })

  it("finds a command by name, the newest facts or those of a line", () => {
    assert.strictEqual(Specification.find("zrank")?.arity, -3)
    assert.strictEqual(Specification.find("ZRANK", "redis 7.0")?.arity, 3)
    assert.isUndefined(Specification.find("HGETEX", "redis 7.0"))
    assert.isUndefined(Specification.find("NOTHING"))
    assert.deepStrictEqual(Specification.find("RPOPLPUSH", "redis 8.0")?.deprecated, {
      since: "6.2.0",
      replacedBy: ["LMOVE", "RIGHT", "LEFT"]
    })
    assert.include(Specification.find("CLUSTER")!.subcommands, "CLUSTER SLOTS")
    assert.include(Specification.find("VADD")!.flags, "module")
  })

  it("reads key specifications", () => {
    assert.deepStrictEqual(Specification.find("XREADGROUP")?.keys, [
      {
        flags: ["RO", "access"],
        begin: { type: "keyword", keyword: "STREAMS", startFrom: 4 },
        find: { type: "range", lastKey: -1, keyStep: 1, limit: 2 }
      }
    ])
    assert.deepStrictEqual(Specification.find("EVAL")?.keys, [
      {
        flags: ["RW", "access", "update"],
        begin: { type: "index", index: 2 },
        find: { type: "keyNum", keyNumIndex: 0, firstKey: 1, keyStep: 1 }
      }
    ])
    assert.deepStrictEqual(Specification.find("SORT")?.keys[1], {
      flags: ["RO", "access"],
      begin: { type: "unknown" },
      find: { type: "unknown" }
    })
  })

  it("gives the positions of keys behind the name", () => {
    assert.deepStrictEqual(positions("GET", ["k"]), [0])
    assert.deepStrictEqual(positions("MSET", ["a", 1, "b", 2]), [0, 2])
    assert.deepStrictEqual(positions("BLPOP", ["a", "b", 0]), [0, 1])
    assert.deepStrictEqual(positions("ZUNIONSTORE", ["to", 2, "a", "b", "WEIGHTS", 1, 2]), [0, 2, 3])
    assert.deepStrictEqual(positions("OBJECT ENCODING", ["k"]), [0])
    assert.deepStrictEqual(positions("XREAD", ["COUNT", 1, bytes("streams"), "a", "b", "0", "0"]), [3, 4])
    assert.deepStrictEqual(positions("GEORADIUS", ["k", 0, 0, 1, "km", "STORE", "to"]), [0, 6])
    assert.deepStrictEqual(positions("GEORADIUS", ["k", 0, 0, 1, "km"]), [0])
    assert.deepStrictEqual(positions("PING", ["k"]), [])
    assert.deepStrictEqual(positions("EVAL", ["return 1", 5, "a"]), [2])
    assert.deepStrictEqual(positions("EVAL", ["return 1", "many", "a"]), [])
    assert.isUndefined(positions("SORT", ["k"]))
    assert.isUndefined(positions("MIGRATE", ["host", 1, "", 0, 1, "KEYS", "a"]))
  })
})

/** The part of the table that is of one line. */
const tableOf = (line: ServerLine): ReadonlyMap<string, FactRow> =>
  new Map(
    rows
      .filter(([, servers]) => servers === "*" || servers.split(", ").includes(line))
      .map((row) => [row[0], factsOfRow(row)])
  )

/** The line of the table that is nearest to a version: itself, or the last of the same server before it. */
const nearest = (product: string, version: string): { readonly line: ServerLine; readonly exact: boolean } => {
  const order = (text: string): number => {
    const [major = 0, minor = 0] = text.split(".").map(Number)
    return major * 1000 + minor
  }
  const known = Specification.lines.filter((line) => line.startsWith(`${product} `))
  const line = known.findLast((each) => order(each.slice(product.length + 1)) <= order(version)) ?? known[0]!
  return { line, exact: order(line.slice(product.length + 1)) === order(version) }
}

/** Of a version between two lines of the table most facts are those of the line before it. */
const MOST = 0.8

describe("the specification table and a live server", () => {
  layer(RedisServer.layer(), { excludeTestServices: true })((it) => {
    it.effect("every fact of the server is the table's; if not, `npm run generate:commands` is due", () =>
      Effect.gen(function* () {
        const { admin, binary } = yield* RedisServer
        const said = factRows(yield* admin(["COMMAND"]), yield* admin(["COMMAND", "DOCS"]))
        const { exact, line } = nearest(binary.product, binary.version)
        const table = tableOf(line)
        if (exact) {
          assert.deepStrictEqual([...said.values()].sort(), [...table.values()].sort())
        } else {
          const same = [...said].filter(([name, facts]) => JSON.stringify(facts) === JSON.stringify(table.get(name)))
          assert.isAbove(same.length, said.size * MOST)
        }
      })
    )

    it.effect("COMMAND LIST has no command that COMMAND does not describe", () =>
      Effect.gen(function* () {
        const { admin } = yield* RedisServer
        const described = factRows(yield* admin(["COMMAND"]), yield* admin(["COMMAND", "DOCS"]))
        const listed = (yield* admin(["COMMAND", "LIST"])) as ReadonlyArray<string>
        for (const name of listed) assert.isTrue(described.has(tableName(name)), name)
      })
    )
  })
})
