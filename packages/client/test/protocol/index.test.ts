import { assert, it } from "@effect/vitest"
import * as protocol from "../../src/protocol/index.ts"

it("the entry point offers the parser, the writer, the encoder and the values, and nothing internal", () => {
  assert.sameMembers(Object.keys(protocol), [
    "InvalidArg",
    "LARGE_PAYLOAD_BYTES",
    "RespError",
    "RespMap",
    "RespParser",
    "Wire",
    "defaultLimits",
    "encodeCommand",
    "encodeHeader",
    "encodeValue",
    "frameBytes",
    "portableTextCodec"
  ])
})
