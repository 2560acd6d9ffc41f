import { assert, describe, it } from "@effect/vitest"
import { parseAnnouncement } from "../../src/topology/SentinelAnnouncement.ts"

describe("SentinelAnnouncement", () => {
  it("reads a failover", () => {
    assert.deepStrictEqual(parseAnnouncement("+switch-master", "mymaster 10.0.0.1 6379 fe80::2 6380"), {
      _tag: "Switched",
      channel: "+switch-master",
      service: "mymaster",
      from: { host: "10.0.0.1", port: 6379 },
      to: { host: "fe80::2", port: 6380 }
    })
  })

  it("reads what is said of a primary, a replica and a sentinel, with the service that it belongs to", () => {
    assert.deepStrictEqual(parseAnnouncement("+odown", "master mymaster 10.0.0.1 6379 #quorum 3/2"), {
      _tag: "Instance",
      channel: "+odown",
      service: "mymaster",
      role: "primary",
      name: "mymaster",
      endpoint: { host: "10.0.0.1", port: 6379 },
      detail: "#quorum 3/2"
    })
    assert.deepStrictEqual(parseAnnouncement("+sdown", "slave 10.0.0.2:6379 10.0.0.2 6379 @ mymaster 10.0.0.1 6379"), {
      _tag: "Instance",
      channel: "+sdown",
      service: "mymaster",
      role: "replica",
      name: "10.0.0.2:6379",
      endpoint: { host: "10.0.0.2", port: 6379 },
      detail: ""
    })
    const sentinel = parseAnnouncement("+sentinel", "sentinel abc 10.0.0.3 26379 @ mymaster 10.0.0.1 6379")
    assert.strictEqual(sentinel._tag === "Instance" ? `${sentinel.role} ${sentinel.service}` : "", "sentinel mymaster")
  })

  it("keeps the text of all else, also of what looks like a failover and is none", () => {
    assert.deepStrictEqual(parseAnnouncement("+tilt", "#tilt mode entered"), {
      _tag: "Other",
      channel: "+tilt",
      text: "#tilt mode entered"
    })
    assert.strictEqual(parseAnnouncement("+switch-master", "mymaster 10.0.0.1 6379 10.0.0.2 0")._tag, "Other")
    assert.strictEqual(parseAnnouncement("+sdown", "constructor a b 1")._tag, "Other")
    assert.strictEqual(parseAnnouncement("+x", "")._tag, "Other")
  })
})
