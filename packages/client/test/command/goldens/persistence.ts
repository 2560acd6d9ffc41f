import * as DateTime from "effect/DateTime"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]

export const persistenceGoldens = [
  golden(call.bgRewriteAof(), "BGREWRITEAOF", [], "idempotent", [
    [Wire.simple("Background append only file rewriting started"), "started"],
    [Wire.simple("Background append only file rewriting scheduled"), "scheduled"]
  ]),
  golden(call.bgSave(), "BGSAVE", [], "idempotent", [[Wire.simple("Background saving started"), "started"]]),
  golden(call.bgSave({ schedule: true }), "BGSAVE SCHEDULE", [], "idempotent", [
    [Wire.simple("Background saving scheduled"), "scheduled"]
  ]),
  golden(call.bgSaveCancel(), "BGSAVE CANCEL", [], "never", [
    [Wire.simple("Background saving cancelled"), undefined],
    [Wire.simple("Scheduled background saving cancelled"), undefined]
  ]),
  golden(call.lastSave(), "LASTSAVE", [], "readOnly", [[1893456000, DateTime.makeUnsafe("2030-01-01T00:00:00Z")]]),
  golden(call.save(), "SAVE", [], "idempotent", ok),
  golden(call.shutdown(), "SHUTDOWN", [], "never", ok),
  golden(
    call.shutdown({ mode: "NOSAVE", now: true, force: true, safe: true, failover: true }),
    "SHUTDOWN NOSAVE NOW FORCE SAFE FAILOVER",
    [],
    "never",
    ok
  ),
  golden(call.shutdown({ mode: "SAVE" }), "SHUTDOWN SAVE", [], "never", ok),
  golden(call.shutdownAbort(), "SHUTDOWN ABORT", [], "never", ok)
]
