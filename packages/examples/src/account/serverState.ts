/**
 * What the servers hold in the end, and what their append-only files show that they ever executed.
 */
import type { AdminReply, AppendOnlyFile, ServerControls, ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { commandsOf } from "../ledger/commandsOf.ts"
import { ID_FIELD, kindOf, place } from "./keys.ts"

/** What the primaries hold. A key that two of them have shows the elements of both. */
export interface Contents {
  readonly lists: Map<string, Array<string>>
  readonly counters: Map<string, number>
  readonly values: Map<string, string>
  /** By stream, the entries' ids in order, each with the load's id. */
  readonly streams: Map<string, Array<readonly [entry: string, id: string]>>
}

export const emptyContents = (): Contents => ({
  lists: new Map(),
  counters: new Map(),
  values: new Map(),
  streams: new Map()
})

/** What some server has executed at some time. */
export interface Evidence {
  /** `place` of each id, and the key of each value. */
  readonly places: Set<string>
  /** Those that one server has executed twice by itself. */
  readonly repeated: Set<string>
}

export const emptyEvidence = (): Evidence => ({ places: new Set(), repeated: new Set() })

/** Live commands stand in these; the others begin with a copy of what was there. */
const isIncrement = ({ name }: AppendOnlyFile): boolean => name.includes(".incr.")

/** The slots that CLUSTER SYNCSLOTS ESTABLISH … SLOTSRANGE names. */
const slotsNamed = (words: ReadonlyArray<string>): ReadonlyArray<number> => {
  const at = words.indexOf("SLOTSRANGE")
  const ends = at === -1 ? [] : words.slice(at + 1).map(Number)
  const slots: Array<number> = []
  for (let i = 0; i + 1 < ends.length; i += 2) for (let slot = ends[i]!; slot <= ends[i + 1]!; slot++) slots.push(slot)
  return slots
}

/** What a server takes over by an atomic migration of slots (Valkey 9.0), between the two commands that say so in its file. */
class Imports {
  private readonly open = new Map<string, ReadonlyArray<number>>()

  see(words: ReadonlyArray<string>): void {
    const name = words[words.indexOf("NAME") + 1] ?? ""
    if (words[1] === "ESTABLISH") this.open.set(name, slotsNamed(words))
    else this.open.delete(name)
  }

  has(slot: number | undefined): boolean {
    return slot !== undefined && [...this.open.values()].some((slots) => slots.includes(slot))
  }
}

/** Adds the files of one server. `slotOf` tells the slot of a key of the load. */
export const addEvidence = (
  evidence: Evidence,
  files: ReadonlyArray<AppendOnlyFile>,
  slotOf: (key: string) => number | undefined
): void => {
  for (const file of files) {
    const live = new Set<string>()
    const imports = new Imports()
    const note = (found: string, key: string) => {
      evidence.places.add(found)
      // What comes with a slot was executed elsewhere.
      if (!isIncrement(file) || imports.has(slotOf(key))) return
      if (live.has(found)) evidence.repeated.add(found)
      live.add(found)
    }
    for (const [name = "", key = "", ...rest] of commandsOf(file.contents)) {
      switch (name.toUpperCase()) {
        case "RPUSH":
          for (const id of rest) note(place(key, id), key)
          break
        case "XADD": {
          const field = rest.indexOf(ID_FIELD)
          if (field !== -1) note(place(key, rest[field + 1] ?? ""), key)
          break
        }
        case "SET":
          if (kindOf(key) === "value") note(key, key)
          break
        case "MSET":
          note(key, key)
          break
        case "CLUSTER":
          if (key === "SYNCSLOTS") imports.see([key, ...rest])
          break
      }
    }
  }
}

const list = (reply: AdminReply): ReadonlyArray<AdminReply> => (Array.isArray(reply) ? reply : [])
const texts = (reply: AdminReply): ReadonlyArray<string> => list(reply).map(String)

const append = <A>(map: Map<string, Array<A>>, key: string, items: ReadonlyArray<A>) => {
  const known = map.get(key)
  if (known === undefined) map.set(key, [...items])
  else known.push(...items)
}

const readKey = (server: ServerControls, key: string, into: Contents): Effect.Effect<void, ServerError> => {
  switch (kindOf(key)) {
    case "list":
      return Effect.map(server.admin(["LRANGE", key, 0, -1]), (reply) => append(into.lists, key, texts(reply)))
    case "stream":
      return Effect.map(server.admin(["XRANGE", key, "-", "+"]), (reply) =>
        append(
          into.streams,
          key,
          list(reply).map((entry) => {
            const [id, fields] = list(entry)
            return [String(id), String(list(fields ?? null)[1])] as const
          })
        )
      )
    case "counter":
      return Effect.map(server.admin(["GET", key]), (reply) => {
        into.counters.set(key, (into.counters.get(key) ?? 0) + Number(reply))
      })
    case "value":
      return Effect.map(server.admin(["GET", key]), (reply) => void into.values.set(key, String(reply)))
    default:
      return Effect.void
  }
}

/** So many keys are asked for at a time: of hundreds of thousands asked for at once the last would wait past its deadline. */
const READS = 500

/** Adds what one server holds, over the harness's own connection: the client under test is not asked about itself. */
export const readContents = Effect.fnUntraced(function* (
  server: ServerControls,
  into: Contents
): Effect.fn.Return<void, ServerError> {
  const keys = texts(yield* server.admin(["KEYS", "*"]))
  yield* Effect.forEach(keys, (key) => readKey(server, key, into), { concurrency: READS, discard: true })
})
