import { assert } from "@effect/vitest"
import { Command } from "../../../src/Command.ts"
import { holds, type LiveCase } from "./frame.ts"

/** For a server in cluster mode that is alone. */
export const clusterCases: ReadonlyArray<LiveCase> = [
  {
    title: "a cluster of one",
    steps: [
      [Command.clusterAddSlotsRange({ start: 0, end: 16383 }), undefined],
      [Command.clusterSetConfigEpoch(5), undefined],
      [Command.clusterKeySlot("{user}:1"), 5474],
      [Command.clusterMyId(), holds<string>((id) => assert.lengthOf(id, 40))],
      [
        Command.clusterInfo(),
        holds<{ readonly slotsAssigned: number; readonly myEpoch: number }>((info) => {
          assert.strictEqual(info.slotsAssigned, 16384)
          assert.strictEqual(info.myEpoch, 5)
        })
      ],
      [
        Command.clusterNodes(),
        holds<ReadonlyArray<{ readonly myself: boolean; readonly role: string; readonly slots: unknown }>>((nodes) => {
          assert.lengthOf(nodes, 1)
          assert.isTrue(nodes[0]!.myself)
          assert.strictEqual(nodes[0]!.role, "primary")
          assert.deepStrictEqual(nodes[0]!.slots, [{ start: 0, end: 16383 }])
        })
      ],
      [
        Command.clusterSlots(),
        holds<ReadonlyArray<{ readonly start: number; readonly primary: { readonly id: string } }>>(([range]) => {
          assert.strictEqual(range!.start, 0)
          assert.lengthOf(range!.primary.id, 40)
        })
      ],
      [
        Command.clusterShards(),
        holds<ReadonlyArray<{ readonly slots: unknown; readonly nodes: ReadonlyArray<{ readonly health: string }> }>>(
          ([shard]) => {
            assert.deepStrictEqual(shard!.slots, [{ start: 0, end: 16383 }])
            assert.strictEqual(shard!.nodes[0]!.health, "online")
          }
        )
      ],
      [Command.clusterLinks(), []],
      [Command.clusterCountKeysInSlot(1), 0],
      [Command.clusterGetKeysInSlot(1, 10), []],
      [Command.clusterDelSlots([1, 2]), undefined],
      [Command.clusterAddSlots([1]), undefined],
      [Command.clusterDelSlotsRange([{ start: 5, end: 6 }]), undefined],
      [Command.clusterSetSlot(7, "STABLE"), undefined],
      [Command.clusterBumpEpoch(), holds<{ readonly epoch: number }>((bumped) => assert.isAtLeast(bumped.epoch, 5))],
      [Command.clusterSaveConfig(), undefined],
      [Command.clusterFlushSlots(), undefined],
      [Command.clusterReset("HARD"), undefined]
    ]
  }
]
