import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { NodeConnection } from "../../src/connection/NodeConnection.ts"
import { makeNodeConnections } from "../../src/connection/NodeConnections.ts"
import { addressText } from "../../src/connection/Transport.ts"
import type { Failure } from "../../src/error/Failure.ts"
import { ConnectFailed, ConnectionLost } from "../../src/error/Reason.ts"
import { RespError } from "../../src/protocol/RespValue.ts"
import type { SentinelTopology } from "../../src/routing/SentinelTopology.ts"
import { makeSentinelHomes, makeStandaloneHomes } from "../../src/routing/SubscriptionHomes.ts"
import type { SentinelGroup } from "../../src/topology/SentinelGroup.ts"
import { asText, hearsChanges, runtimeOf } from "../support/homes.ts"

describe("Subscriptions of a standalone server", () => {
  it("are all at its one address, whatever is avoided", () => {
    const homes = makeStandaloneHomes(() => ({ host: "h", port: 1 }))
    assert.strictEqual(asText(homes.plain()), "h:1")
    assert.strictEqual(asText(homes.plain("h:1")), "h:1")
    assert.deepStrictEqual(homes.primaries().map(addressText), ["h:1"])
    assert.isUndefined(homes.shards)
  })

  it("are carried at that address and at no other, be it a path or IPv6", () => {
    for (const [address, text] of [
      [{ host: "h", port: 1 }, "h:1"],
      [{ host: "::1", port: 1 }, "[::1]:1"],
      [{ path: "/run/s" }, "/run/s"]
    ] as const) {
      const homes = makeStandaloneHomes(() => address)
      assert.isTrue(homes.carries(text, undefined))
      assert.isFalse(homes.carries("h:2", undefined))
    }
  })

  it("never hear of a change", () => {
    let called = 0
    makeStandaloneHomes(() => ({ path: "/run/s" })).onChange(() => called++)()
    assert.strictEqual(called, 0)
  })
})

/** Homes of a service whose primary the test sets, and what they asked for. */
const watched = Effect.gen(function* () {
  const { profile, runtime } = yield* runtimeOf
  const ignore = () => {}
  const nodes = yield* makeNodeConnections(runtime, profile, Schedule.spaced("1 second"), {
    onDown: ignore,
    onUp: ignore
  })
  const at = (port: number): NodeConnection => nodes.at({ host: "p", port })
  const current = yield* SubscriptionRef.make<SentinelGroup | undefined>(undefined)
  const requests: Array<string> = []
  let now: NodeConnection | Failure = at(1)
  const topology: SentinelTopology = {
    primary: () => now,
    snapshot: () => current.value,
    current,
    events: Stream.empty,
    refresh: Effect.never,
    request: (cause) => requests.push(cause),
    demoted: () => requests.push("demoted"),
    onDown: () => requests.push("down"),
    onSilent: () => requests.push("silent")
  }
  const change = SubscriptionRef.set(current, {
    service: "mymaster",
    primary: { host: "p", port: 2 },
    replicas: [],
    epoch: 2,
    sentinels: []
  })
  const become = (next: NodeConnection | Failure) => {
    now = next
  }
  return { at, become, change, homes: makeSentinelHomes(runtime, topology), requests }
})

const nobody: Failure = {
  reason: new ConnectFailed({ address: "mymaster", message: "sentinels know no primary" }),
  execution: "NotSent"
}

describe("Subscriptions of a service that sentinels watch", () => {
  it.effect("are all at its primary, whatever is avoided", () =>
    Effect.gen(function* () {
      const { homes } = yield* watched
      assert.strictEqual(asText(homes.plain()), "p:1")
      assert.strictEqual(asText(homes.plain("p:1")), "p:1")
      assert.deepStrictEqual(homes.primaries().map(addressText), ["p:1"])
      assert.isUndefined(homes.shards)
    })
  )

  it.effect("move to the successor of the primary, which alone carries them", () =>
    Effect.gen(function* () {
      const { at, become, homes } = yield* watched
      assert.deepStrictEqual([homes.carries("p:1", undefined), homes.carries("p:2", undefined)], [true, false])
      become(at(2))
      assert.strictEqual(asText(homes.plain()), "p:2")
      assert.deepStrictEqual(homes.primaries().map(addressText), ["p:2"])
      assert.deepStrictEqual([homes.carries("p:1", undefined), homes.carries("p:2", undefined)], [false, true])
    })
  )

  it.effect("have no new place while there is no primary, and are carried where they are", () =>
    Effect.gen(function* () {
      const { become, homes } = yield* watched
      become(nobody)
      assert.strictEqual(homes.plain(), nobody)
      assert.deepStrictEqual(homes.primaries(), [])
      assert.isTrue(homes.carries("p:1", undefined))
    })
  )

  it.effect("tell of trouble with a connection by its cause, and nothing of what was refused", () =>
    Effect.gen(function* () {
      const { homes, requests } = yield* watched
      homes.onRefused("p:1", new RespError("NOPERM no"))
      homes.onRefused("p:1", new RespError("MOVED 7 p:2"))
      assert.deepStrictEqual(requests, [])
      homes.onTrouble("p:1", new ConnectFailed({ address: "p:1", message: "no" }))
      homes.onTrouble("p:1", new ConnectionLost({ address: "p:1", message: "reset" }))
      assert.deepStrictEqual(requests, ["connect failure", "connection lost"])
    })
  )

  it.effect("hear of each change of the service until they leave", () =>
    Effect.gen(function* () {
      const { change, homes } = yield* watched
      yield* hearsChanges(homes, change)
    })
  )
})
