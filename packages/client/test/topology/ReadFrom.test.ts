import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import {
  chooseReplica,
  type ReadCandidate,
  type ReadChoice,
  ReadFrom,
  type ReadStrategy,
  readFromProblem
} from "../../src/topology/ReadFrom.ts"

const node = (
  address: string,
  role: ReadCandidate["role"],
  more: Omit<ReadCandidate, "address" | "role"> = {}
): ReadCandidate => ({ address, role, ...more })

const primary = node("10.0.0.1:6379", "primary", { zone: "a", latency: 3 })
const near = node("10.0.0.2:6379", "replica", { zone: "a", latency: 2 })
const far = node("10.0.0.3:6379", "replica", { zone: "b", latency: 1 })
const all = [primary, near, far]

const choice = (readFrom: ReadFrom, more: Partial<ReadChoice> = {}): ReadChoice => ({
  readFrom,
  read: { command: "GET", slot: 7 },
  turn: 0,
  random: () => 0,
  ...more
})

/** Which of the candidates six reads in a row go to. */
const six = (
  readFrom: ReadFrom,
  candidates: ReadonlyArray<ReadCandidate> = all,
  more: Partial<ReadChoice> = {}
): string =>
  Array.from({ length: 6 }, (_, turn) => {
    const chosen = chooseReplica(candidates, choice(readFrom, { turn, random: () => turn / 6, ...more }))
    return chosen === undefined ? "-" : chosen === primary ? "p" : chosen === near ? "n" : "f"
  }).join("")

const strategies: ReadonlyArray<ReadStrategy> = [
  "primary",
  "preferReplica",
  "replica",
  "any",
  "roundRobin",
  "random",
  "lowestLatency",
  "sameZone:a"
]

const candidateLists = Arbitrary.schema(
  Schema.Array(
    Schema.Struct({
      address: Schema.String,
      role: Schema.Literals(["primary", "replica"]),
      zone: Schema.UndefinedOr(Schema.Literals(["a", "b"])),
      latency: Schema.UndefinedOr(Schema.Finite)
    })
  )
)

