/** The facts that a server gives of its commands, in the form of the table: for the generator and for the test of its work. */
import type { Row } from "../../src/command/Specification.ts"

/** A reply as data: what RESP2 knows of it. */
export type Reply = string | number | null | object | ReadonlyArray<Reply>

/** A row without the servers that say so. */
export type FactRow = readonly [name: string, ...facts: ReadonlyArray<string | number>]

const array = (reply: Reply | undefined): ReadonlyArray<Reply> => {
  if (!Array.isArray(reply)) throw new Error(`expected an array, not ${JSON.stringify(reply)}`)
  return reply
}

const fields = (reply: Reply | undefined): ReadonlyMap<string, Reply> => {
  const flat = array(reply)
  return new Map(flat.flatMap((name, at) => (at % 2 === 0 ? [[String(name), flat[at + 1]!] as const] : [])))
}

const numbers = (spec: ReadonlyMap<string, Reply>, names: ReadonlyArray<string>): string =>
  names.map((name) => spec.get(name)).join(" ")

const beginText = (type: Reply | undefined, spec: ReadonlyMap<string, Reply>): string => {
  if (type === "index") return `index ${spec.get("index")}`
  return type === "keyword" ? `keyword ${spec.get("keyword")} ${spec.get("startfrom")}` : "unknown"
}

const findText = (type: Reply | undefined, spec: ReadonlyMap<string, Reply>): string => {
  if (type === "range") return `range ${numbers(spec, ["lastkey", "keystep", "limit"])}`
  return type === "keynum" ? `keynum ${numbers(spec, ["keynumidx", "firstkey", "keystep"])}` : "unknown"
}

const keysText = (specs: Reply | undefined): string =>
  array(specs)
    .map((reply) => {
      const spec = fields(reply)
      const begin = fields(spec.get("begin_search"))
      const find = fields(spec.get("find_keys"))
      const parts = [
        array(spec.get("flags")).join(" "),
        beginText(begin.get("type"), fields(begin.get("spec"))),
        findText(find.get("type"), fields(find.get("spec")))
      ]
      return parts.join(", ")
    })
    .join("; ")

const sorted = (reply: Reply | undefined): string => array(reply).map(String).sort().join(" ")

/** Of the sentence that names the successor only the commands and options, which stand in backquotes. */
const deprecationText = (docs: ReadonlyMap<string, Reply>): string => {
  const since = docs.get("deprecated_since")
  if (since === undefined) return ""
  const names = [...String(docs.get("replaced_by") ?? "").matchAll(/`!?([^`]+)`/g)].map((match) => match[1])
  return [since, ...names].join(" ")
}

const noDocs: ReadonlyMap<string, Reply> = new Map()

/** Names of COMMAND (`cluster|slots`, modules in any case) as the table has them. */
export const tableName = (name: Reply | undefined): string => String(name).toUpperCase().replace("|", " ")

/** All rows of a server, from its replies to COMMAND and COMMAND DOCS under RESP2. */
export const factRows = (command: Reply, docs: Reply): ReadonlyMap<string, FactRow> => {
  const documented = new Map<string, ReadonlyMap<string, Reply>>()
  const noteDocs = (reply: Reply | undefined) => {
    for (const [name, about] of fields(reply)) {
      const facts = fields(about)
      documented.set(tableName(name), facts)
      if (facts.has("subcommands")) noteDocs(facts.get("subcommands"))
    }
  }
  noteDocs(docs)
  const rows = new Map<string, FactRow>()
  const note = (reply: Reply) => {
    const [name, arity, flags, , , , , tips, keys, subcommands] = array(reply)
    const about = documented.get(tableName(name)) ?? noDocs
    rows.set(tableName(name), [
      tableName(name),
      String(about.get("group") ?? ""),
      String(about.get("since") ?? ""),
      Number(arity),
      sorted(flags),
      sorted(tips),
      keysText(keys),
      deprecationText(about)
    ])
    for (const subcommand of array(subcommands)) note(subcommand)
  }
  for (const reply of array(command)) note(reply)
  return rows
}

/** The facts of a row of the table. */
export const factsOfRow = ([name, , ...facts]: Row): FactRow => [
  name,
  ...facts.map((fact) => fact ?? ""),
  ...new Array<string>(7 - facts.length).fill("")
]
