// What Debian's package files say, as plain data: which archive the machine uses, what a package needs, which version it has.
// Nothing here runs a program or reads a file.

/** Suites under the names that every mirror of Debian has for them, in the order in which they are asked for a package. */
export const SUITES = ["stable", "testing", "unstable", "oldstable"]

/** Other names under which a machine's sources may list what it was installed from. */
const ROLLING = [...SUITES, "sid"]

/** Suites are looked for in one component only: servers and their libraries are free software. */
export const COMPONENT = "main"

/**
 * The stanzas of a control file (deb822): field values by lower-case name. Continuation lines keep their line breaks.
 *
 * @param {string} text
 * @returns {Record<string, string>[]}
 */
export const parseControl = (text) => {
  const stanzas = []
  let stanza
  let field
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue
    if (line.trim() === "") {
      stanza = undefined
      continue
    }
    if (stanza === undefined) {
      stanza = {}
      field = undefined
      stanzas.push(stanza)
    }
    const match = /^([^\s:]+):\s*(.*)$/.exec(line)
    if (match !== null) {
      field = match[1].toLowerCase()
      stanza[field] = match[2].trim()
    } else if (/^\s/.test(line) && field !== undefined) {
      stanza[field] += `\n${line.trimEnd()}`
    }
  }
  return stanzas
}

const words = (text = "") => text.split(/\s+/).filter((word) => word !== "")

const archive = (types, uris, suites, components, signedBy) =>
  types.includes("deb") ? [{ uris, suites, components, signedBy }] : []

/**
 * The binary archives of one file of /etc/apt: `sources.list` and `*.list` have a line for each, `*.sources` a stanza.
 *
 * @param {string} name
 * @param {string} text
 * @returns {{ uris: string[], suites: string[], components: string[], signedBy: string | undefined }[]}
 */
export const parseSources = (name, text) => {
  if (name.endsWith(".sources")) {
    return parseControl(text)
      .filter((stanza) => (stanza.enabled ?? "yes").toLowerCase() !== "no")
      .flatMap((stanza) =>
        archive(
          words(stanza.types),
          words(stanza.uris),
          words(stanza.suites),
          words(stanza.components),
          stanza["signed-by"]
        )
      )
  }
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(deb(?:-src)?)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+([^\s#]+)\s*([^#]*)/.exec(line)
    if (match === null) return []
    const [, type, options, uri, suite, components] = match
    const signedBy = words(options).find((option) => option.startsWith("signed-by="))
    // The list form joins keys with commas, the stanza form with spaces.
    const keys = signedBy?.slice("signed-by=".length).replaceAll(",", " ")
    return archive([type], [uri], [suite], words(components), keys)
  })
}

/**
 * The archives from which the machine's own release may come; other projects' archives may name their suites like Debian's, so
 * that only an archive's own Release file tells which of them is Debian.
 *
 * @param {ReturnType<typeof parseSources>} archives
 * @param {string | undefined} codename of the machine's release
 */
export const releaseArchives = (archives, codename) => {
  const names = [...ROLLING, ...(codename === undefined ? [] : [codename])]
  const found = archives.filter(
    ({ suites, components }) => components.includes(COMPONENT) && suites.some((suite) => names.includes(suite))
  )
  return found.filter(({ uris }, index) => found.findIndex((other) => String(other.uris) === String(uris)) === index)
}

/** The stanza of a `.sources` file that names one suite of an archive, with the keys that the machine trusts for it. */
export const sourceOf = ({ uris, signedBy }, suite, architecture) =>
  [
    "Types: deb",
    `URIs: ${uris.join(" ")}`,
    `Suites: ${suite}`,
    `Components: ${COMPONENT}`,
    `Architectures: ${architecture}`,
    "Targets: Packages",
    ...(signedBy === undefined ? [] : [`Signed-By: ${signedBy}`]),
    ""
  ].join("\n")

/**
 * apt's configuration for a state of its own below `home`; keys, proxies and certificates stay those of the machine. Programs
 * that the machine runs after an update are left out: they would work on the machine's own state.
 */
export const aptConfig = (home) => {
  const settings = {
    "Dir::State": `${home}/state`,
    "Dir::State::status": `${home}/status`,
    "Dir::Cache": `${home}/cache`,
    "Dir::Cache::pkgcache": "pkgcache.bin",
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": `${home}/sources`,
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "APT::Default-Release": "",
    "APT::Update::Error-Mode": "any",
    "Acquire::Languages": "none",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "10",
    "Acquire::https::Timeout": "10"
  }
  const hooks = ["Pre-Invoke", "Post-Invoke", "Post-Invoke-Success"]
  return [
    ...Object.entries(settings).map(([name, value]) => `${name} "${value}";`),
    ...hooks.map((hook) => `#clear APT::Update::${hook};`),
    ""
  ].join("\n")
}

/** `8.1.1` of `5:8.1.1+dfsg1-3`: without the epoch, the revision and what the packagers did to the sources. */
export const upstreamVersion = (version) =>
  version
    .replace(/^\d+:/, "")
    .replace(/-[^-]*$/, "")
    .replace(/[+~].*$/, "")

/**
 * What a server needs of the packages that it depends on: its own and libraries. A system's services, users and
 * start scripts are of no use to a program that is only unpacked.
 */
const NEEDED = /^(?:lib|lua-|zlib|redis-|valkey-)/

/**
 * The packages that one stanza depends on and that are worth unpacking; of alternatives the first.
 *
 * @param {Record<string, string>} stanza
 */
export const neededBy = (stanza) =>
  [stanza["pre-depends"], stanza.depends]
    .flatMap((list) => (list ?? "").split(","))
    .map(
      (alternatives) =>
        alternatives
          .split("|")[0]
          .trim()
          .split(/[\s:(]/)[0]
    )
    .filter((name) => NEEDED.test(name))

/**
 * The names of a package and of all that it needs. A name for which there is no stanza is one that other packages provide: it is
 * left out, and the loader will tell if a library is missing.
 *
 * @param {string} name
 * @param {(names: readonly string[]) => Record<string, string>[]} lookup the stanzas of those names
 */
export const closureOf = (name, lookup) => {
  const found = new Set()
  const asked = new Set()
  let next = [name]
  while (next.length > 0) {
    for (const each of next) asked.add(each)
    const stanzas = lookup(next)
    for (const stanza of stanzas) found.add(stanza.package)
    next = Array.from(new Set(stanzas.flatMap(neededBy))).filter((each) => !asked.has(each))
  }
  return Array.from(found)
}

/** What apt itself says went wrong: its first error, else its first warning. */
export const aptProblem = (output) => {
  const lines = output.split("\n").map((line) => line.trim())
  const line = lines.find((each) => each.startsWith("E:")) ?? lines.find((each) => each.startsWith("W:"))
  return line === undefined ? "apt-get gave no reason" : line.slice(2).trim()
}
