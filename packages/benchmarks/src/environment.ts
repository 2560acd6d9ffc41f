// Where the figures come from: they belong to this machine, these versions and this hour.
import { existsSync, readFileSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { type ClientName, describeClient } from "./clients/index.ts"

export interface Environment {
  readonly date: string
  readonly node: string
  readonly server: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  /** Runnable processes at the start, averaged over one minute: other work on the machine makes all figures worse. */
  readonly loadAverage: number
  readonly clients: ReadonlyArray<{
    readonly client: ClientName
    readonly package: string
    readonly version: string
    readonly settings: string
  }>
}

/** The version of an installed package, read from its manifest (which `exports` may hide from a resolver). */
export const packageVersion = (name: string): string => {
  try {
    let folder = dirname(fileURLToPath(import.meta.resolve(name)))
    while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder)
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version)
  } catch {
    // not installed: said below
  }
  return "not installed"
}

export const describeEnvironment = (server: string, clients: ReadonlyArray<ClientName>): Environment => ({
  date: new Date().toISOString(),
  node: process.version,
  server,
  platform: `${process.platform}-${process.arch}`,
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  loadAverage: loadavg()[0] ?? 0,
  clients: clients.map((client) => {
    const { package: name, settings } = describeClient(client)
    return { client, package: name, version: packageVersion(name), settings }
  })
})
