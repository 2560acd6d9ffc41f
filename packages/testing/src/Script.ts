/**
 * What a `ScriptedServer` shall do: a handler, a sequence of expected commands, a view of a cluster. Plain data and functions.
 *
 * @since 0.1.0
 */
import type { WireValue } from "@reef-redis/client/protocol"
import { Answer } from "./Answer.ts"
import type { SlotRange } from "./ClusterView.ts"
import { slotsOfPrimary } from "./internal/formation.ts"
import { textOf } from "./internal/requests.ts"

/**
 * A node of a scripted server. It is an `Upstream`: a proxy can stand before it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedNode {
  /** From 0. */
  readonly index: number
  readonly host: string
  readonly port: number
  /** `redis://127.0.0.1:port` */
  readonly url: string
  /** A node id as cluster nodes have it: 40 hexadecimal digits. */
  readonly id: string
}

/**
 * A command as it came.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReceivedCommand {
  /** From 1, in the order of arrival over all nodes and connections. */
  readonly number: number
  /** Index of the node. */
  readonly node: number
  /** Number of the connection. */
  readonly connection: number
  /** The first word, in upper case. */
  readonly name: string
  /** All words as text, the name first and as it was sent. */
  readonly args: ReadonlyArray<string>
  /** The same as bytes. */
  readonly bytes: ReadonlyArray<Uint8Array>
}

/**
 * What the commands on a connection have made of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConnectionState {
  readonly protocol: 2 | 3
  /** Who it is; `undefined` before AUTH where the script has users. */
  readonly user: string | undefined
  /** By CLIENT SETNAME. */
  readonly name: string | undefined
  readonly database: number
  /** After READONLY. */
  readonly readOnly: boolean
  /** Whether the command before was ASKING. */
  readonly asking: boolean
}

/**
 * A connection, as handlers see it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedConnection extends ConnectionState {
  /** From 1, in the order of acceptance over all nodes. */
  readonly number: number
  readonly node: ScriptedNode
  readonly nodes: ReadonlyArray<ScriptedNode>
  /** For handlers that answer HELLO, AUTH, SELECT and the like themselves. */
  readonly update: (state: Partial<ConnectionState>) => void
}

/**
 * Answers a command, or gives `undefined` to leave it to who is asked next.
 *
 * @category models
 * @since 0.1.0
 */
export type Handler = (command: ReceivedCommand, connection: ScriptedConnection) => Answer | undefined

/**
 * Which command: text is its name, with subcommand and leading arguments if wanted (`CLUSTER SLOTS`), in any case; a list is all
 * of its words, the name in any case, the others exactly, as a pattern, or as a condition.
 *
 * @category models
 * @since 0.1.0
 */
export type CommandPattern = string | ReadonlyArray<string | RegExp | ((word: string) => boolean)>

/**
 * A command that must come, and what it is answered with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Expectation {
  readonly command: CommandPattern
  readonly answer: Answer | Handler
  /** How often in a row. */
  readonly count: number
  /** Index of the node that it must come to; `undefined`: any. */
  readonly node: number | undefined
  readonly times: (count: number) => Expectation
  readonly onNode: (index: number) => Expectation
}

/**
 * A shard of a scripted cluster. Nodes are given by their index.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedShard {
  readonly slots: ReadonlyArray<SlotRange>
  readonly primary: number
  readonly replicas?: ReadonlyArray<number> | undefined
}

/**
 * A cluster as one of its nodes describes it in CLUSTER SLOTS, SHARDS, NODES, INFO and MYID.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScriptedCluster {
  readonly shards: ReadonlyArray<ScriptedShard>
  /** Default `ok`. */
  readonly state?: "ok" | "fail" | undefined
  /** `cluster_current_epoch`. Default 1. */
  readonly epoch?: number | undefined
  /** Hosts by node index, where they shall be others than 127.0.0.1: a name, `""`, `"?"`, or `null` for the null endpoint. */
  readonly hosts?: Readonly<Record<number, string | null>> | undefined
  /** Ports by node index, where they shall be others than the real ones. */
  readonly ports?: Readonly<Record<number, number>> | undefined
  /** Node ids by node index, where they shall be others than `ScriptedNode.id`. */
  readonly ids?: Readonly<Record<number, string>> | undefined
  /** Announced host names by node index, given as metadata. */
  readonly hostnames?: Readonly<Record<number, string>> | undefined
  /** Health by node index in CLUSTER SHARDS. Default `online`. */
  readonly health?: Readonly<Record<number, "online" | "fail" | "loading">> | undefined
}

const words = (pattern: string): ReadonlyArray<string> => pattern.trim().split(/\s+/)

const isWord = (word: string, wanted: string | RegExp | ((word: string) => boolean), isName: boolean): boolean => {
  if (typeof wanted === "function") return wanted(word)
  if (typeof wanted !== "string") return word.search(wanted) !== -1
  return isName ? word.toUpperCase() === wanted.toUpperCase() : word === wanted
}

/**
 * Whether a command is one of those that the pattern means.
 *
 * @category predicates
 * @since 0.1.0
 */
export const matchesCommand = (pattern: CommandPattern, args: ReadonlyArray<string | Uint8Array>): boolean => {
  const text = (index: number): string | undefined => {
    const arg = args[index]
    return typeof arg === "object" ? textOf(arg) : arg
  }
  if (typeof pattern === "string") {
    return words(pattern).every((wanted, index) => text(index)?.toUpperCase() === wanted.toUpperCase())
  }
  return (
    pattern.length === args.length && pattern.every((wanted, index) => isWord(text(index) ?? "", wanted, index === 0))
  )
}

const expectation = (fields: Pick<Expectation, "command" | "answer" | "count" | "node">): Expectation => ({
  ...fields,
  times: (count) => expectation({ ...fields, count }),
  onNode: (node) => expectation({ ...fields, node })
})

/**
 * Helpers for scripts.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Script = {
  /** A command that must come next, as in `Script.expect(["GET", "key"]).reply("value")`. */
  expect: (command: CommandPattern) => {
    const answer = (answer: Answer | Handler) => expectation({ command, answer, count: 1, node: undefined })
    return {
      /** It is answered with this value. */
      reply: (value: WireValue): Expectation => answer(Answer.reply(value)),
      /** It is answered with this error. */
      error: (text: string): Expectation => answer(Answer.error(text)),
      /** It is answered in this way; a handler that gives `undefined` leaves it to the script's own handler. */
      answer
    }
  },
  /** A handler that knows these commands, each by its pattern (`GET`, `CLUSTER SLOTS`); the first that fits answers. */
  table: (answers: Readonly<Record<string, Answer | Handler>>): Handler => {
    const entries = Object.entries(answers)
    return (command, connection) => {
      for (const [pattern, answer] of entries) {
        if (!matchesCommand(pattern, command.args)) continue
        return typeof answer === "function" ? answer(command, connection) : answer
      }
      return undefined
    }
  },
  /** Asks the handlers in turn until one answers. */
  first:
    (...handlers: ReadonlyArray<Handler>): Handler =>
    (command, connection) => {
      for (const handler of handlers) {
        const answer = handler(command, connection)
        if (answer !== undefined) return answer
      }
      return undefined
    },
  /** A cluster whose shards have one node each, from 0 on, and equal runs of slots. */
  evenCluster: (primaries: number): ScriptedCluster => ({
    shards: Array.from({ length: primaries }, (_, primary) => ({
      slots: [slotsOfPrimary(primary, primaries)],
      primary
    }))
  })
} as const
