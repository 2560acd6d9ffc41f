/**
 * Reading a server's append-only files, to prove what the server itself lost or kept: a write that the server acknowledged
 * stands in them, because it writes them before it answers.
 *
 * @since 0.1.0
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { fileEffect } from "./internal/files.ts"
import { until, Waiting } from "./internal/wait.ts"
import { ServerError } from "./ServerError.ts"

/**
 * One file of a server's append-only log. `history` files are those that a rewrite or a full resynchronisation has replaced;
 * servers started by this package keep them, so that a write stays provable after its server has rejoined as a replica.
 *
 * @category models
 * @since 0.1.0
 */
export interface AppendOnlyFile {
  readonly name: string
  readonly kind: "base" | "increment" | "history"
  /** The sequence number that the server gave it within its kind. */
  readonly sequence: number
  /** Raw RESP commands. The last one may be incomplete while the server is writing. */
  readonly contents: Uint8Array
}

/** Directory of the log below the server's own (`appenddirname`, since Redis 7.0), and the name that its files begin with. */
const LOG_DIRECTORY = "appendonlydir"
const MANIFEST = "appendonly.aof.manifest"
const MANIFEST_LINE = /^file (\S+) seq (\d+) type ([bih])/
const KINDS: Readonly<Record<string, AppendOnlyFile["kind"]>> = { b: "base", i: "increment", h: "history" }
const READ_PAUSE_MILLIS = 10
const READ_TIMEOUT_MILLIS = 10_000

/**
 * Configuration that makes the log a complete record in plain text: commands instead of a snapshot at its head, no rewrite
 * for its size, nothing deleted.
 */
export const recordConfig: ReadonlyArray<string> = [
  "aof-use-rdb-preamble no",
  "auto-aof-rewrite-percentage 0",
  "aof-disable-auto-gc yes"
]

const readAll = async (folder: string): Promise<ReadonlyArray<AppendOnlyFile> | Waiting> => {
  const manifest = await fs.readFile(path.join(folder, MANIFEST), "utf8")
  const files: Array<AppendOnlyFile> = []
  for (const line of manifest.split("\n")) {
    const match = MANIFEST_LINE.exec(line)
    if (match === null) continue
    const name = match[1]!
    const contents = await fs.readFile(path.join(folder, name)).catch(() => undefined)
    if (contents === undefined) return new Waiting(`${name} went away while it was read`)
    files.push({ name, kind: KINDS[match[3]!]!, sequence: Number(match[2]), contents })
  }
  // A rewrite that ended meanwhile has moved commands from one file to another.
  const unchanged = (await fs.readFile(path.join(folder, MANIFEST), "utf8")) === manifest
  return unchanged ? files : new Waiting("the server keeps rewriting its log")
}

/**
 * Reads the append-only files of the server whose folder is `dir`, in the order of its manifest. Works while the server runs,
 * is frozen, or is dead; the files are those of one consistent moment of the manifest (Redis 7.0 and later).
 *
 * Fails with `FileSystem` if the server keeps no such log, and with `Deadline` if it never stands still.
 *
 * @category accessors
 * @since 0.1.0
 */
export const readAppendOnlyFiles = (dir: string): Effect.Effect<ReadonlyArray<AppendOnlyFile>, ServerError> => {
  const action = `read the append-only files in ${dir}`
  return until(
    fileEffect(action, () => readAll(path.join(dir, LOG_DIRECTORY))),
    {
      everyMillis: READ_PAUSE_MILLIS,
      deadlineMillis: READ_TIMEOUT_MILLIS,
      onDeadline: (detail) => Effect.fail(new ServerError({ reason: "Deadline", action, detail, log: "" }))
    }
  )
}
