// Server versions beyond the machine's own: `node scripts/servers.mjs` (`npm run servers`) fetches those of TARGETS that are not
// here yet and lists all of them. Plain JavaScript for Node 20, as scripts/run.mjs, which uses it for `npm run test:all`.
//
// On Debian the mirror that the machine is installed from has other suites as well. Their packages are not installed: apt
// fetches and verifies them with a state of its own in a temporary folder, they are unpacked with the libraries that they need
// into `.servers` (ignored by git), and a small script per program runs them through the unpacked loader. Nothing of the
// machine changes, and no root is needed. To fetch newer packages of a version, remove `.servers`.
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { Failure, Interrupted, run, say } from "./lib/child.mjs"
import {
  aptConfig,
  aptProblem,
  closureOf,
  parseControl,
  parseSources,
  releaseArchives,
  SUITES,
  sourceOf,
  upstreamVersion
} from "./lib/debian.mjs"
import { isOf, PRODUCTS, parseVersion, planVersions, VERSION_TIMEOUT_MS } from "./lib/versions.mjs"

const APT_FOLDER = "/etc/apt"
const LANGUAGE = { LC_ALL: "C.UTF-8", LANGUAGE: "" }
/** The package lists of a suite have tens of megabytes; what is asked of them has some kilobytes. */
const QUERY_BUFFER_BYTES = 16 * 1024 * 1024

/** A version cannot be had here; the message says why. */
class Unavailable extends Error {}

const label = ({ product, version, line }) => `${PRODUCTS[product]} ${version ?? line}`

const query = (command, args) => {
  const { status, stdout } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, ...LANGUAGE },
    maxBuffer: QUERY_BUFFER_BYTES
  })
  return status === 0 ? stdout : ""
}

/** Runs a program that must succeed; `explain` makes a reason of what it wrote. */
const must = async (command, args, explain, cwd) => {
  let output = ""
  const sink = (text) => {
    output = text
  }
  if ((await run(command, args, { cwd, env: { ...process.env, ...LANGUAGE }, sink })) === 0) return
  throw new Unavailable(explain(output))
}

/** What the program at `path` (or of that name on PATH) is, if it is a server that runs. */
const inspect = (path) => {
  const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: VERSION_TIMEOUT_MS })
  const server = status === 0 ? parseVersion(stdout) : undefined
  return server === undefined ? undefined : { path, ...server }
}

/** The servers that the machine has: the one that REEF_SERVER names, and those on PATH. */
const localServers = () =>
  [process.env.REEF_SERVER ?? "", ...Object.keys(PRODUCTS).map((product) => `${product}-server`)].flatMap((name) => {
    const server = name === "" ? undefined : inspect(name)
    return server === undefined ? [] : [server]
  })

const readText = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "")

const aptFiles = () => {
  const folder = join(APT_FOLDER, "sources.list.d")
  const parts = existsSync(folder) ? readdirSync(folder).sort() : []
  const files = [join(APT_FOLDER, "sources.list"), ...parts.map((name) => join(folder, name))]
  return files.filter((file) => /\.(?:list|sources)$/.test(file) && existsSync(file))
}

/** The archives that may be Debian's, and the architecture; fails where this is no Debian. */
const debian = () => {
  if (process.platform !== "linux") throw new Unavailable("it is fetched on Debian only, this is no Linux")
  const release = readText("/etc/os-release")
  if (!/^ID="?debian"?$/m.test(release)) throw new Unavailable("it is fetched on Debian only")
  const architecture = query("dpkg", ["--print-architecture"]).trim()
  const tools = ["apt-get", "apt-cache", "dpkg-deb"].filter((name) => query(name, ["--version"]) === "")
  if (architecture === "" || tools.length > 0) throw new Unavailable("apt-get, apt-cache or dpkg-deb does not run here")
  const archives = aptFiles().flatMap((file) => parseSources(file, readFileSync(file, "utf8")))
  const codename = /^VERSION_CODENAME="?([^"\n]+)/m.exec(release)?.[1]
  const found = releaseArchives(archives, codename)
  if (found.length === 0) throw new Unavailable(`${APT_FOLDER} names no archive of this Debian`)
  return { archives: found, architecture }
}

