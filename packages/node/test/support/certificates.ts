/** Certificates for a test, made by the `openssl` program in a temporary folder. */
import { execFile } from "node:child_process"
import * as fs from "node:fs/promises"
import * as Os from "node:os"
import * as path from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"

const run = promisify(execFile)

/** A certificate and its key in PEM, and where they stand. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
}

export interface Certificates {
  readonly dir: string
  readonly ca: Certificate
  /** Signed by `ca` for 127.0.0.1 and localhost. */
  readonly server: Certificate
  /** Signed by `ca`. */
  readonly client: Certificate
  /** The client's key, encrypted with `passphrase`. */
  readonly encryptedKey: string
  readonly passphrase: string
  /** Signed nothing that a server uses. */
  readonly stranger: Certificate
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

const make = async (dir: string): Promise<Certificates> => {
  const openssl = (...args: ReadonlyArray<string>) => run("openssl", [...args], { cwd: dir })
  const read = (file: string) => fs.readFile(path.join(dir, file), "utf8")
  const load = async (name: string): Promise<Certificate> => ({
    cert: await read(`${name}.crt`),
    key: await read(`${name}.key`),
    certFile: path.join(dir, `${name}.crt`),
    keyFile: path.join(dir, `${name}.key`)
  })
  const authority = async (name: string) => {
    await openssl("req", "-x509", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", `/CN=${name}`)
    return await load(name)
  }
  const signed = async (name: string, extensions: string) => {
    await openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`)
    await fs.writeFile(path.join(dir, `${name}.ext`), extensions)
    const signer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", `${name}.ext`]
    await openssl("x509", "-req", "-in", `${name}.csr`, ...signer, "-out", `${name}.crt`)
    return await load(name)
  }
  const passphrase = "of the key"
  const ca = await authority("ca")
  const stranger = await authority("stranger")
  const server = await signed("server", "subjectAltName=IP:127.0.0.1,DNS:localhost\n")
  const client = await signed("client", "extendedKeyUsage=clientAuth\n")
  await openssl("ec", "-in", "client.key", "-aes128", "-passout", `pass:${passphrase}`, "-out", "client.enc.key")
  return { dir, ca, server, client, stranger, passphrase, encryptedKey: await read("client.enc.key") }
}

/** Makes them; the folder goes with the scope. */
export const certificates = Effect.gen(function* () {
  const dir = yield* Effect.acquireRelease(
    Effect.promise(() => fs.mkdtemp(path.join(Os.tmpdir(), "reef-tls-"))),
    (made) => Effect.promise(() => fs.rm(made, { recursive: true, force: true }))
  )
  return yield* Effect.promise(() => make(dir))
})
