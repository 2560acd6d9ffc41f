import { assert, describe, it } from "@effect/vitest"
import { claimsOf, giveUp, latestClaim, unknownClaims, weigh } from "../../src/topology/Claims.ts"
import type { ClusterView } from "../../src/topology/ClusterView.ts"
import { SLOT_COUNT } from "../../src/topology/Slot.ts"
import { empty, fromView, keeping } from "../../src/topology/Topology.ts"
import { primary, replica, viewOf } from "./views.ts"

const a = primary("a", "h:1")
const b = primary("b", "h:2")
const a1 = replica("a1", "h:11", "a")
const epochs = (of: Readonly<Record<string, number>>) => ({ configEpochs: new Map(Object.entries(of)) })

const before = viewOf(
  [a, b, a1],
  [
    [0, 9, "a"],
    [10, 19, "b"]
  ],
  epochs({ a: 1, b: 2, a1: 1 })
)
const failedOver = viewOf(
  [replica("a", "h:1", "a1"), b, primary("a1", "h:11")],
  [
    [0, 9, "a1"],
    [10, 19, "b"]
  ],
  epochs({ a: 3, b: 2, a1: 3 })
)

/** What becomes of the map of one view when another one is told. */
const after = (
  first: ClusterView,
  second: ClusterView,
  moved: ReadonlyArray<readonly [slot: number, port: number]> = []
) => {
  const known = claimsOf(first)
  let map = fromView(first)
  for (const [slot, port] of moved) {
    giveUp(known, slot)
    map = map.withMoved(slot, { host: "h", port })
  }
  const next = fromView(second, undefined, map)
  const { claims, kept } = weigh(map, known, next, second)
  return { claims, kept, map: keeping(next, map, kept) }
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)

