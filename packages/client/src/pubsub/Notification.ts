/**
 * Notifications of changed keys: what to listen to, which flags of `notify-keyspace-events` that needs, and what a message says. Pure.
 *
 * @since 0.1.0
 */
import { list } from "../command/arguments.ts"
import type { SubscribeOptions } from "./SubscribeOptions.ts"

/**
 * What to listen to; keys, events and subkeys are glob-style patterns, of which one channel or several may be given.
 *
 * - `keyspace`: what happens to these keys. - `keyevent`: the keys to which these events happen (`expired`, `del`, `hset`, …).
 * - `subkeyspace`, `subkeyevent`: the same with the fields that were changed. Since Redis 8.8, as the next two.
 * - `subkeyspaceitem`: what happens to these fields (`subkey`) of these keys. - `subkeyspaceevent`: these events of these keys.
 *
 * @category models
 * @since 0.1.0
 */
export type NotificationSource =
  | { readonly keyspace: string | ReadonlyArray<string> }
  | { readonly keyevent: string | ReadonlyArray<string> }
  | { readonly subkeyspace: string | ReadonlyArray<string> }
  | { readonly subkeyevent: string | ReadonlyArray<string> }
  | { readonly subkeyspaceitem: { readonly key: string; readonly subkey: string } }
  | { readonly subkeyspaceevent: { readonly event: string; readonly key: string } }

/**
 * The families of channels.
 *
 * @category models
 * @since 0.1.0
 */
export type NotificationKind =
  | "keyspace"
  | "keyevent"
  | "subkeyspace"
  | "subkeyevent"
  | "subkeyspaceitem"
  | "subkeyspaceevent"

/**
 * Options of notifications, beside those of every subscription.
 *
 * @category options
 * @since 0.1.0
 */
export interface NotificationOptions extends Omit<SubscribeOptions, "schema"> {
  /** The database whose keys are meant, or `"*"` for all (default: the client's). */
  readonly database?: number | "*" | undefined
  /**
   * What to do about `notify-keyspace-events`: `check` (default) fails as `NotificationsDisabled` if a primary lacks a flag; `enable` adds what
   * lacks by CONFIG SET, for as long as the server runs; `assume` asks nothing, for where CONFIG is forbidden.
   */
  readonly flags?: "check" | "enable" | "assume" | undefined
}

/**
 * One notification. `subkeys` are the fields that were changed, where the channel tells of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeyNotification<out Name = string> {
  readonly _tag: "KeyNotification"
  readonly kind: NotificationKind
  readonly database: number
  readonly event: string
  readonly key: Name
  readonly subkeys: ReadonlyArray<Name>
}

/** The flag of each family (redis.conf, notify-keyspace-events). */
const kindFlags: Readonly<Record<NotificationKind, string>> = {
  keyspace: "K",
  keyevent: "E",
  subkeyspace: "S",
  subkeyevent: "T",
  subkeyspaceitem: "I",
  subkeyspaceevent: "V"
}

/** What `A` stands for on every server; newer ones add classes to it. */
const ALL_CLASSES = "g$lshzxetd"
/** Classes that are not part of `A`. */
const OTHER_CLASSES = "mnoc"

/** The classes of events that are in no other class than one. */
const classOfEvent: Readonly<Record<string, string>> = {
  expired: "x",
  evicted: "e",
  keymiss: "m",
  new: "n",
  overwritten: "o",
  type_changed: "c",
  del: "g",
  expire: "g",
  set: "$",
  hset: "h",
  hdel: "h",
  xadd: "t",
  zadd: "z",
  sadd: "s",
  lpush: "l",
  rpush: "l"
}

/** What a source comes to: the channels, whether they are patterns, and the flags that it needs. */
export interface NotificationPlan {
  readonly channels: ReadonlyArray<string>
  readonly isPattern: boolean
  readonly kind: NotificationKind
  /** The flag of the family. */
  readonly kindFlag: string
  /** The classes that are needed; none: any will do. */
  readonly classes: string
}

