import * as Duration from "effect/Duration"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, call, golden } from "../golden.ts"

const { Sentinel } = call

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const lines: ReadonlyArray<Answer> = [[[Wire.simple("MYID")], ["MYID"]]]
const ID = "a".repeat(40)
const LEADER = "b".repeat(40)

/** A report of text, in which no field is special. */
const report = (fields: Readonly<Record<string, string>>) => Wire.map(Object.entries(fields).flat())

const instanceFields = {
  ip: "10.0.0.1",
  port: "6379",
  runid: ID,
  "link-pending-commands": "0",
  "link-refcount": "1",
  "last-ping-sent": "0",
  "last-ok-ping-reply": "50",
  "last-ping-reply": "51",
  "down-after-milliseconds": "3000"
}
const instance = {
  host: "10.0.0.1",
  port: 6379,
  runId: ID,
  isPrimary: false,
  isReplica: false,
  isSentinel: false,
  isSubjectivelyDown: false,
  isObjectivelyDown: false,
  isDisconnected: false,
  isPrimaryDown: false,
  isFailingOver: false,
  pingPending: Duration.zero,
  lastOkPingReply: Duration.millis(50),
  lastPingReply: Duration.millis(51),
  subjectivelyDownFor: undefined,
  downAfter: Duration.seconds(3)
}

const primaryFields = {
  ...instanceFields,
  name: "mymaster",
  flags: "master",
  "info-refresh": "3870",
  "role-reported": "master",
  "role-reported-time": "74131",
  "config-epoch": "4",
  "num-slaves": "2",
  "num-other-sentinels": "1",
  quorum: "2",
  "failover-timeout": "180000",
  "parallel-syncs": "1"
}
const primary = {
  ...instance,
  name: "mymaster",
  isPrimary: true,
  flags: ["master"],
  roleReported: "primary",
  roleReportedFor: Duration.millis(74131),
  infoRefresh: Duration.millis(3870),
  configEpoch: 4,
  replicaCount: 2,
  otherSentinelCount: 1,
  quorum: 2,
  failoverTimeout: Duration.minutes(3),
  parallelSyncs: 1,
  failoverState: undefined,
  objectivelyDownFor: undefined,
  fields: bare(primaryFields)
}

const downFields = {
  ...primaryFields,
  flags: "s_down,o_down,master,disconnected,failover_in_progress",
  runid: "",
  "failover-state": "wait_promotion",
  "s-down-time": "500",
  "o-down-time": "400",
  "role-reported": "slave",
  "new-field": "x"
}
const down = {
  ...primary,
  runId: undefined,
  isSubjectivelyDown: true,
  isObjectivelyDown: true,
  isDisconnected: true,
  isFailingOver: true,
  flags: ["s_down", "o_down", "master", "disconnected", "failover_in_progress"],
  subjectivelyDownFor: Duration.millis(500),
  objectivelyDownFor: Duration.millis(400),
  roleReported: "replica",
  failoverState: "wait_promotion",
  fields: bare(downFields)
}

const primaries: ReadonlyArray<Answer> = [
  [[], []],
  [
    [report(primaryFields), report(downFields)],
    [primary, down]
  ]
]

const replicaFields = {
  ...instanceFields,
  name: "10.0.0.1:6379",
  flags: "slave,master_down",
  "info-refresh": "8539",
  "role-reported": "slave",
  "role-reported-time": "74134",
  "master-link-down-time": "0",
  "master-link-status": "ok",
  "master-host": "10.0.0.2",
  "master-port": "6380",
  "slave-priority": "100",
  "slave-repl-offset": "4418",
  "replica-announced": "1"
}
const replica = {
  ...instance,
  name: "10.0.0.1:6379",
  isReplica: true,
  isPrimaryDown: true,
  flags: ["slave", "master_down"],
  roleReported: "replica",
  roleReportedFor: Duration.millis(74134),
  infoRefresh: Duration.millis(8539),
  primaryHost: "10.0.0.2",
  primaryPort: 6380,
  isPrimaryLinkUp: true,
  primaryLinkDownFor: Duration.zero,
  priority: 100,
  replicationOffset: 4418,
  isAnnounced: true,
  fields: bare(replicaFields)
}
const cutOffFields = {
  ...replicaFields,
  "master-link-down-time": "9000",
  "master-link-status": "err",
  "master-host": "?",
  "replica-announced": "0"
}
const replicas: ReadonlyArray<Answer> = [
  [[], []],
  [
    [report(replicaFields), report(cutOffFields)],
    [
      replica,
      {
        ...replica,
        primaryHost: undefined,
        isPrimaryLinkUp: false,
        primaryLinkDownFor: Duration.seconds(9),
        isAnnounced: false,
        fields: bare(cutOffFields)
      }
    ]
  ]
]

