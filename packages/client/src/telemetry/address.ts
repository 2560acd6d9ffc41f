/**
 * A node's address as the attributes of OpenTelemetry.
 *
 * @since 0.1.0
 */

/**
 * The parts of an address as text (`host:port`, `[v6]:port`, or the path of a Unix socket).
 *
 * @category models
 * @since 0.1.0
 */
export interface AddressParts {
  /** The host as it was dialled, or the path. */
  readonly host: string
  /** `undefined` for a Unix socket. */
  readonly port: number | undefined
  /** Whether the host is an IP address or a path, and so the address of the peer. */
  readonly isPeer: boolean
}

/** The port that conventions leave out (redis.io). */
const DEFAULT_PORT = 6379

const ENDPOINT = /^(.+):(\d+)$/
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/

/**
 * Take an address apart.
 *
 * @category constructors
 * @since 0.1.0
 */
export const partsOf = (text: string): AddressParts => {
  const found = text.startsWith("/") ? null : ENDPOINT.exec(text)
  if (found === null) return { host: text, port: undefined, isPeer: true }
  const [, given = "", port] = found
  const bracketed = given.startsWith("[")
  return { host: bracketed ? given.slice(1, -1) : given, port: Number(port), isPeer: bracketed || IPV4.test(given) }
}

/**
 * `server.address`, and `server.port` if it is not the usual one.
 *
 * @category getters
 * @since 0.1.0
 */
export const serverAttributes = ({ host, port }: AddressParts): Readonly<Record<string, string | number>> =>
  port === undefined || port === DEFAULT_PORT
    ? { "server.address": host }
    : { "server.address": host, "server.port": port }

/**
 * `network.peer.address` and `network.peer.port`, which are known where an IP address or a path was dialled; `network.transport` for a Unix
 * socket.
 *
 * @category getters
 * @since 0.1.0
 */
export const peerAttributes = ({ host, isPeer, port }: AddressParts): Readonly<Record<string, string | number>> => {
  if (!isPeer) return {}
  return port === undefined
    ? { "network.peer.address": host, "network.transport": "unix" }
    : { "network.peer.address": host, "network.peer.port": port }
}
