import { assert, it } from "@effect/vitest"
import { defaultLimits } from "../../src/protocol/RespHandler.ts"

it("the default limits are those of the servers, or what this side can hold", () => {
  assert.deepStrictEqual(defaultLimits, {
    maxDepth: 128,
    maxBulkBytes: 536870912,
    maxElements: 67108864,
    maxLineBytes: 65536
  })
})
