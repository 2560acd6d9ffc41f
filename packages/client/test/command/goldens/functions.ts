import * as Duration from "effect/Duration"
import { Wire, type WireValue } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]

const library = (more: ReadonlyArray<WireValue>): WireValue => [
  Wire.map([
    ...["library_name", "l", "engine", "LUA", "functions"],
    [
      Wire.map(["name", "f", "description", "what it does", "flags", Wire.set(["no-writes", "allow-stale"])]),
      Wire.map(["name", "g", "description", undefined, "flags", Wire.set([]), "new-field", 1])
    ],
    ...more
  ])
]
const libraryResult = {
  name: "l",
  engine: "LUA",
  functions: [
    { name: "f", description: "what it does", flags: ["no-writes", "allow-stale"], fields: bare({}) },
    { name: "g", description: undefined, flags: [], fields: bare({ "new-field": 1 }) }
  ],
  fields: bare({})
}

const engines = ["engines", Wire.map(["LUA", Wire.map(["libraries_count", 1, "functions_count", 2])])]
const enginesResult = bare({ LUA: { libraries: 1, functions: 2 } })

export const functionGoldens = [
  golden(call.functionDelete("l"), "FUNCTION DELETE l", [], "never", ok),
  golden(call.functionDump(), "FUNCTION DUMP", [], "readOnly", [["p", bytes("p")]]),
  golden(call.functionFlush(), "FUNCTION FLUSH", [], "never", ok),
  golden(call.functionFlush("ASYNC"), "FUNCTION FLUSH ASYNC", [], "never", ok),
  golden(call.functionHelp(), "FUNCTION HELP", [], "readOnly", [[[Wire.simple("KILL")], ["KILL"]]]),
  golden(call.functionKill(), "FUNCTION KILL", [], "never", ok),
  golden(call.functionList(), "FUNCTION LIST", [], "readOnly", [
    [[], []],
    [library([]), [libraryResult]]
  ]),
  golden(call.functionList({ libraryName: "l*" }), "FUNCTION LIST LIBRARYNAME l*", [], "readOnly", [[[], []]]),
  golden(call.functionListWithCode(), "FUNCTION LIST WITHCODE", [], "readOnly", [
    [
      library(["library_code", "#!lua", "new-field", 3]),
      [{ ...libraryResult, code: "#!lua", fields: bare({ "new-field": 3 }) }]
    ]
  ]),
  golden(call.functionListWithCode({ libraryName: "l" }), "FUNCTION LIST LIBRARYNAME l WITHCODE", [], "readOnly", [
    [[], []]
  ]),
  golden(call.functionLoad("code"), "FUNCTION LOAD code", [], "never", [["l", "l"]]),
  golden(call.functionLoad("code", { replace: false }), "FUNCTION LOAD code", [], "never", [["l", "l"]]),
  golden(call.functionLoad("code", { replace: true }), "FUNCTION LOAD REPLACE code", [], "lastWriteWins", [["l", "l"]]),
  golden(call.functionRestore(bytes("p")), "FUNCTION RESTORE p", [], "never", ok),
  golden(call.functionRestore(bytes("p"), "APPEND"), "FUNCTION RESTORE p APPEND", [], "never", ok),
  golden(call.functionRestore(bytes("p"), "REPLACE"), "FUNCTION RESTORE p REPLACE", [], "lastWriteWins", ok),
  golden(call.functionRestore(bytes("p"), "FLUSH"), "FUNCTION RESTORE p FLUSH", [], "lastWriteWins", ok),
  golden(call.functionStats(), "FUNCTION STATS", [], "idempotent", [
    [Wire.map(["running_script", undefined, ...engines]), { running: undefined, engines: enginesResult }],
    [
      Wire.map([
        "running_script",
        Wire.map(["name", "f", "command", ["fcall", "f", "0"], "duration_ms", 5]),
        ...engines
      ]),
      {
        running: { name: "f", command: ["fcall", "f", "0"], duration: Duration.millis(5) },
        engines: enginesResult
      }
    ]
  ])
]
