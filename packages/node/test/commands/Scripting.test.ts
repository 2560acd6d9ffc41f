import { createHash } from "node:crypto"
import { assert, it } from "@effect/vitest"
import { RespError } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { scripting } from "../../../client/src/command/Scripting.ts"
import { bytes, type Case, Check, call, checkCases, empty, given } from "../support/cases.ts"
import { clientOf, failing, isError } from "../support/client.ts"
import { leavesNothing } from "../support/resources.ts"

const script = "return {KEYS[1], ARGV[1], 7, false, {}, redis.call('GET', KEYS[1])}"
const writing = "redis.call('SET', KEYS[1], ARGV[1]) return redis.error_reply('OOPS half-way')"
const sha = createHash("sha1").update(script).digest("hex")
const loaded = given(["SCRIPT", "LOAD", script], "SET k v")
const reset = ["FUNCTION FLUSH"]
const library = [
  "#!lua name=lib",
  "redis.register_function('f', function(keys, args) return redis.call('SET', keys[1], args[1]) end)",
  "redis.register_function{function_name='r', callback=function() return 5 end, flags={'no-writes'}}"
].join("\n")
const withLibrary = given(["FUNCTION", "LOAD", library])
const options = { keys: ["k"], arguments: ["a"] }
const asText = ["k", "a", 7, undefined, [], "v"]
const asBytes = [bytes("k"), bytes("a"), 7, undefined, [], bytes("v")]

const cases: ReadonlyArray<Case> = [
  given("SET k v")(call.eval(script, options), asText, asBytes),
  empty(call.eval("return redis.status_reply('FINE')"), "FINE"),
  empty(call.eval("return 3.99"), 3),
  empty(call.eval("return nil"), undefined),
  given("SET k v")(call.evalRo(script, options), asText, asBytes),
  loaded(call.evalSha(sha, options), asText, asBytes),
  loaded(call.evalShaRo(sha, options), asText, asBytes),
  withLibrary(call.fCall("f", { keys: ["k"], arguments: [5] }), "OK", { after: [["GET k", "5"]], reset }),
  withLibrary(call.fCallRo("r"), 5, { reset }),
  loaded(call.scriptExists([sha, "0".repeat(40)]), [true, false]),
  empty(call.scriptExists([]), []),
  empty(call.scriptFlush(), undefined, { after: [[["SCRIPT", "EXISTS", sha], [0]]] }),
  loaded(call.scriptFlush("ASYNC"), undefined),
  empty(call.scriptHelp(), new Check("lines", (value) => Array.isArray(value) && value.includes("KILL"))),
  loaded(call.scriptShow(sha), script, bytes(script)),
  empty(call.scriptLoad(script), new Check("the SHA1 of the script", (value) => value === sha))
]

checkCases("Scripting", scripting, cases, ["scriptDebug", "scriptKill"])

it.live("tells what a failing script may have done: nothing before its start, perhaps something after it", () =>
  leavesNothing(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      const redis = yield* clientOf(server)
      isError(yield* failing(redis.evalSha(sha)), "NoScript", "Refused")
      isError(yield* failing(redis.eval(writing, { keys: ["k"], arguments: ["v"] })), "ServerReply", "MayHaveExecuted")
      assert.strictEqual(yield* redis.get("k"), "v")
      isError(yield* failing(redis.eval("this is no Lua")), "ServerReply", "MayHaveExecuted")
      yield* redis.rPush("l", "a")
      isError(yield* failing(redis.eval("return redis.call('GET', 'l')")), "WrongType", "MayHaveExecuted")
    })
  )
)

it.live("keeps errors and nulls within a script's reply, under both protocols", () =>
  leavesNothing(
    Effect.gen(function* () {
      const server = yield* RedisServer.make()
      for (const protocol of [3, 2] as const) {
        const redis = yield* clientOf(server, { protocol })
        const nested = "return {redis.error_reply('OOPS inside'), 1}"
        const value = yield* redis.eval(nested)
        const [error, one] = Array.isArray(value) ? value : assert.fail("expected an array")
        assert.instanceOf(error, RespError)
        assert.deepInclude(error, { code: "OOPS", message: "OOPS inside" })
        assert.strictEqual(one, 1)
      }
    })
  )
)
