import { assert, describe, it } from "@effect/vitest"
import { configLines, type ServerConfig, unixUrlOf, urlOf, usersFlaw } from "../../src/internal/serverConfig.ts"

const config: ServerConfig = {
  dir: "/d",
  port: 7,
  unixSocketPath: undefined,
  requirepass: undefined,
  users: [],
  tls: undefined,
  appendonly: false,
  appendfsync: "no",
  save: ""
}

const pem = (path: string) => ({ path, contents: "" })

describe("configLines", () => {
  it("asks for a plain port and nothing that was not asked for", () => {
    assert.deepStrictEqual(configLines(config), [
      "bind 127.0.0.1",
      "port 7",
      'dir "/d"',
      "daemonize no",
      'save ""',
      "appendonly no",
      "appendfsync no"
    ])
  })

  it("listens with TLS only, if at all", () => {
    const pair = { cert: pem("/c"), key: pem("/k") }
    const material = { ca: pem("/ca"), server: pair, client: pair }
    const lines = configLines({ ...config, tls: { material, clientCertificates: "required" } })
    assert.deepStrictEqual(lines.slice(1, 8), [
      "port 0",
      "tls-port 7",
      'tls-ca-cert-file "/ca"',
      'tls-cert-file "/c"',
      'tls-key-file "/k"',
      "tls-auth-clients yes",
      "tls-replication yes"
    ])
  })

  it("quotes what users and passwords may contain", () => {
    const lines = configLines({
      ...config,
      requirepass: 'a "b"\\',
      users: [
        { name: "all", password: "p w" },
        { name: "some", rules: "~k:* +get" }
      ]
    })
    assert.deepStrictEqual(lines.slice(-4), [
      'requirepass "a \\"b\\"\\\\"',
      'masterauth "a \\"b\\"\\\\"',
      'user all on ">p w" ~* &* +@all',
      "user some on nopass ~k:* +get"
    ])
  })
})

describe("usersFlaw", () => {
  it("accepts none, and users of different names", () => {
    assert.isUndefined(usersFlaw([]))
    assert.isUndefined(usersFlaw([{ name: "a" }, { name: "b", rules: "+get" }]))
  })

  it.each([
    [[{ name: "a b" }], "cannot be the name"],
    [[{ name: "" }], "cannot be the name"],
    [[{ name: "default" }], "harness's own"],
    [[{ name: "a" }, { name: "a" }], "two users a"],
    [[{ name: "a", rules: "+get\nport 1" }], "line break"]
  ])("refuses %o", (users, detail) => {
    assert.include(usersFlaw(users), detail)
  })
})

describe("URLs", () => {
  it("encode names and passwords, and name TLS", () => {
    assert.strictEqual(urlOf(1, false, "", undefined), "redis://127.0.0.1:1")
    assert.strictEqual(urlOf(1, true, "", "a@b"), "rediss://:a%40b@127.0.0.1:1")
    assert.strictEqual(urlOf(1, false, "ü", "x/y"), "redis://%C3%BC:x%2Fy@127.0.0.1:1")
    assert.strictEqual(urlOf(1, false, "open", undefined), "redis://open@127.0.0.1:1")
    assert.strictEqual(unixUrlOf("/tmp/a b/s.sock", undefined), "unix:///tmp/a%20b/s.sock")
    assert.strictEqual(unixUrlOf("/s.sock", "p:w"), "unix://:p%3Aw@/s.sock")
  })
})