/** Fetches the package list of one suite into a state of its own, from the first archive that is Debian's and has it. */
const openSuite = async (folder, suite, { archives, architecture }) => {
  const problems = []
  for (const [index, archive] of archives.entries()) {
    const home = join(folder, `${suite}-${index}`)
    for (const part of ["state/lists/partial", "cache/archives/partial", "sources", "packages"]) {
      mkdirSync(join(home, part), { recursive: true })
    }
    const config = join(home, "apt.conf")
    writeFileSync(config, aptConfig(home))
    writeFileSync(join(home, "status"), "")
    writeFileSync(join(home, "sources", "suite.sources"), sourceOf(archive, suite, architecture))
    try {
      await must("apt-get", ["-c", config, "update"], aptProblem)
      const origins = query("apt-get", ["-c", config, "indextargets", "--format", "$(ORIGIN)"]).trim().split("\n")
      if (origins.every((origin) => origin === "Debian")) return { suite, home, config }
      problems.push("an archive that is not Debian's was passed over")
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      problems.push(error.message)
    }
  }
  throw new Unavailable(`suite ${suite}: ${problems.join("; ")}`)
}

/** The loader among the unpacked files, in the folder of the C library that it belongs to. */
const findLoader = (files) => {
  for (const base of ["usr/lib", "lib"]) {
    const folder = join(files, base)
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (!/^\w+-linux-gnu\w*$/.test(name)) continue
      const loader = readdirSync(join(folder, name)).find((file) => /^ld-linux[\w-]*\.so\.\d+$/.test(file))
      if (loader !== undefined) return { loader: join(folder, name, loader), triple: name }
    }
  }
  throw new Unavailable("the unpacked packages have no loader (ld-linux)")
}

const shellQuoted = (text) => `'${text.replaceAll("'", "'\\''")}'`

/**
 * Puts a script into `bin` that becomes the program. The library path is given to the loader and not put into the environment,
 * so that nothing else sees it; as its name the program gets the path of the script, by which it can start itself again. The
 * loader is called through a link of the program's name, since a process is listed under the name of the file that was executed.
 */
const writeProgram = (bin, files, program) => {
  const { loader, triple } = findLoader(files)
  const libraries = ["usr/lib", "lib"].map((base) => join(files, base, triple)).filter((folder) => existsSync(folder))
  const link = join(files, "run", program)
  mkdirSync(dirname(link), { recursive: true })
  symlinkSync(loader, link)
  const script = [
    "#!/bin/sh",
    `exec ${shellQuoted(link)} --argv0 "$0" --library-path ${shellQuoted(libraries.join(":"))} \\`,
    `  ${shellQuoted(join(files, "usr", "bin", program))} "$@"`,
    ""
  ].join("\n")
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, program), script)
  chmodSync(join(bin, program), 0o755)
}

const UNUSED = ["etc", "var", "run", "usr/share", "usr/sbin", "usr/include"]

