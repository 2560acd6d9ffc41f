// A Redis or Valkey server for the tests, the demo and the benchmarks: the one on PATH, else from the system's packages,
// else the whole run inside a container that has one.
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { Failure, run, say } from "./child.mjs"

/** In this order, as @reef-redis/testing looks for them. */
const SERVERS = ["redis-server", "valkey-server"]

/** How long `docker info` may take before the engine counts as absent. */
const ENGINE_TIMEOUT_MS = 10_000

/** Set inside the container of docker/compose.runner.yaml, so that a container never starts another. */
const IN_CONTAINER = "REEF_IN_CONTAINER"

const works = (command, args, timeout) =>
  spawnSync(command, args, { stdio: "ignore", ...(timeout === undefined ? {} : { timeout }) }).status === 0

/** The server's program: `REEF_SERVER` (a path) if set, else the first on PATH that runs. */
const findServer = () => {
  const named = process.env.REEF_SERVER
  if (named === undefined || named === "") return SERVERS.find((name) => works(name, ["--version"]))
  if (works(named, ["--version"])) return named
  throw new Failure(`REEF_SERVER names ${named}, which does not run`)
}

/** Tells a policy file of this runner from one of the machine, also when an earlier run could not remove it. */
const POLICY_MARK = "written by reef scripts/run.mjs"

/**
 * Run by root. A package of a server starts it as a system service, now and at every boot. The policy file keeps the package
 * manager from that while it installs (a machine's own policy stays); what was started or enabled all the same is turned off.
 */
const INSTALL = `
set -u
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] || grep -q '${POLICY_MARK}' "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  printf '#!/bin/sh\\n# ${POLICY_MARK}\\nexit 101\\n' > "$policy" && chmod 755 "$policy" || exit 1
fi
add() {
  apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=60 "$1" || return 1
  if command -v systemctl; then systemctl disable --now "$1"; fi
  if command -v service; then service "$1" stop; fi
  if command -v update-rc.d; then update-rc.d "$1" disable; fi
  return 0
}
add ${SERVERS[0]} && exit 0
apt-get update || exit 1
add ${SERVERS[0]} || add ${SERVERS[1]}
`

/** How to become root without a question: the prefix of a command, or nothing if that is not possible. */
const rootPrefix = () => {
  if (process.getuid?.() === 0) return []
  return works("sudo", ["-n", "true"]) ? ["sudo", "-n"] : undefined
}

/**
 * Makes sure that a server can be started. `local` says that it can; `container` that only a Docker engine is here, in which
 * the run then takes place.
 *
 * @returns {Promise<"local" | "container">}
 */
export const ensureServer = async () => {
  if (findServer() !== undefined) return "local"

  const prefix = works("apt-get", ["--version"]) ? rootPrefix() : undefined
  if (prefix !== undefined) {
    say(`no ${SERVERS.join(" or ")} on PATH: installing one (apt-get); its system service stays off`)
    const [command, ...args] = [...prefix, "sh", "-c", INSTALL]
    if ((await run(command, args, { quiet: true })) === 0 && findServer() !== undefined) return "local"
    say("apt-get could not install a server")
  }

  const container = process.env[IN_CONTAINER] === undefined
  if (container && works("docker", ["compose", "version"]) && works("docker", ["info"], ENGINE_TIMEOUT_MS)) {
    return "container"
  }

  throw new Failure(
    `no Redis or Valkey server here. Install one so that ${SERVERS.join(" or ")} is on PATH ` +
      "(apt-get install redis-server, dnf install valkey, apk add valkey, brew install redis), " +
      "or name its program in REEF_SERVER, or start a Docker engine with compose. No running service is needed."
  )
}

/** Runs the same command in a container, on a copy of the checkout; nothing is written into the checkout. */
export const runInContainer = (root, args) => {
  say("no server on this machine: running in a container (docker/compose.runner.yaml) on a copy of this checkout")
  const file = join(root, "docker", "compose.runner.yaml")
  const terminal = process.stdin.isTTY && process.stdout.isTTY ? [] : ["-T"]
  return run("docker", ["compose", "-f", file, "run", "--rm", ...terminal, "runner", ...args], { cwd: root })
}
