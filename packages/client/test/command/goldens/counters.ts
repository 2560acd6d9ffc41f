import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, call, golden } from "../golden.ts"

const integer: ReadonlyArray<Answer> = [[7, 7]]

export const counterGoldens = [
  golden(call.decr("k"), "DECR k", [0], "accumulating", integer),
  golden(call.decrBy("k", 5n), "DECRBY k 5", [0], "accumulating", integer),
  golden(call.incr("k"), "INCR k", [0], "accumulating", integer),
  golden(call.incrBy("k", -2), "INCRBY k -2", [0], "accumulating", integer),
  golden(call.incrByFloat("k", 0.5), "INCRBYFLOAT k 0.5", [0], "accumulating", [
    ["10.5", 10.5],
    ["3e3", 3000]
  ]),
  // INCREX was not run: newer than any server at hand; redis.io/docs/latest/commands/increx
  golden(call.increx("k"), "INCREX k", [0], "accumulating", [[[5, 1], { value: 5, increment: 1 }]]),
  golden(
    call.increx("k", {
      by: 2,
      lowerBound: 0,
      upperBound: 10n,
      saturate: true,
      expiry: "1 second",
      expiryCondition: "NX"
    }),
    "INCREX k BYINT 2 LBOUND 0 UBOUND 10 SATURATE PX 1000 ENX",
    [0],
    "accumulating",
    [[[10, 1], { value: 10, increment: 1 }]]
  ),
  golden(
    call.incrExByFloat("k", 0.5, { upperBound: 1.5, persist: true }),
    "INCREX k BYFLOAT 0.5 UBOUND 1.5 PERSIST",
    [0],
    "accumulating",
    [[[Wire.double(1.5), Wire.double(0.5)], { value: 1.5, increment: 0.5 }]]
  )
]
