import { assert, describe, it } from "@effect/vitest"
import { judgeBystanders, percentile } from "../../src/account/bystanders.ts"
import { FIBERS } from "../../src/account/Load.ts"
import type { Entry } from "../../src/account/Operation.ts"
import { Phases, type Span } from "../../src/account/Phases.ts"
import { entryOf } from "./entries.ts"

const PAUSE = 40
const DEAD = 7
const HEALTHY = 8
/** Those of the two healthy shards of three. */
const WITNESSES = Array.from({ length: 8 }, (_, i) => FIBERS + i)
const HIT = { from: 10_000, to: 12_000 }

/** Undisturbed for ten seconds; then a shard dies. */
const phases = () => {
  const all = new Phases()
  all.calm(0)
  all.disturbed(HIT.from)
  all.hit("kill", [DEAD], HIT.from)
  all.over(HIT.to)
  return all
}

/** Some fibers' operations on a slot, one after the other, each as long as `took` says for its start. */
const course = (
  slot: number,
  from: number,
  to: number,
  took: (startedAt: number) => number,
  fibers: ReadonlyArray<number> = WITNESSES
): ReadonlyArray<Entry> =>
  fibers.flatMap((fiber) => {
    const entries: Array<Entry> = []
    for (let startedAt = from; startedAt < to; startedAt += took(startedAt) + PAUSE) {
      const endedAt = startedAt + took(startedAt)
      entries.push(entryOf(`${fiber}.${startedAt}`, { slots: [slot], startedAt, endedAt }))
    }
    return entries
  })

const calm = course(HEALTHY, 0, HIT.from, () => 4)
const judge = (entries: ReadonlyArray<Entry>, halts: ReadonlyArray<Span> = []) =>
  judgeBystanders([...calm, ...entries], phases(), PAUSE, halts)
const details = (entries: ReadonlyArray<Entry>) => judge(entries).violations.map(({ detail }) => detail)

describe("those whom a fault does not touch", () => {
  it("may go on as before", () => {
    const { figures, violations } = judge(course(HEALTHY, HIT.from, HIT.to, () => 6))
    assert.deepStrictEqual(violations, [])
    assert.deepStrictEqual(
      figures.map(({ kind, p99 }) => [kind, p99]),
      [
        ["undisturbed", 4],
        ["kill", 6]
      ]
    )
  })

  it("are not those on the shard that is hit, and not the fibers that go anywhere", () => {
    assert.deepStrictEqual(details(course(DEAD, HIT.from, HIT.to, () => 1_900)), [])
    assert.deepStrictEqual(
      details(
        course(
          HEALTHY,
          HIT.from,
          HIT.to,
          () => 1_900,
          WITNESSES.map((fiber) => fiber - FIBERS)
        )
      ),
      []
    )
  })

  it("are found to be slower than in the undisturbed phases of the run", () => {
    const [slow, ...none] = details(course(HEALTHY, HIT.from, HIT.to, () => 120))
    assert.match(
      slow ?? "",
      /^p99 of the shards that a kill does not touch: 120\.0 ms, 4\.0 ms undisturbed; (\w+ \S+ on \S+ from [\d.]+ s, 120 ms of 10\.00 s to 12\.00 s(, )?){5}$/
    )
    assert.deepStrictEqual(none, [])
  })

  it("are found to stand still, although a fiber that waits issues nothing else", () => {
    const stall = HIT.from + 1_400
    const stalled = course(HEALTHY, HIT.from, HIT.to, (at) => (at < stall ? 4 : HIT.to + 5_000 - at))
    assert.match(details(stalled).join(), /p99 of the shards that a kill does not touch/)
    assert.lengthOf(
      details(course(HEALTHY, HIT.from, HIT.to, () => 1_500)).filter((detail) => detail.includes("took 1500 ms of it")),
      WITNESSES.length
    )
  })

  it("are found waiting when they never come back", () => {
    const never = WITNESSES.map((fiber) =>
      entryOf(`${fiber}.1`, { slots: [HEALTHY], startedAt: HIT.from + 100, endedAt: undefined })
    )
    assert.lengthOf(
      details(never).filter((detail) => detail.includes("took 1900 ms of it")),
      WITNESSES.length
    )
  })

  it("are not blamed for what comes after the phase", () => {
    const late = WITNESSES.map((fiber) =>
      entryOf(`${fiber}.1`, { slots: [HEALTHY], startedAt: HIT.to - 10, endedAt: HIT.to + 3_000 })
    )
    assert.deepStrictEqual(details([...course(HEALTHY, HIT.from, HIT.to - 60, () => 4), ...late]), [])
  })

  it("are found failing", () => {
    const refused = { slots: [HEALTHY], outcome: "notExecuted", label: "NotSent:Timeout" } as const
    const at = HIT.from + 100
    const [failed, ...none] = details([entryOf(`${FIBERS}.1`, { ...refused, startedAt: at, endedAt: at + 5 })])
    assert.match(failed ?? "", /which the kill did not touch, failed: NotSent:Timeout$/)
    assert.deepStrictEqual(none, [])
    // What was under way before can have an earlier cause.
    assert.deepStrictEqual(details([entryOf(`${FIBERS}.1`, { ...refused, startedAt: HIT.from - 5, endedAt: at })]), [])
  })

  it("did not wait for the client while this process collected garbage", () => {
    const stalled = course(HEALTHY, HIT.from, HIT.to, (at) => (at < HIT.from + 60 ? 304 : 4))
    assert.isAbove(judge(stalled).violations.length, 0)
    assert.deepStrictEqual(
      judge(stalled, [
        { from: HIT.from + 10, to: HIT.from + 240 },
        { from: HIT.from + 250, to: HIT.from + 300 }
      ]).violations,
      []
    )
    // One that was before is no excuse.
    assert.isAbove(judge(stalled, [{ from: HIT.from - 900, to: HIT.from - 600 }]).violations.length, 0)
  })
})

describe("a percentile", () => {
  it("is the value that so many do not exceed", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
    assert.strictEqual(percentile(hundred, 0.99), 99)
    assert.strictEqual(percentile([5], 0.99), 5)
    assert.strictEqual(percentile([], 0.99), 0)
  })
})
