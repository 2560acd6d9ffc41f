// Which module may import which, checked on every `npm test`. The linter's noRestrictedImports matches the text of an import
// and cannot tell a type-only one from a value, nor does it see a folder that has no place yet; hence this script.
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join, posix, sep } from "node:path"
import { fileURLToPath } from "node:url"

/** The folders of packages/client/src from the bottom up: a folder imports itself and what stands before it. */
export const LAYERS = ["protocol", "error", "command", "topology", "telemetry", "connection", "routing", "pubsub"]

/** Folders of the client that know nothing of Effect. */
const WITHOUT_EFFECT = ["protocol"]

/** Type-only imports that may go upward: a Command is an Effect that requires the Redis service. */
const UPWARD_TYPES = [{ from: "command", to: "Redis.ts" }]

/** What each package's src may import by name; the private ones are free within their dependencies, as any application is. */
const EXTERNALS = {
  client: ["effect"],
  node: ["effect", "@effect/platform-node", "@reef-redis/client", "node:"],
  testing: ["effect", "@effect/platform-node", "@reef-redis/client", "node:"]
}

// Statements as the formatter leaves them: at the start of a line, names in one pair of braces.
const STATEMENT =
  /^(?:import|export)\s+(type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*(?:\s*as\s+[\w$]+)?\s*|\{[^}]*\}\s*)?from\s*"([^"]+)"/gm
const SIDE_EFFECT = /^import\s*"([^"]+)"/gm
const DYNAMIC = /^(?!\s*(?:\*|\/\/)).*?\bimport\(\s*"([^"]+)"/gm

/**
 * The imports of one module. `value` ones are there at run time when the module is loaded: `import { type A }` is one (under
 * verbatimModuleSyntax the import itself stays), `import("…")` is not.
 *
 * @param {string} source
 * @returns {{ specifier: string, kind: "value" | "type" | "dynamic" }[]}
 */
export const importsOf = (source) => [
  ...Array.from(source.matchAll(STATEMENT), (m) => ({ specifier: m[2], kind: m[1] === undefined ? "value" : "type" })),
  ...Array.from(source.matchAll(SIDE_EFFECT), (m) => ({ specifier: m[1], kind: "value" })),
  ...Array.from(source.matchAll(DYNAMIC), (m) => ({ specifier: m[1], kind: "dynamic" }))
]

/** Whether `specifier` is `name`, a path within it, or a module of the scheme that `name` is. */
const isFrom = (specifier, name) =>
  name.endsWith(":") ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`)

/** The layer of a path within client/src: that of its folder, or above all folders for root modules and src/internal. */
const layerOf = (path) => {
  const folder = path.includes("/") ? path.slice(0, path.indexOf("/")) : ""
  if (folder === "" || folder === "internal") return { folder: "the root of src", height: LAYERS.length }
  return { folder, height: LAYERS.indexOf(folder) }
}

const layerProblem = (path, target, kind) => {
  const from = layerOf(path)
  const to = layerOf(target)
  if (from.height >= to.height) return undefined
  if (kind === "type" && UPWARD_TYPES.some((rule) => rule.from === from.folder && rule.to === target)) return undefined
  return `${from.folder} may not import ${to.folder} ("${target}"): imports go only downward`
}

const importProblem = (name, path, { specifier, kind }) => {
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(path), specifier)
    if (target.startsWith("..")) return `"${specifier}" leaves the package's src: import the package by its name`
    return name === "client" ? layerProblem(path, target, kind) : undefined
  }
  const allowed = EXTERNALS[name]
  if (allowed !== undefined && !allowed.some((external) => isFrom(specifier, external))) {
    return `packages/${name} may import only ${allowed.join(", ")}, not "${specifier}"`
  }
  if (name === "client" && WITHOUT_EFFECT.includes(layerOf(path).folder)) {
    return `${layerOf(path).folder} may not import "${specifier}": it knows nothing of Effect`
  }
  return undefined
}

/**
 * The cycles among value imports: each as the modules in order of import, the first again at the end. In such a cycle a module
 * is run before one that it imports, and which one depends on where the program starts.
 *
 * @param {Map<string, readonly string[]>} graph
 */
export const cyclesOf = (graph) => {
  const done = new Set()
  const cycles = []
  const visit = (node, trail) => {
    const start = trail.indexOf(node)
    if (start !== -1) cycles.push([...trail.slice(start), node])
    if (start !== -1 || done.has(node)) return
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return cycles
}

/**
 * The problems of one package's src.
 *
 * @param {string} name the folder of the package
 * @param {ReadonlyMap<string, string>} sources text by path within src, with forward slashes
 * @returns {string[]}
 */
export const checkPackage = (name, sources) => {
  const problems = []
  const graph = new Map()
  for (const [path, source] of sources) {
    const imports = importsOf(source)
    if (name === "client" && layerOf(path).height === -1) {
      problems.push(`packages/client/src/${path}: the folder has no place in LAYERS of scripts/check-imports.mjs`)
    }
    for (const each of imports) {
      const problem = importProblem(name, path, each)
      if (problem !== undefined) problems.push(`packages/${name}/src/${path}: ${problem}`)
    }
    const values = imports.filter(({ kind, specifier }) => kind === "value" && specifier.startsWith("."))
    graph.set(
      path,
      values.map(({ specifier }) => posix.join(posix.dirname(path), specifier))
    )
  }
  for (const cycle of cyclesOf(graph)) problems.push(`packages/${name}/src: import cycle ${cycle.join(" -> ")}`)
  return problems
}

const readSources = (folder) => {
  const paths = readdirSync(folder, { recursive: true }).filter((path) => /\.[cm]?[jt]s$/.test(path))
  return new Map(paths.map((path) => [path.split(sep).join("/"), readFileSync(join(folder, path), "utf8")]))
}

/** The problems of all packages below `root`. */
export const checkRepository = (root) =>
  readdirSync(join(root, "packages")).flatMap((name) => {
    const src = join(root, "packages", name, "src")
    return existsSync(src) ? checkPackage(name, readSources(src)) : []
  })

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const problems = checkRepository(dirname(dirname(fileURLToPath(import.meta.url))))
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
}
