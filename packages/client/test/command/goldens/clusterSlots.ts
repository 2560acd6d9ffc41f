import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const A = "a".repeat(40)
const B = "b".repeat(40)

const page: ReadonlyArray<Answer> = [
  [["0-{06S}-0", ["k"]], { cursor: "0-{06S}-0", keys: ["k"] }, { cursor: "0-{06S}-0", keys: [bytes("k")] }]
]

const stats: ReadonlyArray<Answer> = [
  [[], []],
  [
    [
      [0, Wire.map(["key-count", 1])],
      [
        16383,
        Wire.map([
          ...["key-count", 2, "cpu-usec", 1500, "memory-bytes", 7, "network-bytes-in", 37, "network-bytes-out", 22],
          ...["new-field", 5]
        ])
      ]
    ],
    [
      {
        slot: 0,
        keyCount: 1,
        cpuTime: undefined,
        memory: undefined,
        networkIn: undefined,
        networkOut: undefined,
        fields: bare({})
      },
      {
        slot: 16383,
        keyCount: 2,
        cpuTime: Duration.millis(1.5),
        memory: 7,
        networkIn: 37,
        networkOut: 22,
        fields: bare({ "new-field": 5 })
      }
    ]
  ]
]

const migration = {
  name: A,
  operation: "export",
  slots: [
    { start: 8000, end: 9000 },
    { start: 11000, end: 11000 }
  ],
  source: A,
  target: B,
  created: DateTime.makeUnsafe(1795224569000),
  updated: DateTime.makeUnsafe(1795224570000),
  acknowledged: undefined,
  state: "failed",
  message: "the target is gone",
  copyOnWriteSize: 1,
  remainingReplicationSize: 2,
  fields: bare({})
}

const migrations: ReadonlyArray<Answer> = [
  [[], []],
  [
    [
      Wire.map([
        ...["name", A, "operation", "EXPORT", "slot_ranges", "8000-9000 11000-11000"],
        ...["target_node", B, "source_node", A],
        ...["create_time", 1795224569, "last_update_time", 1795224570, "last_ack_time", 0],
        ...["state", "failed", "message", "the target is gone", "cow_size", 1, "remaining_repl_size", 2]
      ]),
      Wire.map([
        ...["name", B, "operation", "IMPORT", "slot_ranges", "5-5", "create_time", 1795224569],
        ...["state", "success", "message", "", "new_field", 3]
      ])
    ],
    [
      migration,
      {
        ...migration,
        name: B,
        operation: "import",
        slots: [{ start: 5, end: 5 }],
        source: undefined,
        target: undefined,
        updated: undefined,
        state: "success",
        message: undefined,
        copyOnWriteSize: undefined,
        remainingReplicationSize: undefined,
        fields: bare({ new_field: 3 })
      }
    ]
  ]
]

const tasks: ReadonlyArray<Answer> = [
  [[], []],
  [
    [
      Wire.map([
        ...["id", A, "slots", "0-1000 2000-3000", "source", A, "dest", B, "operation", "import"],
        ...["state", "completed", "last_error", "", "retries", 2],
        ...["create_time", 1757674527525, "start_time", 1757674527526, "end_time", 0, "write_pause_ms", 3]
      ])
    ],
    [
      {
        id: A,
        operation: "import",
        slots: [
          { start: 0, end: 1000 },
          { start: 2000, end: 3000 }
        ],
        source: A,
        target: B,
        state: "completed",
        lastError: undefined,
        retries: 2,
        created: DateTime.makeUnsafe(1757674527525),
        started: DateTime.makeUnsafe(1757674527526),
        ended: undefined,
        writePause: Duration.millis(3),
        fields: bare({})
      }
    ]
  ]
]

export const clusterSlotGoldens = [
  golden(call.clusterCancelSlotMigrations(), "CLUSTER CANCELSLOTMIGRATIONS", [], "never", ok),
  golden(call.clusterGetSlotMigrations(), "CLUSTER GETSLOTMIGRATIONS", [], "idempotent", migrations),
  golden(
    call.clusterMigrateSlots({ slots: { start: 0, end: 5 }, nodeId: A }),
    `CLUSTER MIGRATESLOTS SLOTSRANGE 0 5 NODE ${A}`,
    [],
    "never",
    ok
  ),
  golden(
    call.clusterMigrateSlots([
      {
        slots: [
          { start: 0, end: 5 },
          { start: 7, end: 8 }
        ],
        nodeId: A
      },
      { slots: [{ start: 9, end: 9 }], nodeId: B }
    ]),
    `CLUSTER MIGRATESLOTS SLOTSRANGE 0 5 7 8 NODE ${A} SLOTSRANGE 9 9 NODE ${B}`,
    [],
    "never",
    ok
  ),
  // Not run: newer than any server at hand; redis.io/docs/latest/commands/cluster-migration
  golden(call.clusterMigrationCancel(), "CLUSTER MIGRATION CANCEL ALL", [], "accumulating", [[2, 2]]),
  golden(call.clusterMigrationCancel(A), `CLUSTER MIGRATION CANCEL ID ${A}`, [], "accumulating", [[1, 1]]),
  golden(
    call.clusterMigrationImport([
      { start: 0, end: 1000 },
      { start: 2000, end: 3000 }
    ]),
    "CLUSTER MIGRATION IMPORT 0 1000 2000 3000",
    [],
    "never",
    [[A, A]]
  ),
  golden(call.clusterMigrationImport({ start: 1, end: 1 }), "CLUSTER MIGRATION IMPORT 1 1", [], "never", [[A, A]]),
  golden(call.clusterMigrationStatus(), "CLUSTER MIGRATION STATUS ALL", [], "idempotent", tasks),
  golden(call.clusterMigrationStatus(A), `CLUSTER MIGRATION STATUS ID ${A}`, [], "idempotent", tasks),
  golden(call.clusterScan("0"), "CLUSTERSCAN 0", [], "readOnly", page),
  golden(
    call.clusterScan("0-{06S}-0", { match: "k*", count: 5, type: "string", slot: 7 }),
    "CLUSTERSCAN 0-{06S}-0 MATCH k* COUNT 5 TYPE string SLOT 7",
    [],
    "readOnly",
    page
  ),
  golden(
    call.clusterSlotStats({ range: { start: 0, end: 5 } }),
    "CLUSTER SLOT-STATS SLOTSRANGE 0 5",
    [],
    "idempotent",
    stats
  ),
  golden(
    call.clusterSlotStats({ orderBy: "cpu-usec" }),
    "CLUSTER SLOT-STATS ORDERBY cpu-usec",
    [],
    "idempotent",
    stats
  ),
  golden(
    call.clusterSlotStats({ orderBy: "key-count", limit: 2, order: "ASC" }),
    "CLUSTER SLOT-STATS ORDERBY key-count LIMIT 2 ASC",
    [],
    "idempotent",
    stats
  )
]
