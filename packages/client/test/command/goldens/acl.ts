import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, call, golden } from "../golden.ts"
import { client, clientLine } from "./clients.ts"

const ok: ReadonlyArray<Answer> = [[Wire.simple("OK"), undefined]]
const integer: ReadonlyArray<Answer> = [[7, 7]]
const strings: ReadonlyArray<Answer> = [
  [
    ["a", "b"],
    ["a", "b"]
  ],
  [[], []]
]
const hash = "30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4"

const denied = [
  "count",
  2,
  "reason",
  "key",
  "context",
  "toplevel",
  "object",
  "z",
  "username",
  "bob",
  "age-seconds",
  Wire.double(0.074),
  "client-info",
  clientLine
]
const deniedEntry = {
  count: 2,
  reason: "key",
  context: "toplevel",
  object: "z",
  username: "bob",
  age: Duration.millis(74),
  client,
  id: undefined,
  created: undefined,
  updated: undefined,
  fields: bare({})
}

export const aclGoldens = [
  golden(call.aclCat(), "ACL CAT", [], "readOnly", strings),
  golden(call.aclCat("read"), "ACL CAT read", [], "readOnly", strings),
  golden(call.aclDelUser("a"), "ACL DELUSER a", [], "lastWriteWins", integer),
  golden(call.aclDelUser(["a", "b"]), "ACL DELUSER a b", [], "lastWriteWins", integer),
  golden(call.aclDryRun("u", "PING"), "ACL DRYRUN u PING", [], "readOnly", [[Wire.simple("OK"), { allowed: true }]]),
  golden(call.aclDryRun("u", "GET", ["k"]), "ACL DRYRUN u GET k", [], "readOnly", [
    ["User u has no permissions", { allowed: false, reason: "User u has no permissions" }]
  ]),
  golden(call.aclGenPass(), "ACL GENPASS", [], "readOnly", [["ab12", "ab12"]]),
  golden(call.aclGenPass(5), "ACL GENPASS 5", [], "readOnly", [["ab", "ab"]]),
  golden(call.aclGetUser("bob"), "ACL GETUSER bob", [], "readOnly", [
    [undefined, undefined],
    [
      Wire.map([
        "flags",
        Wire.set(["on", "sanitize-payload"]),
        "passwords",
        [hash],
        "commands",
        "-@all +@read -get +client|id",
        "keys",
        "~a* %R~b*",
        "channels",
        "&ch*",
        "databases",
        "db=0,1",
        "selectors",
        [Wire.map(["commands", "-@all +set", "keys", "%W~d", "channels", "", "databases", "alldbs"])]
      ]),
      {
        enabled: true,
        flags: ["on", "sanitize-payload"],
        passwords: [hash],
        commands: ["-@all", "+@read", "-get", "+client|id"],
        keys: ["~a*", "%R~b*"],
        channels: ["&ch*"],
        databases: ["db=0,1"],
        selectors: [
          { commands: ["-@all", "+set"], keys: ["%W~d"], channels: [], databases: ["alldbs"], fields: bare({}) }
        ],
        fields: bare({})
      }
    ],
    // As servers before 7.0 have it.
    [
      Wire.map(["flags", ["off"], "passwords", [], "commands", "-@all", "keys", ["a*"], "channels", ["b"], "new", "x"]),
      {
        enabled: false,
        flags: ["off"],
        passwords: [],
        commands: ["-@all"],
        keys: ["~a*"],
        channels: ["&b"],
        databases: undefined,
        selectors: [],
        fields: bare({ new: "x" })
      }
    ]
  ]),
  golden(call.aclHelp(), "ACL HELP", [], "readOnly", strings),
  golden(call.aclList(), "ACL LIST", [], "readOnly", strings),
  golden(call.aclLoad(), "ACL LOAD", [], "lastWriteWins", ok),
  golden(call.aclLog(), "ACL LOG", [], "readOnly", [
    [[], []],
    [[Wire.map(denied)], [deniedEntry]]
  ]),
  golden(call.aclLog(1), "ACL LOG 1", [], "readOnly", [
    [
      [
        Wire.map([
          ...denied.slice(0, -1),
          "hidden",
          "entry-id",
          3,
          "timestamp-created",
          1893456000250,
          "timestamp-last-updated",
          1893456000500
        ])
      ],
      [
        {
          ...deniedEntry,
          client: undefined,
          id: 3,
          created: DateTime.makeUnsafe("2030-01-01T00:00:00.250Z"),
          updated: DateTime.makeUnsafe("2030-01-01T00:00:00.500Z")
        }
      ]
    ]
  ]),
  golden(call.aclLogReset(), "ACL LOG RESET", [], "lastWriteWins", ok),
  golden(call.aclSave(), "ACL SAVE", [], "idempotent", ok),
  golden(call.aclSetUser("u"), "ACL SETUSER u", [], "lastWriteWins", ok),
  golden(
    call.aclSetUser("u", ["on", ">p", "~a:*", "+@read"]),
    "ACL SETUSER u on >p ~a:* +@read",
    [],
    "lastWriteWins",
    ok
  ),
  golden(
    call.aclSetUser("u", {
      reset: true,
      enabled: true,
      sanitizePayload: false,
      resetPasswords: true,
      passwords: ["p", Redacted.make("q")],
      passwordHashes: [hash],
      resetKeys: true,
      keys: ["a:*", { pattern: "b:*", access: "R" }],
      resetChannels: true,
      channels: ["c"],
      commands: ["+@read", "-get"]
    }),
    `ACL SETUSER u reset on skip-sanitize-payload resetpass >p >q #${hash} resetkeys ~a:* %R~b:* resetchannels &c +@read -get`,
    [],
    "lastWriteWins",
    ok
  ),
  golden(
    call.aclSetUser("u", {
      enabled: false,
      sanitizePayload: true,
      noPassword: true,
      resetDatabases: true,
      databases: [0, 1]
    }),
    "ACL SETUSER u off sanitize-payload nopass resetdbs db=0,1",
    [],
    "lastWriteWins",
    ok
  ),
  golden(call.aclSetUser("u", { databases: "all" }), "ACL SETUSER u alldbs", [], "lastWriteWins", ok),
  golden(
    call.aclSetUser("u", { removePasswords: ["p"], removePasswordHashes: [hash] }),
    `ACL SETUSER u <p !${hash}`,
    [],
    "never",
    ok
  ),
  golden(
    call.aclSetUser("u", { selectors: [{ commands: ["+set"] }, { commands: ["+get"] }] }),
    "ACL SETUSER u (+set) (+get)",
    [],
    "accumulating",
    ok
  ),
  golden(
    call.aclSetUser("u", { clearSelectors: true, selectors: [{ commands: ["+set"] }] }),
    "ACL SETUSER u clearselectors (+set)",
    [],
    "lastWriteWins",
    ok
  ),
  golden(call.aclUsers(), "ACL USERS", [], "readOnly", strings),
  golden(call.aclWhoAmI(), "ACL WHOAMI", [], "readOnly", [["default", "default"]])
]
