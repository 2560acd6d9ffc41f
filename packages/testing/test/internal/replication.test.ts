import { assert, describe, it } from "@effect/vitest"
import { parseInfo } from "../../src/ClusterView.ts"
import { attachmentFlaw } from "../../src/internal/replication.ts"

const flaw = (primary: string, replica: string) =>
  attachmentFlaw({ name: "p", info: parseInfo(primary) }, { name: "r", port: 3, info: parseInfo(replica) })

describe("attachmentFlaw", () => {
  it("is content when the primary lists the replica as online and the replica's link is up", () => {
    assert.isUndefined(flaw("slave0:ip=h,port=3,state=online,offset=1,lag=1", "master_link_status:up"))
  })

  it.each([
    ["p: r has not attached yet", "slave0:ip=h,port=4,state=online,offset=1,lag=0", "master_link_status:up"],
    ["p says of r: ip=h,port=3,state=wait_bgsave", "slave0:ip=h,port=3,state=wait_bgsave", "master_link_status:up"],
    ["p says of r: port=3,state=online,lag=2", "slave1:port=3,state=online,lag=2", "master_link_status:up"],
    ["r: the link to its primary is down", "slave0:port=3,state=online,lag=0", "master_link_status:down"]
  ])("says %s", (expected, primary, replica) => {
    assert.strictEqual(flaw(primary, replica), expected)
  })
})
