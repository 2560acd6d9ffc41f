import { assert, describe, it } from "@effect/vitest"
import { parseInfo } from "../../src/ClusterView.ts"
import {
  parseSentinelView,
  type SentinelReport,
  type ServerReport,
  sentinelsFlaw
} from "../../src/internal/sentinelView.ts"
import type { SentinelMember, SentinelView } from "../../src/SentinelServers.ts"

const primary: ServerReport = {
  name: "server-0",
  port: 1,
  role: "primary",
  info: parseInfo("slave0:port=2,state=online,lag=0")
}
const replica: ServerReport = { name: "server-1", port: 2, role: "replica", info: parseInfo("master_link_status:up") }

const member = (port: number, more: Partial<SentinelMember> = {}): SentinelMember => ({
  port,
  flags: ["slave"],
  primaryPort: 1,
  linked: true,
  ...more
})

const report = (index: 0 | 1, more: Partial<SentinelView> = {}): SentinelReport => ({
  name: `sentinel-${index}`,
  view: {
    port: 11 + index,
    primaryPort: 1,
    configEpoch: 0,
    primaryFlags: ["master"],
    replicas: [member(2)],
    sentinels: [member(12 - index, { flags: ["sentinel"] })],
    ...more
  }
})

describe("parseSentinelView", () => {
  it("reads what a sentinel answers", () => {
    const view = parseSentinelView(
      11,
      ["name", "mymaster", "port", "1", "flags", "master,o_down", "config-epoch", "4"],
      [["port", "2", "flags", "slave", "master-link-status", "err", "master-port", "1"]],
      [["port", "12", "flags", "sentinel,s_down"]]
    )
    assert.deepStrictEqual(view, {
      port: 11,
      primaryPort: 1,
      configEpoch: 4,
      primaryFlags: ["master", "o_down"],
      replicas: [{ port: 2, flags: ["slave"], primaryPort: 1, linked: false }],
      sentinels: [{ port: 12, flags: ["sentinel", "s_down"], primaryPort: undefined, linked: undefined }]
    })
  })

  it.each<readonly [unknown, unknown, unknown]>([
    [null, [], []],
    [["port"], [], []],
    [["port", "1"], null, []],
    [["port", "1"], [], "x"]
  ])("has no view of %o, %o, %o", (primary, replicas, sentinels) => {
    assert.isUndefined(parseSentinelView(11, primary, replicas, sentinels))
  })
})

describe("sentinelsFlaw", () => {
  it("is content when servers and sentinels are of one mind", () => {
    assert.isUndefined(sentinelsFlaw([primary, replica], [report(0), report(1)]))
  })

  it.each<readonly [string, ReadonlyArray<ServerReport>, Partial<SentinelView>]>([
    ["no running server is a primary", [replica], {}],
    ["server-0 and server-9 are both primaries", [primary, { ...primary, name: "server-9", port: 9 }], {}],
    ["server-0: server-3 has not attached yet", [primary, { ...replica, name: "server-3", port: 3 }], {}],
    ["sentinel-1: does not take server-0 for the primary", [primary, replica], { primaryPort: 2 }],
    ["sentinel-1: sees the primary as s_down", [primary, replica], { primaryFlags: ["s_down", "master"] }],
    ["sentinel-1: does not know server-1", [primary, replica], { replicas: [] }],
    [
      "sentinel-1: sees server-1 as disconnected",
      [primary, replica],
      { replicas: [member(2, { flags: ["disconnected"] })] }
    ],
    [
      "sentinel-1: says that server-1 has no link to its primary",
      [primary, replica],
      { replicas: [member(2, { linked: false })] }
    ],
    [
      "sentinel-1: says that server-1 follows port 7",
      [primary, replica],
      { replicas: [member(2, { primaryPort: 7 })] }
    ],
    ["sentinel-1: does not know sentinel-0", [primary, replica], { sentinels: [] }],
    ["sentinel-1: sees sentinel-0 as s_down", [primary, replica], { sentinels: [member(11, { flags: ["s_down"] })] }]
  ])("says %s", (expected, servers, view) => {
    assert.strictEqual(sentinelsFlaw(servers, [report(0), report(1, view)]), expected)
  })
})
