/**
 * Makes the certificates of a group of servers by the program `openssl` (OpenSSL 1.1 and 3, LibreSSL).
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { ServerError } from "../ServerError.ts"
import type { KeyPair, PemFile, ServerTlsOptions, TlsMaterial } from "../Tls.ts"
import { fileEffect } from "./files.ts"

/** A key on a curve is made in milliseconds; a machine that needs this long is stuck. */
const OPENSSL_TIMEOUT_MILLIS = 20_000
const VALID_DAYS = "30"
const CONFIG_FILE = "openssl.cnf"

/** Independent of the system's own configuration, which may lack any of these sections. */
const CONFIG = `[req]
distinguished_name = name
prompt = no
[name]
CN = reef
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = IP:127.0.0.1,IP:::1,DNS:localhost
[client]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
`

const INSTALL_HINT =
  "install OpenSSL (Debian and Ubuntu: `apt-get install openssl`; macOS has it), " +
  "or set the option `tls.openssl` to the path of the program"

const run = (program: string, cwd: string, args: ReadonlyArray<string>): Effect.Effect<void, ServerError> =>
  Effect.callback((resume) => {
    const action = `${program} ${args[0]}`
    const child = execFile(program, args, { cwd, timeout: OPENSSL_TIMEOUT_MILLIS }, (error, _out, stderr) => {
      if (error === null) return resume(Effect.void)
      const missing = error.code === "ENOENT" || error.code === "EACCES"
      resume(
        Effect.fail(
          new ServerError({
            reason: missing ? "OpensslNotFound" : "StartFailed",
            action,
            detail: missing ? `there is no program ${JSON.stringify(program)}; ${INSTALL_HINT}` : String(error.message),
            log: missing ? "" : stderr.trimEnd()
          })
        )
      )
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Makes an authority, a server's and a client's certificate in a new folder. */
export const makeCertificates = Effect.fnUntraced(function* (
  dir: string,
  { openssl = "openssl" }: ServerTlsOptions
): Effect.fn.Return<TlsMaterial, ServerError> {
  const call = (...args: ReadonlyArray<string>) => run(openssl, dir, args)
  const pem = (name: string): Effect.Effect<PemFile, ServerError> => {
    const file = path.join(dir, name)
    return Effect.map(
      fileEffect(`read ${file}`, () => fs.readFile(file, "utf8")),
      (contents) => ({ path: file, contents })
    )
  }
  const makeKey = (name: string) => call("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", `${name}.key`)
  const request = (name: string, commonName: string, ...more: ReadonlyArray<string>) =>
    call("req", "-config", CONFIG_FILE, "-new", "-sha256", "-key", `${name}.key`, "-subj", `/CN=${commonName}`, ...more)

  const signed = Effect.fnUntraced(function* (name: "server" | "client", commonName: string, serial: string) {
    yield* makeKey(name)
    yield* request(name, commonName, "-out", `${name}.csr`)
    const authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", serial]
    const extensions = ["-extfile", CONFIG_FILE, "-extensions", name]
    yield* call(
      ...["x509", "-req", "-sha256", "-days", VALID_DAYS, "-in", `${name}.csr`, "-out", `${name}.crt`],
      ...authority,
      ...extensions
    )
    return { cert: yield* pem(`${name}.crt`), key: yield* pem(`${name}.key`) } satisfies KeyPair
  })

  yield* fileEffect(`write ${CONFIG_FILE} in ${dir}`, async () => {
    await fs.mkdir(dir)
    await fs.writeFile(path.join(dir, CONFIG_FILE), CONFIG)
  })
  yield* makeKey("ca")
  yield* request("ca", "reef-test-ca", "-x509", "-days", VALID_DAYS, "-extensions", "ca", "-out", "ca.crt")
  const [server, client] = yield* Effect.all(
    [signed("server", "localhost", "2"), signed("client", "reef-client", "3")],
    {
      concurrency: 2
    }
  )
  return { ca: yield* pem("ca.crt"), server, client }
})
