/**
 * What the groups of commands about a server share: descriptions of commands without keys, and their HELP.
 *
 * @since 0.1.0
 */
import type { Command } from "./Command.ts"
import { type CommandSpec, defineSpec, type RetryCategory } from "./CommandSpec.ts"
import { make } from "./make.ts"
import * as Reply from "./Reply.ts"

/** A command without keys. */
export const keyless = (name: string, retry: RetryCategory | CommandSpec["retry"] = "readOnly"): CommandSpec =>
  defineSpec({ name, keys: "none", retry })

/** A command without keys that changes its connection: the shared one refuses it. Again, it comes to the same. */
export const ofConnection = (name: string): CommandSpec =>
  defineSpec({ name, keys: "none", retry: "idempotent", connectionState: true })

/** Names and lines of text that are the same in both views. */
export const strings: Reply.Reply<Array<string>> = Reply.same(Reply.array(Reply.string).text)

/** The HELP of a family of commands: the server's own lines. */
export const helpOf = (family: string): (() => Command<Array<string>>) => {
  const spec = keyless(`${family} HELP`)
  return () => make(spec, [], strings)
}
