import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]
const help: ReadonlyArray<Answer> = [[[Wire.simple("a")], ["a"]]]
const report: ReadonlyArray<Answer> = [[Wire.verbatim("text\n"), "text\n"]]
const time = DateTime.makeUnsafe("2030-01-01T00:00:00Z")
const SECONDS = 1893456000

const slow: ReadonlyArray<Answer> = [
  [
    [[3, SECONDS, 22, ["set", "k"], "127.0.0.1:5", "worker"]],
    [
      {
        id: 3,
        time,
        duration: Duration.micros(22n),
        arguments: ["set", "k"],
        clientAddress: "127.0.0.1:5",
        clientName: "worker"
      }
    ],
    [
      {
        id: 3,
        time,
        duration: Duration.micros(22n),
        arguments: [bytes("set"), bytes("k")],
        clientAddress: "127.0.0.1:5",
        clientName: "worker"
      }
    ]
  ],
  // Without a name, and as servers before 4.0 have it.
  [
    [
      [4, SECONDS, 0, [], "127.0.0.1:5", ""],
      [5, SECONDS, 1, []]
    ],
    [
      { id: 4, time, duration: Duration.zero, arguments: [], clientAddress: "127.0.0.1:5", clientName: undefined },
      { id: 5, time, duration: Duration.micros(1n), arguments: [], clientAddress: undefined, clientName: undefined }
    ]
  ],
  [[], []]
]
const large: ReadonlyArray<Answer> = [
  [
    [[1, SECONDS, 53, ["set"], "127.0.0.1:5", ""]],
    [{ id: 1, time, size: 53, arguments: ["set"], clientAddress: "127.0.0.1:5", clientName: undefined }],
    [{ id: 1, time, size: 53, arguments: [bytes("set")], clientAddress: "127.0.0.1:5", clientName: undefined }]
  ]
]

export const logGoldens = [
  golden(call.commandLogGet("large-request", 5), "COMMANDLOG GET 5 large-request", [], "readOnly", large),
  golden(call.commandLogGet("large-reply", -1), "COMMANDLOG GET -1 large-reply", [], "readOnly", large),
  golden(call.commandLogGetSlow(5), "COMMANDLOG GET 5 slow", [], "readOnly", slow),
  golden(call.commandLogHelp(), "COMMANDLOG HELP", [], "readOnly", help),
  golden(call.commandLogLen("large-reply"), "COMMANDLOG LEN large-reply", [], "readOnly", integer),
  golden(call.commandLogReset("slow"), "COMMANDLOG RESET slow", [], "lastWriteWins", ok),
  golden(call.slowLogGet(), "SLOWLOG GET", [], "readOnly", slow),
  golden(call.slowLogGet(-1), "SLOWLOG GET -1", [], "readOnly", slow),
  golden(call.slowLogHelp(), "SLOWLOG HELP", [], "readOnly", help),
  golden(call.slowLogLen(), "SLOWLOG LEN", [], "readOnly", integer),
  golden(call.slowLogReset(), "SLOWLOG RESET", [], "lastWriteWins", ok)
]

const histogram: ReadonlyArray<Answer> = [
  [
    Wire.map(["config|get", Wire.map(["calls", 3, "histogram_usec", Wire.map([1, 1, 8, 3])])]),
    bare({
      "config|get": {
        calls: 3,
        buckets: [
          { upTo: Duration.micros(1n), calls: 1 },
          { upTo: Duration.micros(8n), calls: 3 }
        ]
      }
    })
  ],
  [Wire.map([]), bare({})]
]

export const latencyGoldens = [
  golden(call.latencyDoctor(), "LATENCY DOCTOR", [], "readOnly", report),
  golden(call.latencyGraph("command"), "LATENCY GRAPH command", [], "readOnly", report),
  golden(call.latencyHelp(), "LATENCY HELP", [], "readOnly", help),
  golden(call.latencyHistogram(), "LATENCY HISTOGRAM", [], "readOnly", histogram),
  golden(call.latencyHistogram(["get", "set"]), "LATENCY HISTOGRAM get set", [], "readOnly", histogram),
  golden(call.latencyHistory("command"), "LATENCY HISTORY command", [], "readOnly", [
    [[[SECONDS, 20]], [{ time, latency: Duration.millis(20) }]],
    [[], []]
  ]),
  golden(call.latencyLatest(), "LATENCY LATEST", [], "readOnly", [
    [
      [["command", SECONDS, 20, 30]],
      [
        {
          event: "command",
          time,
          latest: Duration.millis(20),
          max: Duration.millis(30),
          total: undefined,
          count: undefined
        }
      ]
    ],
    [
      [["command", SECONDS, 20, 30, 50, 2]],
      [
        {
          event: "command",
          time,
          latest: Duration.millis(20),
          max: Duration.millis(30),
          total: Duration.millis(50),
          count: 2
        }
      ]
    ]
  ]),
  golden(call.latencyReset(), "LATENCY RESET", [], "lastWriteWins", integer),
  golden(call.latencyReset(["command", "fork"]), "LATENCY RESET command fork", [], "lastWriteWins", integer)
]

