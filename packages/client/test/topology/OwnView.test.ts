import { assert, describe, it } from "@effect/vitest"
import { RespError } from "../../src/protocol/RespValue.ts"
import { parseOwnView, parseRunId } from "../../src/topology/OwnView.ts"

const other = "b".repeat(40)
const id = "a".repeat(40)
const line = (flags: string, slots: string, epoch = "7") =>
  `${id} 127.0.0.1:7000@17000,host ${flags} - 0 1700000000000 ${epoch} connected${slots}`

describe("What a node says of itself", () => {
  it("is in the line that is its own", () => {
    const reply = `${other} 127.0.0.1:7001@17001 master - 0 0 9 connected 100-16383\n${line("myself,master", " 0-9 11 20-29")}\n`
    const view = parseOwnView(reply)!
    assert.deepStrictEqual(
      [view.id, view.isPrimary, view.configEpoch, view.settled.toString(), view.moving],
      [id, true, 7, "0-9_b_k-t", 0]
    )
    assert.strictEqual(parseOwnView(new TextEncoder().encode(reply))?.id, id)
  })

  it("leaves out what it is moving elsewhere, and what it only imports", () => {
    const view = parseOwnView(line("myself,master", ` 0-9 [3->-${other}] [12-<-${other}]`))!
    assert.strictEqual(view.settled.toString(), "0-2_4-9")
    assert.strictEqual(view.moving, 1)
  })

  it("may be that it is a replica, without slots", () => {
    const view = parseOwnView(`${id} :7000@17000 myself,slave ${other} 0 0 7 connected`)!
    assert.deepStrictEqual([view.isPrimary, view.settled.size], [false, 0])
  })

  it("is not guessed from anything else", () => {
    for (const reply of ["", "x", line("master", " 0-9"), line("myself,master", " 0-99999"), line("myself", "", "x")]) {
      assert.isUndefined(parseOwnView(reply), String(reply))
    }
    assert.isUndefined(parseOwnView(new RespError("NOPERM")))
    assert.isUndefined(parseOwnView(undefined))
  })

  it("names its process in INFO", () => {
    assert.strictEqual(parseRunId(`# Server\r\nredis_version:7.0.15\r\nrun_id:${id}\r\ntcp_port:1\r\n`), id)
    assert.isUndefined(parseRunId("# Server\r\nredis_version:7.0.15\r\n"))
    assert.isUndefined(parseRunId(undefined))
  })
})
