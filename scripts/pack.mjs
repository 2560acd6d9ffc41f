// What `npm pack` and `npm publish` need around them. In the workspace the packages' `exports` point at `src`, so that nothing
// has to be built to run or test; published they point at `dist`, as `publishConfig.exports` says. npm itself does not apply
// that field, so each public package calls this script as its `prepack` and `postpack`:
//
//   prepack   builds dist, puts the published package.json and the licence in place, keeps the original beside it
//   postpack  puts the original back
//   restore   the same for every package: for a machine on which packing was cut off
//   check     packs all public packages, has publint and attw look at them, installs them in an empty project, type-checks and
//             runs a program there, and measures what a program that only gets a key has to load (`npm run packages:check`)
import { spawnSync } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { isDeepStrictEqual } from "node:util"
import { isAtLeast, LIBRARY_NODE } from "./lib/node.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The workspace's package.json while the published one stands in its place (ignored by git). */
const ORIGINAL = "package.json.workspace"

/** The outputs of one source file, by their endings. */
const OUTPUT = /\.(?:js|d\.ts)(?:\.map)?$/

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`)

const execute = (command, args, cwd) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? `${stdout}${stderr}`}`)
}

const tool = (path, args, cwd) => execute(process.execPath, [join(root, "node_modules", path), ...args], cwd)

/**
 * The package.json that is published: its `exports` are those of `publishConfig`, which loses them, and the scripts, which
 * only make sense in the workspace, are gone.
 */
export const publishedManifest = (manifest) => {
  const { exports, ...publishConfig } = manifest.publishConfig ?? {}
  if (exports === undefined) throw new Error(`${manifest.name}: publishConfig.exports is missing`)
  const missing = Object.keys(manifest.exports).filter((path) => !(path in exports))
  if (missing.length > 0) throw new Error(`${manifest.name}: publishConfig.exports lacks ${missing.join(", ")}`)
  const { scripts, ...rest } = manifest
  return { ...rest, exports, publishConfig }
}

/** Files of dist whose source is gone: `tsc -b` leaves them, and they would be published. */
export const staleOutputs = (outputs, sources) => {
  const known = new Set(sources.map((path) => path.replace(/\.ts$/, "")))
  return outputs.filter((path) => OUTPUT.test(path) && !known.has(path.replace(OUTPUT, "")))
}

const filesBelow = (folder) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: false }).map(String) : []

const build = (folder) => {
  const dist = join(folder, "dist")
  for (const path of staleOutputs(filesBelow(dist), filesBelow(join(folder, "src")))) rmSync(join(dist, path))
  tool("typescript/bin/tsc", ["-b", folder], root)
}

const restore = (folder) => {
  const original = join(folder, ORIGINAL)
  const file = join(folder, "package.json")
  if (!existsSync(original)) return
  if (!isDeepStrictEqual(readJson(file), publishedManifest(readJson(original)))) {
    throw new Error(
      `${file} was edited while packing was under way: take over what is new into ${ORIGINAL}, then rename it`
    )
  }
  renameSync(original, file)
  rmSync(join(folder, "LICENSE"), { force: true })
}

const prepack = (folder) => {
  // After a packing that was cut off the published package.json still stands there.
  restore(folder)
  build(folder)
  const file = join(folder, "package.json")
  const published = publishedManifest(readJson(file))
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"))
  copyFileSync(file, join(folder, ORIGINAL))
  writeJson(file, published)
}

const publicPackages = () =>
  readdirSync(join(root, "packages"))
    .map((name) => join(root, "packages", name))
    .filter(
      (folder) => existsSync(join(folder, "package.json")) && readJson(join(folder, "package.json")).private !== true
    )

/** Every entry point of a published package, as an application names it; patterns and files that are not modules are left out. */
export const entryPoints = (manifest) =>
  Object.entries(manifest.exports)
    .filter(([path, target]) => !path.includes("*") && typeof target === "object" && target !== null)
    .map(([path]) => manifest.name + path.slice(1))

const CONSUMER_TSCONFIG = {
  compilerOptions: {
    module: "NodeNext",
    target: "ES2023",
    lib: ["ES2023", "DOM"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true
  },
  files: ["program.mts"]
}

/** Imports each entry point, so that its types are checked and its modules are run. */
const consumerProgram = (names) =>
  [
    ...names.map((name, index) => `import * as entry${index} from ${JSON.stringify(name)}`),
    "const entries: Record<string, object> = {",
    names.map((name, index) => `  ${JSON.stringify(name)}: entry${index}`).join(",\n"),
    "}",
    'for (const [name, entry] of Object.entries(entries)) console.log(name, Object.keys(entry).length, "exports")',
    ""
  ].join("\n")

const check = async () => {
  // Only here: to pack and to publish neither a linter nor a bundler is needed.
  const { coreSize, lintTarball, sizeReport } = await import("./lib/packages.mjs")
  const folders = publicPackages()
  const target = mkdtempSync(join(tmpdir(), "reef-pack-"))
  try {
    const tarballs = folders.map((folder) => {
      const { name } = readJson(join(folder, "package.json"))
      const args = ["pack", "-w", name, "--json", "--silent", "--pack-destination", target]
      const [packed] = JSON.parse(execute("npm", args, root))
      return join(target, basename(packed.filename))
    })
    if (folders.some((folder) => existsSync(join(folder, ORIGINAL)))) throw new Error("postpack did not run")

    const problems = (await Promise.all(tarballs.map((file) => lintTarball(root, file)))).flat()
    if (problems.length > 0) throw new Error(`publint or attw found problems:\n${problems.join("\n")}`)
    console.log(`${folders.length} packages: nothing found by publint and attw`)

    const { devDependencies } = readJson(join(root, "package.json"))
    const pinned = ["effect", "@effect/platform-node", "@types/node"].map((name) => `${name}@${devDependencies[name]}`)
    writeJson(join(target, "package.json"), { name: "consumer", private: true, type: "module" })
    execute("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...tarballs, ...pinned], target)

    const installed = folders.map((folder) =>
      readJson(join(target, "node_modules", readJson(join(folder, "package.json")).name, "package.json"))
    )
    const leaks = installed.filter((manifest) => JSON.stringify(manifest.exports).includes("./src/"))
    if (leaks.length > 0) throw new Error(`exports of ${leaks.map(({ name }) => name).join(", ")} point at src`)
    writeFileSync(join(target, "program.mts"), consumerProgram(installed.flatMap(entryPoints)))
    writeJson(join(target, "tsconfig.json"), CONSUMER_TSCONFIG)
    tool("typescript/bin/tsc", ["-p", target], target)
    process.stdout.write(execute(process.execPath, ["program.mts"], target))
    console.log(sizeReport(await coreSize(target)))
  } finally {
    rmSync(target, { recursive: true, force: true })
  }
  console.log(`${folders.length} packages: packed, installed, type-checked and loaded`)
}

const COMMANDS = {
  prepack: () => prepack(process.cwd()),
  postpack: () => restore(process.cwd()),
  restore: () => publicPackages().forEach(restore),
  check
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const command = COMMANDS[process.argv[2] ?? ""]
  if (command === undefined) throw new Error(`usage: node scripts/pack.mjs ${Object.keys(COMMANDS).join("|")}`)
  if (!isAtLeast(process.versions.node, LIBRARY_NODE)) throw new Error(`packing needs Node ${LIBRARY_NODE} or newer`)
  await command()
}
