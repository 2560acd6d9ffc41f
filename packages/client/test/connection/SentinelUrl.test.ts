import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { parseSentinelUrl, withPort } from "../../src/connection/SentinelUrl.ts"

const parsed = (url: string) => Result.getOrThrow(parseSentinelUrl(url))

const partOf = (url: string): string => {
  const result = parseSentinelUrl(url)
  return Result.isFailure(result) ? result.failure.part : assert.fail(`${url} is accepted`)
}

describe("SentinelUrl", () => {
  it("names sentinels, service and database, and the servers' user and password", () => {
    const url = parsed("redis+sentinel://ada:p%40ss@s1:1,s2,[::1],[::2]:5/my%2Fmaster/3?clientName=app")
    assert.deepStrictEqual(
      url.endpoints.map(({ host, port }) => `${host} ${port}`),
      ["s1 1", "s2 26379", "::1 26379", "::2 5"]
    )
    const { clientName, database, password, service, tls, username } = url
    assert.deepStrictEqual(
      { clientName, database, service, tls, username, password: password && Redacted.value(password) },
      { clientName: "app", database: 3, service: "my/master", tls: false, username: "ada", password: "p@ss" }
    )
  })

  it("needs no database, and takes one as a parameter", () => {
    assert.strictEqual(parsed("valkey+sentinel://s1/m").database, undefined)
    assert.strictEqual(parsed("valkey+sentinel://s1/m/").database, undefined)
    assert.strictEqual(parsed("valkey+sentinel://s1/m?db=2").database, 2)
  })

  it("means TLS by rediss and valkeys", () => {
    assert.isTrue(parsed("rediss+sentinel://s1/m").tls)
    assert.isTrue(parsed("VALKEYS+SENTINEL://s1/m/0").tls)
  })

  it("refuses by name what it does not understand", () => {
    assert.strictEqual(partOf("redis://s1/m"), "scheme")
    assert.strictEqual(partOf("unix+sentinel://s1/m"), "scheme")
    assert.strictEqual(partOf("redis+sentinel://s1"), "service")
    assert.strictEqual(partOf("redis+sentinel://s1/"), "service")
    assert.strictEqual(partOf("redis+sentinel://s1/a%20b"), "service")
    assert.strictEqual(partOf("redis+sentinel://s1/%zz"), "service")
    assert.strictEqual(partOf("redis+sentinel:///m"), "host")
    assert.strictEqual(partOf("redis+sentinel://s1:99999/m"), "port")
    assert.strictEqual(partOf("redis+sentinel://s1/m/x"), "database")
    assert.strictEqual(partOf("redis+sentinel://s1/m?service=x"), "parameter service")
  })

  it("never shows the password, wherever it was put", () => {
    for (const url of [
      "redis+sentinel://:s3cret@/m",
      "redis+sentinel://s1/s3cret x",
      "redis+sentinel://a:s3/cret@s1/m"
    ]) {
      assert.notInclude(JSON.stringify(parseSentinelUrl(url)), "cret", url)
    }
  })

  it("adds a port to each host that has none, and to nothing else", () => {
    assert.strictEqual(withPort("redis://u:p@a,b:1,[::1]/0?x=y,z", 9), "redis://u:p@a:9,b:1,[::1]:9/0?x=y,z")
    assert.strictEqual(withPort("no url", 9), "no url")
  })
})
