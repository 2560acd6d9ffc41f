/**
 * Generates calls of commands by the specifications of their keys: each argument is another word, so that a key tells its position.
 * Seeded: the same seed gives the same calls.
 */
import type { CommandFacts, KeySpecification } from "../../src/command/Specification.ts"

/** A number from 0 up to `below`, exclusive. */
export type Random = (below: number) => number

/** The mulberry32 generator. */
export const seeded = (seed: number): Random => {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** Beginnings of keys: other alphabets, spaces, hash tags, and what commands use as keywords and numbers. */
const beginnings = ["k", "{tag}", "é€", "a b", "STORE", "streams", "KEYS", "-1", "3", "{}", "😀", ""]

const MOST_KEYS = 6
const MOST_FILLERS = 3

/** Keywords, in a case that no golden has: as names of keys they are nothing but names. */
const keywords = ["Streams", "Store", "Keys"]
const ONE_KEYWORD_IN = 8

/** Words that never come twice, some of them out of `names`. */
export const distinctWords = (random: Random, names: ReadonlyArray<string> = []): (() => string) => {
  const left = [...names]
  let made = 0
  return () => {
    const name = random(ONE_KEYWORD_IN) === 0 ? left.pop() : undefined
    return name ?? `${beginnings[random(beginnings.length)]}:${made++}`
  }
}

const between = (random: Random, low: number, high: number): number => low + random(high - low + 1)

const times = (count: number, word: () => string): Array<string> => Array.from({ length: count }, word)

/** How many words there must be from `first` on so that a specification finds whole groups of keys. */
const tailFor = ({ find }: KeySpecification, count: number): number => {
  if (find.type !== "range") return 0
  if (find.lastKey >= 0) return find.lastKey + 1
  return (find.limit > 1 ? count * find.limit : count * find.keyStep) - (find.limit > 1 ? 0 : find.lastKey + 1)
}

/**
 * A call of a command made of nothing but its facts; `undefined` if they do not tell where its keys stand.
 */
export const callOf = (facts: CommandFacts, random: Random): ReadonlyArray<string> | undefined => {
  const word = distinctWords(random)
  const call: Array<string> = facts.name.split(" ")
  const reach = (length: number) => call.push(...times(length - call.length, word))
  let open = true
  let chosen = false
  for (const keys of facts.keys) {
    const { begin, find, flags } = keys
    if (begin.type === "unknown" || find.type === "unknown" || flags.includes("incomplete")) return undefined
    const mandatory = facts.flags.includes("no_mandatory_keys") ? 0 : 1
    const count = between(random, mandatory, MOST_KEYS)
    if (begin.type === "index") reach(begin.index)
    else {
      // Destinations are optional, and exclude one another.
      const optional = find.type === "range" && find.lastKey >= 0
      if (optional && (chosen || random(2) === 0)) continue
      chosen ||= optional
      reach(begin.startFrom + random(MOST_FILLERS))
      call.push(random(2) === 0 ? begin.keyword : begin.keyword.toLowerCase())
    }
    if (find.type === "range") {
      call.push(...times(tailFor(keys, count), word))
      if (find.lastKey < 0) open = false
    } else {
      reach(call.length + find.keyNumIndex)
      call.push(String(count))
      reach(call.length + find.firstKey - 1 + count * find.keyStep)
    }
  }
  // Behind an open end there is nothing more to add.
  if (open) {
    reach(Math.abs(facts.arity))
    if (facts.arity < 0) reach(call.length + random(MOST_FILLERS))
  }
  return call
}

/**
 * Another call of the same form: other keys, and where the facts let their number vary, another number of them. `keys` are the positions
 * in `call`, behind the name as everything else here.
 */
export const varied = (
  call: ReadonlyArray<string>,
  keys: ReadonlyArray<number>,
  facts: CommandFacts,
  random: Random
): ReadonlyArray<string> => {
  const word = distinctWords(random, keywords)
  const words = facts.name.split(" ").length
  const changed = call.map((each, at) => (keys.includes(at) ? word() : each))
  for (const { begin, find } of facts.keys.toReversed()) {
    const first = begin.type === "index" ? begin.index - words : keys[0]
    if (begin.type === "unknown" || find.type === "unknown" || first === undefined) continue
    if (begin.type === "keyword" && call[first - 1]?.toUpperCase() !== begin.keyword) continue
    const more = random(MOST_KEYS)
    if (find.type === "keyNum") {
      const at = first + find.keyNumIndex
      const count = Number(changed[at])
      if (!(count > 0)) continue
      changed[at] = String(count + more)
      const end = first + find.firstKey + count * find.keyStep
      changed.splice(end, 0, ...times(more * find.keyStep, word))
    } else if (find.lastKey < 0 && find.limit > 1) {
      const half = Math.floor((changed.length - first) / find.limit)
      changed.push(...times(more, () => "0"))
      changed.splice(first + half, 0, ...times(more, word))
    } else if (find.lastKey < 0) {
      const end = changed.length + find.lastKey + 1
      const group = times(more * find.keyStep, word)
      changed.splice(find.keyStep > 1 ? changed.length : end, 0, ...group)
    }
  }
  return changed
}
