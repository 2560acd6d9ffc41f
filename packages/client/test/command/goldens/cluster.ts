import * as DateTime from "effect/DateTime"
import { Wire, type WireValue } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]
const A = "a".repeat(40)
const B = "b".repeat(40)

const infoText = [
  "cluster_enabled:1",
  "cluster_state:ok",
  "cluster_slots_assigned:16384",
  "cluster_slots_ok:16380",
  "cluster_slots_pfail:4",
  "cluster_slots_fail:0",
  "cluster_known_nodes:6",
  "cluster_size:3",
  "cluster_current_epoch:8",
  "cluster_my_epoch:2"
]
const info = {
  state: "ok",
  slotsAssigned: 16384,
  slotsOk: 16380,
  slotsPfail: 4,
  slotsFail: 0,
  knownNodes: 6,
  size: 3,
  currentEpoch: 8,
  myEpoch: 2,
  fields: bare(Object.fromEntries(infoText.map((line) => line.split(":") as [string, string])))
}

const primaryLine = `${A} 127.0.0.1:7000@17000,,tls-port=0,shard-id=x myself,master - 0 1426238317239 4 connected 0-5460 5463 [77->-${B}] [93-<-${B}]`
const primary = {
  id: A,
  host: "127.0.0.1",
  port: 7000,
  busPort: 17000,
  hostname: undefined,
  auxiliary: bare({ "tls-port": "0", "shard-id": "x" }),
  role: "primary",
  myself: true,
  flags: ["myself", "master"],
  primaryId: undefined,
  pingSent: undefined,
  pongReceived: DateTime.makeUnsafe(1426238317239),
  configEpoch: 4,
  linkState: "connected",
  slots: [
    { start: 0, end: 5460 },
    { start: 5463, end: 5463 }
  ],
  migrating: [{ slot: 77, to: B }],
  importing: [{ slot: 93, from: B }]
}
const replicaLine = `${B} ::1:7001@17001,host.example slave,fail? ${A} 5 6 4 disconnected`
const replica = {
  id: B,
  host: "::1",
  port: 7001,
  busPort: 17001,
  hostname: "host.example",
  auxiliary: bare({}),
  role: "replica",
  myself: false,
  flags: ["slave", "fail?"],
  primaryId: A,
  pingSent: DateTime.makeUnsafe(5),
  pongReceived: DateTime.makeUnsafe(6),
  configEpoch: 4,
  linkState: "disconnected",
  slots: [],
  migrating: [],
  importing: []
}
const unknownLine = `${A} :0@0 noflags - 0 0 0 disconnected`
const unknown = {
  ...replica,
  id: A,
  host: undefined,
  port: 0,
  busPort: 0,
  hostname: undefined,
  role: "primary",
  flags: [],
  primaryId: undefined,
  pingSent: undefined,
  pongReceived: undefined,
  configEpoch: 0
}

const shardNode = (role: string, extra: ReadonlyArray<WireValue>): WireValue =>
  Wire.map(["id", A, "ip", "127.0.0.1", "endpoint", "127.0.0.1", "role", role, "replication-offset", 72156, ...extra])
const shardResult = {
  id: A,
  endpoint: "127.0.0.1",
  ip: "127.0.0.1",
  hostname: undefined,
  port: undefined,
  tlsPort: undefined,
  role: "primary",
  replicationOffset: 72156,
  health: "online",
  availabilityZone: undefined,
  fields: bare({})
}

