/** From the options of a client to those of `node:net` and `node:tls`. */
import * as Net from "node:net"
import type * as Tls from "node:tls"
import type { OpenOptions, ResolvedSocketOptions, TlsOptions } from "@reef-redis/client"
import * as Redacted from "effect/Redacted"

/** The addresses that a user's look-up gave, as Node asks for them. */
const lookupOf =
  (addresses: ReadonlyArray<string>): Net.LookupFunction =>
  (_, { all }, callback) => {
    const found = addresses.map((address) => ({ address, family: Net.isIP(address) }))
    const [first] = found
    if (all === true || first === undefined) callback(null, found)
    else callback(null, first.address, first.family)
  }

const socketOptions = (socket: ResolvedSocketOptions | undefined, addresses: ReadonlyArray<string> | undefined) => ({
  autoSelectFamily: socket?.family === undefined,
  ...(socket === undefined ? {} : { autoSelectFamilyAttemptTimeout: socket.attemptTimeout }),
  ...(socket?.family === undefined ? {} : { family: socket.family }),
  ...(socket?.localAddress === undefined ? {} : { localAddress: socket.localAddress }),
  ...(socket?.highWaterMark === undefined ? {} : { highWaterMark: socket.highWaterMark }),
  ...(addresses === undefined ? {} : { lookup: lookupOf(addresses) })
})

/**
 * What `Net.connect` is given. `addresses` are those of the user's look-up; where an IP version was chosen the others are left out already.
 */
export const netOptions = (
  { address, socket }: Pick<OpenOptions, "address" | "socket">,
  addresses: ReadonlyArray<string> | undefined
): Net.NetConnectOpts =>
  "path" in address
    ? { path: address.path, ...(socket?.highWaterMark === undefined ? {} : { highWaterMark: socket.highWaterMark }) }
    : { host: address.host, port: address.port, ...socketOptions(socket, addresses) }

/** What `Tls.connect` is given beside that. */
export const tlsOptions = (options: TlsOptions, host: string | undefined): Tls.ConnectionOptions => {
  const servername = options.servername ?? (host === undefined || Net.isIP(host) !== 0 ? undefined : host)
  return {
    ...(options.ca === undefined ? {} : { ca: typeof options.ca === "string" ? options.ca : [...options.ca] }),
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: Redacted.value(options.key) }),
    ...(options.passphrase === undefined ? {} : { passphrase: Redacted.value(options.passphrase) }),
    ...(servername === undefined ? {} : { servername }),
    ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
    ...(options.minVersion === undefined ? {} : { minVersion: options.minVersion }),
    ...(options.maxVersion === undefined ? {} : { maxVersion: options.maxVersion }),
    ...(options.verifyName === false ? { checkServerIdentity: () => undefined } : {}),
    rejectUnauthorized: options.rejectUnauthorized ?? true
  }
}
