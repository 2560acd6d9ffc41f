import { assert, describe, it } from "@effect/vitest"
import { SLOT_COUNT } from "../../src/topology/Slot.ts"
import * as Topology from "../../src/topology/Topology.ts"
import { primary, replica, viewOf } from "./views.ts"

const a = primary("a", "h:1")
const b = primary("b", "h:2")
const a1 = replica("a1", "h:11", "a")
const a2 = replica("a2", "h:12", "a")
const b1 = replica("b1", "h:21", "b")
const halves = [
  [0, 8191, "a"],
  [8192, 16383, "b"]
] as const
const view = viewOf([a, b, a1, a2, b1], halves, { epoch: 4 })
const at = (port: number) => ({ host: "h", port })
const ids = (nodes: ReadonlyArray<{ readonly id: string }>) => nodes.map((node) => node.id)

describe("Topology", () => {
  it("knows nothing at first", () => {
    assert.strictEqual(Topology.empty.version, 0)
    assert.strictEqual(Topology.empty.covered, 0)
    assert.isUndefined(Topology.empty.primaryOf(0))
    assert.deepStrictEqual(Topology.empty.replicasOf(0), [])
  })

  it("gives each slot its owner and the owner's replicas", () => {
    const topology = Topology.fromView(view)
    assert.strictEqual(topology.primaryOf(0)?.id, "a")
    assert.strictEqual(topology.primaryOf(8191)?.id, "a")
    assert.strictEqual(topology.primaryOf(8192)?.id, "b")
    assert.strictEqual(topology.primaryOf(16383)?.id, "b")
    assert.deepStrictEqual(ids(topology.replicasOf(0)), ["a1", "a2"])
    assert.deepStrictEqual(ids(topology.replicasOf(16383)), ["b1"])
    assert.deepStrictEqual(ids(topology.primaries), ["a", "b"])
    assert.deepStrictEqual(ids(topology.replicas), ["a1", "a2", "b1"])
    assert.strictEqual(topology.covered, SLOT_COUNT)
    assert.strictEqual(topology.epoch, 4)
    assert.strictEqual(topology.version, 1)
  })

  it("leaves slots uncovered that nobody owns, or that a node outside the view would own", () => {
    const topology = Topology.fromView(
      viewOf(
        [a],
        [
          [0, 9, "a"],
          [20, 29, "gone"]
        ]
      )
    )
    assert.strictEqual(topology.covered, 10)
    assert.isUndefined(topology.primaryOf(10))
    assert.isUndefined(topology.primaryOf(20))
    assert.deepStrictEqual(topology.replicasOf(20), [])
  })

  it("has no owner for what is no slot", () => {
    const topology = Topology.fromView(view)
    for (const slot of [-1, SLOT_COUNT, 0.5, Number.NaN]) {
      assert.isUndefined(topology.primaryOf(slot))
      assert.strictEqual(topology.withMoved(slot, at(2)), topology)
    }
  })

  it("finds a node by its address as dialled, and remaps the addresses of a view", () => {
    const topology = Topology.fromView(view, ({ host, port }) => ({ host: `${host}.nat`, port: port + 100 }))
    assert.strictEqual(topology.nodeAt({ host: "h.nat", port: 101 })?.id, "a")
    assert.isUndefined(topology.nodeAt(at(1)))
    assert.deepStrictEqual(topology.primaryOf(0)?.endpoint, { host: "h.nat", port: 101 })
  })

  it("keeps a node without address as owner, and finds it at no address", () => {
    const topology = Topology.fromView(viewOf([{ ...a, endpoint: undefined }], [[0, 0, "a"]]), (endpoint) => endpoint)
    assert.strictEqual(topology.primaryOf(0)?.id, "a")
    assert.isUndefined(topology.primaryOf(0)?.endpoint)
    assert.isUndefined(topology.nodeAt(at(1)))
  })

  it("finds the healthy one of two nodes listed at one address", () => {
    const failed = primary("dead", "h:1", { health: "fail" })
    for (const nodes of [
      [failed, a],
      [a, failed]
    ]) {
      assert.strictEqual(Topology.fromView(viewOf(nodes, [])).nodeAt(at(1))?.id, "a")
    }
  })

  describe("after MOVED", () => {
    it("gives the slot to a known primary and changes nothing else, nor the snapshot before", () => {
      const before = Topology.fromView(view)
      const after = before.withMoved(5, at(2))
      assert.strictEqual(after.primaryOf(5)?.id, "b")
      assert.strictEqual(after.primaryOf(4)?.id, "a")
      assert.strictEqual(after.primaryOf(6)?.id, "a")
      assert.deepStrictEqual(ids(after.replicasOf(5)), ["b1"])
      assert.strictEqual(after.nodes, before.nodes)
      assert.strictEqual(after.version, before.version + 1)
      assert.strictEqual(before.primaryOf(5)?.id, "a")
    })

    it("is the same snapshot if the slot is there already", () => {
      const topology = Topology.fromView(view)
      assert.strictEqual(topology.withMoved(5, at(1)), topology)
      const moved = topology.withMoved(5, at(99))
      assert.strictEqual(moved.withMoved(5, at(99)), moved)
    })

    it("promotes a known replica for the slot; the rest stays with its old primary until the next view", () => {
      const after = Topology.fromView(view).withMoved(5, at(11))
      assert.strictEqual(after.primaryOf(5)?.id, "a1")
      assert.strictEqual(after.primaryOf(5)?.role, "primary")
      assert.isUndefined(after.primaryOf(5)?.primaryId)
      assert.strictEqual(after.primaryOf(6)?.id, "a")
      assert.deepStrictEqual(ids(after.primaries).sort(), ["a", "a1", "b"])
      assert.deepStrictEqual(ids(after.replicasOf(5)), ["a2"])
      assert.deepStrictEqual(ids(after.replicasOf(6)), ["a2"])
      assert.strictEqual(after.nodes.get("a1"), after.primaryOf(5))
      assert.strictEqual(after.nodeAt(at(11)), after.primaryOf(5))
    })

    it("keeps what it knew of a promoted node's fellow replicas through further redirects", () => {
      const after = Topology.fromView(view).withMoved(5, at(11)).withMoved(9000, at(99)).withMoved(6, at(11))
      assert.deepStrictEqual(ids(after.replicasOf(5)), ["a2"])
      assert.deepStrictEqual(ids(after.replicasOf(6)), ["a2"])
      assert.deepStrictEqual(ids(after.replicasOf(9001)), ["b1"])
      const again = after.withMoved(7, at(12))
      assert.strictEqual(again.primaryOf(7)?.id, "a2")
      assert.deepStrictEqual(again.replicasOf(5), [])
    })

    it("makes up a node for an unknown address, which the next view replaces", () => {
      const before = Topology.fromView(view)
      const after = before.withMoved(5, { host: "::9", port: 99 })
      assert.strictEqual(after.primaryOf(5)?.id, "[::9]:99")
      assert.deepStrictEqual(after.primaryOf(5)?.endpoint, { host: "::9", port: 99 })
      assert.deepStrictEqual(after.replicasOf(5), [])
      assert.deepStrictEqual(ids(after.replicasOf(6)), ["a1", "a2"])
      assert.strictEqual(after.nodeAt({ host: "::9", port: 99 }), after.primaryOf(5))
      const next = Topology.fromView(viewOf([a, b, primary("c", "[::9]:99")], halves), undefined, after)
      assert.strictEqual(next.nodeAt({ host: "::9", port: 99 })?.id, "c")
      assert.isFalse(next.nodes.has("[::9]:99"))
    })

    it("covers a slot that was uncovered", () => {
      const after = Topology.empty.withMoved(5, at(1)).withMoved(5, at(2)).withMoved(6, at(2))
      assert.strictEqual(after.covered, 2)
      assert.strictEqual(after.primaryOf(5), after.primaryOf(6))
      assert.strictEqual(after.version, 3)
    })

    it("gives an address back to an owner that had none", () => {
      const before = Topology.fromView(viewOf([{ ...a, endpoint: undefined }, b], halves))
      assert.deepStrictEqual(before.withMoved(5, at(1)).primaryOf(5)?.endpoint, at(1))
    })
  })

  describe("after another view", () => {
    it("counts on and keeps the objects of unchanged nodes", () => {
      const before = Topology.fromView(view)
      const same = viewOf([{ ...a }, { ...b }, { ...a1, health: "fail" }, { ...a2 }, { ...b1 }], halves)
      const after = Topology.fromView(same, undefined, before)
      assert.strictEqual(after.version, 2)
      assert.strictEqual(after.nodes.get("a"), before.nodes.get("a"))
      assert.notStrictEqual(after.nodes.get("a1"), before.nodes.get("a1"))
      assert.strictEqual(after.primaryOf(0), before.primaryOf(0))
    })

    it("is the same map only if nodes, addresses, roles, health and owners are", () => {
      const topology = Topology.fromView(view)
      const other = (...nodes: Parameters<typeof viewOf>[0]) => Topology.fromView(viewOf(nodes, halves, { epoch: 9 }))
      assert.isTrue(Topology.sameMap(topology, topology))
      assert.isTrue(Topology.sameMap(topology, other({ ...b }, { ...a }, a1, a2, b1)))
      assert.isFalse(Topology.sameMap(topology, other(a, b, a1, a2)))
      assert.isFalse(Topology.sameMap(topology, other(a, b, a1, a2, { ...b1, id: "b2" })))
      assert.isFalse(Topology.sameMap(topology, other(primary("a", "h:7"), b, a1, a2, b1)))
      assert.isFalse(Topology.sameMap(topology, other({ ...a, health: "fail" }, b, a1, a2, b1)))
      assert.isFalse(Topology.sameMap(topology, other(a, b, { ...a1, primaryId: "b" }, a2, b1)))
      assert.isFalse(Topology.sameMap(topology, topology.withMoved(5, at(2))))
      assert.isTrue(Topology.sameMap(topology.withMoved(5, at(2)).withMoved(5, at(1)), topology))
    })

    it("tells a failover: who was promoted and demoted, and how many slots went", () => {
      const before = Topology.fromView(view)
      const after = Topology.fromView(
        viewOf(
          [replica("a", "h:1", "a1"), b, primary("a1", "h:11"), replica("a2", "h:12", "a1"), b1],
          [
            [0, 8191, "a1"],
            [8192, 16383, "b"]
          ]
        )
      )
      const changes = Topology.changes(before, after)
      assert.deepStrictEqual(ids(changes.promoted), ["a1"])
      assert.deepStrictEqual(ids(changes.demoted), ["a"])
      assert.strictEqual(changes.movedSlots, 8192)
      assert.deepStrictEqual([changes.added, changes.removed, changes.readdressed], [[], [], []])
    })

    it("tells the same id at a new address from a new id at the same address", () => {
      const before = Topology.fromView(viewOf([a, b], halves))
      const moved = Topology.changes(before, Topology.fromView(viewOf([primary("a", "h:7"), b], halves)))
      assert.deepStrictEqual(ids(moved.readdressed), ["a"])
      assert.deepStrictEqual(moved.readdressed[0]?.endpoint, at(7))
      assert.deepStrictEqual([moved.added, moved.removed, moved.movedSlots], [[], [], 0])
      const replaced = Topology.changes(
        before,
        Topology.fromView(
          viewOf(
            [primary("z", "h:1"), b],
            [
              [0, 8191, "z"],
              [8192, 16383, "b"]
            ]
          )
        )
      )
      assert.deepStrictEqual(ids(replaced.added), ["z"])
      assert.deepStrictEqual(ids(replaced.removed), ["a"])
      assert.deepStrictEqual(replaced.readdressed, [])
      assert.strictEqual(replaced.movedSlots, 8192)
    })

    it("can keep slots with their owners of before, who are primaries again", () => {
      const before = Topology.fromView(
        viewOf(
          [replica("a", "h:1", "a1"), b, primary("a1", "h:11"), replica("a2", "h:12", "a1"), b1],
          [
            [0, 8191, "a1"],
            [8192, 16383, "b"]
          ]
        )
      )
      const stale = { ...view, slots: view.slots.filter(({ primaryId }) => primaryId === "b") }
      const kept = Topology.keeping(Topology.fromView(stale, undefined, before), before, [0, 1, 8191])
      assert.deepStrictEqual(kept.primaryOf(0), primary("a1", "h:11", { primaryId: undefined }))
      assert.strictEqual(kept.primaryOf(0), kept.nodes.get("a1"))
      assert.strictEqual(kept.primaryOf(8191), kept.primaryOf(0))
      assert.deepStrictEqual(ids(kept.replicasOf(0)), ["a2"])
      assert.isUndefined(kept.primaryOf(2))
      assert.strictEqual(kept.primaryOf(8192)?.id, "b")
      assert.deepStrictEqual([kept.covered, kept.version], [8195, before.version + 1])
    })

    it("counts slots that are new or lost as moved", () => {
      const changes = Topology.changes(Topology.empty, Topology.fromView(view))
      assert.strictEqual(changes.movedSlots, SLOT_COUNT)
      assert.lengthOf(changes.added, 5)
      assert.strictEqual(Topology.changes(Topology.fromView(view), Topology.empty).movedSlots, SLOT_COUNT)
    })
  })
})
