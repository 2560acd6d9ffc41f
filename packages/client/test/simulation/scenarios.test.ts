/** What a client believes when the nodes do not agree: named courses of events, each on the same stage as the seeded runs. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { ConnectError } from "../../src/error/RedisError.ts"
import { SLOT_COUNT, slotOf } from "../../src/topology/Slot.ts"
import type { Violation } from "./Checker.ts"
import type { ModelNode } from "./ModelNode.ts"
import { explain } from "./Simulation.ts"
import { Stage, type StageOptions } from "./Stage.ts"
import { checkMaps } from "./Views.ts"
import { inWorld, pass } from "./World.ts"

/** Milliseconds. */
const NODE_TIMEOUT = 300
const LONG = 8000
const SOON = 1000
/** Until a client has a connection to a node that it can reach again. */
const RECONNECT = 2000

/** The nodes by their part: the first primary fails, its replica follows it; the others look on. */
const cast = ({ model }: Stage) => {
  const [first, second, third, heir, secondReplica, thirdReplica] = [0, 1, 2, 3, 4, 5].map((at) => model.bus.node(at))
  return { first, second, third, heir, secondReplica, thirdReplica } as Readonly<
    Record<"first" | "second" | "third" | "heir" | "secondReplica" | "thirdReplica", ModelNode>
  >
}

/** The client reaches these nodes and no others. */
const reachOnly = ({ model, network }: Stage, nodes: ReadonlyArray<ModelNode>): void => {
  for (const node of model.nodes) network.set(node.address, { cutOff: !nodes.includes(node) })
}

const reachAll = (stage: Stage): void => reachOnly(stage, stage.model.nodes)

/** What was told to these nodes by one reaches them much later. */
const deafen = ({ model }: Stage, to: ReadonlyArray<ModelNode>, from: ModelNode): void => {
  for (const node of to) model.bus.delay(from, node, 10 * LONG)
}

const hear = ({ model }: Stage): void => {
  for (const from of model.nodes) for (const to of model.nodes) model.bus.delay(from, to, 0)
}

/** A slot in the middle of the second shard. */
const SECOND_SHARD = 8192

/** Who serves a slot, by the client's map. */
const ownerOf = ({ cluster }: Stage, slot: number): string | undefined =>
  cluster.topology.value.primaryOf(slot)?.endpoint?.host

const ownerOfFirstShard = (stage: Stage): string | undefined => ownerOf(stage, 0)

/** Ask for the map, and give time for the answer. */
const refresh = ({ cluster }: Stage, time = LONG) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.exit(cluster.refresh), { startImmediately: true })
    yield* pass(time)
    const exit = fiber.pollUnsafe()
    return exit !== undefined && Exit.isSuccess(exit) ? exit.value : assert.fail("the refresh does not end")
  })

/** Play a course of events, and check what is checked of every run. */
const violationsOf = (
  course: (stage: Stage) => Effect.Effect<void>,
  cluster?: Partial<StageOptions["cluster"]>
): ReadonlyArray<Violation> =>
  inWorld(1, (world) =>
    Effect.gen(function* () {
      const stage = yield* Stage.make(world, {
        seed: 1,
        cluster: { nodeTimeout: NODE_TIMEOUT, requireFullCoverage: false, ...cluster },
        client: { silence: 200, probeTimeout: 50, connectTimeout: 500, checkInterval: 500 }
      })
      yield* course(stage)
      const violations = [...checkMaps(stage.maps, stage), ...(yield* stage.close)]
      if (violations.length > 0 && cluster?.hidesEpochs !== true) {
        assert.fail(explain({ trace: world.trace, violations }, "this test; its course is always the same"))
      }
      return violations
    })
  )

const play = (course: (stage: Stage) => Effect.Effect<void>): void => void violationsOf(course)

/** The heir takes over, two of the primaries hear it much later, and the client knows it already. */
const splitViews = (stage: Stage) =>
  Effect.gen(function* () {
    const { first, heir, second, secondReplica, third, thirdReplica } = cast(stage)
    deafen(stage, [second, third, secondReplica, thirdReplica], heir)
    deafen(stage, [second, third, secondReplica, thirdReplica], first)
    assert.isTrue(stage.model.forceFailOver(heir))
    yield* pass(100)
    reachOnly(stage, [heir])
    yield* pass(RECONNECT)
    yield* refresh(stage)
    assert.strictEqual(ownerOfFirstShard(stage), heir.host)
    reachAll(stage)
  })

