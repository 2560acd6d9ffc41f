import { assert, it } from "@effect/vitest"
import { RespError } from "../../src/protocol/RespValue.ts"

it("an error's code is its upper-case prefix, or ERR if the server gave none", () => {
  const codes: ReadonlyArray<readonly [string, string]> = [
    ["WRONGTYPE Operation against a key", "WRONGTYPE"],
    ["MOVED 1 127.0.0.1:6379", "MOVED"],
    ["NOAUTH", "NOAUTH"],
    ["ERR unknown", "ERR"],
    ["something went wrong", "ERR"],
    ["Error: lower case", "ERR"],
    ["", "ERR"]
  ]
  for (const [message, code] of codes) assert.strictEqual(new RespError(message).code, code)
})
