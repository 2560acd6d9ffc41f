import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, assert, beforeEach, describe, it, vi } from "vitest"
import { ensureServers } from "../servers.mjs"

let root = ""

/** A program that says of itself that it is this server; nothing here is fetched, since PATH has no apt. */
const program = (path, printed) => {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\necho '${printed}'\n`)
  chmodSync(file, 0o755)
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "reef-servers-"))
  mkdirSync(join(root, "bin"))
  vi.stubEnv("PATH", join(root, "bin"))
  vi.stubEnv("REEF_SERVER", "")
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

describe("servers", () => {
  it("takes the machine's servers first, then those fetched before, and fetches nothing if all are here", async () => {
    program("bin/redis-server", "Redis server v=7.0.15 sha=0")
    program("bin/valkey-server", "Valkey server v=9.0.1 sha=0")
    program(".servers/bin/redis-8.0/redis-server", "Redis server v=8.0.2 sha=0")
    program(".servers/bin/valkey-8/valkey-server", "Valkey server v=8.1.1 sha=0")
    const { servers, absent } = await ensureServers(root)
    assert.deepStrictEqual(servers, [
      { label: "Redis 7.0.15", path: "redis-server" },
      { label: "Valkey 9.0.1", path: "valkey-server" },
      { label: "Redis 8.0.2", path: join(root, ".servers/bin/redis-8.0/redis-server") },
      { label: "Valkey 8.1.1", path: join(root, ".servers/bin/valkey-8/valkey-server") }
    ])
    assert.deepStrictEqual(absent, [])
  })

  it("takes the server that REEF_SERVER names before those on PATH", async () => {
    program("bin/redis-server", "Redis server v=7.0.15 sha=0")
    program("own/redis-server", "Redis server v=8.0.6 sha=0")
    vi.stubEnv("REEF_SERVER", join(root, "own/redis-server"))
    const { servers } = await ensureServers(root)
    assert.deepStrictEqual(
      servers.map(({ label }) => label),
      ["Redis 8.0.6", "Redis 7.0.15"]
    )
  })

  it("says why a version is not here, also when what was fetched before is of another version", async () => {
    program("bin/redis-server", "Redis server v=7.0.15 sha=0")
    program(".servers/bin/valkey-9/valkey-server", "Valkey server v=8.1.1 sha=0")
    const { servers, absent } = await ensureServers(root)
    assert.lengthOf(servers, 1)
    assert.deepStrictEqual(
      absent.map(({ label }) => label),
      ["Redis 8.0", "Valkey 8", "Valkey 9"]
    )
    for (const { reason } of absent) assert.match(reason, /Debian|does not run here/)
  })
})
