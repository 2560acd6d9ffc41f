/**
 * Commands that create many hashes of the same fields: their names are told once for a connection, then each hash is its values. Redis
 * 8.10. All of them change or need the state of their connection, so that the shared one refuses them.
 *
 * @since 0.1.0
 */
import { append, type Several, several } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type KeyPositions, type Text } from "./CommandSpec.ts"
import { make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Commands that create hashes from prepared fields, as constructors or as methods. They are for a connection of one's own.
 *
 * @category models
 * @since 0.1.0
 */
export interface HashImportCommands<F extends CommandLambda> {
  /** Let this connection forget a set of fields; whether it had it. Redis 8.10. */
  hImportDiscard(fieldset: Text): Kind<F, boolean>
  /** Let this connection forget all its sets of fields; how many there were. Redis 8.10. */
  hImportDiscardAll(): Kind<F, number>
  /** Name a set of different fields for this connection, over what had that name. None is `InvalidArgument`. Redis 8.10. */
  hImportPrepare(fieldset: Text, ...fields: Several<Text>): Kind<F, void>
  /** Write a hash (over any) of prepared fields: as many values, in their order. None is `InvalidArgument`. Redis 8.10. */
  hImportSet(key: Text, fieldset: Text, ...values: Several<Argument>): Kind<F, void>
}

const onConnection = (word: string, keys: KeyPositions = "none"): CommandSpec =>
  defineSpec({ name: `HIMPORT ${word}`, keys, retry: "lastWriteWins", connectionState: true })

const DISCARD = onConnection("DISCARD")
const DISCARDALL = onConnection("DISCARDALL")
const PREPARE = onConnection("PREPARE")
const SET = onConnection("SET", "first")

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hashImport: HashImportCommands<AsCommand> = {
  hImportDiscard: (fieldset) => make(DISCARD, [fieldset], Reply.boolean),
  hImportDiscardAll: () => make(DISCARDALL, [], Reply.integer),
  hImportPrepare: (fieldset, ...fields) => {
    const names = several(fields)
    const problem = names.length === 0 ? "expected at least one field" : undefined
    return makeChecked(PREPARE, append([fieldset], names), Reply.ok, problem, 1)
  },
  hImportSet: (key, fieldset, ...values) => {
    const all = several(values)
    const problem = all.length === 0 ? "expected at least one value" : undefined
    return makeChecked(SET, append([key, fieldset], all), Reply.ok, problem, 2)
  }
}
