import * as Redacted from "effect/Redacted"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]
const followed: ReadonlyArray<Answer> = [
  [Wire.simple("OK"), undefined],
  [Wire.simple("OK Already connected to specified master"), undefined]
]

export const replicationGoldens = [
  golden(call.failover(), "FAILOVER", [], "never", ok),
  golden(
    call.failover({ to: { host: "h", port: 1 }, force: true, timeout: "1 second" }),
    "FAILOVER TO h 1 FORCE TIMEOUT 1000",
    [],
    "never",
    ok
  ),
  golden(call.failover({ timeout: 500 }), "FAILOVER TIMEOUT 500", [], "never", ok),
  golden(call.failoverAbort(), "FAILOVER ABORT", [], "never", ok),
  golden(call.replicaOf("h", 1), "REPLICAOF h 1", [], "lastWriteWins", followed),
  golden(call.replicaOfNoOne(), "REPLICAOF NO ONE", [], "lastWriteWins", ok),
  golden(call.slaveOf("h", 1), "SLAVEOF h 1", [], "lastWriteWins", followed),
  golden(call.slaveOfNoOne(), "SLAVEOF NO ONE", [], "lastWriteWins", ok),
  golden(call.wait(1, "1 second"), "WAIT 1 1000", [], "idempotent", integer),
  golden(call.wait(1, Number.POSITIVE_INFINITY), "WAIT 1 0", [], "idempotent", integer),
  golden(call.wait(1, 1001), "WAIT 1 1001", [], "idempotent", integer),
  golden(call.waitAof(1, 2, "1 second"), "WAITAOF 1 2 1000", [], "idempotent", [[[1, 2], { local: 1, replicas: 2 }]])
]

const moved: ReadonlyArray<Answer> = [
  [Wire.simple("OK"), true],
  [Wire.simple("NOKEY"), false]
]

export const migrationGoldens = [
  golden(call.migrate("h", 1, "k", 0, "1 second"), "MIGRATE h 1 k 0 1000", [2], "never", moved),
  golden(call.migrate("h", 1, bytes("k"), 0, 5, { copy: true }), "MIGRATE h 1 k 0 5 COPY", [2], "never", moved),
  golden(
    call.migrate("h", 1, ["a", "b"], 2, 5, { copy: true, replace: true }),
    "MIGRATE h 1  2 5 COPY REPLACE KEYS a b",
    [8, 9],
    "lastWriteWins",
    moved
  ),
  golden(call.migrate("h", 1, "", 0, 5, { replace: true }), "MIGRATE h 1  0 5 REPLACE KEYS ", [7], "never", moved),
  golden(
    call.migrate("h", 1, ["a"], 0, 5, { auth: { password: Redacted.make("KEYS") } }),
    "MIGRATE h 1  0 5 AUTH KEYS KEYS a",
    [8],
    "never",
    moved
  ),
  golden(
    call.migrate("h", 1, ["a"], 0, 5, { auth: { username: "KEYS", password: "COPY" } }),
    "MIGRATE h 1  0 5 AUTH2 KEYS COPY KEYS a",
    [9],
    "never",
    moved
  )
]
