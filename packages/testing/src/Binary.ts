/**
 * Finding the server program: Redis or Valkey, whichever the machine has.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { ServerError } from "./ServerError.ts"

/**
 * A server program that exists on this machine, and what it says of itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerBinary {
  readonly path: string
  readonly product: "redis" | "valkey"
  /** As printed by `--version`, such as `7.0.15`. */
  readonly version: string
  /** The first part of `version`. */
  readonly major: number
}

/** Environment variable that names the program for a whole test run. */
const BINARY_VARIABLE = "REEF_SERVER"
const DEFAULT_NAMES = ["redis-server", "valkey-server"]
/** `--version` only prints; a program that takes longer is not a server. */
const VERSION_TIMEOUT_MILLIS = 10_000
/** `Redis server v=7.0.15 sha=…` and `Valkey server v=8.0.1 sha=…`. */
const VERSION_PATTERN = /^(redis|valkey) server v=((\d+)\.\S+)/i

const INSTALL_HINT =
  "install Redis (Debian and Ubuntu: `apt-get install redis-server`; macOS: `brew install redis`) " +
  "or Valkey (`apt-get install valkey-server`, `brew install valkey`), " +
  `or set ${BINARY_VARIABLE} or the option \`binary\` to the path of a server program`

const notFound = (detail: string): ServerError =>
  new ServerError({
    reason: "BinaryNotFound",
    action: "find a Redis or Valkey server",
    detail: `${detail}; ${INSTALL_HINT}`,
    log: ""
  })

const isExecutable = (file: string): Effect.Effect<boolean> =>
  Effect.promise(async () => {
    try {
      await fs.access(file, constants.X_OK)
      return (await fs.stat(file)).isFile()
    } catch {
      return false
    }
  })

/** A name with a slash is a path; any other is looked up as a shell would. */
const locate = Effect.fnUntraced(function* (name: string) {
  const places = name.includes(path.sep)
    ? [path.resolve(name)]
    : (process.env.PATH ?? "").split(path.delimiter).map((folder) => path.join(folder, name))
  for (const place of places) {
    if (yield* isExecutable(place)) return place
  }
  return undefined
})

const printVersion = (file: string): Effect.Effect<string, ServerError> =>
  Effect.callback((resume) => {
    const child = execFile(file, ["--version"], { timeout: VERSION_TIMEOUT_MILLIS }, (error, stdout) =>
      resume(error === null ? Effect.succeed(stdout) : Effect.fail(notFound(`\`${file} --version\` failed: ${error}`)))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/**
 * Finds a server program and asks it for its version.
 *
 * **Details**
 *
 * The first of these that is given decides: the option `binary`, the environment variable `REEF_SERVER` (both a path, or a
 * name to be looked up on `PATH`), and otherwise `redis-server` or else `valkey-server` on `PATH`. Fails with the reason
 * `BinaryNotFound` if there is none, or if the program that was asked for does not say that it is a server.
 *
 * @category constructors
 * @since 0.1.0
 */
export const findBinary = Effect.fnUntraced(function* (
  options: { readonly binary?: string | undefined } = {}
): Effect.fn.Return<ServerBinary, ServerError> {
  const variable = process.env[BINARY_VARIABLE]
  const asked = options.binary ?? (variable === "" ? undefined : variable)
  const names = asked === undefined ? DEFAULT_NAMES : [asked]
  for (const name of names) {
    const file = yield* locate(name)
    if (file === undefined) continue
    const printed = yield* printVersion(file)
    const match = VERSION_PATTERN.exec(printed)
    if (match === null) return yield* notFound(`\`${file} --version\` printed ${JSON.stringify(printed.slice(0, 80))}`)
    return {
      path: file,
      product: match[1]!.toLowerCase() === "valkey" ? "valkey" : "redis",
      version: match[2]!,
      major: Number(match[3])
    }
  }
  return yield* notFound(
    asked === undefined ? `neither ${names.join(" nor ")} is on PATH` : `there is no program ${JSON.stringify(asked)}`
  )
})