describe("the map of a client", () => {
  it("stays when the only node in reach tells what was before a failover", () =>
    play((stage) =>
      Effect.gen(function* () {
        const { first, heir, third } = cast(stage)
        deafen(stage, [third], heir)
        deafen(stage, [third], first)
        assert.isTrue(stage.model.forceFailOver(heir))
        yield* pass(200)
        reachOnly(stage, [heir])
        yield* pass(RECONNECT)
        yield* refresh(stage)
        assert.strictEqual(ownerOfFirstShard(stage), heir.host)
        // It has voted for the heir, so its current epoch is that of the failover; its slots are those of before.
        assert.strictEqual(third.currentEpoch, heir.currentEpoch)
        assert.isTrue(third.ownsAny(first.index))
        reachOnly(stage, [third])
        yield* pass(RECONNECT)
        assert.isTrue(Exit.isSuccess(yield* refresh(stage)))
        assert.strictEqual(ownerOfFirstShard(stage), heir.host)
        hear(stage)
        reachAll(stage)
        yield* pass(LONG)
      })
    ))

  it("stays with the newer one of split views, though more nodes tell the older one", () =>
    play((stage) =>
      Effect.gen(function* () {
        yield* splitViews(stage)
        const { heir } = cast(stage)
        for (let round = 0; round < 8; round++) {
          yield* refresh(stage)
          assert.strictEqual(ownerOfFirstShard(stage), heir.host)
        }
        hear(stage)
        yield* pass(LONG)
      })
    ))

  it("would not stay if the nodes told no epochs, and the checker sees it", () => {
    const violations = violationsOf(
      (stage) =>
        Effect.gen(function* () {
          yield* splitViews(stage)
          for (let round = 0; round < 8; round++) yield* refresh(stage)
          hear(stage)
          yield* pass(LONG)
        }),
      { hidesEpochs: true }
    )
    assert.isTrue(
      violations.some(({ detail, invariant }) => invariant === "view" && detail.includes("replaced a newer"))
    )
  })

  it("is the heir's as soon as the heir is asked, though the voters know its epoch and not yet its slots", () =>
    play((stage) =>
      Effect.gen(function* () {
        const { model } = stage
        const { first, heir, second } = cast(stage)
        deafen(stage, model.nodes, heir)
        reachOnly(stage, [heir, second])
        yield* pass(RECONNECT)
        assert.isTrue(model.forceFailOver(heir))
        assert.strictEqual(second.currentEpoch, heir.currentEpoch)
        yield* refresh(stage)
        assert.strictEqual(ownerOfFirstShard(stage), heir.host)
        assert.isTrue(second.ownsAny(first.index))
        hear(stage)
        reachAll(stage)
        yield* pass(LONG)
        assert.isFalse(first.isPrimary)
      })
    ))

  it("is never that of a cut-off minority whose failed elections have raised its epoch", () =>
    play((stage) =>
      Effect.gen(function* () {
        const { model } = stage
        const { first, heir, secondReplica } = cast(stage)
        const minority = [first, secondReplica]
        model.isolate(minority)
        yield* pass(4 * NODE_TIMEOUT)
        for (let attempt = 0; attempt < 5; attempt++) assert.isFalse(model.forceFailOver(secondReplica))
        yield* pass(LONG)
        assert.isTrue(heir.isPrimary)
        assert.isAbove(first.currentEpoch, heir.currentEpoch)
        assert.strictEqual(ownerOfFirstShard(stage), heir.host)
        reachOnly(stage, minority)
        yield* pass(RECONNECT)
        for (let round = 0; round < 3; round++) {
          assert.isTrue(Exit.isSuccess(yield* refresh(stage)))
          assert.strictEqual(ownerOfFirstShard(stage), heir.host)
        }
        reachAll(stage)
        model.bus.rejoin()
        yield* pass(LONG)
        assert.isFalse(first.isPrimary)
      })
    ))

  it("is the majority's while all nodes can be reached and one primary is cut off from the others", () =>
    play((stage) =>
      Effect.gen(function* () {
        const { first, heir } = cast(stage)
        stage.model.isolate([first])
        yield* pass(LONG)
        assert.isTrue(first.isPrimary)
        assert.strictEqual(first.state, "fail")
        for (let round = 0; round < 8; round++) {
          yield* refresh(stage)
          assert.strictEqual(ownerOfFirstShard(stage), heir.host)
        }
        stage.model.bus.rejoin()
        yield* pass(LONG)
      })
    ))

  it("follows an administrator's takeover, which nobody voted for", () =>
    play((stage) =>
      Effect.gen(function* () {
        const { heir } = cast(stage)
        stage.model.takeOver(heir)
        yield* pass(LONG)
        assert.strictEqual(ownerOfFirstShard(stage), heir.host)
      })
    ))

  it("has both of two takeovers that took the same epoch, though no node has heard of both", () =>
    play((stage) =>
      Effect.gen(function* () {
        const { model } = stage
        // Nodes that contradict the map for 15 s are believed at last; real ones hear of one another long before.
        const { first, heir, second, secondReplica } = cast(stage)
        for (const one of [first, heir, second, secondReplica]) deafen(stage, model.nodes, one)
        model.takeOver(heir)
        model.takeOver(secondReplica)
        assert.strictEqual(heir.configEpoch, secondReplica.configEpoch)
        reachOnly(stage, [heir])
        yield* pass(RECONNECT)
        yield* refresh(stage, SOON)
        assert.deepStrictEqual([ownerOfFirstShard(stage), ownerOf(stage, SECOND_SHARD)], [heir.host, second.host])
        reachOnly(stage, [secondReplica])
        yield* pass(RECONNECT)
        yield* refresh(stage, SOON)
        const both = [heir.host, secondReplica.host]
        assert.deepStrictEqual([ownerOfFirstShard(stage), ownerOf(stage, SECOND_SHARD)], both)
        reachAll(stage)
        for (let round = 0; round < 8; round++) {
          yield* refresh(stage, SOON)
          assert.deepStrictEqual([ownerOfFirstShard(stage), ownerOf(stage, SECOND_SHARD)], both)
        }
        hear(stage)
        yield* pass(LONG)
        assert.notStrictEqual(heir.configEpoch, secondReplica.configEpoch)
      })
    ))

  it("is that of the last of several takeovers of one shard, though the others tell of one before", () =>
    play((stage) =>
      Effect.gen(function* () {
        const { model } = stage
        const { first, heir } = cast(stage)
        model.takeOver(heir)
        yield* pass(LONG)
        assert.isFalse(first.isPrimary)
        deafen(stage, model.nodes, first)
        model.takeOver(first)
        assert.isAbove(first.configEpoch, heir.configEpoch)
        reachOnly(stage, [first])
        yield* pass(RECONNECT)
        yield* refresh(stage)
        assert.strictEqual(ownerOfFirstShard(stage), first.host)
        reachAll(stage)
        for (let round = 0; round < 8; round++) {
          yield* refresh(stage)
          assert.strictEqual(ownerOfFirstShard(stage), first.host)
        }
        hear(stage)
        yield* pass(LONG)
        assert.isFalse(heir.isPrimary)
      })
    ))

  it("is the first that can be had after refreshes that failed, and what was sent meanwhile is served by it", () =>
    play((stage) =>
      Effect.gen(function* () {
        const { model } = stage
        const { heir } = cast(stage)
        reachOnly(stage, [])
        assert.isTrue(Exit.isFailure(yield* refresh(stage)))
        assert.isTrue(model.forceFailOver(heir))
        const key = `{${stage.tags.find((tag) => slotOf(tag) < SLOT_COUNT / 3)}}:probe`
        const writing = yield* Effect.forkChild(stage.redis.set(key, "1"), { startImmediately: true })
        yield* pass(RECONNECT)
        assert.isUndefined(writing.pollUnsafe())
        reachAll(stage)
        yield* pass(RECONNECT)
        const written = writing.pollUnsafe()
        assert.isTrue(written !== undefined && Exit.isSuccess(written))
        assert.strictEqual(ownerOfFirstShard(stage), heir.host)
      })
    ))

  it("stays when no node answers, and the failure has a cause of each", () =>
    play((stage) =>
      Effect.gen(function* () {
        const { model } = stage
        const { first, thirdReplica } = cast(stage)
        const before = stage.cluster.topology.value
        model.kill(thirdReplica)
        reachOnly(stage, [thirdReplica])
        const failed = yield* refresh(stage)
        const found = Exit.isFailure(failed) ? failed.cause.reasons[0] : undefined
        const error = found?._tag === "Fail" ? found.error : undefined
        assert.instanceOf(error, ConnectError)
        const causes = new Map(error.attempts.map(({ node, reason }) => [node, reason._tag]))
        assert.deepStrictEqual(
          [...causes.keys()].sort(),
          model.nodes.map(({ address }) => address)
        )
        assert.strictEqual(causes.get(thirdReplica.address), "ConnectFailed")
        assert.include(["ConnectionLost", "Timeout"], causes.get(first.address))
        assert.strictEqual(stage.cluster.topology.value.primaryOf(0)?.id, before.primaryOf(0)?.id)
        model.restart(thirdReplica)
        reachAll(stage)
        yield* pass(LONG)
        assert.isTrue(Exit.isSuccess(yield* refresh(stage)))
      })
    ))
})
