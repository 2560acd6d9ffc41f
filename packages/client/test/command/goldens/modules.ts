import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]

export const moduleGoldens = [
  golden(call.moduleHelp(), "MODULE HELP", [], "readOnly", [[[Wire.simple("a")], ["a"]]]),
  golden(call.moduleList(), "MODULE LIST", [], "readOnly", [
    [[], []],
    [
      [
        Wire.map(["name", "vectorset", "ver", 1, "path", "", "args", []]),
        Wire.map(["name", "m", "ver", 20, "path", "/m.so", "args", ["a", "b"], "new", 1]),
        Wire.map(["name", "old", "ver", 3])
      ],
      [
        { name: "vectorset", version: 1, path: undefined, arguments: [], fields: bare({}) },
        { name: "m", version: 20, path: "/m.so", arguments: ["a", "b"], fields: bare({ new: 1 }) },
        { name: "old", version: 3, path: undefined, arguments: [], fields: bare({}) }
      ]
    ]
  ]),
  golden(call.moduleLoad("/m.so"), "MODULE LOAD /m.so", [], "never", ok),
  golden(call.moduleLoad("/m.so", ["a", "b"]), "MODULE LOAD /m.so a b", [], "never", ok),
  golden(call.moduleLoadEx("/m.so"), "MODULE LOADEX /m.so", [], "never", ok),
  golden(
    call.moduleLoadEx("/m.so", { config: { "m.a": "1", "m.b": "2" }, arguments: ["x", "y"] }),
    "MODULE LOADEX /m.so CONFIG m.a 1 CONFIG m.b 2 ARGS x y",
    [],
    "never",
    ok
  ),
  golden(call.moduleUnload("m"), "MODULE UNLOAD m", [], "never", ok)
]