describe("Claims", () => {
  it("are those of the owners by slot, unknown where nobody is the owner and where no epoch is told", () => {
    const claims = claimsOf({ ...before, configEpochs: new Map([["a", 7]]) })
    assert.deepStrictEqual([claims[0], claims[9], claims[10], claims[20]], [7, 7, Number.NaN, Number.NaN])
    assert.isTrue(claimsOf(viewOf([a], [[0, 9, "a"]])).every(Number.isNaN))
    assert.strictEqual(claims.length, SLOT_COUNT)
  })

  it("are latest by the owners of slots, whatever the epochs of others", () => {
    assert.strictEqual(latestClaim({ ...before, ...epochs({ a: 1, b: 2, a1: 9 }) }), 2)
    assert.isUndefined(latestClaim(viewOf([a], [[0, 9, "a"]])))
  })

  it("are later once more when MOVED has given them up, but earlier than the next epoch", () => {
    const claims = claimsOf(before)
    giveUp(claims, 0)
    giveUp(claims, 0)
    assert.isTrue((claims[0] ?? 0) > 1 && (claims[0] ?? 0) < 2)
    const unknown = unknownClaims()
    giveUp(unknown, 0)
    assert.isNaN(unknown[0])
  })

  it("let a later view have all its slots", () => {
    const { claims, kept, map } = after(before, failedOver)
    assert.deepStrictEqual(kept, [])
    assert.strictEqual(map.primaryOf(0)?.id, "a1")
    assert.strictEqual(claims[0], 3)
  })

  it("keep a slot with its owner against an older view, though it knows the owner's epoch by another slot", () => {
    assert.deepStrictEqual(after(failedOver, { ...before, ...epochs({ a: 1, b: 2, a1: 3 }) }).kept, range(0, 9))
  })

  it("keep a slot with its owner against an older view, and against one in which nobody owns it", () => {
    assert.deepStrictEqual(after(failedOver, before).kept, range(0, 9))
    const uncovered = { ...before, slots: [{ start: 10, end: 19, primaryId: "b" }] }
    assert.deepStrictEqual(after(failedOver, uncovered).kept, range(0, 9))
  })

  it("take from a view that is behind in one slot and ahead in another what is later in each", () => {
    const resharded = viewOf(
      [a, b, a1],
      [
        [0, 4, "a"],
        [5, 19, "b"]
      ],
      epochs({ a: 1, b: 4, a1: 1 })
    )
    const { claims, kept, map } = after(failedOver, resharded)
    assert.deepStrictEqual(kept, range(0, 4))
    assert.deepStrictEqual([map.primaryOf(0)?.id, map.primaryOf(5)?.id, map.covered], ["a1", "b", 20])
    assert.deepStrictEqual([claims[0], claims[5]], [3, 4])
  })

  it("never go back where a view names the same owner with an older epoch", () => {
    const { claims, kept } = after(before, { ...before, ...epochs({ a: 1, b: 1, a1: 1 }) })
    assert.deepStrictEqual(kept, [])
    assert.strictEqual(claims[10], 2)
  })

  it("keep what MOVED said against the view of before, and not against a new claim", () => {
    assert.deepStrictEqual(after(before, before, [[3, 2]]).kept, [3])
    const takenBack = { ...before, ...epochs({ a: 5, b: 4, a1: 5 }) }
    assert.deepStrictEqual(after(before, takenBack, [[3, 2]]).kept, [])
  })

  it("yield to a view that has heard of them and has no owner: an administrator has removed the slot", () => {
    const removed = { ...failedOver, slots: [{ start: 10, end: 19, primaryId: "b" }] }
    assert.deepStrictEqual(after(failedOver, removed).kept, [])
  })

  it("are the later ones of two equal ones where a node has told them of itself, or of what it has given up", () => {
    // Who has not heard of the failover, and takes the epoch of what the old primary sends as a replica for that of its slots.
    const confused = { ...before, ...epochs({ a: 3, b: 2, a1: 3 }), selfId: "b" }
    assert.deepStrictEqual(after(failedOver, confused).kept, [])
    for (const selfId of ["a", "a1"]) {
      const { claims, map } = after(before, { ...failedOver, selfId })
      assert.strictEqual(map.primaryOf(0)?.id, "a1")
      const known = fromView(failedOver)
      assert.deepStrictEqual(weigh(known, claims, fromView(confused, undefined, known), confused).kept, range(0, 9))
      const next = { ...failedOver, selfId: "b" }
      assert.deepStrictEqual(weigh(known, claims, fromView(next, undefined, known), next).kept, [])
      // What others tell is never mistaken for an older word: of the same owner, of nobody, and the next epoch.
      const uncovered = { ...next, slots: [{ start: 10, end: 19, primaryId: "b" }] }
      assert.deepStrictEqual(weigh(known, claims, fromView(uncovered, undefined, known), uncovered).kept, [])
      const failedBack = { ...confused, ...epochs({ a: 4, b: 2, a1: 4 }) }
      assert.deepStrictEqual(weigh(known, claims, fromView(failedBack, undefined, known), failedBack).kept, [])
    }
  })

  it("are nobody's own word where epochs are not the owners' own: constant, or none given out yet", () => {
    const other = { ...before, slots: [{ start: 0, end: 19, primaryId: "b" }] }
    for (const epoch of [0, 1]) {
      const constant = epochs({ a: epoch, b: epoch, a1: epoch })
      const { claims, map } = after({ ...before, ...constant }, { ...before, ...constant, selfId: "a" })
      const next = { ...other, ...constant, selfId: "a1" }
      assert.deepStrictEqual(weigh(map, claims, fromView(next, undefined, map), next).kept, [])
    }
  })

  it("yield to a view where two are equal or one is unknown", () => {
    const other = { ...before, slots: [{ start: 0, end: 19, primaryId: "b" }] }
    assert.deepStrictEqual(after(before, { ...other, ...epochs({ a: 1, b: 1 }) }).kept, [])
    assert.deepStrictEqual(after(before, { ...other, ...epochs({ a: 1 }) }).kept, [])
    assert.deepStrictEqual(after(failedOver, { ...before, configEpochs: undefined }).kept, [])
    assert.deepStrictEqual(weigh(empty, unknownClaims(), fromView(before), before).kept, [])
  })

  it("keep a slot with a node that only MOVED has named, under the id that a view gives it", () => {
    assert.strictEqual(after(before, before, [[3, 99]]).map.primaryOf(3)?.id, "h:99")
    const joined = { ...before, nodes: new Map(before.nodes).set("c", primary("c", "h:99")) }
    assert.strictEqual(after(before, joined, [[3, 99]]).map.primaryOf(3)?.id, "c")
  })

  it("yield to a view that does not know the owner at all: it has left, or the cluster is another one", () => {
    assert.deepStrictEqual(after(failedOver, { ...before, ...epochs({ a: 1, b: 2 }) }).kept, [])
  })

  it("keep a slot with an owner that the view lists without address or leaves out as a replica without data", () => {
    const told = [before.nodes, new Map(before.nodes).set("a1", { ...a1, endpoint: undefined })]
    for (const nodes of [...told, new Map([a, b].map((node) => [node.id, node]))]) {
      const { map } = after(failedOver, { ...before, nodes })
      assert.deepStrictEqual(map.primaryOf(0)?.endpoint, { host: "h", port: 11 })
      assert.deepStrictEqual(map.nodeAt({ host: "h", port: 11 }), map.primaryOf(9))
      assert.include(map.primaries, map.primaryOf(0))
    }
  })
})
