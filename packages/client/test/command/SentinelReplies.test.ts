import { assert, describe, it } from "@effect/vitest"
import { DecodeMismatch } from "../../src/command/Reply.ts"
import * as Replies from "../../src/command/SentinelReplies.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"

const fails = (reply: { readonly text: (value: RespValue) => unknown }, value: RespValue): void => {
  try {
    reply.text(value)
  } catch (error) {
    assert.instanceOf(error, DecodeMismatch)
    return
  }
  assert.fail("expected a mismatch")
}

describe("what a sentinel says", () => {
  it("what lacks a field that sentinels always tell, or has another kind of value in it, is no reply", () => {
    const report = ["name", "m", "ip", "h", "flags", "master"]
    fails(Replies.sentinelPrimary, report)
    fails(Replies.sentinelPrimary, [...report, "port", "many"])
    fails(Replies.sentinelReplica, report)
    fails(Replies.sentinelPeer, report)
    fails(Replies.sentinelPrimary, "m")
    fails(Replies.sentinelAddress, ["h"])
    fails(Replies.sentinelAddress, ["h", "port"])
    fails(Replies.sentinelVote, [2, "*", 0])
    fails(Replies.sentinelInfoCache, ["m", [["soon", "# Server"]]])
    fails(Replies.pendingScripts, [["argv", []]])
  })

  it("newer words for roles are understood", () => {
    const replica = Replies.sentinelReplica.text(
      Object.entries({
        name: "n",
        ip: "h",
        port: "1",
        runid: "r",
        flags: "replica,primary_down",
        "last-ping-sent": "0",
        "last-ok-ping-reply": "0",
        "last-ping-reply": "0",
        "down-after-milliseconds": "1",
        "info-refresh": "0",
        "role-reported": "primary",
        "role-reported-time": "0",
        "master-link-down-time": "0",
        "master-link-status": "ok",
        "master-host": "h",
        "master-port": "1",
        "slave-priority": "0",
        "slave-repl-offset": "0"
      }).flat()
    )
    assert.isTrue(replica.isReplica)
    assert.isTrue(replica.isPrimaryDown)
    assert.strictEqual(replica.roleReported, "primary")
    // Before 6.2 all were announced.
    assert.isTrue(replica.isAnnounced)
  })
})
