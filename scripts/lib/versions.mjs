// The server versions that the tests should run on, and which program is of which version.

/** Both forks at their oldest and newest lines that differ in what a client sees. */
export const TARGETS = [
  { name: "redis-7.0", product: "redis", line: "7.0" },
  { name: "redis-8.0", product: "redis", line: "8.0" },
  { name: "valkey-8", product: "valkey", line: "8" },
  { name: "valkey-9", product: "valkey", line: "9" }
]

/** As a reader names them. */
export const PRODUCTS = { redis: "Redis", valkey: "Valkey" }

/** How long a server may take to print its version. */
export const VERSION_TIMEOUT_MS = 10_000

/**
 * What a server says of itself with `--version`, or nothing if that was no server.
 *
 * @param {string} printed
 * @returns {{ product: "redis" | "valkey", version: string } | undefined}
 */
export const parseVersion = (printed) => {
  const match = /^(redis|valkey) server v=(\d+\.\S+)/i.exec(printed)
  return match === null ? undefined : { product: match[1].toLowerCase(), version: match[2] }
}

/** Whether a server is of the line that a target names: 8.0.6 is of 8.0 and of 8, 8.10.1 is not of 8.1. */
export const isOf = (target, server) =>
  server.product === target.product && `${server.version}.`.startsWith(`${target.line}.`)

/**
 * What to run the tests on: the machine's own servers first, each target once.
 *
 * @param {readonly { path: string, product: "redis" | "valkey", version: string }[]} local the servers that the machine has
 * @returns {{ chosen: (typeof local)[number][], missing: (typeof TARGETS)[number][] }}
 */
export const planVersions = (local) => {
  const chosen = local.filter(
    (server, index) =>
      local.findIndex((each) => each.product === server.product && each.version === server.version) === index
  )
  return { chosen, missing: TARGETS.filter((target) => !chosen.some((server) => isOf(target, server))) }
}
