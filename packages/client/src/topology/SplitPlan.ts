/**
 * Which commands may be split by the slots of their keys, and into what: those whose meaning survives it. Pure.
 *
 * @since 0.1.0
 */
import { numberOf, wordOf } from "../command/arguments.ts"
import type { Argument } from "../command/CommandSpec.ts"
import { slotOf } from "./Slot.ts"

/**
 * How the replies of the parts become one: element by element at the places of the keys, as a sum, or as the one that all have.
 *
 * @category models
 * @since 0.1.0
 */
export type SplitMerge = "positions" | "sum" | "same"

/**
 * What of a command belongs to one slot: the numbers of its keys (from 0, in the caller's order), and the arguments of a command that has
 * just these.
 *
 * @category models
 * @since 0.1.0
 */
export interface SplitPart {
  readonly slot: number
  readonly keys: ReadonlyArray<number>
  readonly args: ReadonlyArray<Argument>
}

/**
 * A command in parts, in the order of their first keys.
 *
 * @category models
 * @since 0.1.0
 */
export interface SplitPlan {
  readonly parts: ReadonlyArray<SplitPart>
  readonly merge: SplitMerge
  /** Where the keys of any such call stand, thus of a part, whoever told where those of the whole are. */
  readonly positions: (args: ReadonlyArray<Argument>) => ReadonlyArray<number>
}

/** How the arguments of a command are laid out: keys with what belongs to each, between a count (if there is one) and options. */
interface Layout {
  /** How many arguments each key takes, itself included. */
  readonly step: number
  /** Whether the first argument counts the keys. */
  readonly counted: boolean
  readonly merge: SplitMerge
  readonly positions: SplitPlan["positions"]
}

const keysOnly = (merge: SplitMerge): Layout => ({
  step: 1,
  counted: false,
  merge,
  positions: (args) => args.map((_, at) => at)
})

/** The second of each pair belongs to the first. */
const pairs = (first: number, length: number): ReadonlyArray<number> =>
  Array.from({ length }, (_, key) => first + 2 * key)

const layouts: ReadonlyMap<string, Layout> = new Map([
  ["DEL", keysOnly("sum")],
  ["EXISTS", keysOnly("sum")],
  ["MGET", keysOnly("positions")],
  ["MSET", { step: 2, counted: false, merge: "same", positions: (args) => pairs(0, args.length / 2) }],
  ["MSETEX", { step: 2, counted: true, merge: "same", positions: (args) => pairs(1, numberOf(args[0])) }],
  ["TOUCH", keysOnly("sum")],
  ["UNLINK", keysOnly("sum")]
])

/** Options by which all keys are written or none: that does not survive a split. */
const ALL_OR_NOTHING: ReadonlySet<string> = new Set(["NX", "XX"])

const slotOfKey = (key: Argument): number => slotOf(key instanceof Uint8Array ? key : String(key))

/**
 * The parts of a call by its name (in upper case), or `undefined` for what has to stay whole: any other command, one whose keys are
 * written all or not at all, and one whose arguments are not as they should be.
 *
 * @category constructors
 * @since 0.1.0
 */
export const splitPlan = (name: string, args: ReadonlyArray<Argument>): SplitPlan | undefined => {
  const layout = layouts.get(name)
  if (layout === undefined) return undefined
  const { counted, merge, step } = layout
  const first = counted ? 1 : 0
  const count = counted ? numberOf(args[0]) : args.length / step
  const end = first + count * step
  if (!Number.isInteger(count) || count < 1 || end > args.length) return undefined
  const options = args.slice(end)
  if (options.some((option) => ALL_OR_NOTHING.has(wordOf(option).toUpperCase()))) return undefined
  const bySlot = new Map<
    number,
    { readonly slot: number; readonly keys: Array<number>; readonly args: Array<Argument> }
  >()
  for (let key = 0; key < count; key++) {
    const at = first + key * step
    const slot = slotOfKey(args[at]!)
    let part = bySlot.get(slot)
    if (part === undefined) {
      part = { slot, keys: [], args: counted ? [0] : [] }
      bySlot.set(slot, part)
    }
    part.keys.push(key)
    for (let more = 0; more < step; more++) part.args.push(args[at + more]!)
  }
  const parts = [...bySlot.values()]
  if (counted) {
    for (const part of parts) {
      part.args[0] = part.keys.length
      part.args.push(...options)
    }
  }
  return { parts, merge, positions: layout.positions }
}
