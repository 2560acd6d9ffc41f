/** TLS between the client and a real server: trust in both directions, and what each kind of distrust looks like. */
import { assert, layer } from "@effect/vitest"
import type { TlsOptions } from "@reef-redis/node"
import { RedisServer } from "@reef-redis/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type Certificates, certificates } from "./support/certificates.ts"
import { type ClientOptions, connect, refusedBy } from "./support/client.ts"
import { freePort, HOST } from "./support/ports.ts"
import { leavesNothing } from "./support/resources.ts"

interface TlsServers {
  readonly made: Certificates
  readonly plainPort: number
  /** Asks clients for nothing. */
  readonly port: number
  /** Speaks TLS 1.2 only. */
  readonly oldPort: number
  /** Wants a client's certificate. */
  readonly mutualPort: number
}

class Servers extends Context.Service<Servers, TlsServers>()("Servers") {
  static readonly layer = Layer.effect(
    Servers,
    Effect.gen(function* () {
      const made = yield* certificates
      const tlsServer = (port: number, clients: "no" | "yes", ...more: ReadonlyArray<string>) =>
        RedisServer.make({
          config: [
            ...more,
            `tls-port ${port}`,
            `tls-cert-file ${made.server.certFile}`,
            `tls-key-file ${made.server.keyFile}`,
            `tls-ca-cert-file ${made.ca.certFile}`,
            `tls-auth-clients ${clients}`
          ]
        })
      const [port, mutualPort, oldPort] = [yield* freePort, yield* freePort, yield* freePort]
      yield* tlsServer(oldPort, "no", 'tls-protocols "TLSv1.2"')
      const server = yield* tlsServer(port, "no")
      yield* tlsServer(mutualPort, "yes")
      return { made, plainPort: server.port, port, mutualPort, oldPort }
    })
  )
}

/** One attempt, since what is wrong here stays so. */
const once = (port: number, tls: boolean | TlsOptions | undefined, options: ClientOptions = {}) =>
  connect({ host: HOST, port, tls, start: "failFast", ...options })

const answers = (options: ClientOptions) =>
  Effect.gen(function* () {
    const redis = yield* connect(options)
    assert.strictEqual(yield* redis.echo("over TLS"), "over TLS")
  })

