import { assert, describe, it } from "@effect/vitest"
import { ARRAY, ATTRIBUTE, INTEGER, MAP, PUSH, STREAM_END } from "../../../src/protocol/internal/bytes.ts"
import { FrameBuilder } from "../../../src/protocol/internal/frameBuilder.ts"
import { defaultLimits } from "../../../src/protocol/RespHandler.ts"
import { RespMap } from "../../../src/protocol/RespValue.ts"

const make = (bytes = false, maxDepth = 4) => {
  const events: Array<unknown> = []
  const builder = new FrameBuilder(
    {
      onReply: (value) => events.push(["reply", value]),
      onPush: (values) => events.push(["push", values]),
      onAttribute: (attributes, depth) => events.push(["attribute", attributes.entries, depth]),
      asBytes: (push) => {
        events.push(["asked", push])
        return bytes
      }
    },
    { ...defaultLimits, maxDepth, maxElements: 3 }
  )
  return { builder, events }
}

describe("FrameBuilder", () => {
  it("closes every aggregate that a value completes", () => {
    const { builder, events } = make()
    builder.open(ARRAY, 2)
    builder.open(ARRAY, 0)
    builder.open(MAP, 2)
    builder.add("k")
    builder.add("v")
    assert.deepStrictEqual(events, [["reply", [[], new RespMap(["k", "v"])]]])
  })

  it("asks once for a top-level frame, not for what is inside nor for attributes", () => {
    const { builder, events } = make()
    assert.isUndefined(builder.refuses(ATTRIBUTE))
    builder.open(ATTRIBUTE, 0)
    assert.isUndefined(builder.refuses(PUSH))
    builder.open(PUSH, 1)
    assert.isUndefined(builder.refuses(INTEGER))
    builder.add(1)
    assert.deepStrictEqual(events, [
      ["attribute", [], 0],
      ["asked", true],
      ["push", [1]]
    ])
  })

  it("wants no bytes inside attributes, and again behind them", () => {
    const { builder } = make(true)
    builder.refuses(ARRAY)
    builder.open(ARRAY, 1)
    assert.isTrue(builder.bytes)
    builder.open(ATTRIBUTE, 2)
    builder.open(ARRAY, 1)
    assert.isFalse(builder.bytes)
    builder.add(1)
    builder.add(2)
    assert.isTrue(builder.bytes)
  })

  it("ends a streamed aggregate only where it is one and complete", () => {
    const { builder, events } = make()
    assert.isDefined(builder.refuses(STREAM_END))
    builder.open(MAP, -1)
    assert.isUndefined(builder.refuses(STREAM_END))
    builder.add("k")
    assert.isDefined(builder.refuses(STREAM_END))
    builder.add("v")
    assert.isUndefined(builder.refuses(STREAM_END))
    builder.close()
    assert.deepStrictEqual(events, [["reply", new RespMap(["k", "v"])]])
  })

  it("keeps to its limits", () => {
    const { builder } = make(false, 1)
    builder.open(ARRAY, -1)
    assert.isDefined(builder.refuses(ARRAY))
    for (let n = 0; n < 3; n++) {
      assert.isUndefined(builder.refuses(INTEGER))
      builder.add(n)
    }
    assert.isDefined(builder.refuses(INTEGER))
    assert.isUndefined(builder.refuses(STREAM_END))
  })

  it("forgets what was open when it is cleared", () => {
    const { builder, events } = make()
    builder.open(ARRAY, 2)
    builder.open(ARRAY, 2)
    builder.clear()
    builder.add(1)
    assert.deepStrictEqual(events, [["reply", 1]])
  })
})
