/**
 * The address of a node as a client dials it. An endpoint says where a node is, never which node it is: nodes move and addresses are
 * reused, so identity is the node id.
 *
 * @since 0.1.0
 */

/**
 * Host and TCP port. An IPv6 host stands without brackets.
 *
 * @category models
 * @since 0.1.0
 */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/**
 * Turns an address that a server announced into the one to dial, for clusters behind NAT, a tunnel or a proxy. It is applied
 * to every source of addresses: cluster views, MOVED, ASK and REDIRECT.
 *
 * @category models
 * @since 0.1.0
 */
export type AddressRemap = (endpoint: Endpoint) => Endpoint

/**
 * The largest TCP port. Port 0 is never an address that can be dialled.
 *
 * @category constants
 * @since 0.1.0
 */
export const MAX_PORT = 65535

/**
 * `host:port`, with brackets around an IPv6 host. Two endpoints are the same address if their keys are equal.
 *
 * @category formatters
 * @since 0.1.0
 */
export const endpointKey = (endpoint: Endpoint): string =>
  endpoint.host.includes(":") ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`

/**
 * A port from 1 to 65535 in decimal digits, or `undefined`.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parsePort = (text: string): number | undefined => {
  if (!/^[0-9]{1,5}$/.test(text)) return undefined
  const port = Number(text)
  return port >= 1 && port <= MAX_PORT ? port : undefined
}

/**
 * The endpoint in `host:port`, `[ipv6]:port` or, as servers write it, `ipv6:port` without brackets (the last colon separates).
 * `undefined` if the host is empty or holds a blank or a stray bracket, or if there is no valid port.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseEndpoint = (text: string): Endpoint | undefined => {
  const colon = text.lastIndexOf(":")
  if (colon < 1) return undefined
  const port = parsePort(text.slice(colon + 1))
  const host = stripBrackets(text.slice(0, colon))
  return port === undefined || host === "" || /[\s[\]]/.test(host) ? undefined : { host, port }
}

/**
 * `host` without the brackets that URLs put around an IPv6 address; any other host unchanged.
 *
 * @category parsers
 * @since 0.1.0
 */
export const stripBrackets = (host: string): string =>
  host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host
