/**
 * How far a scan of a cluster has come, as a value and as a token: which slots are finished, and where the pass over one node stands. Pure.
 *
 * @since 0.1.0
 */
import { SLOT_COUNT } from "./Slot.ts"
import { noSlots, SlotSet } from "./SlotSet.ts"

/**
 * One node that is being scanned. Its slots count as finished only if, behind its last page, the node is what it was before the first one:
 * the same node (`node`), the same process (`run`: cursors mean nothing to another), still a primary with the same claim (`epoch`).
 *
 * @category models
 * @since 0.1.0
 */
export interface ScanPass {
  readonly node: string
  readonly run: string
  readonly epoch: number
  /** What the node owned in the beginning, no migration open, and was not finished before. */
  readonly slots: SlotSet
  /** The next page's, `undefined` behind the last page. */
  readonly cursor: string | undefined
}

/**
 * The state between two pages.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScanState {
  readonly done: SlotSet
  readonly pass: ScanPass | undefined
}

/**
 * Nothing is scanned yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const scanStart: ScanState = { done: noSlots, pass: undefined }

/**
 * Whether everything is scanned.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isScanned = ({ done }: ScanState): boolean => done.size === SLOT_COUNT

/** The name of the format, and its version. Another form gets another number. */
const FORMAT = "reef-scan"
const VERSION = "1"
const SEPARATOR = "."
/** Two sets of slots, and 300 characters for the rest. */
const MAX_LENGTH = 8_500

const ID = /^[0-9a-f]{40}$/
const RUN = /^[0-9A-Za-z]{1,64}$/
const NUMBER = /^[0-9]{1,20}$/

const OFFSET_BASIS = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a over the char codes: tells scans apart and finds damage, and is no secret. */
const hash = (text: string): string => {
  let sum = OFFSET_BASIS
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), FNV_PRIME)
  return (sum >>> 0).toString(36)
}

/**
 * The token of a state. `what` says what is scanned (prefix, pattern, type): only a scan for the same goes on from it.
 *
 * @category encoders
 * @since 0.1.0
 */
export const scanToken = ({ done, pass }: ScanState, what: string): string => {
  const place =
    pass === undefined ? [] : [pass.node, pass.run, String(pass.epoch), pass.cursor ?? "", pass.slots.toString()]
  const body = [FORMAT, VERSION, hash(what), done.toString(), ...place].join(SEPARATOR)
  return body + SEPARATOR + hash(body)
}

/**
 * The state of a token, or what is wrong with it.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseScanToken = (token: unknown, what: string): ScanState | string => {
  if (typeof token !== "string" || token.length > MAX_LENGTH || !token.startsWith(FORMAT + SEPARATOR)) {
    return "is no token of a scan"
  }
  const fields = token.split(SEPARATOR)
  const [, version, of, doneText, node, run, epoch, cursor, slotsText] = fields
  if (version !== VERSION) return `is of version ${version}; this client reads version ${VERSION}`
  const sum = fields.at(-1)
  if (hash(token.slice(0, token.lastIndexOf(SEPARATOR))) !== sum) return "is damaged"
  if (of !== hash(what)) return "is of a scan for something else: match, type and key prefix must be the same"
  const done = SlotSet.parse(doneText ?? "")
  if (done === undefined) return "is damaged"
  const BARE = 5
  if (fields.length === BARE) return { done, pass: undefined }
  const slots = SlotSet.parse(slotsText ?? "")
  const isWhole =
    fields.length === BARE + 5 &&
    ID.test(node ?? "") &&
    RUN.test(run ?? "") &&
    NUMBER.test(epoch ?? "") &&
    (cursor === "" || NUMBER.test(cursor ?? ""))
  if (!isWhole || slots === undefined || node === undefined || run === undefined) return "is damaged"
  return { done, pass: { node, run, epoch: Number(epoch), slots, cursor: cursor === "" ? undefined : cursor } }
}
