import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { type Answer, choose, coveredSlots } from "../../src/topology/Agreement.ts"
import type { ClusterView } from "../../src/topology/ClusterView.ts"
import { primary, viewOf } from "./views.ts"

const nodes = ["a", "b", "c", "d"].map((id, i) => primary(id, `10.0.0.${i}:6379`))
const old = [
  [0, 8191, "a"],
  [8192, 16383, "b"]
] as const
const failedOver = [
  [0, 8191, "c"],
  [8192, 16383, "b"]
] as const

let port = 7000
const answer = (slots: ReadonlyArray<readonly [number, number, string]>, more?: Partial<ClusterView>): Answer => ({
  from: { host: "127.0.0.1", port: port++ },
  view: viewOf(nodes, slots, more)
})

describe("Agreement", () => {
  it("believes nobody if nobody answered", () => {
    assert.isUndefined(choose([]))
  })

  it("believes the only answer, even that of an empty cluster", () => {
    const only = answer([], { epoch: 0, state: "fail" })
    assert.strictEqual(choose([only]), only)
  })

  it("believes the promoted node while everybody else is stale", () => {
    const promoted = answer(failedOver, { epoch: 7 })
    assert.strictEqual(
      choose([answer(old, { epoch: 6 }), answer(old, { epoch: 6 }), promoted, answer(old, { epoch: 6 })]),
      promoted
    )
  })

  it("puts a cut-off minority's stale view behind the majority's newer one, whatever the order", () => {
    const stale = answer(old, { epoch: 6 })
    const newer = [answer(failedOver, { epoch: 7 }), answer(failedOver, { epoch: 7 })]
    assert.strictEqual(choose([stale, ...newer]), newer[0])
    assert.strictEqual(choose([...newer, stale]), newer[0])
  })

  it("does not let failed elections raise a cut-off node above a healthy majority", () => {
    const cutOff = answer(old, { epoch: 50, state: "fail" })
    const majority = [answer(failedOver, { epoch: 7 }), answer(failedOver, { epoch: 7 })]
    assert.strictEqual(choose([cutOff, ...majority]), majority[0])
  })

  it("weighs the epoch first where no majority is healthy", () => {
    const newer = answer(failedOver, { epoch: 7, state: "fail" })
    assert.strictEqual(choose([answer(old, { epoch: 6 }), newer]), newer)
  })

  it("prefers a healthy node at equal epochs, then one whose state is unknown", () => {
    const ok = answer(failedOver, { state: "ok" })
    const unknown = answer(failedOver, { state: "unknown" })
    const failed = answer(old, { state: "fail" })
    assert.strictEqual(choose([failed, failed, unknown, ok]), ok)
    assert.strictEqual(choose([failed, failed, unknown]), unknown)
  })

  it("goes with the larger camp of a split at one epoch, though addresses differ", () => {
    const camp = ["h1:1", "h2:1"].map(
      (address): Answer => ({
        from: { host: "127.0.0.1", port: port++ },
        view: viewOf([primary("c", address), primary("b", "b:1")], failedOver)
      })
    )
    assert.strictEqual(choose([answer(old), ...camp]), camp[0])
  })

  it("prefers the view that covers more slots between equal camps", () => {
    const gap = answer([[0, 8191, "a"]])
    const whole = answer(old)
    assert.strictEqual(coveredSlots(gap.view), 8192)
    assert.strictEqual(choose([gap, whole]), whole)
  })

  it("stays with the earlier answer if nothing tells them apart", () => {
    const first = answer(old)
    assert.strictEqual(choose([first, answer(old)]), first)
  })

  it("does not mistake a reset node for the cluster", () => {
    const reset = answer([], { epoch: 0, state: "fail" })
    const member = answer(old, { epoch: 3, state: "fail" })
    assert.strictEqual(choose([reset, member]), member)
  })

  const epochs = (of: Readonly<Record<string, number>>) => ({ configEpochs: new Map(Object.entries(of)) })

  it("believes the promoted node though two voters agree, who know its epoch and not yet its slots", () => {
    const voter = () => answer(old, { epoch: 7, ...epochs({ a: 1, b: 2, c: 1 }) })
    const promoted = answer(failedOver, { epoch: 7, ...epochs({ a: 1, b: 2, c: 7 }) })
    assert.strictEqual(choose([voter(), voter(), promoted]), promoted)
  })

  it("weighs claims before current epochs, which failed elections raise", () => {
    const candidate = answer(old, { epoch: 50, ...epochs({ a: 1, b: 2, c: 1 }) })
    const promoted = answer(failedOver, { epoch: 7, ...epochs({ a: 1, b: 2, c: 7 }) })
    assert.strictEqual(choose([candidate, promoted]), promoted)
  })

  it("does not weigh claims if one of the answers does not tell them", () => {
    const told = answer(failedOver, { epoch: 7, ...epochs({ a: 1, b: 2, c: 7 }) })
    const newer = answer(old, { epoch: 8 })
    assert.strictEqual(choose([told, newer]), newer)
  })

  const anyAnswer = Arbitrary.map(
    Arbitrary.schema(
      Schema.Tuple([
        Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })),
        Schema.Literals(["ok", "fail", "unknown"]),
        Schema.Literals(["old", "failedOver", "none"])
      ])
    ),
    ([epoch, state, map]) => answer(map === "none" ? [] : map === "old" ? old : failedOver, { epoch, state })
  )
  it.prop(
    "a minority with a lower epoch never wins over a healthy majority that agrees",
    [Arbitrary.array(anyAnswer, { maxLength: 4 })],
    ([others]) => {
      const majority = Array.from({ length: others.length + 1 }, () => answer(failedOver, { epoch: 6 }))
      assert.include(majority, choose([...others, ...majority]))
    }
  )
})
