import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { RespError } from "../../../src/protocol/RespValue.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]

export const transactionGoldens = [
  golden(call.discard(), "DISCARD", [], "never", ok),
  golden(call.exec(), "EXEC", [], "never", [
    [undefined, undefined],
    [[], []],
    [
      [1, "a", undefined, Wire.simple("OK"), new RespError("ERR no")],
      [1, "a", undefined, "OK", new RespError("ERR no")],
      [1, bytes("a"), undefined, "OK", new RespError("ERR no")]
    ]
  ]),
  golden(call.multi(), "MULTI", [], "never", ok),
  golden(call.unwatch(), "UNWATCH", [], "lastWriteWins", ok),
  golden(call.watch("a"), "WATCH a", [0], "idempotent", ok),
  golden(call.watch(["a", "b"]), "WATCH a b", [0, 1], "idempotent", ok)
]
