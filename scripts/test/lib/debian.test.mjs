import { assert, describe, it } from "vitest"
import {
  aptConfig,
  aptProblem,
  closureOf,
  neededBy,
  parseControl,
  parseSources,
  releaseArchives,
  sourceOf,
  upstreamVersion
} from "../../lib/debian.mjs"

const MIRROR = "http://mirror.invalid/debian"
const KEYS = "/usr/share/keyrings/archive.gpg"
const STANZAS = `Types: deb deb-src
# a comment inside
URIs: ${MIRROR}
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: ${KEYS}

Types: deb
URIs: http://mirror.invalid/off
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://mirror.invalid/source
Suites: bookworm
Components: main
`

const archive = (overrides) => ({
  uris: [MIRROR],
  suites: ["bookworm"],
  components: ["main"],
  signedBy: undefined,
  ...overrides
})

describe("debian", () => {
  it("reads the archives of a sources file with stanzas, without those of sources and those turned off", () => {
    assert.deepStrictEqual(parseSources("debian.sources", STANZAS), [
      archive({ suites: ["bookworm", "bookworm-updates"], components: ["main", "contrib"], signedBy: KEYS })
    ])
  })

  it("keeps a key that stands in the file itself as it stands there", () => {
    const key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY\n -----END PGP PUBLIC KEY BLOCK-----"
    const text = `Types: deb\nURIs: ${MIRROR}\nSuites: sid\nComponents: main\nSigned-By:${key}\n`
    const [found] = parseSources("debian.sources", text)
    assert.strictEqual(found.signedBy, key)
    assert.include(sourceOf(found, "stable", "amd64"), `Signed-By: ${key}\n`)
  })

  it("reads the archives of a list with lines", () => {
    const text = [
      `deb [arch=amd64 signed-by=${KEYS},/other.gpg] ${MIRROR} bookworm main contrib # the base`,
      `deb-src ${MIRROR} bookworm main`,
      `# deb ${MIRROR} sid main`,
      `deb ${MIRROR} bookworm-updates main`
    ].join("\n")
    assert.deepStrictEqual(parseSources("sources.list", text), [
      archive({ components: ["main", "contrib"], signedBy: `${KEYS} /other.gpg` }),
      archive({ suites: ["bookworm-updates"] })
    ])
  })

  it("takes each archive of the machine's release once, and no other", () => {
    const base = archive()
    const rolling = archive({ uris: ["http://mirror.invalid/rolling"], suites: ["unstable"] })
    const others = [archive({ suites: ["bookworm-security"] }), archive({ components: ["contrib"] })]
    assert.deepStrictEqual(releaseArchives([...others, base, base, rolling], "bookworm"), [base, rolling])
    assert.deepStrictEqual(releaseArchives([base, rolling], undefined), [rolling])
  })

  it("names one suite of an archive with the machine's keys", () => {
    const [stanza] = parseControl(sourceOf(archive({ signedBy: KEYS }), "testing", "arm64"))
    assert.deepInclude(stanza, { uris: MIRROR, suites: "testing", components: "main", "signed-by": KEYS })
    assert.strictEqual(stanza.architectures, "arm64")
    assert.notInclude(sourceOf(archive(), "testing", "arm64"), "Signed-By")
  })

  it("keeps apt's state below one folder", () => {
    const state = aptConfig("/home").match(/^Dir::(?:State|Cache)\S* .*$/gm)
    assert.deepStrictEqual(
      state.filter((line) => !line.includes('"/home/')),
      ['Dir::Cache::pkgcache "pkgcache.bin";']
    )
  })

  it("finds the version of the sources in the version of a package", () => {
    const versions = ["5:8.0.6-3", "8.1.1+dfsg1-3+deb13u2", "9.1.2-1~bpo13+1", "9.0.0~rc1-1", "7.0.15"]
    assert.deepStrictEqual(versions.map(upstreamVersion), ["8.0.6", "8.1.1", "9.1.2", "9.0.0", "7.0.15"])
  })

  it("needs libraries and the server's own packages, of alternatives the first", () => {
    const depends =
      "redis-tools (= 5:8.0.6-3), adduser, libc6 (>= 2.38), libjemalloc2:any | libother1,\n systemd | systemd-sysusers"
    assert.deepStrictEqual(neededBy({ "pre-depends": "libfirst1", depends }), [
      "libfirst1",
      "redis-tools",
      "libc6",
      "libjemalloc2"
    ])
    assert.deepStrictEqual(neededBy({}), [])
  })

  it("follows what is needed to the end, through circles and past names without a package", () => {
    const known = {
      "redis-server": "redis-tools",
      "redis-tools": "libc6, libvirtual",
      libc6: "libgcc-s1",
      "libgcc-s1": "libc6"
    }
    const asked = []
    const lookup = (names) => {
      asked.push(...names)
      return names.filter((name) => name in known).map((name) => ({ package: name, depends: known[name] }))
    }
    assert.deepStrictEqual(closureOf("redis-server", lookup), ["redis-server", "redis-tools", "libc6", "libgcc-s1"])
    assert.deepStrictEqual(asked, [...new Set(asked)])
    assert.deepStrictEqual(
      closureOf("absent", () => []),
      []
    )
  })

  it("gives apt's first error as the reason, else its first warning", () => {
    assert.strictEqual(aptProblem("Get:1 x\nW: no key\nE: no Release file\nE: more"), "no Release file")
    assert.strictEqual(aptProblem("Get:1 x\n  W: no key\n"), "no key")
    assert.strictEqual(aptProblem(""), "apt-get gave no reason")
  })
})
