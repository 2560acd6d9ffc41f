/**
 * The little that the harness does with files, with its own error.
 */
import * as fs from "node:fs/promises"
import * as Effect from "effect/Effect"
import { ServerError } from "../ServerError.ts"

/** How much of a log an error shows: the end is where a server says why it gave up. */
const LOG_TAIL_LINES = 25

export const fileEffect = <A>(action: string, run: () => Promise<A>): Effect.Effect<A, ServerError> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => new ServerError({ reason: "FileSystem", action, detail: String(error), log: "" })
  })

/** The text of a log, or nothing if there is none yet. */
export const readLog = (file: string): Effect.Effect<string> =>
  Effect.promise(() => fs.readFile(file, "utf8").catch(() => ""))

export const logTail = (log: string): string => log.trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n")

/** A value as the servers' configuration files want it, whatever characters it has. */
export const quote = (value: string): string => `"${value.replace(/[\\"]/g, "\\$&")}"`
