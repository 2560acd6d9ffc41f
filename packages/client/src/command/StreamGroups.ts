/**
 * Commands that make, move and delete the consumer groups of streams. What is pending in them is in `StreamPendingCommands`.
 *
 * @since 0.1.0
 */
import { optionProblem } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * How a group is made.
 *
 * @category options
 * @since 0.1.0
 */
export interface XGroupCreateOptions extends XGroupSetIdOptions {
  /** Make the stream too if it is missing (default false: it fails). */
  readonly mkStream?: boolean | undefined
}

/**
 * What is set besides a group's last delivered id.
 *
 * @category options
 * @since 0.1.0
 */
export interface XGroupSetIdOptions {
  /** How many entries the group has read, from which its lag is known. Since 7.0. */
  readonly entriesRead?: number | undefined
}

/**
 * Commands on consumer groups, as constructors or as methods. A missing stream or group is an error, unless something else is said.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamGroupCommands<F extends CommandLambda> {
  /** Make a group that begins behind an id: `"0"` before all entries, `"$"` behind the last. An error if it is there. */
  xGroupCreate(key: Text, group: Text, id: string, options?: XGroupCreateOptions): Kind<F, void>
  /** Make a consumer; whether it is new. Since 6.2. */
  xGroupCreateConsumer(key: Text, group: Text, consumer: Text): Kind<F, boolean>
  /** Delete a consumer and what is pending for it; how many entries that was. */
  xGroupDelConsumer(key: Text, group: Text, consumer: Text): Kind<F, number>
  /** Delete a group; whether it was there. */
  xGroupDestroy(key: Text, group: Text): Kind<F, boolean>
  /** What the server says of the XGROUP commands. */
  xGroupHelp(): Kind<F, Array<string>>
  /** Let a group go on behind another id. */
  xGroupSetId(key: Text, group: Text, id: string, options?: XGroupSetIdOptions): Kind<F, void>
}

const write = (name: string, retry: RetryCategory = "lastWriteWins"): CommandSpec =>
  defineSpec({ name, keys: "first", retry })

const XGROUP_CREATE = write("XGROUP CREATE", "never")
const XGROUP_CREATECONSUMER = write("XGROUP CREATECONSUMER")
const XGROUP_DELCONSUMER = write("XGROUP DELCONSUMER")
const XGROUP_DESTROY = write("XGROUP DESTROY")
const XGROUP_HELP = defineSpec({ name: "XGROUP HELP", keys: "none", retry: "readOnly" })
const XGROUP_SETID = write("XGROUP SETID")

const groupArgs = (args: Array<Argument>, options: XGroupCreateOptions | undefined): Array<Argument> => {
  if (options?.mkStream === true) args.push("MKSTREAM")
  if (options?.entriesRead !== undefined) args.push("ENTRIESREAD", options.entriesRead)
  return args
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const streamGroups: StreamGroupCommands<AsCommand> = {
  xGroupCreate: (key, group, id, options) =>
    makeChecked(
      XGROUP_CREATE,
      groupArgs([key, group, id], options),
      Reply.ok,
      optionProblem(options, { mkStream: "flag", entriesRead: "value" })
    ),
  xGroupCreateConsumer: (key, group, consumer) => make(XGROUP_CREATECONSUMER, [key, group, consumer], Reply.boolean),
  xGroupDelConsumer: (key, group, consumer) => make(XGROUP_DELCONSUMER, [key, group, consumer], Reply.integer),
  xGroupDestroy: (key, group) => make(XGROUP_DESTROY, [key, group], Reply.boolean),
  xGroupHelp: () => make(XGROUP_HELP, [], Reply.array(Reply.string)),
  xGroupSetId: (key, group, id, options) =>
    makeChecked(
      XGROUP_SETID,
      groupArgs([key, group, id], options),
      Reply.ok,
      optionProblem(options, { entriesRead: "value" })
    )
}
