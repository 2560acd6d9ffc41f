import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Duration, Redacted, Result, Schema } from "effect"
import { type InvalidUrl, parse, type RedisUrl } from "../../src/connection/RedisUrl.ts"

const ok = (url: string): RedisUrl => Result.getOrThrow(parse(url))
const bad = (url: string): InvalidUrl => Result.getOrThrow(Result.flip(parse(url)))
const endpoints = (url: string) => {
  const parsed = ok(url)
  return parsed._tag === "Tcp" ? parsed.endpoints : assert.fail("expected TCP")
}
const credentials = (url: string) => {
  const { password, username } = ok(url)
  return [username, password === undefined ? undefined : Redacted.value(password)]
}

describe("RedisUrl", () => {
  it("reads a whole URL", () => {
    const url = ok(
      "redis://ada:s3cret@cache.example:7000/3?protocol=3&clientName=app-1&connectTimeout=500&commandTimeout=2%20seconds&family=6&keepAlive=10%20seconds"
    )
    assert.deepStrictEqual(
      { ...url, password: url.password && Redacted.value(url.password) },
      {
        _tag: "Tcp",
        endpoints: [{ host: "cache.example", port: 7000 }],
        tls: false,
        username: "ada",
        password: "s3cret",
        database: 3,
        protocol: 3,
        clientName: "app-1",
        connectTimeout: Duration.millis(500),
        commandTimeout: Duration.seconds(2),
        family: 6,
        keepAlive: Duration.seconds(10)
      }
    )
  })

  it("leaves open what the URL does not say", () => {
    assert.deepStrictEqual(ok("redis://h"), {
      _tag: "Tcp",
      endpoints: [{ host: "h", port: 6379 }],
      tls: false,
      username: undefined,
      password: undefined,
      database: undefined,
      protocol: undefined,
      clientName: undefined,
      connectTimeout: undefined,
      commandTimeout: undefined,
      family: undefined,
      keepAlive: undefined
    })
  })

  it("takes socket options that make sense for every connection", () => {
    assert.deepInclude(ok("redis://h?family=4&keepAlive=false"), { family: 4, keepAlive: false })
    assert.deepInclude(ok("redis://h?keepAlive=1500"), { keepAlive: Duration.millis(1500) })
    for (const [part, query] of [
      ["parameter family", "family=5"],
      ["parameter keepAlive", "keepAlive=yes"]
    ] as const) {
      assert.strictEqual(bad(`redis://h?${query}`).part, part)
    }
  })

  it("knows five schemes in any case, and which of them are TLS", () => {
    for (const scheme of ["redis", "valkey", "REDIS", "Valkey"]) assert.isFalse(ok(`${scheme}://h`).tls, scheme)
    for (const scheme of ["rediss", "valkeys", "RedisS", "VALKEYS"]) assert.isTrue(ok(`${scheme}://h`).tls, scheme)
    assert.strictEqual(ok("UNIX:/s")._tag, "Unix")
    for (const url of [
      "http://h",
      "redis",
      "redis:h",
      "redis:/h",
      "://h",
      "",
      "h:6379",
      "redis+sentinel://h",
      " redis://h"
    ]) {
      assert.strictEqual(bad(url).part, "scheme", url)
    }
  })

  it("reads several hosts, each with its own port", () => {
    assert.deepStrictEqual(endpoints("redis://u:p@h1:7000,h2,[::1]:7001,[fe80::1%25eth0]/0?db=1"), [
      { host: "h1", port: 7000 },
      { host: "h2", port: 6379 },
      { host: "::1", port: 7001 },
      { host: "fe80::1%eth0", port: 6379 }
    ])
  })

  it("wants every host to be there and to look like one", () => {
    for (const url of [
      "redis://",
      "redis:///0",
      "redis://:6379",
      "redis://u:p@",
      "redis://h1,",
      "redis://,h1",
      "redis://h1,,h2",
      "redis://::1:6379",
      "redis://::1",
      "redis://[::1",
      "redis://[h]",
      "redis://[]:1",
      "redis://[::1]x",
      "redis://a b",
      "redis://h%2Fx",
      "redis://h%3A1",
      "redis://h%",
      "redis://h\n"
    ]) {
      assert.strictEqual(bad(url).part, "host", url)
    }
    for (const url of [
      "redis://h:",
      "redis://h:0",
      "redis://h:65536",
      "redis://h:x",
      "redis://h:-1",
      "redis://[::1]:",
      "redis://h1,h2:x"
    ]) {
      assert.strictEqual(bad(url).part, "port", url)
    }
  })

  it("decodes user name, password and host once", () => {
    assert.deepStrictEqual(credentials("redis://a%3Ab:p%40s%2F%3F%23%2525@h"), ["a:b", "p@s/?#%25"])
    assert.deepStrictEqual(credentials("redis://u:a+b@h"), ["u", "a+b"])
    assert.deepStrictEqual(credentials("redis://u:p:q@h"), ["u", "p:q"])
    assert.deepStrictEqual(credentials("redis://u:p@q@h"), ["u", "p@q"])
    assert.deepStrictEqual(credentials("redis://u:%D0%BA@h"), ["u", "к"])
    assert.strictEqual(endpoints("redis://h%2D1")[0].host, "h-1")
    assert.strictEqual(bad("redis://u%:p@h").part, "username")
    assert.strictEqual(bad("redis://u:%ff@h").part, "password")
  })

  it("takes an empty user name before a password for the default user", () => {
    assert.deepStrictEqual(credentials("redis://:pw@h"), [undefined, "pw"])
    assert.deepStrictEqual(credentials("redis://user@h"), ["user", undefined])
    assert.deepStrictEqual(credentials("redis://user:@h"), ["user", ""])
    assert.deepStrictEqual(credentials("redis://:@h"), [undefined, undefined])
    assert.deepStrictEqual(credentials("redis://@h"), [undefined, undefined])
  })

  it("takes the database from the path or from db, which wins", () => {
    assert.strictEqual(ok("redis://h/15").database, 15)
    assert.strictEqual(ok("redis://h/0").database, 0)
    assert.strictEqual(ok("redis://h?db=4").database, 4)
    assert.strictEqual(ok("redis://h/1?db=0").database, 0)
    assert.isUndefined(ok("redis://h/").database)
    for (const url of [
      "redis://h/x",
      "redis://h/1/",
      "redis://h/-1",
      "redis://h/1.5",
      "redis://h/2147483648",
      "redis://h/x?db=1"
    ]) {
      assert.strictEqual(bad(url).part, "database", url)
    }
  })

  it("types its parameters, in any order", () => {
    assert.strictEqual(ok("redis://h?protocol=2").protocol, 2)
    assert.strictEqual(ok("redis://h?").protocol, undefined)
    assert.deepStrictEqual(ok("redis://h?connectTimeout=1.5+seconds").connectTimeout, Duration.millis(1500))
    assert.deepStrictEqual(ok("redis://h?commandTimeout=500%20millis&db=1").commandTimeout, Duration.millis(500))
    for (const yes of ["true", "TRUE", "yes", "1"]) assert.isTrue(ok(`redis://h?tls=${yes}`).tls)
    for (const no of ["false", "No", "0"]) assert.isFalse(ok(`redis://h?tls=${no}`).tls)
  })

  it("names a parameter that is bad, unknown, repeated, empty or misplaced", () => {
    const cases: Readonly<Record<string, ReadonlyArray<string>>> = {
      db: ["db=x", "db=-1", "db=1.0", "db=", "db", "db=1&db=1"],
      protocol: ["protocol=1", "protocol=4", "protocol=three"],
      clientName: ["clientName=a%20b", "clientName=a+b", "clientName=%D0%BA", "clientName=%"],
      connectTimeout: [
        "connectTimeout=soon",
        "connectTimeout=0",
        "connectTimeout=-5",
        "connectTimeout=Infinity",
        "connectTimeout=5%20parsecs"
      ],
      commandTimeout: ["commandTimeout=0%20seconds", `commandTimeout=${"9".repeat(400)}`, "commandTimeout=1e3"],
      tls: ["tls=maybe", "tls=2"],
      username: ["username=ada"],
      password: ["password=s3cret"],
      socket_timeout: ["socket_timeout=5"],
      "": ["=1", "db=1&"]
    }
    for (const [name, queries] of Object.entries(cases)) {
      for (const query of queries) assert.strictEqual(bad(`redis://h?${query}`).part, `parameter ${name}`, query)
    }
    assert.include(bad("redis://h?socket_timeout=5").detail, "commandTimeout")
  })

  it("refuses TLS that contradicts the scheme, and fragments", () => {
    assert.strictEqual(bad("rediss://h?tls=false").part, "parameter tls")
    assert.strictEqual(bad("unix:/s?tls=true").part, "parameter tls")
    assert.isTrue(ok("valkeys://h?tls=true").tls)
    assert.strictEqual(bad("redis://h/0#main").part, "fragment")
  })

  it("reads Unix sockets in each spelling; their database is a parameter", () => {
    for (const url of ["unix:/run/redis.sock?db=2", "unix:///run/redis.sock?db=2", "UNIX:///run/redis%2Esock?db=2"]) {
      const { _tag, database, ...rest } = ok(url)
      assert.strictEqual(_tag === "Unix" && "path" in rest && rest.path, "/run/redis.sock", url)
      assert.strictEqual(database, 2)
    }
    assert.deepStrictEqual(credentials("unix://ada:p%40@/run/redis.sock"), ["ada", "p@"])
    for (const url of ["unix:", "unix:/", "unix://", "unix:run.sock", "unix:/a%00b", "unix:/a%"]) {
      assert.strictEqual(bad(url).part, "path", url)
    }
    assert.strictEqual(bad("unix://run/redis.sock").part, "host")
  })

  it("shows which URL failed, without user name, password and parameters", () => {
    assert.strictEqual(bad("redis://ada:s3cret@h1:7000,h2/0?db=x").url, "redis://***@h1:7000,h2/0?***")
    assert.strictEqual(bad("redis://h?password=s3cret").url, "redis://h?***")
    assert.strictEqual(bad("unix:///run/redis.sock?tls=true").url, "unix:///run/redis.sock?***")
    assert.strictEqual(bad("s3cret").url, "***")
    assert.strictEqual(bad("redis://ada:s3cret").url, "redis://***")
  })

  it("tells how to write a password whose characters break the URL, without showing a piece of it", () => {
    for (const password of [
      "a/s3cret",
      "1/s3cret",
      "1?s3cret",
      "1?s3cret=1",
      "1#s3cret",
      "x@y?s3cret=1",
      "x@y/s3cret"
    ]) {
      const failure = bad(`redis://u:${password}@h`)
      assert.notInclude(JSON.stringify(failure), "s3cret", password)
      assert.include(failure.detail, "%2F")
    }
    assert.strictEqual(bad("redis://u:1234?5678@h").url, "redis://***")
  })

  it("prints no password when the parsed URL is printed", () => {
    assert.notInclude(JSON.stringify(ok("redis://u:s3cret@h")), "s3cret")
  })

  const SECRET = "S3cR3t"
  const scrap = Arbitrary.schema(
    Schema.Literals([
      "",
      "a",
      "1",
      "h",
      ":",
      "/",
      "?",
      "#",
      "@",
      ",",
      "[",
      "]",
      "[::1]",
      "%",
      "%41",
      "&",
      "=",
      "db=1",
      "tls=1",
      " ",
      "\n",
      "\ud83d",
      "é",
      "\0"
    ])
  )
  const text = Arbitrary.map(Arbitrary.array(scrap, { maxLength: 10 }), (parts) => parts.join(""))
  const scheme = Arbitrary.schema(
    Schema.Literals(["redis://", "rediss://", "VALKEY://", "valkeys://", "unix://", "unix:", "http://", ""])
  )

  it.prop(
    "is a URL or a failure for any text whatever",
    [scheme, text, Arbitrary.schema(Schema.String)],
    ([start, rest, any]) => {
      for (const url of [start + rest, start + any, any]) {
        const result = parse(url)
        if (Result.isFailure(result)) assert.strictEqual(result.failure._tag, "InvalidUrl")
      }
    },
    { arbitrary: { runs: 500 } }
  )

  it.prop(
    "never shows a password that stands before the host, however badly written",
    [scheme, text, text, text, text],
    ([start, user, before, after, rest]) => {
      const url = `${start}${user}:${before}${SECRET}${after}@${rest}`
      const result = parse(url)
      if (Result.isFailure(result)) assert.notInclude(JSON.stringify(result.failure), SECRET, url)
    },
    { arbitrary: { runs: 2000 } }
  )

  it.prop(
    "gives back any user name and password that was encoded",
    [text, text],
    ([user, password]) => {
      const [username = "", secret = ""] = [user, password].map((part) => part.replaceAll("\ud83d", ""))
      const expected = [username || undefined, secret === "" && username === "" ? undefined : secret]
      assert.deepStrictEqual(
        credentials(`redis://${encodeURIComponent(username)}:${encodeURIComponent(secret)}@h`),
        expected
      )
    },
    { arbitrary: { runs: 300 } }
  )
})
