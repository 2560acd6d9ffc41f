/**
 * The lines of MONITOR. Pure.
 *
 * @since 0.1.0
 */

/**
 * A command that the server ran. `at` is the server's time in milliseconds, with its microseconds as the fraction. `client` is the address of who
 * sent it, the path of a Unix socket, or `undefined` for a script's. Arguments are as the server shows them, with bytes that are no ASCII as
 * one character each (0-255); passwords are left out by the server.
 *
 * @category models
 * @since 0.1.0
 */
export interface MonitorLine {
  readonly _tag: "MonitorLine"
  readonly at: number
  readonly database: number
  readonly source: "tcp" | "unix" | "script"
  readonly client: string | undefined
  readonly command: string
  readonly args: ReadonlyArray<string>
}

const LINE = /^(\d+\.\d+) \[(\d+) ([^\]]*(?:\][^\]]*)*?)\] (.*)$/s
/** To a quote behind which the next word or nothing comes: Valkey 8.1.1 does not escape those within a word. */
const WORD = /"((?:\\.|[^\\])*?)"(?= "|$)/gs
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|(.))/gs

const characters: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" }

const unescape = (text: string): string =>
  text.replace(ESCAPE, (_, hex: string | undefined, letter: string | undefined) =>
    hex === undefined ? (characters[letter ?? ""] ?? letter ?? "") : String.fromCharCode(Number.parseInt(hex, 16))
  )

/** What a line says; `undefined` if it is none. */
export const monitorLineOf = (text: string): MonitorLine | undefined => {
  const found = LINE.exec(text)
  if (found === null) return undefined
  const [, seconds, database, from = "", rest = ""] = found
  const [command, ...args] = Array.from(rest.matchAll(WORD), (word) => unescape(word[1] ?? ""))
  if (command === undefined) return undefined
  const source = from === "lua" ? "script" : from.startsWith("unix:") ? "unix" : "tcp"
  return {
    _tag: "MonitorLine",
    at: Number(seconds) * 1000,
    database: Number(database),
    source,
    client: source === "script" ? undefined : source === "unix" ? from.slice("unix:".length) : from,
    command,
    args
  }
}
