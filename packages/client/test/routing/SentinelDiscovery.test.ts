import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as TestClock from "effect/testing/TestClock"
import { Transport } from "../../src/connection/Transport.ts"
import type { SentinelAnswer } from "../../src/error/Reason.ts"
import { ConnectError, type RedisError } from "../../src/error/RedisError.ts"
import { RedisSentinel } from "../../src/RedisSentinel.ts"
import { SentinelDiscovery } from "../../src/routing/SentinelDiscovery.ts"
import { settle, start, succeeded } from "../support/client.ts"
import {
  FakeSentinels,
  first,
  SENTINELS,
  SERVICE,
  second,
  type WatchedOptions,
  watched
} from "../support/FakeSentinels.ts"
import { bulk, error, ok } from "../support/FakeTransport.ts"

/** Why a client could not be made. */
const refusedWith = (options: WatchedOptions, setup?: (fake: FakeSentinels) => void) =>
  Effect.gen(function* () {
    const failure = yield* Effect.flip(watched({ start: "failFast", ...options }, setup))
    assert.instanceOf(failure, ConnectError)
    assert.strictEqual(failure.attempts.length, 1, failure.message)
    return failure.attempts[0]!
  })

const answersOf = ({ reason }: RedisError): ReadonlyArray<SentinelAnswer> =>
  "answers" in reason ? reason.answers : assert.fail(`no sentinel's answer in ${reason._tag}`)

const saidOf = (failure: RedisError) =>
  answersOf(failure)
    .map(({ said, sentinel }) => `${sentinel} ${said}`)
    .sort()

const s = (said: string) => SENTINELS.map((sentinel) => `${sentinel} ${said}`)

