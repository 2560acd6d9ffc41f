/**
 * A prefix for the keys of every command: put before each key on the way to the server, and taken off again where a reply names keys.
 * Pure, and the only place that knows how.
 *
 * @since 0.1.0
 */

import { RespMap, type RespValue } from "../protocol/RespValue.ts"
import { isBytes } from "../protocol/RespWriter.ts"
import { wordOf } from "./arguments.ts"
import type { Any } from "./Command.ts"
import type { Argument, Text } from "./CommandSpec.ts"
import { hasUntoldKeys } from "./custom.ts"
import { CommandImpl, implOf, invalid } from "./make.ts"
import { value as anyReply } from "./Reply.ts"

const encoder = new TextEncoder()

/** What is wrong with a prefix of a caller without types, or with one that would not come back from the server as it was sent. */
export const keyPrefixProblem = (prefix: unknown): string | undefined => {
  if (typeof prefix !== "string") return "a key prefix must be text"
  return new TextDecoder().decode(encoder.encode(prefix)) === prefix
    ? undefined
    : "a key prefix must be well-formed text without a byte order mark"
}

const concat = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}

/** Puts a prefix before a key. */
export const prefixKey = (prefix: string): ((key: Text) => Text) => {
  const bytes = encoder.encode(prefix)
  return (key) => (typeof key === "string" ? prefix + key : concat(bytes, key))
}

/** Puts text before an argument. What cannot be sent stays as it is: the writer refuses it with its position. */
const before = (prefix: string) => {
  const prefixed = prefixKey(prefix)
  return (argument: Argument): Argument => {
    if (typeof argument === "string" || isBytes(argument)) return prefixed(argument)
    if (typeof argument === "bigint") return prefix + String(argument)
    if (typeof argument !== "number" || Number.isNaN(argument)) return argument
    return prefix + (Number.isFinite(argument) ? String(argument) : argument > 0 ? "inf" : "-inf")
  }
}

/** A prefix, ready for use on arguments and replies. */
class Prefix {
  readonly text: string
  readonly bytes: Uint8Array
  readonly key: (key: Argument) => Argument
  /** The same for a glob-style pattern, in which the prefix stands for itself. */
  readonly pattern: (pattern: Argument) => Argument

  constructor(text: string) {
    this.text = text
    this.bytes = encoder.encode(text)
    this.key = before(text)
    this.pattern = before(text.replace(/[*?[\]\\^-]/g, "\\$&"))
  }

  /** A key of a reply without the prefix, `undefined` if it does not begin with it. */
  strip(key: RespValue): RespValue {
    if (typeof key === "string") return key.startsWith(this.text) ? key.slice(this.text.length) : undefined
    if (!(key instanceof Uint8Array)) return undefined
    const ours = this.bytes.every((byte, at) => key[at] === byte)
    return ours ? key.subarray(this.bytes.length) : undefined
  }

  /** Only the keys that begin with the prefix, without it. */
  stripAll(keys: RespValue): RespValue {
    if (!Array.isArray(keys)) return keys
    return keys.map((key) => this.strip(key)).filter((key) => key !== undefined)
  }
}

/** What a command has to do with keys beside its key positions, by its name on the wire. */
interface Rule {
  /** The arguments under the prefix (keys at key positions have it already), or why there are none. */
  readonly args?: (args: ReadonlyArray<Argument>, prefix: Prefix) => ReadonlyArray<Argument> | string
  /** The reply without the prefix. One of another shape is left for the decoder to refuse. */
  readonly reply?: (reply: RespValue, prefix: Prefix) => RespValue
}

const replace = (
  args: ReadonlyArray<Argument>,
  position: number,
  f: (argument: Argument) => Argument
): ReadonlyArray<Argument> => args.map((argument, at) => (at === position ? f(argument) : argument))

/** The key is the first element of the reply (or there is none, if nothing was taken). */
const keyFirst: Rule = {
  reply: (reply, prefix) =>
    Array.isArray(reply) && reply.length > 0 ? [prefix.strip(reply[0]), ...reply.slice(1)] : reply
}

/** Each stream's name stands before its entries: in a map, or in pairs. */
const streams: Rule = {
  reply: (reply, prefix) => {
    if (reply instanceof RespMap) {
      return new RespMap(reply.entries.map((entry, at) => (at % 2 === 0 ? prefix.strip(entry) : entry)))
    }
    if (!Array.isArray(reply)) return reply
    return reply.map((stream) => (Array.isArray(stream) ? [prefix.strip(stream[0]), ...stream.slice(1)] : stream))
  }
}

const upper = (argument: Argument | undefined): string => wordOf(argument).toUpperCase()

