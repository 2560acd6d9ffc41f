import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const names: ReadonlyArray<Answer> = [
  [[], []],
  [["c"], ["c"], [bytes("c")]]
]
const counts: ReadonlyArray<Answer> = [
  [
    ["a", 0, "b", 2],
    [
      ["a", 0],
      ["b", 2]
    ],
    [
      [bytes("a"), 0],
      [bytes("b"), 2]
    ]
  ]
]

export const pubSubGoldens = [
  golden(call.publish("c", "m"), "PUBLISH c m", [], "accumulating", [[2, 2]]),
  golden(call.pubSubChannels(), "PUBSUB CHANNELS", [], "idempotent", names),
  golden(call.pubSubChannels("c*"), "PUBSUB CHANNELS c*", [], "idempotent", names),
  golden(call.pubSubHelp(), "PUBSUB HELP", [], "readOnly", [[[Wire.simple("NUMPAT")], ["NUMPAT"]]]),
  golden(call.pubSubNumPat(), "PUBSUB NUMPAT", [], "idempotent", [[3, 3]]),
  golden(call.pubSubNumSub(["a", "b"]), "PUBSUB NUMSUB a b", [], "idempotent", counts),
  golden(call.pubSubNumSub("a"), "PUBSUB NUMSUB a", [], "idempotent", counts),
  golden(call.pubSubShardChannels(), "PUBSUB SHARDCHANNELS", [], "idempotent", names),
  golden(call.pubSubShardChannels("c*"), "PUBSUB SHARDCHANNELS c*", [], "idempotent", names),
  golden(call.pubSubShardNumSub(["a", "b"]), "PUBSUB SHARDNUMSUB a b", [], "idempotent", counts),
  golden(call.sPublish("c", "m"), "SPUBLISH c m", [], "accumulating", [[1, 1]])
]
