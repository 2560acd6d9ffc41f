import { Command } from "../../../src/Command.ts"
import type { LiveCase } from "./frame.ts"

export const scriptingCases: ReadonlyArray<LiveCase> = [
  {
    title: "scripts",
    steps: [
      [Command.eval("return {KEYS[1], ARGV[1], false, 1}", { keys: ["k"], arguments: [5] }), ["k", "5", undefined, 1]],
      [Command.evalRo("return redis.call('GET', KEYS[1])", { keys: ["k"] }), undefined],
      [Command.scriptLoad("return 1"), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"],
      [Command.evalSha("e0e1f9fabfc9d4800c877a703b823ac0578ff8db"), 1],
      [Command.evalShaRo("e0e1f9fabfc9d4800c877a703b823ac0578ff8db"), 1],
      [Command.scriptExists(["e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "00"]), [true, false]],
      [
        Command.raw("FUNCTION LOAD", [
          "REPLACE",
          "#!lua name=l\nredis.register_function{function_name='f', callback=function(k, a) return a[1] end, flags={'no-writes'}}"
        ]),
        "l"
      ],
      [Command.fCall("f", { keys: ["k"], arguments: ["x"] }), "x"],
      [Command.fCallRo("f", { arguments: ["y"] }), "y"],
      [Command.raw("FUNCTION", ["FLUSH"]), "OK"],
      [Command.scriptFlush("SYNC"), undefined]
    ]
  }
]