const GLOB = /[*?[\\]/

/** The plan for a source. */
export const planOf = (source: NotificationSource, database: number | "*"): NotificationPlan => {
  const of = (kind: NotificationKind, ends: ReadonlyArray<string>, events: ReadonlyArray<string>): NotificationPlan => {
    const channels = ends.map((end) => `__${kind}@${database}__:${end}`)
    const classes = new Set(events.flatMap((event) => classOfEvent[event] ?? []))
    if (kind.startsWith("sub")) classes.add("h")
    return {
      channels,
      isPattern: channels.some((channel) => GLOB.test(channel)),
      kind,
      kindFlag: kindFlags[kind],
      classes: [...classes].join("")
    }
  }
  if ("keyspace" in source) return of("keyspace", list(source.keyspace), [])
  if ("keyevent" in source) return of("keyevent", list(source.keyevent), list(source.keyevent))
  if ("subkeyspace" in source) return of("subkeyspace", list(source.subkeyspace), [])
  if ("subkeyevent" in source) return of("subkeyevent", list(source.subkeyevent), [])
  if ("subkeyspaceitem" in source) {
    const { key, subkey } = source.subkeyspaceitem
    return of("subkeyspaceitem", [`${key}\n${subkey}`], [])
  }
  const { event, key } = source.subkeyspaceevent
  return of("subkeyspaceevent", [`${event}|${key}`], [])
}

/** The setting with what the plan needs: where no classes are named all of `A`. */
export const enabledBy = (plan: NotificationPlan, setting: string): string => {
  const all = plan.classes === "" && !setting.includes("A") ? `${setting}A` : setting
  return `${all}${missingFlags(plan, all)}`
}

/** The flags that the plan needs and the setting lacks; empty if it lacks none. */
export const missingFlags = ({ classes, kindFlag }: NotificationPlan, setting: string): string => {
  const has = (flag: string) => setting.includes(flag) || (setting.includes("A") && ALL_CLASSES.includes(flag))
  const missing = [kindFlag, ...classes].filter((flag) => !has(flag)).join("")
  const any = [...ALL_CLASSES, ...OTHER_CLASSES, "a"].some(has)
  return classes === "" && !any ? `${missing}A` : missing
}

const COLON = 58
const PIPE = 124
const COMMA = 44
const NEWLINE = 10
const ZERO = 48

interface Length {
  readonly value: number
  readonly after: number
}

const lengthAt = (bytes: Uint8Array, at: number): Length | undefined => {
  let value = 0
  let place = at
  for (; place < bytes.length && bytes[place] !== COLON; place++) {
    const digit = bytes[place]! - ZERO
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  const after = place + 1
  return place > at && after + value <= bytes.length ? { value, after } : undefined
}

/** `3:foo,5:hello`, from a place on. */
const subkeysAt = (bytes: Uint8Array, from: number): ReadonlyArray<Uint8Array> | undefined => {
  const subkeys: Array<Uint8Array> = []
  for (let at = from; at < bytes.length; ) {
    const length = lengthAt(bytes, at)
    if (length === undefined) return undefined
    const end = length.after + length.value
    subkeys.push(bytes.subarray(length.after, end))
    if (end < bytes.length && bytes[end] !== COMMA) return undefined
    at = end + 1
  }
  return subkeys
}

type Parts = {
  readonly event: Uint8Array
  readonly key: Uint8Array
  readonly subkeys: ReadonlyArray<Uint8Array>
}

const partsOf = (kind: NotificationKind, end: Uint8Array, payload: Uint8Array): Parts | undefined => {
  switch (kind) {
    case "keyspace":
      return { event: payload, key: end, subkeys: [] }
    case "keyevent":
      return { event: end, key: payload, subkeys: [] }
    case "subkeyspace": {
      const pipe = payload.indexOf(PIPE)
      const subkeys = pipe === -1 ? undefined : subkeysAt(payload, pipe + 1)
      return subkeys && { event: payload.subarray(0, pipe), key: end, subkeys }
    }
    case "subkeyevent": {
      const length = lengthAt(payload, 0)
      if (length === undefined) return undefined
      const after = length.after + length.value
      const subkeys = payload[after] === PIPE ? subkeysAt(payload, after + 1) : undefined
      return subkeys && { event: end, key: payload.subarray(length.after, after), subkeys }
    }
    case "subkeyspaceitem": {
      const newline = end.indexOf(NEWLINE)
      if (newline === -1) return undefined
      return { event: payload, key: end.subarray(0, newline), subkeys: [end.subarray(newline + 1)] }
    }
    default: {
      const pipe = end.indexOf(PIPE)
      const subkeys = pipe === -1 ? undefined : subkeysAt(payload, 0)
      return subkeys && { event: end.subarray(0, pipe), key: end.subarray(pipe + 1), subkeys }
    }
  }
}

/** What a message on a channel of that family says; `undefined` for what is none of the server's. */
export const notificationOf = (
  kind: NotificationKind,
  channel: Uint8Array,
  payload: Uint8Array,
  text: (bytes: Uint8Array) => string
): KeyNotification<Uint8Array> | undefined => {
  const start = kind.length + 3
  const colon = channel.indexOf(COLON)
  const database = Number(text(channel.subarray(start, Math.max(start, colon - 2))))
  const parts = partsOf(kind, channel.subarray(colon + 1), payload)
  if (colon === -1 || parts === undefined || !Number.isSafeInteger(database)) return undefined
  const { event, key, subkeys } = parts
  return { _tag: "KeyNotification", kind, database, event: text(event), key, subkeys }
}
