import { assert } from "@effect/vitest"
import { Command } from "../../../src/Command.ts"
import { holds, type LiveCase } from "./frame.ts"

/** Without a subscriber: `live.pubSub.test.ts` has some. */
export const pubSubCases: ReadonlyArray<LiveCase> = [
  {
    title: "channels without subscribers",
    steps: [
      [Command.publish("c", "m"), 0],
      [Command.sPublish("c", "m"), 0],
      [Command.pubSubChannels(), []],
      [Command.pubSubChannels("c*"), []],
      [Command.pubSubNumPat(), 0],
      [
        Command.pubSubNumSub(["a", "b"]),
        [
          ["a", 0],
          ["b", 0]
        ]
      ],
      [Command.pubSubShardChannels(), []],
      [Command.pubSubShardChannels("c*"), []],
      [Command.pubSubShardNumSub("a"), [["a", 0]]],
      [Command.pubSubHelp(), holds<ReadonlyArray<string>>((lines) => assert.include(lines, "NUMPAT"))]
    ]
  }
]
