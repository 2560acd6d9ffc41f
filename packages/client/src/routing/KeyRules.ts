/**
 * The keys of raw commands of which nobody told where they stand. A cluster must know them, and its servers do: they are asked.
 *
 * **Details**
 *
 * COMMAND INFO is asked once for each name. Where it puts the keys at fixed places, or lets an argument at a fixed place count them, that
 * is a rule for all calls of the name and is kept. Where keys stand behind keywords, or only the server's own code finds them (SORT,
 * MIGRATE, some modules), the places depend on what the arguments are: COMMAND GETKEYS is asked for each such call, and nothing is kept.
 * A name that no server knows is asked for again, since a module may be loaded later. Whoever may not ask, or gets no answer, has his
 * command sent to any node as it is, from where the servers redirect it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { wordOf } from "../command/arguments.ts"
import type { Any } from "../command/Command.ts"
import type { Argument } from "../command/CommandSpec.ts"
import { commandTable } from "../command/CommandTable.ts"
import type { CommandInfo } from "../command/CommandTableReplies.ts"
import { hasUntoldKeys } from "../command/custom.ts"
import { type KeySpecification, positionsBy } from "../command/keySearch.ts"
import { asBytes, CommandImpl, implOf } from "../command/make.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { Engine } from "./Engine.ts"
import { placeOfKeyless } from "./keyless.ts"

/** Where the keys of a command stand, or that only the server can tell for each call. */
type Rule = ReadonlyArray<KeySpecification> | "ask"

interface Known {
  readonly rule: Rule
  /** By the second word, in lower case. */
  readonly subcommands: ReadonlyMap<string, Rule>
}

/** What is known of a call: the indexes of its keys, or what to ask. */
export type Found = ReadonlyArray<number> | "learn" | "ask"

const NOTHING: Known = { rule: [], subcommands: new Map() }

/** The words of a call, the name's too. */
const callOf = ({ args, spec }: CommandImpl): ReadonlyArray<Argument> => [...spec.name.split(" "), ...args]

/** What servers before 7.0 tell: one range, in which a negative end counts from the last word. */
const rangeOf = ({ firstKey, lastKey, step }: CommandInfo): ReadonlyArray<KeySpecification> => {
  if (firstKey === 0) return []
  const find = { lastKey: lastKey < 0 ? lastKey : lastKey - firstKey, keyStep: atLeastOne(step), limit: 0 }
  return [{ flags: [], begin: { type: "index", index: firstKey }, find: { type: "range", ...find } }]
}

/** A step of nothing would never end. */
const atLeastOne = (step: number): number => Math.max(1, step)

type Described = CommandInfo["keySpecifications"][number]

/** One whose places follow from the number of words, or from a number at a fixed place. A keyword may be a value as well. */
const fixed = ({ begin, find, flags }: Described): KeySpecification | undefined => {
  if (begin.type !== "index" || find.type === "unknown" || flags.includes("incomplete")) return undefined
  const keyStep = atLeastOne(find.step)
  if (find.type === "range") return { flags, begin, find: { ...find, keyStep } }
  const { firstKey, numKeysIndex } = find
  return { flags, begin, find: { type: "keyNum", keyNumIndex: numKeysIndex, firstKey, keyStep } }
}

const ruleOf = (info: CommandInfo): Rule => {
  const { flags, keySpecifications: described } = info
  // A module that finds its keys by code of its own may describe nothing, or too little.
  if (flags.includes("movablekeys") && (described.length === 0 || flags.includes("module"))) return "ask"
  if (described.length === 0) return rangeOf(info)
  const rule: Array<KeySpecification> = []
  for (const each of described) {
    const found = fixed(each)
    if (found === undefined) return "ask"
    rule.push(found)
  }
  return rule
}

/**
 * What servers have told of keys, by the names of commands.
 *
 * @category models
 * @since 0.1.0
 */
export class KeyRules {
  private readonly known = new Map<string, Known>()

  /** Keep what COMMAND INFO says of a name; nothing if the server does not know it. */
  learn(name: string, info: CommandInfo | undefined): void {
    if (info === undefined) return
    const subcommands = new Map<string, Rule>()
    for (const sub of info.subcommands) {
      subcommands.set(sub.name.slice(sub.name.indexOf("|") + 1).toLowerCase(), ruleOf(sub))
    }
    this.known.set(name, { rule: ruleOf(info), subcommands })
  }

  /** Never ask for this name again. */
  giveUp(name: string): void {
    this.known.set(name, NOTHING)
  }

