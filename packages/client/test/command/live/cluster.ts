import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import { Command } from "../../../src/Command.ts"
import { fails, holds, type LiveCase } from "./frame.ts"

const id = "0".repeat(40)

/** Statistics of a slot without keys; what it cost is counted only on request. */
const emptySlot = (slot: number) => (stats: { readonly slot: number; readonly keyCount: number }) => {
  assert.strictEqual(stats.slot, slot)
  assert.strictEqual(stats.keyCount, 0)
}

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
      [Command.clusterHelp(), holds<ReadonlyArray<string>>((lines) => assert.include(lines, "SAVECONFIG"))],
      [Command.clusterCountFailureReports(id), fails(/Unknown node/)],
      [Command.clusterReplicas(id), fails(/Unknown node/)],
      [Command.clusterSlaves(id), fails(/Unknown node/)],
      [Command.clusterReplicate(id), fails(/Unknown node/)],
      [Command.clusterForget(id), fails(/Unknown node/)],
      [Command.clusterFailover(), fails(/to a replica/)],
      [Command.clusterFailover("FORCE"), fails(/to a replica/)],
      [Command.clusterFailover("TAKEOVER"), fails(/to a replica/)],
      [Command.clusterFlushSlots(), undefined],
      [Command.clusterReset("HARD"), undefined]
    ]
  },
  {
    title: "what slots cost",
    since: { redis: "8.2", valkey: "8.0" },
    steps: [
      [Command.clusterAddSlotsRange({ start: 0, end: 16383 }), undefined],
      [
        Command.clusterSlotStats({ range: { start: 3, end: 4 } }),
        holds<ReadonlyArray<{ readonly slot: number; readonly keyCount: number }>>((slots) => {
          assert.lengthOf(slots, 2)
          emptySlot(3)(slots[0]!)
          emptySlot(4)(slots[1]!)
        })
      ],
      [
        Command.clusterSlotStats({ orderBy: "key-count", limit: 1, order: "ASC" }),
        holds<ReadonlyArray<{ readonly slot: number; readonly keyCount: number }>>((slots) => {
          assert.lengthOf(slots, 1)
          emptySlot(0)(slots[0]!)
        })
      ],
      [Command.configSet("cluster-slot-stats-enabled", "yes"), undefined],
      [
        Command.clusterSlotStats({ orderBy: "cpu-usec", limit: 2 }),
        holds<ReadonlyArray<{ readonly cpuTime: unknown; readonly networkIn: unknown; readonly networkOut: unknown }>>(
          (slots) => {
            assert.lengthOf(slots, 2)
            for (const slot of slots) {
              assert.isTrue(Duration.isDuration(slot.cpuTime))
              assert.isNumber(slot.networkIn)
              assert.isNumber(slot.networkOut)
            }
          }
        )
      ],
      [Command.configSet("cluster-slot-stats-enabled", "no"), undefined],
      [Command.clusterFlushSlots(), undefined]
    ]
  },
  {
    title: "slots that nobody moves",
    since: { valkey: "9.0" },
    steps: [
      [Command.clusterAddSlotsRange({ start: 0, end: 16383 }), undefined],
      [Command.clusterGetSlotMigrations(), []],
      [Command.clusterCancelSlotMigrations(), fails(/No migrations ongoing/)],
      [Command.clusterMigrateSlots({ slots: { start: 0, end: 1 }, nodeId: id }), fails(/Unknown node/i)],
      [Command.clusterFlushSlot(1), undefined],
      [Command.clusterFlushSlot(1, "SYNC"), undefined],
      [Command.clusterFlushSlot(1, "ASYNC"), undefined],
      [Command.clusterReplicateNoOne(), undefined],
      [Command.clusterFlushSlots(), undefined]
    ]
  }
]
