/**
 * Faults between the client and the servers, by the proxy, and those of the callers themselves: interruption and short deadlines.
 */
import { Fault, type FaultRule, type ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { pick } from "../ledger/random.ts"
import { type FaultKind, type Faults, type Stage, strikeAmid } from "./Stage.ts"

/** Milliseconds. */
const SPELL = 600
const REFUSAL = 300
const SHORTEST_SILENCE = 500
/** Longer than it takes a client to give up a silent connection (2 s, and 1 s for the probe). */
const LONGEST_SILENCE = 3_600
const DELAY = 15
const JITTER = 12
const POLL = 10
/** A rule that has not struck so often by then stays behind what was asked for. */
const LONGEST_WAIT = 2_000
const CUTS = 8
const INTERRUPTIONS = 8
const INTERRUPTED_PART = 0.5
const SHORTEST_DEADLINE = 3
const LONGEST_DEADLINE = 20
const PIECE = 5
const WRITES = ["RPUSH", "INCR", "SET", "XADD", "EXEC"]

const between = ({ random }: Stage, least: number, most: number): number => least + random() * (most - least)

/** Installs a rule that strikes so often, and writes down each strike at the moment when it happens. */
const cutSome = (stage: Stage, kind: FaultKind, fault: FaultRule["fault"]): Effect.Effect<void, ServerError> =>
  Effect.gen(function* () {
    const { proxy, random } = stage
    let struck = 0
    yield* proxy.install({
      name: kind,
      command: WRITES,
      times: CUTS,
      // Not the first one each time, so that others stand before and behind it.
      where: ({ command, upstream }) => {
        if (random() < 0.9) return false
        struck++
        stage.strike(kind, `${command?.name} at ${upstream.port}`)
        return true
      },
      fault
    })
    for (let waited = 0; struck < CUTS && waited < LONGEST_WAIT; waited += POLL) yield* Effect.sleep(POLL)
  })

export const networkFaults: Faults = {
  reset: (stage) =>
    Effect.gen(function* () {
      yield* strikeAmid(stage, "reset", "all connections")
      yield* stage.proxy.reset()
    }),

  refuse: (stage) =>
    Effect.gen(function* () {
      const { host, port } = pick(stage.random, stage.ground.nodes)
      const upstream = { host, port }
      const shard = (yield* stage.ground.shards).find(({ node }) => node.port === upstream.port)
      yield* strikeAmid(stage, "refuse", `connections to ${port}`)
      stage.hitting("refuse", shard?.slots ?? [])
      yield* stage.proxy.refuse(upstream)
      yield* stage.proxy.reset((connection) => connection.upstream.port === upstream.port)
      yield* Effect.sleep(REFUSAL)
      yield* stage.proxy.accept(upstream)
    }),

  "half-open": (stage) =>
    Effect.gen(function* () {
      const shard = pick(stage.random, yield* stage.ground.shards)
      yield* strikeAmid(stage, "half-open", shard.name, shard.slots)
      stage.hitting("half-open", shard.slots)
      yield* stage.proxy.halfOpen((connection) => connection.upstream.port === shard.node.port)
      stage.load.rush = false
      yield* Effect.sleep(between(stage, SHORTEST_SILENCE, LONGEST_SILENCE))
    }),

  partition: (stage) =>
    Effect.gen(function* () {
      const shard = pick(stage.random, yield* stage.ground.shards)
      const { host, port } = shard.node
      yield* strikeAmid(stage, "partition", shard.name, shard.slots)
      stage.hitting("partition", shard.slots)
      // What there is falls silent, and nothing new gets through.
      yield* stage.proxy.install({ upstream: { host, port }, fault: Fault.blackHole })
      yield* stage.proxy.halfOpen((connection) => connection.upstream.port === port)
      stage.load.rush = false
      yield* Effect.sleep(LONGEST_SILENCE)
    }),

  delay: (stage) =>
    Effect.gen(function* () {
      const rule = yield* stage.proxy.install({ fault: Fault.delay(DELAY, JITTER) })
      yield* strikeAmid(stage, "delay", "all traffic")
      yield* Effect.sleep(SPELL)
      yield* rule.remove
    }),

  split: (stage) =>
    Effect.gen(function* () {
      const rule = yield* stage.proxy.install({
        fault: Fault.split(PIECE),
        upstream: pick(stage.random, stage.ground.nodes)
      })
      yield* strikeAmid(stage, "split", "one node's traffic")
      yield* Effect.sleep(SPELL)
      yield* rule.remove
    }),

  "cut before the write": (stage) => cutSome(stage, "cut before the write", Fault.cutBeforeWrite()),
  "cut before the reply": (stage) => cutSome(stage, "cut before the reply", Fault.cutBeforeReply()),

  interruption: (stage) =>
    Effect.gen(function* () {
      const rule = yield* stage.proxy.install({ fault: Fault.delay(2, 2) })
      for (let i = 0; i < INTERRUPTIONS; i++) {
        yield* strikeAmid(stage, "interruption", "half of what is under way")
        yield* stage.load.interrupt(stage.random, INTERRUPTED_PART)
        yield* Effect.sleep(SPELL / INTERRUPTIONS)
      }
      yield* rule.remove
    }),

  "short deadlines": (stage) =>
    Effect.gen(function* () {
      const rule = yield* stage.proxy.install({ fault: Fault.delay(DELAY, JITTER) })
      stage.load.deadline = Math.round(between(stage, SHORTEST_DEADLINE, LONGEST_DEADLINE))
      yield* Effect.sleep(SPELL / 2)
      yield* strikeAmid(stage, "short deadlines", `${stage.load.deadline} ms`)
      yield* Effect.sleep(SPELL / 2)
      yield* rule.remove
    })
}