  find(command: CommandImpl): Found {
    const call = callOf(command)
    const known = this.known.get(nameOf(command))
    if (known === undefined) return "learn"
    // An unknown subcommand is for the server to refuse.
    const rule =
      known.subcommands.size === 0 ? known.rule : (known.subcommands.get(wordOf(call[1]).toLowerCase()) ?? [])
    return rule === "ask" ? "ask" : (positionsBy(rule, call) ?? "ask")
  }

  /** Whether the keys of a command are to be found out before it is sent: they decide the node, nobody told them, and it may have some. */
  areOpen(command: CommandImpl): boolean {
    const { spec } = command
    return (
      hasUntoldKeys(spec) &&
      command.args.length > 0 &&
      command.invalid === undefined &&
      !spec.connectionState &&
      spec.blocking === undefined &&
      placeOfKeyless(command) === "anyNode"
    )
  }

  /** Run commands, those whose keys nobody told with what the servers say, in the time that asking leaves. */
  run<A>(
    engine: Engine,
    commands: ReadonlyArray<CommandImpl>,
    allowed: number,
    run: (commands: ReadonlyArray<CommandImpl>, allowed: number) => Effect.Effect<A, RedisError>
  ): Effect.Effect<A, RedisError> {
    if (!commands.some((command) => this.areOpen(command))) return run(commands, allowed)
    return Effect.suspend(() => {
      const deadline = engine.now() + allowed
      const open = new Set(commands.filter((command) => this.areOpen(command)))
      const unknown = new Set([...open].filter((command) => this.find(command) === "learn").map(nameOf))
      const learnt = Effect.forEach(unknown, (name) => learn(engine, this, name, deadline), together)
      const told = Effect.forEach(
        commands,
        (command) => (open.has(command) ? tell(engine, this, command, deadline) : Effect.succeed(command)),
        together
      )
      return Effect.flatMap(Effect.andThen(learnt, told), (all) => run(all, Math.max(0, deadline - engine.now())))
    })
  }
}

const nameOf = ({ spec }: CommandImpl): string => spec.name.split(" ", 1)[0]!

/** The command with keys at these indexes of the whole call. */
const withKeys = (command: CommandImpl, indexes: ReadonlyArray<number>): CommandImpl => {
  const { args, reply, spec, view } = command
  const words = spec.name.split(" ").length
  const keys = indexes.map((at) => at - words).filter((at) => at >= 0 && at < args.length)
  const singleKey = keys.length === 0 ? -1 : keys.length === 1 ? keys[0]! : -2
  return new CommandImpl({ ...spec, keys: () => keys, singleKey }, args, reply, view)
}

const encoder = new TextEncoder()

const bytesOf = (argument: Argument): Uint8Array =>
  argument instanceof Uint8Array ? argument : encoder.encode(String(argument))

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])

/** The indexes of words that are these keys: which of several equal words is one makes no difference to the slot. */
const indexesOf = (call: ReadonlyArray<Argument>, keys: ReadonlyArray<Uint8Array>): ReadonlyArray<number> => {
  const words = call.map(bytesOf)
  return keys.map((key) => words.findIndex((word) => equal(word, key)))
}

/** Answers after which asking again is useless. */
const hopeless: ReadonlySet<string> = new Set(["Decode", "NoPermission", "ServerReply"])

const together = { concurrency: "unbounded" } as const

/** A question in what is left of the time; a failure is an answer, too. */
const ask = (engine: Engine, question: Any, deadline: number) =>
  Effect.suspend(() => Effect.result(engine.run(implOf(question), Math.max(0, deadline - engine.now()))))

const learn = (engine: Engine, rules: KeyRules, name: string, deadline: number): Effect.Effect<void> =>
  Effect.map(ask(engine, commandTable.commandInfo([name]), deadline), (result) => {
    if (Result.isSuccess(result)) rules.learn(name, (result.success as ReadonlyArray<CommandInfo | undefined>)[0])
    else if (hopeless.has(result.failure.reason._tag)) rules.giveUp(name)
  })

const tell = (engine: Engine, rules: KeyRules, command: CommandImpl, deadline: number): Effect.Effect<CommandImpl> => {
  const found = rules.find(command)
  if (found === "learn") return Effect.succeed(command)
  if (found !== "ask") return Effect.succeed(withKeys(command, found))
  const call = callOf(command)
  // An error says that the call has no keys, or that the server will refuse it.
  return Effect.map(ask(engine, asBytes(commandTable.commandGetKeys(call)), deadline), (result) =>
    Result.isFailure(result) ? command : withKeys(command, indexesOf(call, result.success as ReadonlyArray<Uint8Array>))
  )
}