describe("SentinelDiscovery", () => {
  it.effect("finds the primary, and the replicas that no sentinel thinks down or out of reach", () =>
    Effect.gen(function* () {
      const replicas = ["p2:1", "p3:1 s_down", "p4:1 o_down", "p5:1 disconnected", "p6:1 stale"]
      const { redis, sentinel } = yield* watched({}, (fake) => {
        fake.view = { ...first, replicas }
      })
      assert.strictEqual(yield* redis.get("a"), "p1:1")
      const group = SubscriptionRef.getUnsafe(sentinel.group)
      assert.deepStrictEqual(group?.primary, { host: "p1", port: 1 })
      assert.deepStrictEqual(
        group?.replicas.map(({ endpoint, isLinked }) => `${endpoint.host} ${isLinked}`),
        ["p2 true", "p6 false"]
      )
      assert.strictEqual(group?.epoch, 1)
    })
  )

  it.effect(
    "asks the next sentinel at once where one is gone, and begins with the one that answered from then on",
    () =>
      Effect.gen(function* () {
        const { fake, redis, sentinel } = yield* watched({}, (fake) => fake.down("s1:26379"))
        assert.strictEqual(yield* redis.get("a"), "p1:1")
        assert.notStrictEqual((yield* sentinel.sentinels)[0]?.endpoint.host, "s1")
        assert.notInclude(fake.asked, "s1:26379")
      })
  )

  it.effect("does not wait for a sentinel that keeps silent", () =>
    Effect.gen(function* () {
      const making = yield* start(watched({}, (fake) => fake.freeze("s1:26379", "s2:26379")))
      yield* settle
      yield* TestClock.adjust("150 millis")
      yield* settle
      const { redis } = yield* succeeded(making)
      assert.strictEqual(yield* redis.get("a"), "p1:1")
    })
  )

  it.effect("believes the newest epoch, whoever answers first and however many say otherwise", () =>
    Effect.gen(function* () {
      const { redis } = yield* watched({}, (fake) => {
        fake.view = first
        fake.views.set("s3:26379", second)
        fake.replicas.delete("p2:1")
      })
      assert.strictEqual(yield* redis.get("a"), "p2:1")
    })
  )

  it.effect("never goes back to an older epoch that a sentinel tells later", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({}, (fake) => fake.failOver())
      fake.views.set("s1:26379", first)
      fake.replicas.delete("p1:1")
      fake.down("s2:26379", "s3:26379")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* redis.get("a"), "p2:1")
    })
  )

  it.effect("goes back where most sentinels were set back by hand", () =>
    Effect.gen(function* () {
      const { fake, redis } = yield* watched({}, (fake) => fake.failOver())
      fake.view = { ...first, epoch: 0 }
      fake.replicas.delete("p1:1")
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* redis.get("a"), "p1:1")
    })
  )

  it.effect("waits until as many sentinels agree as it was told", () =>
    Effect.gen(function* () {
      const failure = yield* refusedWith({ agreement: 3 }, (fake) => fake.down("s2:26379"))
      assert.strictEqual(failure.reason._tag, "PrimaryDown")
      assert.deepStrictEqual(saidOf(failure), ["s1:26379 outvoted", "s2:26379 unreachable", "s3:26379 outvoted"])
      const { redis } = yield* watched({ agreement: 3 })
      assert.strictEqual(yield* redis.get("a"), "p1:1")
    })
  )

  it.effect("gives a sentinel that it reaches by two addresses one voice", () =>
    Effect.gen(function* () {
      const failure = yield* refusedWith({ agreement: 2, sentinels: ["s1:26379", "s2:26379"] }, (fake) => {
        fake.on = (words) => (words[1] === "MYID" ? bulk("the same") : undefined)
      })
      assert.strictEqual(failure.reason._tag, "PrimaryDown")
    })
  )

  it.effect("does not believe a sentinel that knows too few others", () =>
    Effect.gen(function* () {
      const failure = yield* refusedWith({ minOtherSentinels: 2 }, (fake) => {
        fake.view = { ...first, peers: ["s2:26379"] }
      })
      assert.strictEqual(failure.reason._tag, "PrimaryDown")
      assert.deepStrictEqual(saidOf(failure), s("too few sentinels"))
      assert.include(failure.message, "knows 1 other sentinels, not 2")
    })
  )

  it.effect("says apart: no sentinel, an unknown name, a primary that is down, each with every sentinel's answer", () =>
    Effect.gen(function* () {
      const nobody = yield* refusedWith({}, (fake) => fake.down(...SENTINELS))
      assert.strictEqual(nobody.reason._tag, "NoSentinel")
      assert.deepStrictEqual(saidOf(nobody), s("unreachable"))
      assert.deepStrictEqual(answersOf(nobody)[0]?.reason?._tag, "ConnectFailed")

      const name = yield* refusedWith({ service: "other" })
      assert.strictEqual(name.reason._tag, "UnknownService")
      assert.deepStrictEqual(saidOf(name), s("unknown service"))

      const down = yield* refusedWith({}, (fake) => fake.down("p1:1"))
      assert.strictEqual(down.reason._tag, "PrimaryDown")
      assert.deepStrictEqual(saidOf(down), s("unusable"))
      assert.deepStrictEqual(
        answersOf(down).map(({ primary, reason }) => `${primary} ${reason?._tag}`),
        ["p1:1 ConnectFailed", "p1:1 ConnectFailed", "p1:1 ConnectFailed"]
      )

      const replica = yield* refusedWith({}, (fake) => fake.replicas.add("p1:1"))
      assert.strictEqual(replica.reason._tag, "PrimaryDown")
      assert.include(replica.message, "p1:1 (master), which says that it is a replica")
    })
  )

  it.effect("says apart a wrong password for the sentinels and one for the servers, and shows neither", () =>
    Effect.gen(function* () {
      const secret = "s3cret"
      const wrong = error("WRONGPASS invalid username-password pair or user is disabled.")
      const refusing = (host: string) => (fake: FakeSentinels) => {
        fake.on = (words, { address }) =>
          words.includes(secret) && /^(HELLO|AUTH)/.test(words[0] ?? "") && address.startsWith(host)
            ? wrong
            : words[0] === "AUTH"
              ? ok
              : undefined
      }
      const sentinels = yield* refusedWith({ start: "eager", sentinelPassword: Redacted.make(secret) }, refusing("s"))
      assert.strictEqual(sentinels.reason._tag, "NoSentinel")
      assert.deepStrictEqual(saidOf(sentinels), s("refused"))
      assert.deepStrictEqual(
        answersOf(sentinels).map(({ reason }) => reason?._tag),
        ["WrongPassword", "WrongPassword", "WrongPassword"]
      )
      const servers = yield* refusedWith({ start: "eager", password: Redacted.make(secret) }, refusing("p"))
      assert.deepStrictEqual([servers.reason._tag, servers.node, servers.command], ["WrongPassword", "p1:1", "ROLE"])
      assert.notInclude(`${sentinels.message} ${servers.message}`, secret)
    })
  )

  it.effect("sends no password of the servers to a sentinel, and none of the sentinels to a server", () =>
    Effect.gen(function* () {
      const { fake } = yield* watched(
        {
          password: Redacted.make("server-pw"),
          sentinelUsername: "app",
          sentinelPassword: Redacted.make("sentinel-pw")
        },
        (fake) => {
          fake.on = (words) => (words[0] === "AUTH" ? ok : undefined)
        }
      )
      const said = (host: string) =>
        fake.transport.sockets
          .filter(({ address }) => address.startsWith(host))
          .map(({ commands }) => commands.filter((text) => /^(HELLO|AUTH)/.test(text)).join())
      assert.isAbove(said("s").length, 3)
      for (const text of said("s")) assert.match(text, /(AUTH app sentinel-pw)$/)
      for (const text of said("p")) assert.strictEqual(text, "HELLO 3 AUTH default server-pw")
    })
  )

  it.effect("learns further sentinels, and forgets them when nobody lists them any more", () =>
    Effect.gen(function* () {
      const hosts = (known: ReadonlyArray<{ readonly endpoint: { readonly host: string } }>) =>
        known.map(({ endpoint }) => endpoint.host).sort()
      const { fake, sentinel } = yield* watched({ sentinels: ["s1"] }, (fake) => {
        fake.view = { ...first, peers: SENTINELS }
      })
      assert.deepStrictEqual(hosts(yield* sentinel.sentinels), ["s1", "s2", "s3"])
      fake.down("s1:26379")
      yield* TestClock.adjust("3 seconds")
      assert.isAbove(fake.asked.filter((asked) => asked !== "s1:26379").length, 0)
      fake.view = { ...first, peers: ["s2:26379"] }
      fake.down("s3:26379")
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(hosts(yield* sentinel.sentinels), ["s1", "s2"])
    })
  )

  it.effect("dials what the remapping and the forced host say: primaries, replicas and sentinels", () =>
    Effect.gen(function* () {
      const { fake, sentinel } = yield* watched(
        {
          sentinels: ["s1:26379"],
          forcedPrimaryHost: "outside",
          addressRemap: ({ host, port }) => ({ host: `${host}.local`, port: port + 1 })
        },
        (fake) => {
          fake.view = { ...first, peers: SENTINELS }
        }
      )
      const group = SubscriptionRef.getUnsafe(sentinel.group)
      assert.deepStrictEqual(group?.primary, { host: "outside.local", port: 2 })
      assert.deepStrictEqual(
        group?.replicas.map(({ endpoint }) => endpoint.host),
        ["p2.local", "p3.local"]
      )
      assert.deepStrictEqual((yield* sentinel.sentinels).map(({ endpoint }) => endpoint.host).sort(), [
        "s1",
        "s2.local",
        "s3.local"
      ])
      assert.notInclude(fake.transport.dialled, "p1:1")
    })
  )

  it.effect("takes a server for the primary that may not say its role, if sentinels name it", () =>
    Effect.gen(function* () {
      const { redis } = yield* watched({}, (fake) => {
        fake.on = (words) => (words[0] === "ROLE" ? error("NOPERM this user has no permissions") : undefined)
      })
      assert.strictEqual(yield* redis.get("a"), "p1:1")
    })
  )

  it.effect("serves several clients over one set of connections, and can be replaced", () =>
    Effect.gen(function* () {
      const fake = new FakeSentinels()
      const discovery = yield* Effect.provideService(
        SentinelDiscovery.make({ sentinels: SENTINELS }),
        Transport,
        fake.transport.service
      )
      const make = Effect.provideService(
        Effect.provideService(RedisSentinel.make({ service: SERVICE }), Transport, fake.transport.service),
        SentinelDiscovery,
        discovery
      )
      const one = yield* make
      const two = yield* make
      assert.deepStrictEqual([yield* one.redis.get("a"), yield* two.redis.get("a")], ["p1:1", "p1:1"])
      yield* settle
      const toSentinels = fake.transport.dialled.filter((address) => address.startsWith("s"))
      // One connection to ask each that was asked, one to listen to each.
      assert.isAtMost(toSentinels.length, 6)

      const own = {
        locate: () =>
          Effect.succeed({ service: "any", primary: { host: "p1", port: 1 }, replicas: [], epoch: 9, sentinels: [] }),
        announcements: Stream.empty,
        sentinels: Effect.succeed([])
      }
      const mine = yield* Effect.provideService(
        Effect.provideService(RedisSentinel.make({ service: "any" }), Transport, fake.transport.service),
        SentinelDiscovery,
        own
      )
      assert.strictEqual(yield* mine.redis.get("a"), "p1:1")
    })
  )

  it.effect("refuses options that cannot be used, by name", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [WatchedOptions, string]> = [
        [{ sentinels: [] }, "sentinels"],
        [{ sentinels: ["s1:nothing"] }, "sentinels"],
        [{ sentinels: ["redis://s1/0"] }, "sentinels"],
        [{ service: "" }, "service"],
        [{ agreement: 0 }, "agreement"],
        [{ minOtherSentinels: -1 }, "minOtherSentinels"],
        [{ sentinelTimeout: 0 }, "sentinelTimeout"],
        [{ checkInterval: 0 }, "checkInterval"],
        [{ forcedPrimaryHost: "" }, "forcedPrimaryHost"],
        [{ url: "redis+sentinel://s1" }, "url"],
        [{ sentinelSocket: { family: 5 as 4 } }, "sentinelSocket.family"]
      ]
      for (const [options, name] of cases) {
        const failure = yield* refusedWith(options)
        assert.strictEqual(failure.reason._tag, "InvalidArgument", name)
        assert.include(failure.reason.message, `${name}: `)
      }
    })
  )
})
