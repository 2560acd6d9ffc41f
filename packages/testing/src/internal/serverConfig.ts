/**
 * The lines of a server's configuration that follow from its options, and the URLs that fit them. Pure.
 */
import { recordConfig } from "../AppendOnly.ts"
import type { AclUser } from "../ServerControls.ts"
import type { ServerTlsOptions, TlsMaterial } from "../Tls.ts"
import { quote } from "./files.ts"
import { HOST } from "./ports.ts"

/** What an ACL user may do unless its rules say otherwise: everything. */
const ALL_RIGHTS = "~* &* +@all"

export interface ServerTls {
  readonly material: TlsMaterial
  readonly clientCertificates: NonNullable<ServerTlsOptions["clientCertificates"]>
}

export interface ServerConfig {
  readonly dir: string
  readonly port: number
  readonly unixSocketPath: string | undefined
  readonly requirepass: string | undefined
  readonly users: ReadonlyArray<AclUser>
  readonly tls: ServerTls | undefined
  readonly appendonly: boolean
  readonly appendfsync: "always" | "everysec" | "no"
  readonly save: string
}

const AUTH_CLIENTS = { ignored: "no", optional: "optional", required: "yes" } as const

const portLines = (port: number, tls: ServerTls | undefined): ReadonlyArray<string> => {
  if (tls === undefined) return [`port ${port}`]
  const { ca, server } = tls.material
  return [
    "port 0",
    `tls-port ${port}`,
    `tls-ca-cert-file ${quote(ca.path)}`,
    `tls-cert-file ${quote(server.cert.path)}`,
    `tls-key-file ${quote(server.key.path)}`,
    `tls-auth-clients ${AUTH_CLIENTS[tls.clientCertificates]}`,
    // Links to a primary, a sentinel's links to everybody.
    "tls-replication yes"
  ]
}

const userLine = ({ name, password, rules }: AclUser): string => {
  const secret = password === undefined ? "nopass" : quote(`>${password}`)
  return `user ${name} on ${secret} ${rules ?? ALL_RIGHTS}`
}

export const configLines = (config: ServerConfig): ReadonlyArray<string> => {
  const { requirepass, unixSocketPath } = config
  return [
    `bind ${HOST}`,
    ...portLines(config.port, config.tls),
    `dir ${quote(config.dir)}`,
    "daemonize no",
    `save ${quote(config.save)}`,
    `appendonly ${config.appendonly ? "yes" : "no"}`,
    `appendfsync ${config.appendfsync}`,
    ...(config.appendonly ? recordConfig : []),
    ...(unixSocketPath === undefined ? [] : [`unixsocket ${quote(unixSocketPath)}`, "unixsocketperm 700"]),
    ...(requirepass === undefined ? [] : [`requirepass ${quote(requirepass)}`, `masterauth ${quote(requirepass)}`]),
    ...config.users.map(userLine)
  ]
}

/** Why the users cannot be configured; `undefined` if they can. */
export const usersFlaw = (users: ReadonlyArray<AclUser>): string | undefined => {
  const names = new Set<string>()
  for (const { name, rules } of users) {
    if (!/^[!-~]+$/.test(name)) return `${JSON.stringify(name)} cannot be the name of a user`
    if (name === "default") return "the user `default` is the harness's own; give it a password by `requirepass`"
    if (names.has(name)) return `there are two users ${name}`
    if (rules !== undefined && /[\r\n]/.test(rules)) return `the rules of ${name} have a line break`
    names.add(name)
  }
  return undefined
}

const userInfo = (name: string, password: string | undefined): string => {
  if (password !== undefined) return `${encodeURIComponent(name)}:${encodeURIComponent(password)}@`
  return name === "" ? "" : `${encodeURIComponent(name)}@`
}

export const urlOf = (port: number, secure: boolean, name: string, password: string | undefined): string =>
  `${secure ? "rediss" : "redis"}://${userInfo(name, password)}${HOST}:${port}`

export const unixUrlOf = (socket: string, password: string | undefined): string =>
  `unix://${userInfo("", password)}${encodeURI(socket)}`
