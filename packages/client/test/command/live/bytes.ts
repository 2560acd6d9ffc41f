import { Command } from "../../../src/Command.ts"
import { bytes } from "../golden.ts"
import type { LiveCase } from "./frame.ts"

export const bytesCases: ReadonlyArray<LiveCase> = [
  {
    title: "bytes",
    steps: [
      [Command.set("k", Uint8Array.of(0, 255)), true],
      [Command.asBytes(Command.get("k")), Uint8Array.of(0, 255)],
      [Command.asBytes(Command.mGet(["k", "none"])), [Uint8Array.of(0, 255), undefined]],
      [Command.hSet("h", Uint8Array.of(255), Uint8Array.of(254)), 1],
      [Command.asBytes(Command.hGetAll("h")), [[Uint8Array.of(255), Uint8Array.of(254)]]],
      [Command.rPush("l", Uint8Array.of(253)), 1],
      [Command.asBytes(Command.lmPop("l", "LEFT")), { key: bytes("l"), elements: [Uint8Array.of(253)] }]
    ]
  }
]
