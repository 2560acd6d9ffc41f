/**
 * The certificates that the servers of one group share, as each user of them wants them.
 */
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { ServerError } from "../ServerError.ts"
import type { ServerTlsOptions, TlsMaterial } from "../Tls.ts"
import { makeCertificates } from "./certificates.ts"
import type { SocketTls } from "./RespSocket.ts"
import type { Supervisor } from "./Supervisor.ts"
import type { ServerTls } from "./serverConfig.ts"

const FOLDER = "tls"

/** Makes the certificates that the option asks for, in the group's folder; nothing if it asks for none. */
export const makeGroupTls = (
  supervisor: Pick<Supervisor, "dir">,
  option: boolean | ServerTlsOptions | undefined
): Effect.Effect<ServerTls | undefined, ServerError> => {
  if (option === undefined || option === false) return Effect.succeed(undefined)
  const options = option === true ? {} : option
  return Effect.map(makeCertificates(path.join(supervisor.dir, FOLDER), options), (material) => ({
    material,
    clientCertificates: options.clientCertificates ?? "optional"
  }))
}

/** What the harness itself connects with: it always shows the client's certificate. */
export const socketTls = (material: TlsMaterial | undefined): SocketTls | undefined =>
  material === undefined
    ? undefined
    : { ca: material.ca.contents, cert: material.client.cert.contents, key: material.client.key.contents }
