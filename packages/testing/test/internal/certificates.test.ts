import { X509Certificate } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeCertificates } from "../../src/internal/certificates.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "reef-certificates-"))),
  (dir) => Effect.sync(() => fs.rmSync(dir, { recursive: true }))
)

describe("makeCertificates", () => {
  it.effect("makes a server's and a client's certificate that its authority has signed", () =>
    Effect.gen(function* () {
      const material = yield* makeCertificates(path.join(yield* temporary, "tls"), {})
      const ca = new X509Certificate(material.ca.contents)
      const server = new X509Certificate(material.server.cert.contents)
      const client = new X509Certificate(material.client.cert.contents)
      assert.isTrue(ca.ca)
      assert.isTrue(server.verify(ca.publicKey))
      assert.isTrue(client.verify(ca.publicKey))
      assert.strictEqual(server.checkIP("127.0.0.1"), "127.0.0.1")
      assert.strictEqual(server.checkHost("localhost"), "localhost")
      assert.strictEqual(client.subject, "CN=reef-client")
      assert.notStrictEqual(server.serialNumber, client.serialNumber)
      assert.strictEqual(fs.readFileSync(material.client.key.path, "utf8"), material.client.key.contents)
    })
  )

  it.effect("says what to install if there is no openssl", () =>
    Effect.gen(function* () {
      const dir = path.join(yield* temporary, "tls")
      const error = yield* Effect.flip(makeCertificates(dir, { openssl: "no-such-openssl" }))
      assert.strictEqual(error.reason, "OpensslNotFound")
      assert.include(error.message, "apt-get install openssl")
    })
  )

  it.effect("shows what a failing openssl has printed", () =>
    Effect.gen(function* () {
      const dir = path.join(yield* temporary, "tls")
      const error = yield* Effect.flip(makeCertificates(dir, { openssl: process.execPath }))
      assert.strictEqual(error.reason, "StartFailed")
      assert.include(error.log, "ecparam")
    })
  )
})