/** Unpacks a package and all that it needs, and gives the server if it runs. */
const unpack = async (place, target, suite, names) => {
  const { home, config } = suite
  const packages = join(home, "packages", target.name)
  const files = join(place, "files", target.name)
  const bin = join(place, "bin", target.name)
  mkdirSync(packages, { recursive: true })
  await must("apt-get", ["-c", config, "download", ...names], aptProblem, packages)

  // Moved to its place when it is whole: a run that was cut off leaves nothing that looks finished.
  const partial = `${files}.partial`
  for (const old of [bin, files, partial]) rmSync(old, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  for (const file of readdirSync(packages)) {
    await must("dpkg-deb", ["--extract", join(packages, file), partial], (output) => `dpkg-deb: ${output.trim()}`)
  }
  for (const folder of UNUSED) rmSync(join(partial, folder), { recursive: true, force: true })
  renameSync(partial, files)

  for (const program of [`${target.product}-server`, `${target.product}-cli`]) writeProgram(bin, files, program)
  const server = inspect(join(bin, `${target.product}-server`))
  if (server !== undefined && isOf(target, server)) return server
  const { stdout, stderr } = spawnSync(join(bin, `${target.product}-server`), ["--version"], { encoding: "utf8" })
  rmSync(bin, { recursive: true, force: true })
  throw new Unavailable(`what was unpacked does not run: ${(stderr || stdout || "no output").trim().split("\n")[0]}`)
}

/** Fetches one target from the first suite that has it. */
const fetchTarget = async (place, target, suiteOf) => {
  const name = `${target.product}-server`
  const seen = []
  let opened = 0
  for (const suite of SUITES) {
    try {
      const open = await suiteOf(suite)
      opened++
      const lookup = (names) => parseControl(query("apt-cache", ["-c", open.config, "show", ...names]))
      const version = lookup([name]).map((stanza) => upstreamVersion(stanza.version))[0]
      if (version !== undefined && isOf(target, { product: target.product, version })) {
        say(`fetching ${label({ ...target, version })} from Debian's suite ${suite}`)
        return await unpack(place, target, open, closureOf(name, lookup))
      }
      seen.push(`${suite} has ${version ?? `no ${name}`}`)
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      seen.push(error.message)
    }
  }
  // Where no suite can be had the cause is one, most often that there is no network.
  throw new Unavailable(opened === 0 ? `${seen[0]}; nor any other suite` : seen.join("; "))
}

/** Fetches what is missing; each target comes back as a server or with the reason why not. */
const fetchMissing = async (place, targets) => {
  const folder = mkdtempSync(join(tmpdir(), "reef-apt-"))
  // apt fetches as a user of its own where it runs as root: that user must be able to enter.
  chmodSync(folder, 0o755)
  const suites = new Map()
  try {
    const machine = debian()
    const suiteOf = (suite) => {
      if (!suites.has(suite)) suites.set(suite, openSuite(folder, suite, machine))
      return suites.get(suite)
    }
    const fetched = []
    for (const target of targets) {
      try {
        fetched.push({ target, server: await fetchTarget(place, target, suiteOf) })
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error
        fetched.push({ target, reason: error.message })
      }
    }
    return fetched
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return targets.map((target) => ({ target, reason: error.message }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * All server versions that this machine can have: its own, those fetched before, and those that can be fetched now.
 *
 * @param {string} root
 * @returns {Promise<{ servers: { label: string, path: string }[], absent: { label: string, reason: string }[] }>}
 */
export const ensureServers = async (root) => {
  const place = join(root, ".servers")
  const { chosen, missing } = planVersions(localServers())
  const earlier = missing.map((target) => {
    const server = inspect(join(place, "bin", target.name, `${target.product}-server`))
    return server !== undefined && isOf(target, server) ? { target, server } : { target }
  })
  const wanted = earlier.filter(({ server }) => server === undefined).map(({ target }) => target)
  const fetched = wanted.length === 0 ? [] : await fetchMissing(place, wanted)
  const all = earlier.map((each) => fetched.find(({ target }) => target === each.target) ?? each)
  const servers = [...chosen, ...all.flatMap(({ server }) => server ?? [])]
  return {
    servers: servers.map((server) => ({ label: label(server), path: server.path })),
    absent: all.flatMap(({ target, reason }) => (reason === undefined ? [] : [{ label: label(target), reason }]))
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  try {
    const { servers, absent } = await ensureServers(root)
    const shown = (path) => (path.startsWith(root) ? relative(process.cwd(), path) : path)
    for (const server of servers) console.log(`${server.label}: ${shown(server.path)}`)
    for (const { label, reason } of absent) console.log(`${label}: not here (${reason})`)
  } catch (error) {
    if (!(error instanceof Failure || error instanceof Interrupted)) throw error
    say(error.message)
    process.exitCode = error.exitCode
  }
}
