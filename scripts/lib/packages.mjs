// What is asked of a packed package before it may be published: no mistake in its manifest, types that every resolver of a
// modern compiler finds, and a small core.
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { gzipSync } from "node:zlib"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { rolldown } from "rolldown"

/** The promise of the README: what a program of one server loads, minified and compressed, without Effect and Node's own. */
export const CORE_LIMIT_BYTES = 60_000

/** A program that uses as little as there is to use; the methods of `Redis` are all there, since they are one object. */
const CORE_PROGRAM = `
import { Redis, RedisLive } from "@reef-redis/node"
import * as Effect from "effect/Effect"
const program = Effect.flatMap(Redis, (redis) => redis.get("key"))
export const run = Effect.runPromise(Effect.provide(program, RedisLive({ url: "redis://127.0.0.1:6379" })))
`

/** What is not of this library: the peers, which a program has anyway, and Node itself. */
const EXTERNAL = /^(?:effect|@effect\/[^/]+|node:[^/]+)(?:\/|$)/

/**
 * What publint and attw have to say against a packed package. attw judges it as what it is: modules only, no CommonJS, for
 * resolvers that know `exports`.
 *
 * @param {string} root of the repository
 * @param {string} tarball
 * @returns {Promise<string[]>}
 */
export const lintTarball = async (root, tarball) => {
  const name = basename(tarball)
  const { messages, pkg } = await publint({
    pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
    strict: true
  })
  const problems = messages.map((message) => `${name}: publint: ${formatMessage(message, pkg, { color: false })}`)
  const attw = join(root, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js")
  const args = [
    attw,
    tarball,
    "--profile",
    "esm-only",
    "--no-definitely-typed",
    "--no-color",
    "--no-emoji",
    "-f",
    "ascii"
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
  return status === 0 ? problems : [...problems, `${name}: attw:\n${stdout}${stderr}`]
}

/**
 * The size of the core, of the packages as they are installed in `folder`.
 *
 * @param {string} folder
 * @returns {Promise<{ minified: number, compressed: number }>} in bytes
 */
export const coreSize = async (folder) => {
  const input = join(folder, "core.mjs")
  writeFileSync(input, CORE_PROGRAM)
  const unresolved = []
  const bundle = await rolldown({
    input,
    cwd: folder,
    platform: "node",
    external: EXTERNAL,
    logLevel: "warn",
    onLog: (_level, log) => unresolved.push(stripVTControlCharacters(log.message).split("\n")[0])
  })
  try {
    const { output } = await bundle.generate({ format: "esm", minify: true })
    // A module that was not found would be left out and make the core look small.
    if (unresolved.length > 0) throw new Error(`bundling the core: ${unresolved.join("; ")}`)
    const chunks = new Map(output.flatMap((chunk) => (chunk.type === "chunk" ? [[chunk.fileName, chunk]] : [])))
    // What is imported only when it is asked for (telemetry) is not loaded by the program.
    const loaded = new Set()
    const load = (name) => {
      const chunk = chunks.get(name)
      if (chunk === undefined || loaded.has(chunk)) return
      loaded.add(chunk)
      chunk.imports.forEach(load)
    }
    for (const [name, chunk] of chunks) if (chunk.isEntry) load(name)
    const code = [...loaded].map((chunk) => chunk.code).join("")
    return { minified: Buffer.byteLength(code), compressed: gzipSync(code, { level: 9 }).length }
  } finally {
    await bundle.close()
  }
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`

/** One line about the size; fails above the limit. */
export const sizeReport = ({ minified, compressed }) => {
  const text = `core (Redis, RedisLive, get): ${kilobytes(compressed)} gzipped, ${kilobytes(minified)} minified`
  const limit = kilobytes(CORE_LIMIT_BYTES)
  if (compressed > CORE_LIMIT_BYTES) throw new Error(`${text}: more than ${limit}`)
  return `${text}; the limit is ${limit}`
}
