import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bare, bytes, call, golden } from "../golden.ts"

const strings: ReadonlyArray<Answer> = [
  [
    ["get", "client|id"],
    ["get", "client|id"]
  ]
]

const range = (lastKey: number, limit: number) =>
  Wire.map(["type", "range", "spec", Wire.map(["lastkey", lastKey, "keystep", 1, "limit", limit])])

const get = [
  "get",
  2,
  Wire.set([Wire.simple("readonly"), Wire.simple("fast")]),
  1,
  1,
  1,
  Wire.set([Wire.simple("@read")]),
  [],
  [
    Wire.map([
      "flags",
      Wire.set(["RO", "access"]),
      "begin_search",
      Wire.map(["type", "index", "spec", Wire.map(["index", 1])]),
      "find_keys",
      range(0, 0)
    ])
  ],
  []
]
const getInfo = {
  name: "get",
  arity: 2,
  flags: ["readonly", "fast"],
  firstKey: 1,
  lastKey: 1,
  step: 1,
  categories: ["@read"],
  tips: [],
  keySpecifications: [
    {
      flags: ["RO", "access"],
      notes: undefined,
      begin: { type: "index", index: 1 },
      find: { type: "range", lastKey: 0, step: 1, limit: 0 }
    }
  ],
  subcommands: []
}
const keyword = ["type", "keyword", "spec", Wire.map(["keyword", "KEYS", "startfrom", -2])]
const numbered = ["type", "keynum", "spec", Wire.map(["keynumidx", 0, "firstkey", 1, "keystep", 1])]
const unknown = ["type", "unknown", "spec", Wire.map([])]
const others = [
  "demo",
  -3,
  [],
  0,
  0,
  0,
  [],
  ["nondeterministic_output"],
  [
    Wire.map(["notes", "why", "flags", ["RW"], "begin_search", Wire.map(keyword), "find_keys", Wire.map(numbered)]),
    Wire.map(["flags", ["incomplete"], "begin_search", Wire.map(unknown), "find_keys", Wire.map(unknown)])
  ],
  [["demo|sub", 3, [], 0, 0, 0, [], [], [], []]]
]
const noKeys = { flags: [], firstKey: 0, lastKey: 0, step: 0, categories: [], tips: [] }
const othersInfo = {
  ...noKeys,
  name: "demo",
  arity: -3,
  tips: ["nondeterministic_output"],
  keySpecifications: [
    {
      flags: ["RW"],
      notes: "why",
      begin: { type: "keyword", keyword: "KEYS", startFrom: -2 },
      find: { type: "keynum", numKeysIndex: 0, firstKey: 1, step: 1 }
    },
    { flags: ["incomplete"], notes: undefined, begin: { type: "unknown" }, find: { type: "unknown" } }
  ],
  subcommands: [{ ...noKeys, name: "demo|sub", arity: 3, keySpecifications: [], subcommands: [] }]
}
/** As servers before 6.0 have it. */
const short = ["old", 1, [Wire.simple("fast")], 0, 0, 0]
const shortInfo = { ...noKeys, name: "old", arity: 1, flags: ["fast"], keySpecifications: [], subcommands: [] }

