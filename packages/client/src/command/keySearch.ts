/**
 * How servers describe where the keys of a command stand, and the search that follows from it. Pure.
 *
 * @since 0.1.0
 */
import { numberOf, wordOf } from "./arguments.ts"
import type { Argument } from "./CommandSpec.ts"

/**
 * Where a search for keys begins: at a word of the call (the name is word 0, a subcommand word 1), behind a keyword looked for from a
 * word on (negative: from that many words before the end, backwards), or where only the server's own code can tell.
 *
 * @category models
 * @since 0.1.0
 */
export type BeginSearch =
  | { readonly type: "index"; readonly index: number }
  | { readonly type: "keyword"; readonly keyword: string; readonly startFrom: number }
  | { readonly type: "unknown" }

/**
 * Which words are keys from there on. A `range` ends `lastKey` words on, or that many before the end if it is negative (-1 is the last
 * word; `limit` 2 halves what is left first). With `keyNum` a word tells how many there are.
 *
 * @category models
 * @since 0.1.0
 */
export type FindKeys =
  | { readonly type: "range"; readonly lastKey: number; readonly keyStep: number; readonly limit: number }
  | { readonly type: "keyNum"; readonly keyNumIndex: number; readonly firstKey: number; readonly keyStep: number }
  | { readonly type: "unknown" }

/**
 * One group of keys of a command. `flags` are the servers' words: what is done with the keys (`RO`, `RW`, `OW`, `RM`, `access`, `insert`,
 * `update`, `delete`), `not_key` (a channel or slot stands there), `incomplete` (there may be more), `variable_flags`.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeySpecification {
  readonly flags: ReadonlyArray<string>
  readonly begin: BeginSearch
  readonly find: FindKeys
}

const positionsOf = (
  { begin, find }: KeySpecification,
  call: ReadonlyArray<Argument>
): ReadonlyArray<number> | undefined => {
  if (begin.type === "unknown" || find.type === "unknown") return undefined
  const first = begin.type === "index" ? begin.index : behindKeyword(begin.keyword, begin.startFrom, call)
  if (first === -1) return []
  const start = find.type === "keyNum" ? first + find.firstKey : first
  const last =
    find.type === "keyNum"
      ? start + (numberOf(call[first + find.keyNumIndex]) - 1) * find.keyStep
      : lastOfRange(first, find, call.length)
  const positions: Array<number> = []
  for (let at = start; at <= last && at < call.length; at += find.keyStep) positions.push(at)
  return positions
}

const behindKeyword = (keyword: string, startFrom: number, call: ReadonlyArray<Argument>): number => {
  const forward = startFrom > 0
  const step = forward ? 1 : -1
  for (let at = forward ? startFrom : call.length + startFrom; at >= 1 && at < call.length; at += step) {
    if (wordOf(call[at]).toUpperCase() === keyword) return at + 1
  }
  return -1
}

const lastOfRange = (first: number, find: FindKeys & { readonly type: "range" }, length: number): number => {
  if (find.lastKey >= 0) return first + find.lastKey
  return find.limit === 0 ? length + find.lastKey : first + Math.floor((length - first) / find.limit) + find.lastKey
}

/**
 * The indexes of the keys (and of what else decides the slot) in a whole call, its name included; `undefined` if the specifications do
 * not tell everything. Only words that exist: a wrong count is for the server.
 *
 * @category getters
 * @since 0.1.0
 */
export const positionsBy = (
  specifications: ReadonlyArray<KeySpecification>,
  call: ReadonlyArray<Argument>
): ReadonlyArray<number> | undefined => {
  const positions = new Set<number>()
  for (const keys of specifications) {
    const found = keys.flags.includes("incomplete") ? undefined : positionsOf(keys, call)
    if (found === undefined) return undefined
    for (const at of found) positions.add(at)
  }
  return [...positions].sort((a, b) => a - b)
}
