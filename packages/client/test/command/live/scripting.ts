import { Command } from "../../../src/Command.ts"
import { type LiveCase, missing, present, WRONGTYPE, wrong } from "./frame.ts"

const GET = "return redis.call('GET', KEYS[1])"
const GET_SHA = "d3c21d0c2b9ca22f82737626a27bcaf5d288f99f"
const ONE_SHA = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"

const LIBRARY = `#!lua name=l
redis.register_function{function_name='f', callback=function(k, a) return a[1] end, flags={'no-writes'}}
redis.register_function{function_name='g', callback=function(k) return redis.call('GET', k[1]) end, flags={'no-writes'}}`

const of = (key: string) => ({ keys: [key] })

export const scriptingCases: ReadonlyArray<LiveCase> = [
  {
    title: "scripts",
    steps: [
      [Command.eval("return {#KEYS, ARGV[1], false, 1}", { keys: ["k"], arguments: [5] }), [1, "5", undefined, 1]],
      [Command.scriptLoad("return 1"), ONE_SHA],
      [Command.evalSha(ONE_SHA), 1],
      [Command.evalShaRo(ONE_SHA), 1],
      [Command.scriptExists([ONE_SHA, "00"]), [true, false]],
      [Command.set("k", "v"), true],
      [Command.rPush("l", "a"), 1],
      [present.eval(GET, of("k")), "v"],
      [missing.eval(GET, of("none")), undefined],
      [wrong.eval(GET, of("l")), WRONGTYPE],
      [present.evalRo(GET, of("k")), "v"],
      [missing.evalRo(GET, of("none")), undefined],
      [wrong.evalRo(GET, of("l")), WRONGTYPE],
      [present.evalSha(GET_SHA, of("k")), "v"],
      [missing.evalSha(GET_SHA, of("none")), undefined],
      [wrong.evalSha(GET_SHA, of("l")), WRONGTYPE],
      [present.evalShaRo(GET_SHA, of("k")), "v"],
      [missing.evalShaRo(GET_SHA, of("none")), undefined],
      [wrong.evalShaRo(GET_SHA, of("l")), WRONGTYPE],
      [Command.scriptFlush("SYNC"), undefined]
    ]
  },
  {
    title: "functions",
    steps: [
      [Command.raw("FUNCTION LOAD", ["REPLACE", LIBRARY]), "l"],
      [Command.fCall("f", { keys: ["k"], arguments: ["x"] }), "x"],
      [Command.fCallRo("f", { arguments: ["y"] }), "y"],
      [Command.set("k", "v"), true],
      [Command.rPush("l", "a"), 1],
      [present.fCall("g", of("k")), "v"],
      [missing.fCall("g", of("none")), undefined],
      [wrong.fCall("g", of("l")), WRONGTYPE],
      [present.fCallRo("g", of("k")), "v"],
      [missing.fCallRo("g", of("none")), undefined],
      [wrong.fCallRo("g", of("l")), WRONGTYPE],
      [Command.raw("FUNCTION", ["FLUSH"]), "OK"]
    ]
  }
]
