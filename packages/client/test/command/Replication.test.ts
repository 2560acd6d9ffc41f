import { assert, describe, it } from "@effect/vitest"
import type { Command } from "../../src/command/Command.ts"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { checkGoldens, decoded } from "./golden.ts"
import { replicationGoldens } from "./goldens/replication.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Replication constructors send and read", replicationGoldens)

describe("replication", () => {
  it("force needs to and timeout, and a timeout is more than nothing", () => {
    refusedAt(commands.failover({ force: true }), undefined, /force needs/)
    refusedAt(commands.failover({ force: true, timeout: 5 }), undefined, /force needs/)
    refusedAt(commands.failover({ timeout: 0 }), 1)
    refusedAt(commands.failover(untyped({ abort: true })), undefined, /unknown option abort/)
  })

  it("to wait for nothing is not to wait for ever", () => {
    refusedAt(commands.wait(1, 0), 1)
    refusedAt(commands.waitAof(1, 0, 0), 2)
  })

  it("it is known how long they block", () => {
    const blocking = (command: Command<unknown, unknown>) => implOf(command).spec.blocking?.(implOf(command).args)
    assert.strictEqual(blocking(commands.wait(1, "2 seconds")), 2000)
    assert.strictEqual(blocking(commands.wait(1, Number.POSITIVE_INFINITY)), Number.POSITIVE_INFINITY)
    assert.strictEqual(blocking(commands.waitAof(1, 0, 1500)), 1500)
  })

  it("another answer than OK is none", () => {
    assert.throws(() => decoded(commands.replicaOf("h", 1), "NO", 3))
  })
})