describe("ReadFrom", () => {
  it("reads from the primary alone, also where only replicas are left", () => {
    assert.strictEqual(six("primary"), "pppppp")
    assert.strictEqual(six("primary", [near, far]), "------")
  })

  it("prefers the replicas in turn, and falls back to the primary", () => {
    assert.strictEqual(six("preferReplica"), "nfnfnf")
    assert.strictEqual(six("preferReplica", [primary, far]), "ffffff")
    assert.strictEqual(six("preferReplica", [primary]), "pppppp")
  })

  it("never reads from the primary under replica", () => {
    assert.strictEqual(six("replica"), "nfnfnf")
    assert.strictEqual(six("replica", [primary]), "------")
  })

  it("goes over primary and replicas in turn, and at random", () => {
    assert.strictEqual(six("roundRobin"), "pnfpnf")
    assert.strictEqual(six("random"), "ppnnff")
  })

  it("keeps to one node under any, and changes only when that one drops out", () => {
    for (let seed = 0; seed < 50; seed++) {
      const [chosen] = six("any", all, { seed })
      assert.strictEqual(six("any", all, { seed }), chosen?.repeat(6))
      for (const other of all) {
        const rest = all.filter((candidate) => candidate !== other)
        const [next] = six("any", rest, { seed })
        const wasChosen = (other === primary ? "p" : other === near ? "n" : "f") === chosen
        assert.strictEqual(next === chosen, !wasChosen)
      }
    }
  })

  it("spreads clients over the nodes under any", () => {
    const counts = { p: 0, n: 0, f: 0 }
    for (let seed = 0; seed < 3000; seed++) counts[six("any", all, { seed: seed * 7919 })[0] as "p" | "n" | "f"]++
    for (const count of Object.values(counts)) assert.isAbove(count, 700)
  })

  it("takes the node that answers soonest, and all in turn until that is known", () => {
    assert.strictEqual(six("lowestLatency"), "ffffff")
    assert.strictEqual(six("lowestLatency", [primary, near]), "nnnnnn")
    const unknown = all.map(({ address, role }) => node(address, role))
    const order = [0, 1, 2, 3].map((turn) =>
      unknown.indexOf(chooseReplica(unknown, choice("lowestLatency", { turn })) ?? primary)
    )
    assert.deepStrictEqual(order, [0, 1, 2, 0])
    const [, second] = unknown
    assert.strictEqual(chooseReplica([primary, second!], choice("lowestLatency")), primary)
  })

  it("stays in the zone: its replicas, its primary, then the replicas elsewhere, then the primary", () => {
    assert.strictEqual(six("sameZone", all, { zone: "a" }), "nnnnnn")
    assert.strictEqual(six("sameZone", [primary, far], { zone: "a" }), "pppppp")
    assert.strictEqual(six("sameZone", all, { zone: "b" }), "ffffff")
    assert.strictEqual(six("sameZone", [primary, near], { zone: "b" }), "nnnnnn")
    assert.strictEqual(six("sameZone", [primary], { zone: "b" }), "pppppp")
    assert.strictEqual(six("sameZone", all, { zone: "c" }), "nfnfnf")
    assert.strictEqual(six(ReadFrom.sameZone("b"), all, { zone: "a" }), "ffffff")
  })

  it("does not take nodes without a zone for those of a client without one", () => {
    const unknown = [primary, node("10.0.0.4:6379", "replica")]
    assert.strictEqual(chooseReplica(unknown, choice("sameZone:a")), primary)
  })

  it("asks the user's function, and takes the first of its answer that is a candidate", () => {
    assert.strictEqual(
      six(() => far),
      "ffffff"
    )
    assert.strictEqual(
      six((candidates) => [...candidates].reverse()),
      "ffffff"
    )
    assert.strictEqual(
      six(() => [far, near], [primary, near]),
      "nnnnnn"
    )
    assert.strictEqual(
      six(() => []),
      "------"
    )
    assert.strictEqual(
      six(() => undefined),
      "------"
    )
    assert.strictEqual(
      six(() => ({ ...near })),
      "------"
    )
    const seen: Array<unknown> = []
    chooseReplica(
      all,
      choice((_, read) => {
        seen.push(read)
        return undefined
      })
    )
    assert.deepStrictEqual(seen, [{ command: "GET", slot: 7 }])
  })

  it("has no answer without candidates", () => {
    for (const strategy of strategies) assert.isUndefined(chooseReplica([], choice(strategy)))
  })

  it.prop(
    "takes one of the candidates, and always one where a primary is left, save under replica",
    [candidateLists],
    ([candidates]) => {
      for (const strategy of strategies) {
        const turn = candidates.length * 3 + 1
        const chosen = chooseReplica(candidates, choice(strategy, { turn, random: () => 0.999 }))
        const roles = new Set(candidates.map(({ role }) => role))
        if (chosen !== undefined) assert.include(candidates, chosen)
        if (strategy === "primary") assert.strictEqual(chosen?.role, roles.has("primary") ? "primary" : undefined)
        else if (strategy === "replica") assert.strictEqual(chosen?.role, roles.has("replica") ? "replica" : undefined)
        else assert.strictEqual(chosen === undefined, candidates.length === 0)
      }
    }
  )

  it("reads the names of configuration, and says what is wrong with others", () => {
    for (const strategy of strategies) assert.strictEqual(ReadFrom.parse(strategy), strategy)
    for (const text of ["", "Primary", "master", "sameZone:", "slave"]) assert.isUndefined(ReadFrom.parse(text))
    assert.isUndefined(readFromProblem("preferReplica", undefined))
    assert.isUndefined(readFromProblem(() => undefined, undefined))
    assert.isUndefined(readFromProblem("sameZone:a", undefined))
    assert.isUndefined(readFromProblem("sameZone", "a"))
    assert.include(readFromProblem("sameZone", undefined), "zone")
    assert.include(readFromProblem("slave", undefined), "preferReplica")
    assert.include(readFromProblem(3, undefined), "preferReplica")
  })
})
