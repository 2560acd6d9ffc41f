import { assert } from "@effect/vitest"
import { Command } from "../../../src/Command.ts"
import { bare } from "../golden.ts"
import { fails, holds, type LiveCase } from "./frame.ts"

const LUA = `#!lua name=l
redis.register_function{
  function_name='f', callback=function(k, a) return a[1] end, description='what it does', flags={'no-writes', 'allow-stale'}
}`
const library = {
  name: "l",
  engine: "LUA",
  functions: [{ name: "f", description: "what it does", flags: ["no-writes", "allow-stale"], fields: bare({}) }],
  fields: bare({})
}
const ONE = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"

const hasLine = (line: string) => holds<ReadonlyArray<string>>((lines) => assert.include(lines, line))

export const functionsCases: ReadonlyArray<LiveCase> = [
  {
    title: "libraries of functions",
    steps: [
      [Command.functionList(), []],
      [Command.functionStats(), { running: undefined, engines: bare({ LUA: { libraries: 0, functions: 0 } }) }],
      [Command.functionLoad(LUA), "l"],
      [Command.functionLoad(LUA), fails(/already exists/)],
      [Command.functionLoad(LUA, { replace: true }), "l"],
      [Command.functionList(), [library]],
      [Command.functionList({ libraryName: "x*" }), []],
      [Command.functionListWithCode({ libraryName: "l*" }), [{ ...library, code: LUA }]],
      [Command.functionStats(), { running: undefined, engines: bare({ LUA: { libraries: 1, functions: 1 } }) }],
      [Command.functionDump(), holds<Uint8Array>((payload) => assert.instanceOf(payload, Uint8Array))],
      [Command.functionRestore(new Uint8Array(3)), fails(/DUMP payload/)],
      [Command.functionDelete("l"), undefined],
      [Command.functionDelete("l"), fails(/Library not found/)],
      [Command.functionKill(), fails(/NOTBUSY/)],
      [Command.functionHelp(), hasLine("KILL")],
      [Command.functionFlush(), undefined],
      [Command.functionFlush("SYNC"), undefined],
      [Command.functionFlush("ASYNC"), undefined]
    ]
  },
  {
    title: "scripts that run and scripts that are known",
    steps: [
      [Command.scriptKill(), fails(/NOTBUSY/)],
      [Command.scriptHelp(), hasLine("KILL")],
      [Command.scriptDebug("NO"), fails(/changes the state of its connection/)]
    ]
  },
  {
    title: "the source of a script",
    since: { valkey: "8.0" },
    steps: [
      [Command.scriptLoad("return 1"), ONE],
      [Command.scriptShow(ONE), "return 1"],
      [Command.scriptShow("0".repeat(40)), fails(/NOSCRIPT/)]
    ]
  }
]
