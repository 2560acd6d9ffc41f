import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { makeTokenSource, refreshDelay, type Token, type TokenSourceOptions } from "../../src/connection/TokenSource.ts"
import { start } from "../support/client.ts"

const SECRET = "s3cret"

/** Tokens `t1`, `t2`, … of that life, unless the answer to a request is another. */
const source = (life: number | undefined, answers: Partial<Record<number, Effect.Effect<Token, unknown>>> = {}) => {
  const asked: Array<number> = []
  const request = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    asked.push(now)
    const other = answers[asked.length]
    if (other !== undefined) return yield* other
    const expiresAt = life === undefined ? undefined : now + life
    return { username: "app", password: Redacted.make(`t${asked.length}`), expiresAt }
  })
  return { asked, request }
}

const valueOf = ({ password }: { readonly password: Redacted.Redacted }) => Redacted.value(password)

describe("refreshDelay", () => {
  const token = (expiresAt?: number): Token => ({ password: Redacted.make("t"), expiresAt })

  it("is the part of what the token has left, or earlier by the bound", () => {
    assert.strictEqual(refreshDelay(token(11_000), 1000, { ratio: 0.8, lowerBound: 0 }), 8000)
    assert.strictEqual(refreshDelay(token(11_000), 1000, { ratio: 0.8, lowerBound: 3000 }), 7000)
  })

  it("does not count a bound that is longer than the token lives, and is never a loop without a pause", () => {
    assert.strictEqual(refreshDelay(token(2000), 1000, { ratio: 0.5, lowerBound: 60_000 }), 500)
    assert.strictEqual(refreshDelay(token(1001), 1000, { ratio: 0.5, lowerBound: 0 }), 50)
  })

  it("is none for a token that never expires", () => {
    assert.isUndefined(refreshDelay(token(), 0, { ratio: 0.8, lowerBound: 0 }))
  })
})

describe("A source of tokens", () => {
  it.effect("asks for the next one before the one in use expires, and tells of it", () =>
    Effect.gen(function* () {
      const { asked, request } = source(1000)
      const credentials = yield* makeTokenSource({ request, refreshRatio: 0.5 })
      const changes = yield* start(Stream.runCollect(Stream.take(credentials.changes, 2)))
      assert.strictEqual(valueOf(yield* credentials.current), "t1")
      yield* TestClock.adjust(499)
      assert.strictEqual(valueOf(yield* credentials.current), "t1")
      yield* TestClock.adjust(501)
      assert.strictEqual(valueOf(yield* credentials.current), "t3")
      assert.deepStrictEqual(asked, [0, 500, 1000])
      assert.deepStrictEqual((yield* Fiber.join(changes)).map(valueOf), ["t2", "t3"])
    })
  )

  it.effect("asks once for a token that never expires", () =>
    Effect.gen(function* () {
      const { asked, request } = source(undefined)
      const credentials = yield* makeTokenSource({ request })
      yield* TestClock.adjust("30 days")
      assert.strictEqual(valueOf(yield* credentials.current), "t1")
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("lets who asks wait for the request under way, together", () =>
    Effect.gen(function* () {
      const slow = Effect.delay(Effect.succeed({ password: Redacted.make("late") }), 300)
      const { asked, request } = source(undefined, { 1: slow })
      const credentials = yield* makeTokenSource({ request })
      const both = yield* start(Effect.all([credentials.current, credentials.current], { concurrency: 2 }))
      yield* TestClock.adjust(300)
      assert.deepStrictEqual((yield* Fiber.join(both)).map(valueOf), ["late", "late"])
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("serves the token in use while renewals fail, and asks again by the Schedule", () =>
    Effect.gen(function* () {
      const failure = Effect.fail(new Error(SECRET))
      const { asked, request } = source(1000, { 2: failure, 3: failure })
      const credentials = yield* makeTokenSource({ request, refreshRatio: 0.5, retry: Schedule.spaced(100) })
      yield* TestClock.adjust(650)
      assert.strictEqual(valueOf(yield* credentials.current), "t1")
      yield* TestClock.adjust(50)
      assert.strictEqual(valueOf(yield* credentials.current), "t4")
      assert.deepStrictEqual(asked, [0, 500, 600, 700])
    })
  )

  it.effect("says that the token has expired, as a reason of its own, when no other came in time", () =>
    Effect.gen(function* () {
      const failure = Effect.fail({ _tag: "IdentityProviderDown", token: SECRET })
      const { request } = source(1000, { 2: failure, 3: failure, 4: failure })
      const credentials = yield* makeTokenSource({ request, refreshRatio: 0.9, retry: Schedule.spaced(200) })
      yield* TestClock.adjust(1100)
      const expired = yield* Effect.flip(credentials.current)
      assert.deepInclude(expired, { _tag: "TokenExpired", expiredAt: 1000 })
      assert.strictEqual(
        expired.message,
        "the token has expired; the source of the credentials failed with IdentityProviderDown"
      )
      yield* TestClock.adjust(400)
      assert.strictEqual(valueOf(yield* credentials.current), "t5")
    })
  )

  it.effect("refuses a token that has expired when it comes", () =>
    Effect.gen(function* () {
      const stale = Effect.succeed({ password: Redacted.make(SECRET), expiresAt: 0 })
      const { request } = source(1000, { 1: stale })
      const credentials = yield* makeTokenSource({ request, retry: Schedule.spaced(100) })
      assert.strictEqual((yield* Effect.flip(credentials.current))._tag, "TokenExpired")
      yield* TestClock.adjust(100)
      assert.strictEqual(valueOf(yield* credentials.current), "t2")
    })
  )

  it.effect("gives a request up after its time-out", () =>
    Effect.gen(function* () {
      const { request } = source(1000, { 1: Effect.never })
      const credentials = yield* makeTokenSource({ request, requestTimeout: 250, retry: Schedule.recurs(0) })
      const waiting = yield* start(Effect.flip(credentials.current))
      yield* TestClock.adjust(250)
      const failure = yield* Fiber.join(waiting)
      assert.strictEqual(failure._tag, "CredentialsUnavailable")
      assert.match(failure.message, /250 ms/)
    })
  )

  it.effect("begins anew with the next that asks once its retries have ended", () =>
    Effect.gen(function* () {
      const { asked, request } = source(1000, { 1: Effect.fail("no"), 2: Effect.die(new Error(SECRET)) })
      const credentials = yield* makeTokenSource({ request, retry: Schedule.recurs(0) })
      assert.strictEqual((yield* Effect.flip(credentials.current))._tag, "CredentialsUnavailable")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(asked.length, 2)
      assert.strictEqual(valueOf(yield* credentials.current), "t3")
    })
  )

  it.effect("ends with its scope: nobody is asked any more", () =>
    Effect.gen(function* () {
      const { asked, request } = source(1000)
      yield* Effect.scoped(makeTokenSource({ request }))
      yield* TestClock.adjust("1 hour")
      assert.isAtMost(asked.length, 1)
    })
  )

  const unusable: ReadonlyArray<readonly [name: string, options: Partial<TokenSourceOptions>]> = [
    ["refreshRatio", { refreshRatio: 0 }],
    ["refreshRatio", { refreshRatio: 1.1 }],
    ["lowerBound", { lowerBound: -1 }],
    ["requestTimeout", { requestTimeout: 0 }]
  ]
  it.effect.each(unusable)("names an option that cannot be used: %s", ([name, options]) =>
    Effect.gen(function* () {
      const { request } = source(1000)
      const error = yield* Effect.flip(makeTokenSource({ request, ...options }))
      assert.include(error.message, `${name}: `)
    })
  )
})