const numbers = {
  "peak.allocated": 10,
  "total.allocated": 9,
  "startup.allocated": 8,
  "replication.backlog": 0,
  "clients.slaves": 1,
  "clients.normal": 2,
  "aof.buffer": 3,
  "overhead.total": 4,
  "keys.count": 5,
  "keys.bytes-per-key": 6,
  "dataset.bytes": 7,
  "something.new": 99
}
const ratios = { "dataset.percentage": 99.5, "peak.percentage": 90, fragmentation: 1.25 }
const stats = {
  peakAllocated: 10,
  totalAllocated: 9,
  startupAllocated: 8,
  replicationBacklog: 0,
  clientsReplicas: 1,
  clientsNormal: 2,
  aofBuffer: 3,
  overheadTotal: 4,
  keysCount: 5,
  bytesPerKey: 6,
  dataset: 7,
  datasetPercentage: 99.5,
  peakPercentage: 90,
  fragmentation: 1.25,
  databases: bare({ 0: bare({ "overhead.hashtable.main": 112 }) }),
  fields: bare({ ...numbers, ...ratios })
}

export const memoryGoldens = [
  golden(call.memoryDoctor(), "MEMORY DOCTOR", [], "readOnly", report),
  golden(call.memoryHelp(), "MEMORY HELP", [], "readOnly", help),
  golden(call.memoryMallocStats(), "MEMORY MALLOC-STATS", [], "readOnly", report),
  golden(call.memoryPurge(), "MEMORY PURGE", [], "idempotent", ok),
  golden(call.memoryStats(), "MEMORY STATS", [], "readOnly", [
    [
      Wire.map([
        ...Object.entries(numbers).flat(),
        "db.0",
        Wire.map(["overhead.hashtable.main", 112]),
        "another.map",
        Wire.map(["a", "b"]),
        ...Object.entries(ratios).flatMap(([name, value]) => [name, Wire.double(value)])
      ]),
      stats
    ]
  ])
]

// Not run: newer than any server at hand; redis.io/docs/latest/commands/hotkeys-get, hotkeys-start, hotkeys-stop, hotkeys-reset, hotkeys-help
const common = [
  "tracking-active",
  1,
  "sample-ratio",
  1,
  "selected-slots",
  [[0, 100], [16383]],
  "all-commands-all-slots-us",
  103,
  "net-bytes-all-commands-all-slots",
  2042,
  "collection-start-time-unix-ms",
  1893456000000,
  "collection-duration-ms",
  5000
]
const seen = {
  active: true,
  sample: 1,
  slots: [
    { start: 0, end: 100 },
    { start: 16383, end: 16383 }
  ],
  started: time,
  duration: Duration.millis(5000),
  commandTime: Duration.micros(103n),
  commandBytes: 2042,
  userTime: undefined,
  systemTime: undefined,
  totalBytes: undefined,
  byTime: undefined,
  byBytes: undefined,
  fields: bare({})
}
const measured = { ...seen, userTime: Duration.millis(23), systemTime: Duration.millis(7), totalBytes: 2038 }

export const hotKeysGoldens = [
  golden(call.hotkeysGet(), "HOTKEYS GET", [], "readOnly", [
    [undefined, undefined],
    [[Wire.map(common)], seen],
    [
      [Wire.map([...common, "all-commands-selected-slots-us", 9])],
      { ...seen, fields: bare({ "all-commands-selected-slots-us": 9 }) }
    ],
    [
      [
        Wire.map([
          ...common,
          "total-cpu-time-user-ms",
          23,
          "total-cpu-time-sys-ms",
          7,
          "total-net-bytes",
          2038,
          "by-cpu-time-us",
          ["a", 29, "b", 25],
          "by-net-bytes",
          ["b", 446]
        ])
      ],
      {
        ...measured,
        byTime: [
          { key: "a", time: Duration.micros(29n) },
          { key: "b", time: Duration.micros(25n) }
        ],
        byBytes: [{ key: "b", bytes: 446 }]
      },
      {
        ...measured,
        byTime: [
          { key: bytes("a"), time: Duration.micros(29n) },
          { key: bytes("b"), time: Duration.micros(25n) }
        ],
        byBytes: [{ key: bytes("b"), bytes: 446 }]
      }
    ]
  ]),
  golden(call.hotkeysHelp(), "HOTKEYS HELP", [], "readOnly", help),
  golden(call.hotkeysReset(), "HOTKEYS RESET", [], "lastWriteWins", ok),
  golden(call.hotkeysStart({ metrics: "CPU" }), "HOTKEYS START METRICS 1 CPU", [], "never", ok),
  golden(
    call.hotkeysStart({ metrics: ["CPU", "NET"], count: 10, duration: "1 minute", sample: 5, slots: [1, 2] }),
    "HOTKEYS START METRICS 2 CPU NET COUNT 10 DURATION 60 SAMPLE 5 SLOTS 2 1 2",
    [],
    "never",
    ok
  ),
  golden(call.hotkeysStop(), "HOTKEYS STOP", [], "never", ok)
]
