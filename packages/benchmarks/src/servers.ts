// The servers under load: one server, or a cluster of primaries, on free loopback ports, with nothing written to disk but
// the cluster's own file. They end with the benchmark, also when that is killed.
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { findBinary } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import type { Address, Target } from "./clients/BenchmarkClient.ts"
import { control } from "./control.ts"
import type { Topology } from "./scenarios.ts"

const HOST = "127.0.0.1"

/** Primaries of the cluster: the fewest that Redis recommends. */
const PRIMARIES = 3

/** Hash slots of a cluster, from the cluster specification. */
const SLOTS = 16_384

/** Ports are taken below 32768, where the kernel's ephemeral ports begin, so that no client socket can be in the way. */
const FIRST_PORT = 20_000
const LAST_PORT = 32_000

/** Milliseconds for a server to answer and for a cluster to agree. */
const READY_TIMEOUT = 15_000
const POLL_INTERVAL = 50

/** Last characters of a server's log that are worth showing. */
const LOG_TAIL = 300

/**
 * A shell that ends its server, and removes the server's folder, at the end of its standard input: also when the process
 * that holds the other end is killed. Arguments: the folder, then the server's command line.
 */
const SUPERVISOR = `
folder=$1; shift
command -v "$1" >/dev/null || { rm -rf "$folder"; exit 127; }
"$@" >"$folder/log" 2>&1 & server=$!
read -r _
kill -9 "$server"; wait "$server" 2>/dev/null
rm -rf "$folder"
`

export interface RunningServers extends Target {
  /** As the server names itself: `redis 7.0.15`. */
  readonly version: string
  readonly stop: () => Promise<void>
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", () => resolve(false))
    probe.listen(port, HOST, () => probe.close(() => resolve(true)))
  })

const freePorts = async (count: number): Promise<ReadonlyArray<number>> => {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

const eventually = async (what: string, check: () => Promise<boolean>, hopeless = () => false): Promise<void> => {
  const deadline = Date.now() + READY_TIMEOUT
  let last = "no answer"
  while (Date.now() < deadline && !hopeless()) {
    try {
      if (await check()) return
      last = "not yet"
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    await delay(POLL_INTERVAL)
  }
  throw new Error(`${what}: ${last}`)
}

interface Server extends Address {
  readonly busPort: number | undefined
}

interface Running {
  readonly folder: string
  readonly supervisor: ChildProcess
  readonly ended: Promise<void>
}

const launch = (program: string, { busPort, port }: Server): Running => {
  const folder = mkdtempSync(join(tmpdir(), "reef-bench-"))
  const args = ["--port", `${port}`, "--bind", HOST, "--dir", folder, "--save", "", "--appendonly", "no"]
  if (busPort !== undefined) args.push("--cluster-enabled", "yes", "--cluster-port", `${busPort}`)
  const supervisor = spawn("/bin/sh", ["-c", SUPERVISOR, "supervisor", folder, program, ...args], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true // Ctrl-C ends the benchmark; the shell then sees the end of its input and clears up
  })
  return { folder, supervisor, ended: new Promise((resolve) => supervisor.once("close", () => resolve())) }
}

const logTail = (folder: string): string => {
  try {
    return readFileSync(join(folder, "log"), "utf8").slice(-LOG_TAIL)
  } catch {
    return "it has left no log"
  }
}

const ready = async (server: Server, { folder, supervisor }: Running): Promise<void> => {
  const answers = async () => (await control(server, "PING")) === "PONG"
  try {
    await eventually(`the server on port ${server.port}`, answers, () => supervisor.exitCode !== null)
  } catch (error) {
    throw new Error(`no server to measure on: ${logTail(folder)}`, { cause: error })
  }
}

const formCluster = async (servers: ReadonlyArray<Server>): Promise<void> => {
  const share = SLOTS / servers.length
  for (const [i, server] of servers.entries()) {
    const slots = [Math.ceil(i * share), Math.ceil((i + 1) * share) - 1]
    await control(server, "CLUSTER", "ADDSLOTSRANGE", ...slots.map(String))
    await control(server, "CLUSTER", "SET-CONFIG-EPOCH", `${i + 1}`)
  }
  for (const server of servers.slice(1)) {
    await control(servers[0]!, "CLUSTER", "MEET", HOST, `${server.port}`, `${server.busPort}`)
  }
  for (const server of servers) {
    await eventually(`the cluster as seen by ${server.port}`, async () => {
      const info = await control(server, "CLUSTER", "INFO")
      return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${servers.length}`)
    })
  }
}

/** The server's name and version from the text of `INFO server`. */
export const versionIn = (info: string): string => {
  const valkey = /^valkey_version:(\S+)/m.exec(info)
  if (valkey !== null) return `valkey ${valkey[1]}`
  return `redis ${/^redis_version:(\S+)/m.exec(info)?.[1] ?? "of unknown version"}`
}

/**
 * Starts the servers of a topology and waits until they can take the load. Their program is the one that the tests use: `REEF_SERVER`, or else
 * `redis-server` or `valkey-server` on the PATH.
 */
export const startServers = async (topology: Topology): Promise<RunningServers> => {
  const { path } = await Effect.runPromise(findBinary())
  const count = topology === "cluster" ? PRIMARIES : 1
  const ports = await freePorts(2 * count)
  const servers = Array.from({ length: count }, (_, i): Server => {
    const busPort = topology === "cluster" ? ports[count + i] : undefined
    return { host: HOST, port: ports[i]!, busPort }
  })
  const running = servers.map((server) => launch(path, server))
  const stop = async () => {
    for (const { supervisor } of running) supervisor.stdin?.end()
    await Promise.all(running.map(({ ended }) => ended))
  }
  try {
    await Promise.all(servers.map((server, i) => ready(server, running[i]!)))
    if (topology === "cluster") await formCluster(servers)
    return { topology, nodes: servers, version: versionIn(await control(servers[0]!, "INFO", "server")), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