export const clusterGoldens = [
  golden(call.clusterAddSlots([1, 2]), "CLUSTER ADDSLOTS 1 2", [], "never", ok),
  golden(
    call.clusterAddSlotsRange([
      { start: 0, end: 5 },
      { start: 9, end: 10 }
    ]),
    "CLUSTER ADDSLOTSRANGE 0 5 9 10",
    [],
    "never",
    ok
  ),
  golden(call.clusterBumpEpoch(), "CLUSTER BUMPEPOCH", [], "accumulating", [
    [Wire.simple("BUMPED 9"), { bumped: true, epoch: 9 }],
    [Wire.simple("STILL 9"), { bumped: false, epoch: 9 }]
  ]),
  golden(call.clusterCountFailureReports(A), `CLUSTER COUNT-FAILURE-REPORTS ${A}`, [], "readOnly", integer),
  golden(call.clusterCountKeysInSlot(5), "CLUSTER COUNTKEYSINSLOT 5", [], "readOnly", integer),
  golden(call.clusterDelSlots(1), "CLUSTER DELSLOTS 1", [], "never", ok),
  golden(call.clusterDelSlotsRange({ start: 0, end: 5 }), "CLUSTER DELSLOTSRANGE 0 5", [], "never", ok),
  golden(call.clusterFailover(), "CLUSTER FAILOVER", [], "never", ok),
  golden(call.clusterFailover("FORCE"), "CLUSTER FAILOVER FORCE", [], "never", ok),
  golden(call.clusterFailover("TAKEOVER"), "CLUSTER FAILOVER TAKEOVER", [], "never", ok),
  golden(call.clusterFlushSlot(5), "CLUSTER FLUSHSLOT 5", [], "never", ok),
  golden(call.clusterFlushSlot(5, "ASYNC"), "CLUSTER FLUSHSLOT 5 ASYNC", [], "never", ok),
  golden(call.clusterFlushSlots(), "CLUSTER FLUSHSLOTS", [], "lastWriteWins", ok),
  golden(call.clusterForget(A), `CLUSTER FORGET ${A}`, [], "never", ok),
  golden(call.clusterGetKeysInSlot(5, 2), "CLUSTER GETKEYSINSLOT 5 2", [], "readOnly", [[["k"], ["k"], [bytes("k")]]]),
  golden(call.clusterHelp(), "CLUSTER HELP", [], "readOnly", [[[Wire.simple("INFO")], ["INFO"]]]),
  golden(call.clusterInfo(), "CLUSTER INFO", [], "readOnly", [[Wire.verbatim(infoText.join("\r\n")), info]]),
  golden(call.clusterKeySlot("k"), "CLUSTER KEYSLOT k", [], "readOnly", integer),
  golden(call.clusterLinks(), "CLUSTER LINKS", [], "readOnly", [
    [
      [
        Wire.map([
          "direction",
          "to",
          "node",
          A,
          "create-time",
          1639442739375,
          "events",
          "rw",
          "send-buffer-allocated",
          4512,
          "send-buffer-used",
          0,
          "new-field",
          1
        ])
      ],
      [
        {
          direction: "to",
          node: A,
          created: DateTime.makeUnsafe(1639442739375),
          events: "rw",
          sendBufferAllocated: 4512,
          sendBufferUsed: 0,
          fields: bare({ "new-field": 1 })
        }
      ]
    ]
  ]),
  golden(call.clusterMeet("h", 7000), "CLUSTER MEET h 7000", [], "idempotent", ok),
  golden(call.clusterMeet("h", 7000, 17000), "CLUSTER MEET h 7000 17000", [], "idempotent", ok),
  golden(call.clusterMyId(), "CLUSTER MYID", [], "readOnly", [[A, A]]),
  golden(call.clusterMyShardId(), "CLUSTER MYSHARDID", [], "readOnly", [[A, A]]),
  golden(call.clusterNodes(), "CLUSTER NODES", [], "readOnly", [
    [Wire.verbatim(`${primaryLine}\n${replicaLine}\n${unknownLine}\n`), [primary, replica, unknown]]
  ]),
  golden(call.clusterReplicas(A), `CLUSTER REPLICAS ${A}`, [], "readOnly", [[[replicaLine], [replica]]]),
  golden(call.clusterReplicate(A), `CLUSTER REPLICATE ${A}`, [], "lastWriteWins", ok),
  golden(call.clusterReplicateNoOne(), "CLUSTER REPLICATE NO ONE", [], "lastWriteWins", ok),
  golden(call.clusterReset("HARD"), "CLUSTER RESET HARD", [], "never", ok),
  golden(call.clusterSaveConfig(), "CLUSTER SAVECONFIG", [], "idempotent", ok),
  golden(call.clusterSetConfigEpoch(3), "CLUSTER SET-CONFIG-EPOCH 3", [], "never", ok),
  golden(call.clusterSetSlot(5, "STABLE"), "CLUSTER SETSLOT 5 STABLE", [], "lastWriteWins", ok),
  golden(call.clusterReset(), "CLUSTER RESET", [], "never", ok),
  golden(call.clusterSetSlot(5, "IMPORTING", A), `CLUSTER SETSLOT 5 IMPORTING ${A}`, [], "lastWriteWins", ok),
  golden(call.clusterSetSlot(5, "NODE", A), `CLUSTER SETSLOT 5 NODE ${A}`, [], "lastWriteWins", ok),
  golden(call.clusterSetSlot(5, "MIGRATING", A), `CLUSTER SETSLOT 5 MIGRATING ${A}`, [], "lastWriteWins", ok),
  golden(call.clusterShards(), "CLUSTER SHARDS", [], "readOnly", [
    [
      [
        Wire.map([
          "slots",
          [0, 5460, 5463, 5463],
          "nodes",
          [
            shardNode("master", ["health", "online", "port", 7000]),
            shardNode("replica", [
              ...["health", "fail", "tls-port", 7001, "hostname", "h", "availability-zone", "z", "new-field", 3]
            ])
          ],
          "id",
          B,
          "__proto__",
          1
        ])
      ],
      [
        {
          slots: [
            { start: 0, end: 5460 },
            { start: 5463, end: 5463 }
          ],
          nodes: [
            { ...shardResult, port: 7000 },
            {
              ...shardResult,
              role: "replica",
              health: "failed",
              tlsPort: 7001,
              hostname: "h",
              availabilityZone: "z",
              fields: bare({ "new-field": 3 })
            }
          ],
          id: B,
          fields: bare(JSON.parse(`{"__proto__":1}`))
        }
      ]
    ]
  ]),
  golden(call.clusterSlaves(A), `CLUSTER SLAVES ${A}`, [], "readOnly", [[[replicaLine], [replica]]]),
  golden(call.clusterSlots(), "CLUSTER SLOTS", [], "readOnly", [
    [
      [[0, 5460, ["127.0.0.1", 7000, A, Wire.map(["hostname", "h"])], [undefined, 7001, B, []], ["10.0.0.1", 7002]]],
      [
        {
          start: 0,
          end: 5460,
          primary: { host: "127.0.0.1", port: 7000, id: A, metadata: bare({ hostname: "h" }) },
          replicas: [
            { host: undefined, port: 7001, id: B, metadata: bare({}) },
            { host: "10.0.0.1", port: 7002, id: undefined, metadata: bare({}) }
          ]
        }
      ]
    ]
  ])
]
