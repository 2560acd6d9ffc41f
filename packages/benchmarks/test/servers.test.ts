import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { assert, describe, it, vi } from "@effect/vitest"
import { findBinary } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import type { Address } from "../src/clients/BenchmarkClient.ts"
import { control } from "../src/control.ts"
import { startServers, versionIn } from "../src/servers.ts"

const SERVERS = new URL("../src/servers.ts", import.meta.url).href

const answers = (node: Address): Promise<boolean> =>
  control(node, "PING").then(
    () => true,
    () => false
  )

/** Milliseconds within which killed servers must be gone. */
const GONE_WITHIN = 5000

describe("servers", () => {
  it("a standalone server takes commands, listens below the ephemeral ports and is gone after stop", async () => {
    const { nodes, stop, version } = await startServers("standalone")
    try {
      assert.strictEqual(nodes.length, 1)
      assert.isBelow(nodes[0]!.port, 32_768)
      assert.strictEqual(await control(nodes[0]!, "SET", "k", "v"), "OK")
      assert.match(version, /^(redis|valkey) \d/)
    } finally {
      await stop()
    }
    assert.isFalse(await answers(nodes[0]!))
  })

  it("the program is the one that REEF_SERVER names", async () => {
    const { path } = await Effect.runPromise(findBinary())
    const folder = mkdtempSync(join(tmpdir(), "reef-servers-test-"))
    const named = join(folder, "named-server")
    writeFileSync(named, `#!/bin/sh\necho "$*" >>'${join(folder, "runs")}'\nexec '${path}' "$@"\n`)
    chmodSync(named, 0o755)
    vi.stubEnv("REEF_SERVER", named)
    try {
      const { nodes, stop } = await startServers("standalone")
      await stop()
      const runs = readFileSync(join(folder, "runs"), "utf8").split("\n")
      assert.include(runs, "--version")
      assert.isTrue(runs.some((args) => args.startsWith(`--port ${nodes[0]!.port} `)))
    } finally {
      vi.unstubAllEnvs()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("a cluster of three primaries covers all slots as every node sees it", async () => {
    const { nodes, stop } = await startServers("cluster")
    try {
      assert.strictEqual(nodes.length, 3)
      for (const node of nodes) {
        const info = await control(node, "CLUSTER", "INFO")
        assert.match(info, /cluster_slots_ok:16384/)
        assert.match(info, /cluster_size:3/)
      }
    } finally {
      await stop()
    }
    assert.deepStrictEqual(await Promise.all(nodes.map(answers)), [false, false, false])
  })

  it("servers and their folders do not outlive a process that is killed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "reef-servers-test-"))
    const script = `import { startServers } from ${JSON.stringify(SERVERS)}
      const { nodes } = await startServers("cluster")
      console.log(JSON.stringify(nodes.map(({ host, port }) => ({ host, port }))))`
    const owner = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"]
    })
    try {
      const [line] = await once(owner.stdout, "data")
      const nodes: ReadonlyArray<Address> = JSON.parse(String(line))
      assert.deepStrictEqual(await Promise.all(nodes.map(answers)), [true, true, true])
      assert.strictEqual(readdirSync(folder).length, 3)

      const ended = once(owner, "exit")
      owner.kill("SIGKILL")
      await ended
      const deadline = Date.now() + GONE_WITHIN
      while (Date.now() < deadline && readdirSync(folder).length > 0) await delay(20)
      assert.deepStrictEqual(readdirSync(folder), [])
      assert.deepStrictEqual(await Promise.all(nodes.map(answers)), [false, false, false])
    } finally {
      owner.kill("SIGKILL")
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it("the version is that of Valkey where the server is one, not the Redis version it claims compatibility with", () => {
    assert.strictEqual(
      versionIn("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.0.0\r\n"),
      "valkey 9.0.0"
    )
    assert.strictEqual(versionIn("# Server\r\nredis_version:7.0.15\r\n"), "redis 7.0.15")
  })
})
