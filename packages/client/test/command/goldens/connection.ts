import * as Redacted from "effect/Redacted"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]

const hello = (extra: ReadonlyArray<string>, proto = 3) =>
  Wire.map([
    "server",
    "valkey",
    "version",
    "8.1.1",
    "proto",
    proto,
    "id",
    30,
    "mode",
    "standalone",
    "role",
    "master",
    "modules",
    [],
    ...extra
  ])
const greeting = {
  server: "valkey",
  version: "8.1.1",
  protocol: 3,
  id: 30,
  mode: "standalone",
  role: "primary",
  modules: [],
  availabilityZone: undefined,
  fields: bare({})
}

export const connectionGoldens = [
  golden(call.asking(), "ASKING", [], "idempotent", ok),
  golden(call.auth({ password: "p" }), "AUTH p", [], "idempotent", ok),
  golden(call.auth({ username: "u", password: Redacted.make("p") }), "AUTH u p", [], "idempotent", ok),
  golden(call.echo("m"), "ECHO m", [], "readOnly", [["m", "m", bytes("m")]]),
  golden(call.hello(), "HELLO", [], "readOnly", [
    [hello([]), greeting],
    [
      hello(["availability_zone", "eu-1a", "new", "x"], 2),
      { ...greeting, protocol: 2, availabilityZone: "eu-1a", fields: bare({ new: "x" }) }
    ],
    [
      Wire.map([
        "server",
        "redis",
        "version",
        "8.0.2",
        "proto",
        3,
        "id",
        7,
        "mode",
        "cluster",
        "role",
        "replica",
        "modules",
        [Wire.map(["name", "vectorset", "ver", 1, "path", "", "args", []])]
      ]),
      {
        server: "redis",
        version: "8.0.2",
        protocol: 3,
        id: 7,
        mode: "cluster",
        role: "replica",
        modules: [{ name: "vectorset", version: 1, path: undefined, arguments: [], fields: bare({}) }],
        availabilityZone: undefined,
        fields: bare({})
      }
    ]
  ]),
  golden(call.hello(3), "HELLO 3", [], "idempotent", [[hello([]), greeting]]),
  golden(
    call.hello(2, { auth: { password: Redacted.make("p") }, name: "worker" }),
    "HELLO 2 AUTH default p SETNAME worker",
    [],
    "idempotent",
    [[hello([], 2), { ...greeting, protocol: 2 }]]
  ),
  golden(call.hello(3, { auth: { username: "u", password: "p" } }), "HELLO 3 AUTH u p", [], "idempotent", [
    [hello([]), greeting]
  ]),
  golden(call.ping(), "PING", [], "readOnly", [[Wire.simple("PONG"), "PONG", bytes("PONG")]]),
  golden(call.ping("m"), "PING m", [], "readOnly", [["m", "m", bytes("m")]]),
  golden(call.quit(), "QUIT", [], "idempotent", ok),
  golden(call.readonly(), "READONLY", [], "idempotent", ok),
  golden(call.readwrite(), "READWRITE", [], "idempotent", ok),
  golden(call.reset(), "RESET", [], "idempotent", [[Wire.simple("RESET"), undefined]]),
  golden(call.select(3), "SELECT 3", [], "idempotent", ok)
]