/** Options in pairs of name and value behind a cursor. Without MATCH the prefix itself is what keys must match. */
const scan: Rule = {
  args: (args, prefix) => {
    const out = [...args]
    let matched = false
    for (let at = 1; at + 1 < out.length; at += 2) {
      if (upper(out[at]) !== "MATCH") continue
      matched = true
      out[at + 1] = prefix.pattern(out[at + 1]!)
    }
    if (!matched && out.length > 0) out.splice(1, 0, "MATCH", prefix.pattern("*"))
    return out
  },
  reply: (reply, prefix) => (Array.isArray(reply) && reply.length === 2 ? [reply[0], prefix.stripAll(reply[1])] : reply)
}

/** How many words stand behind an option of SORT. */
const sortOperands: ReadonlyMap<string, number> = new Map([
  ["BY", 1],
  ["GET", 1],
  ["STORE", 1],
  ["LIMIT", 2]
])

const isPattern = (argument: Argument | undefined): boolean => wordOf(argument).includes("*")

/**
 * BY and GET name keys by a pattern whose first `*` an element takes the place of. One without `*` is no key: `nosort`, `#`. Nothing
 * escapes a `*` there, so that the prefix must not have one.
 */
const sort: Rule = {
  args: (args, prefix) => {
    const out = [...args]
    for (let at = 1; at < out.length; at++) {
      const word = upper(out[at])
      if ((word === "BY" || word === "GET") && isPattern(out[at + 1])) {
        if (prefix.text.includes("*")) return "patterns cannot be sent under a key prefix that has a * itself"
        out[at + 1] = prefix.key(out[at + 1]!)
      }
      at += sortOperands.get(word) ?? 0
    }
    return out
  }
}

const names: Rule = { reply: (reply, prefix) => prefix.stripAll(reply) }

/** Slots follow from these names, but they are of channels, which no prefix is for. */
const channels: ReadonlySet<string> = new Set(["SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE"])

// A command that names keys in a reply, or in arguments that are no key positions, has to stand here.
const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["BLMPOP", keyFirst],
  ["BLPOP", keyFirst],
  ["BRPOP", keyFirst],
  ["BZMPOP", keyFirst],
  ["BZPOPMAX", keyFirst],
  ["BZPOPMIN", keyFirst],
  ["CLUSTER GETKEYSINSLOT", names],
  ["CLUSTER KEYSLOT", { args: (args, prefix) => replace(args, 0, prefix.key) }],
  ["CLUSTERSCAN", scan],
  ["KEYS", { ...names, args: (args, prefix) => replace(args, 0, prefix.pattern) }],
  ["LMPOP", keyFirst],
  ["RANDOMKEY", { reply: (reply, prefix) => prefix.strip(reply) }],
  ["SCAN", scan],
  ["SORT", sort],
  ["SORT_RO", sort],
  ["XREAD", streams],
  ["XREADGROUP", streams],
  ["ZMPOP", keyFirst]
])

const refuse = (command: CommandImpl, message: string): CommandImpl =>
  implOf(invalid(command.spec, anyReply, `${command.name}: ${message}`))

const underPrefix = (command: CommandImpl, prefix: Prefix): CommandImpl => {
  const { spec, view } = command
  if (view?.constant !== undefined || view?.invalid !== undefined || channels.has(spec.name)) return command
  const rule = rules.get(spec.name)
  if (rule === undefined) {
    if (spec.singleKey === -1) return command
    if (hasUntoldKeys(spec)) {
      if (command.args.length === 0) return command
      return refuse(command, 'under a key prefix its keys must be told (keys: "none" if it has none)')
    }
  }
  const keyed = [...command.args]
  for (const at of command.keys) keyed[at] = prefix.key(keyed[at]!)
  const args = rule?.args === undefined ? keyed : rule.args(keyed, prefix)
  if (typeof args === "string") return refuse(command, args)
  const strip = rule?.reply
  if (strip === undefined) return new CommandImpl(spec, args, command.reply, view)
  return new CommandImpl(spec, args, command.reply, {
    decode: (reply) => command.decode(strip(reply, prefix)),
    bytes: command.bytes,
    after: command.after,
    constant: undefined,
    invalid: undefined
  })
}

/**
 * What turns a command into the same one under a prefix. A command whose keys nobody told is refused instead of sent without it, and
 * every command is if the prefix is no text.
 *
 * @category constructors
 * @since 0.1.0
 */
export const keyPrefixer = (text: string | undefined): ((command: Any) => CommandImpl) => {
  const problem = keyPrefixProblem(text)
  if (problem !== undefined) return (command) => refuse(implOf(command), problem)
  const prefix = new Prefix(text as string)
  return (command) => underPrefix(implOf(command), prefix)
}