const noArgument = {
  displayText: undefined,
  keySpecification: undefined,
  token: undefined,
  summary: undefined,
  since: undefined,
  deprecatedSince: undefined,
  optional: false,
  multiple: false,
  multipleToken: false,
  arguments: [],
  fields: bare({})
}
const noDocs = {
  summary: undefined,
  since: undefined,
  group: undefined,
  complexity: undefined,
  module: undefined,
  flags: [],
  deprecatedSince: undefined,
  replacedBy: undefined,
  history: [],
  arguments: [],
  subcommands: bare({}),
  fields: bare({})
}
const docs = Wire.map([
  "xadd",
  Wire.map([
    "summary",
    "s",
    "since",
    "5.0.0",
    "group",
    "stream",
    "complexity",
    "O(1)",
    "module",
    "m",
    "doc_flags",
    Wire.set([Wire.simple("deprecated")]),
    "deprecated_since",
    "9.0.0",
    "replaced_by",
    "r",
    "history",
    Wire.set([["6.2.0", "more"]]),
    "arguments",
    [
      Wire.map(["name", "key", "type", "key", "display_text", "key", "key_spec_index", 0]),
      Wire.map([
        "name",
        "one",
        "type",
        "oneof",
        "since",
        "6.2.0",
        "deprecated_since",
        "7.0.0",
        "summary",
        "t",
        "flags",
        Wire.set([Wire.simple("optional"), Wire.simple("multiple"), Wire.simple("multiple_token")]),
        "arguments",
        [Wire.map(["name", "on", "type", "pure-token", "token", "ON"])]
      ])
    ],
    "subcommands",
    Wire.map(["xadd|sub", Wire.map(["summary", "u"])]),
    "new",
    ["x", 1]
  ])
])
const docsRecord = bare({
  xadd: {
    summary: "s",
    since: "5.0.0",
    group: "stream",
    complexity: "O(1)",
    module: "m",
    flags: ["deprecated"],
    deprecatedSince: "9.0.0",
    replacedBy: "r",
    history: [{ version: "6.2.0", change: "more" }],
    arguments: [
      { ...noArgument, name: "key", type: "key", displayText: "key", keySpecification: 0 },
      {
        ...noArgument,
        name: "one",
        type: "oneof",
        since: "6.2.0",
        deprecatedSince: "7.0.0",
        summary: "t",
        optional: true,
        multiple: true,
        multipleToken: true,
        arguments: [{ ...noArgument, name: "on", type: "pure-token", token: "ON" }]
      }
    ],
    subcommands: bare({ "xadd|sub": { ...noDocs, summary: "u" } }),
    fields: bare({ new: ["x", 1] })
  }
})

export const commandTableGoldens = [
  golden(call.command(), "COMMAND", [], "readOnly", [
    [
      [get, others, short],
      [getInfo, othersInfo, shortInfo]
    ]
  ]),
  golden(call.commandCount(), "COMMAND COUNT", [], "readOnly", [[241, 241]]),
  golden(call.commandDocs(), "COMMAND DOCS", [], "readOnly", [[docs, docsRecord]]),
  golden(call.commandDocs(["xadd", "none"]), "COMMAND DOCS xadd none", [], "readOnly", [
    [docs, docsRecord],
    [Wire.map(["x", Wire.map([])]), bare({ x: noDocs })],
    [Wire.map([]), bare({})]
  ]),
  golden(call.commandGetKeys(["MSET", "a", 1, "b", 2]), "COMMAND GETKEYS MSET a 1 b 2", [], "readOnly", [
    [
      ["a", "b"],
      ["a", "b"],
      [bytes("a"), bytes("b")]
    ]
  ]),
  golden(call.commandGetKeysAndFlags(["GET", "a"]), "COMMAND GETKEYSANDFLAGS GET a", [], "readOnly", [
    [
      [["a", Wire.set([Wire.simple("RO"), Wire.simple("access")])]],
      [{ key: "a", flags: ["RO", "access"] }],
      [{ key: bytes("a"), flags: ["RO", "access"] }]
    ]
  ]),
  golden(call.commandHelp(), "COMMAND HELP", [], "readOnly", strings),
  golden(call.commandInfo("get"), "COMMAND INFO get", [], "readOnly", [[[get], [getInfo]]]),
  golden(call.commandInfo(["get", "none"]), "COMMAND INFO get none", [], "readOnly", [
    [
      [get, undefined],
      [getInfo, undefined]
    ]
  ]),
  golden(call.commandList(), "COMMAND LIST", [], "readOnly", strings),
  golden(call.commandList({ module: "m" }), "COMMAND LIST FILTERBY MODULE m", [], "readOnly", strings),
  golden(call.commandList({ category: "read" }), "COMMAND LIST FILTERBY ACLCAT read", [], "readOnly", strings),
  golden(call.commandList({ pattern: "client|*" }), "COMMAND LIST FILTERBY PATTERN client|*", [], "readOnly", strings)
]
