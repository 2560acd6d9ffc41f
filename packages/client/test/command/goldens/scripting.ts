import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const value: ReadonlyArray<Answer> = [
  ["v", "v", bytes("v")],
  [
    [1, "a", undefined],
    [1, "a", undefined],
    [1, bytes("a"), undefined]
  ]
]
const sha = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"

export const scriptingGoldens = [
  golden(call.eval("return"), "EVAL return 0", [], "never", value),
  golden(
    call.eval("return", { keys: ["a", "b"], arguments: [1, "x"] }),
    "EVAL return 2 a b 1 x",
    [2, 3],
    "never",
    value
  ),
  golden(call.evalRo("return", { keys: ["a"] }), "EVAL_RO return 1 a", [2], "readOnly", value),
  golden(call.evalSha(sha, { keys: ["a"] }), `EVALSHA ${sha} 1 a`, [2], "never", value),
  golden(call.evalShaRo(sha, { arguments: ["x"] }), `EVALSHA_RO ${sha} 0 x`, [], "readOnly", value),
  golden(call.fCall("f", { keys: ["a"], arguments: [2] }), "FCALL f 1 a 2", [2], "never", value),
  golden(call.fCallRo("f"), "FCALL_RO f 0", [], "readOnly", value),
  golden(call.scriptDebug("NO"), "SCRIPT DEBUG NO", [], "lastWriteWins", [[Wire.simple("OK"), undefined]]),
  golden(call.scriptDebug("SYNC"), "SCRIPT DEBUG SYNC", [], "lastWriteWins", [[Wire.simple("OK"), undefined]]),
  golden(call.scriptExists([sha, "00"]), `SCRIPT EXISTS ${sha} 00`, [], "idempotent", [
    [
      [1, 0],
      [true, false]
    ]
  ]),
  golden(call.scriptFlush(), "SCRIPT FLUSH", [], "lastWriteWins", [[Wire.simple("OK"), undefined]]),
  golden(call.scriptFlush("ASYNC"), "SCRIPT FLUSH ASYNC", [], "lastWriteWins", [[Wire.simple("OK"), undefined]]),
  golden(call.scriptHelp(), "SCRIPT HELP", [], "readOnly", [[[Wire.simple("KILL")], ["KILL"]]]),
  golden(call.scriptKill(), "SCRIPT KILL", [], "never", [[Wire.simple("OK"), undefined]]),
  golden(call.scriptLoad("return"), "SCRIPT LOAD return", [], "idempotent", [[sha, sha]]),
  golden(call.scriptShow(sha), `SCRIPT SHOW ${sha}`, [], "idempotent", [["return", "return", bytes("return")]])
]