layer(Servers.layer, { excludeTestServices: true })("NodeTransport with TLS", (it) => {
  it.effect("trusts a server whose authority is given, by options and by a rediss URL", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { made, port } = yield* Servers
        const tls = { ca: made.ca.cert }
        yield* answers({ host: HOST, port, tls })
        yield* answers({ host: HOST, port, tls: { ca: [made.stranger.cert, made.ca.cert] } })
        yield* answers({ url: `rediss://localhost:${port}`, tls })
        yield* answers({ url: `valkeys://${HOST}:${port}`, tls })
      })
    )
  )

  it.effect("moves large values both ways", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { made, port } = yield* Servers
        const redis = yield* connect({ host: HOST, port, tls: { ca: made.ca.cert } })
        const text = "grüße ".repeat(1_000_000)
        yield* redis.set("large", text)
        assert.isTrue((yield* redis.get("large")) === text)
      })
    )
  )

  it.effect("fails as ConnectFailed with the cause where the server's authority is not trusted", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { made, port } = yield* Servers
        const stranger = yield* refusedBy(once(port, { ca: made.stranger.cert }), "ConnectFailed")
        assert.match(stranger.message, /certificate/i)
        assert.strictEqual(stranger.execution, "NotSent")
        const platform = yield* refusedBy(once(port, true), "ConnectFailed")
        assert.match(platform.message, /certificate/i)
      })
    )
  )

  it.effect("fails as ConnectFailed where the certificate is for another name, which servername can change", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { made, port } = yield* Servers
        const other = { ca: made.ca.cert, servername: "redis.example" }
        const error = yield* refusedBy(once(port, other), "ConnectFailed")
        assert.match(error.message, /redis\.example/)
        yield* answers({ host: HOST, port, tls: { ca: made.ca.cert, servername: "localhost" } })
      })
    )
  )

  it.effect("does not ask for the name with verifyName false, and still for the authority", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { made, port } = yield* Servers
        const other = { servername: "redis.example", verifyName: false }
        yield* answers({ host: HOST, port, tls: { ...other, ca: made.ca.cert } })
        const error = yield* refusedBy(once(port, { ...other, ca: made.stranger.cert }), "ConnectFailed")
        assert.match(error.message, /certificate/i)
      })
    )
  )

  it.effect(
    "speaks the versions and ciphers that it is told, and fails as ConnectFailed where there is none in common",
    () =>
      leavesNothing(
        Effect.gen(function* () {
          const { made, oldPort, port } = yield* Servers
          const tls = { ca: made.ca.cert }
          const cipher = "ECDHE-ECDSA-AES256-GCM-SHA384"
          yield* answers({ host: HOST, port, tls: { ...tls, minVersion: "TLSv1.3" } })
          yield* answers({ host: HOST, port: oldPort, tls: { ...tls, maxVersion: "TLSv1.2", ciphers: cipher } })
          const old = yield* refusedBy(once(oldPort, { ...tls, minVersion: "TLSv1.3" }), "ConnectFailed")
          assert.match(old.message, /version|protocol|alert/i)
          const foreign = { ...tls, maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" } as const
          assert.match((yield* refusedBy(once(oldPort, foreign), "ConnectFailed")).message, /handshake|cipher|alert/i)
          const unknown = yield* refusedBy(once(port, { ...tls, ciphers: "NO-SUCH-CIPHER" }), "ConnectFailed")
          assert.match(unknown.message, /cipher/i)
        })
      )
  )

  it.effect("names a version that it does not know", () =>
    Effect.gen(function* () {
      const error = yield* refusedBy(once(1, { minVersion: "SSLv3" as "TLSv1" }), "InvalidArgument")
      assert.include(error.message, "tls.minVersion: must be one of TLSv1, ")
    })
  )

  it.effect("takes any certificate with rejectUnauthorized false", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { port } = yield* Servers
        yield* answers({ host: HOST, port, tls: { rejectUnauthorized: false } })
      })
    )
  )

  it.effect("shows its own certificate to a server that wants one, its key encrypted or not", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { made, mutualPort: port } = yield* Servers
        const { ca, client, encryptedKey, passphrase } = made
        const own = { ca: ca.cert, cert: client.cert }
        yield* answers({ host: HOST, port, tls: { ...own, key: Redacted.make(client.key) } })
        const key = Redacted.make(encryptedKey)
        yield* answers({ host: HOST, port, tls: { ...own, key, passphrase: Redacted.make(passphrase) } })
      })
    )
  )

  it.effect("fails as ConnectFailed without the certificate that a server wants", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { made, mutualPort } = yield* Servers
        const error = yield* refusedBy(once(mutualPort, { ca: made.ca.cert }), "ConnectFailed")
        assert.match(error.message, /certificate required|ECONNRESET|EPIPE|closed the connection/i)
      })
    )
  )

  it.effect("fails as ConnectFailed for a key that cannot be read, and shows neither key nor passphrase", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { made, mutualPort } = yield* Servers
        const own = { ca: made.ca.cert, cert: made.client.cert, key: Redacted.make(made.encryptedKey) }
        const passphrase = Redacted.make("not the passphrase")
        const error = yield* refusedBy(once(mutualPort, { ...own, passphrase }), "ConnectFailed")
        const shown = `${error.message} ${JSON.stringify(error)}`
        assert.notInclude(shown, "not the passphrase")
        assert.notInclude(shown, "PRIVATE KEY")
        const garbage = { ca: made.ca.cert, cert: "no certificate", key: Redacted.make("no key") }
        assert.notInclude((yield* refusedBy(once(mutualPort, garbage), "ConnectFailed")).message, "no key")
      })
    )
  )

  it.effect("fails as ConnectFailed where only one side speaks TLS", () =>
    leavesNothing(
      Effect.gen(function* () {
        const { made, plainPort, port } = yield* Servers
        const soon = { connectTimeout: 500 }
        const plain = yield* refusedBy(once(port, undefined, soon), "ConnectFailed")
        assert.match(plain.message, /handshake/)
        const encrypted = yield* refusedBy(once(plainPort, { ca: made.ca.cert }, soon), "ConnectFailed")
        assert.match(encrypted.message, /within 500 ms|closed|wrong version|packet/i)
      })
    )
  )
})