const peerFields = {
  ...instanceFields,
  name: ID,
  flags: "sentinel",
  "last-hello-message": "875",
  "voted-leader": "?",
  "voted-leader-epoch": "0"
}
const votedFields = { ...peerFields, "voted-leader": LEADER, "voted-leader-epoch": "7" }
const peer = {
  ...instance,
  name: ID,
  isSentinel: true,
  flags: ["sentinel"],
  lastHello: Duration.millis(875),
  votedLeader: undefined,
  votedLeaderEpoch: 0,
  fields: bare(peerFields)
}

const address: ReadonlyArray<Answer> = [
  [["10.0.0.1", "6379"], { host: "10.0.0.1", port: 6379 }],
  [undefined, undefined]
]
const votes: ReadonlyArray<Answer> = [
  [[0, "*", 0], { isDown: false, leader: undefined, leaderEpoch: 0 }],
  [[1, LEADER, 7], { isDown: true, leader: LEADER, leaderEpoch: 7 }]
]

export const sentinelGoldens = [
  golden(Sentinel.ckQuorum("m"), "SENTINEL CKQUORUM m", [], "readOnly", [[Wire.simple("OK 3"), "OK 3"]]),
  golden(Sentinel.configGet("announce-*"), "SENTINEL CONFIG GET announce-*", [], "readOnly", [
    [Wire.map(["announce-ip", "", "announce-port", "0"]), bare({ "announce-ip": "", "announce-port": "0" })]
  ]),
  golden(Sentinel.configGet(["a", "b"]), "SENTINEL CONFIG GET a b", [], "readOnly", [[Wire.map([]), bare({})]]),
  golden(Sentinel.configSet("announce-port", 1), "SENTINEL CONFIG SET announce-port 1", [], "lastWriteWins", ok),
  golden(Sentinel.configSet({ a: "1", b: 2 }), "SENTINEL CONFIG SET a 1 b 2", [], "lastWriteWins", ok),
  golden(Sentinel.debug(), "SENTINEL DEBUG", [], "readOnly", [
    [Wire.map(["PING-PERIOD", "1000"]), bare({ "PING-PERIOD": Duration.seconds(1) })]
  ]),
  golden(
    Sentinel.debugSet({ "PING-PERIOD": "2 seconds", "ASK-PERIOD": 100 }),
    "SENTINEL DEBUG PING-PERIOD 2000 ASK-PERIOD 100",
    [],
    "lastWriteWins",
    ok
  ),
  golden(Sentinel.failover("m"), "SENTINEL FAILOVER m", [], "never", ok),
  golden(Sentinel.failover("m", { coordinated: false }), "SENTINEL FAILOVER m", [], "never", ok),
  golden(Sentinel.failover("m", { coordinated: true }), "SENTINEL FAILOVER m COORDINATED", [], "never", ok),
  golden(Sentinel.flushConfig(), "SENTINEL FLUSHCONFIG", [], "idempotent", ok),
  golden(Sentinel.getMasterAddrByName("m"), "SENTINEL GET-MASTER-ADDR-BY-NAME m", [], "readOnly", address),
  golden(Sentinel.getPrimaryAddrByName("m"), "SENTINEL GET-PRIMARY-ADDR-BY-NAME m", [], "readOnly", address),
  golden(Sentinel.help(), "SENTINEL HELP", [], "readOnly", lines),
  golden(Sentinel.infoCache("m"), "SENTINEL INFO-CACHE m", [], "readOnly", [
    [[], bare({})],
    [
      [
        "m",
        [
          [5, "# Server\r\nredis_version:8.0.2\r\n"],
          [0, undefined]
        ]
      ],
      bare({
        m: [
          { age: Duration.millis(5), info: bare({ server: bare({ redis_version: "8.0.2" }) }) },
          { age: Duration.zero, info: undefined }
        ]
      })
    ]
  ]),
  golden(Sentinel.infoCache(["m", "n"]), "SENTINEL INFO-CACHE m n", [], "readOnly", [[[], bare({})]]),
  golden(
    Sentinel.isMasterDownByAddr("10.0.0.1", 6379, 4),
    "SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 4 *",
    [],
    "readOnly",
    votes
  ),
  golden(
    Sentinel.isMasterDownByAddr("10.0.0.1", 6379, 4, ID),
    `SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 4 ${ID}`,
    [],
    "idempotent",
    votes
  ),
  golden(
    Sentinel.isPrimaryDownByAddr("10.0.0.1", 6379, 4),
    "SENTINEL IS-PRIMARY-DOWN-BY-ADDR 10.0.0.1 6379 4 *",
    [],
    "readOnly",
    votes
  ),
  golden(Sentinel.master("m"), "SENTINEL MASTER m", [], "readOnly", [
    [report(primaryFields), primary],
    [report(downFields), down]
  ]),
  golden(Sentinel.masters(), "SENTINEL MASTERS", [], "readOnly", primaries),
  golden(Sentinel.monitor("m", "10.0.0.1", 6379, 2), "SENTINEL MONITOR m 10.0.0.1 6379 2", [], "never", ok),
  golden(Sentinel.myId(), "SENTINEL MYID", [], "readOnly", [[ID, ID]]),
  golden(Sentinel.pendingScripts(), "SENTINEL PENDING-SCRIPTS", [], "readOnly", [
    [[], []],
    [
      [
        Wire.map([
          ...["argv", ["/bin/tell", "+odown"], "flags", "running", "pid", "77"],
          ...["run-time", "40", "retry-num", "1", "new-field", 1]
        ]),
        Wire.map(["argv", ["/bin/tell"], "flags", "scheduled", "pid", "0", "run-delay", "30000", "retry-num", "0"])
      ],
      [
        {
          arguments: ["/bin/tell", "+odown"],
          isRunning: true,
          pid: 77,
          runTime: Duration.millis(40),
          runDelay: undefined,
          retries: 1,
          fields: bare({ "new-field": 1 })
        },
        {
          arguments: ["/bin/tell"],
          isRunning: false,
          pid: undefined,
          runTime: undefined,
          runDelay: Duration.seconds(30),
          retries: 0,
          fields: bare({})
        }
      ]
    ]
  ]),
  golden(Sentinel.primaries(), "SENTINEL PRIMARIES", [], "readOnly", primaries),
  golden(Sentinel.primary("m"), "SENTINEL PRIMARY m", [], "readOnly", [[report(primaryFields), primary]]),
  golden(Sentinel.remove("m"), "SENTINEL REMOVE m", [], "never", ok),
  golden(Sentinel.replicas("m"), "SENTINEL REPLICAS m", [], "readOnly", replicas),
  golden(Sentinel.reset("m*"), "SENTINEL RESET m*", [], "lastWriteWins", [[2, 2]]),
  golden(Sentinel.sentinels("m"), "SENTINEL SENTINELS m", [], "readOnly", [
    [[], []],
    [
      [report(peerFields), report(votedFields)],
      [peer, { ...peer, votedLeader: LEADER, votedLeaderEpoch: 7, fields: bare(votedFields) }]
    ]
  ]),
  golden(
    Sentinel.set("m", {
      quorum: 2,
      downAfter: "3 seconds",
      failoverTimeout: 0,
      parallelSyncs: 1,
      authUser: "u",
      authPass: "p",
      notificationScript: "/bin/a",
      clientReconfigScript: "/bin/b",
      primaryRebootDownAfter: 5,
      renameCommands: { CONFIG: "X", INFO: "Y" }
    }),
    "SENTINEL SET m quorum 2 down-after-milliseconds 3000 failover-timeout 0 parallel-syncs 1 auth-user u auth-pass p " +
      "notification-script /bin/a client-reconfig-script /bin/b master-reboot-down-after-period 5 " +
      "rename-command CONFIG X rename-command INFO Y",
    [],
    "lastWriteWins",
    ok
  ),
  golden(
    Sentinel.simulateFailure("crash-after-election"),
    "SENTINEL SIMULATE-FAILURE crash-after-election",
    [],
    "lastWriteWins",
    ok
  ),
  golden(
    Sentinel.simulateFailure(["crash-after-election", "crash-after-promotion"]),
    "SENTINEL SIMULATE-FAILURE crash-after-election crash-after-promotion",
    [],
    "lastWriteWins",
    ok
  ),
  golden(Sentinel.simulateFailureHelp(), "SENTINEL SIMULATE-FAILURE HELP", [], "readOnly", [
    [["crash-after-election"], ["crash-after-election"]]
  ]),
  golden(Sentinel.slaves("m"), "SENTINEL SLAVES m", [], "readOnly", replicas)
]
