import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import type { Command } from "../../src/command/Command.ts"
import { commands } from "../../src/command/Commands.ts"
import { raw } from "../../src/command/custom.ts"
import { map } from "../../src/command/make.ts"
import type { RedisOptions, WithPolicies } from "../../src/Redis.ts"
import { settle, standalone, start } from "../support/client.ts"
import { clustered, k1, k2 } from "../support/FakeCluster.ts"
import { array, bulk, error, int, ok, queued, refused, type Script } from "../support/FakeTransport.ts"
import { Recorder, series, withRegistry } from "../support/telemetry.ts"

const telemetry = { spans: true }
const never = {
  unavailable: Schedule.recurs(0),
  redirect: Schedule.recurs(0),
  reconnect: Schedule.spaced("5 seconds")
}

const saying =
  (text: string): Script =>
  ([name]) =>
    name === "GET" || name === "INCR" || name === "EVAL" ? text : undefined

const client = (script: Script, options: RedisOptions & WithPolicies = {}) =>
  standalone({ host: "127.0.0.1", port: 7001, telemetry, policies: never, ...options }, script)

/** How the only span tells its failure. */
const failureOf = ({ told }: Recorder) => {
  assert.strictEqual(told.length, 1)
  const [{ attributes, end }] = told as [(typeof told)[number]]
  return [attributes["error.type"], attributes["db.response.status_code"], end]
}

const at = "127.0.0.1:7001"

describe("Observation: a failure", () => {
  it.effect("that a server answered is told by its prefix", () =>
    Effect.gen(function* () {
      for (const code of [
        "WRONGTYPE",
        "LOADING",
        "READONLY",
        "OOM",
        "NOPERM",
        "NOAUTH",
        "BUSY",
        "NOTBUSY",
        "CLUSTERDOWN"
      ]) {
        const { redis } = yield* client(saying(error(`${code} words of the server`)))
        const recorder = new Recorder()
        yield* Effect.exit(recorder.under(redis.get("a")))
        assert.deepStrictEqual(failureOf(recorder), [code, code, `GET at ${at}: ${code} [Refused]`])
      }
    })
  )

  it.effect("of the client is told by its reason", () =>
    Effect.gen(function* () {
      const silent: Script = saying("")
      const told = Effect.fnUntraced(function* (
        script: Script,
        options: RedisOptions & WithPolicies,
        cause: (transport: Effect.Success<ReturnType<typeof client>>["transport"]) => Effect.Effect<void>
      ) {
        const { redis, transport } = yield* client(script, options)
        const recorder = new Recorder()
        const fiber = yield* start(recorder.under(redis.get("a")))
        yield* settle
        yield* cause(transport)
        yield* settle
        assert.isDefined(fiber.pollUnsafe())
        return failureOf(recorder)
      })
      const adjusted = () => TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* told(silent, { commandTimeout: "1 second" }, adjusted), [
        "Timeout",
        undefined,
        `GET at ${at}: Timeout: written [MayHaveExecuted]`
      ])
      const lost = yield* told(silent, {}, (transport) => Effect.sync(() => transport.last().end("gone")))
      assert.deepStrictEqual(lost.slice(0, 2), ["ConnectionLost", undefined])
      const odd = yield* told(saying(int(5)), {}, () => Effect.void)
      assert.deepStrictEqual(odd, ["Decode", undefined, `GET at ${at}: Decode [Executed]`])
      const bytes = yield* told(saying("hello\r\n"), {}, () => Effect.void)
      assert.deepStrictEqual(bytes.slice(0, 2), ["Protocol", undefined])
    })
  )

  it.effect("to connect names the server that could not be reached", () =>
    Effect.gen(function* () {
      const { redis, transport } = yield* client(() => undefined, { start: "lazy" })
      transport.onOpen = () => refused()
      const recorder = new Recorder()
      yield* Effect.exit(recorder.under(redis.get("a")))
      assert.deepStrictEqual(failureOf(recorder).slice(0, 2), ["ConnectFailed", undefined])
      assert.strictEqual(recorder.told[0]?.attributes["server.address"], "127.0.0.1")
    })
  )

  it.effect("before anything is sent has no server", () =>
    Effect.gen(function* () {
      const { redis } = yield* clustered({ telemetry })
      const recorder = new Recorder()
      yield* Effect.exit(recorder.under(redis.mSetNX({ [k1]: "1", [k2]: "2" })))
      assert.deepStrictEqual(failureOf(recorder), ["CrossSlot", undefined, "MSETNX: CrossSlot [NotSent]"])
      assert.isUndefined(recorder.told[0]?.attributes["server.address"])
    })
  )

  it.effect("of one command is that of its pipeline, in result mode too", () =>
    Effect.gen(function* () {
      const { redis } = yield* client(([name, key]) =>
        name !== "GET" ? undefined : key === "list" ? error("WRONGTYPE wrong") : bulk("x")
      )
      for (const options of [{}, { mode: "result" }] as const) {
        const recorder = new Recorder()
        const batch = [commands.get("a"), commands.get("list")] as const
        const run =
          options.mode === "result"
            ? Effect.asVoid(redis.pipeline(batch, options))
            : Effect.asVoid(redis.pipeline(batch))
        yield* Effect.exit(recorder.under(run))
        assert.deepStrictEqual(failureOf(recorder), [
          "WRONGTYPE",
          "WRONGTYPE",
          `PIPELINE GET at ${at}: WRONGTYPE [Refused]`
        ])
      }
    })
  )

  it.effect("of a transaction is that of the block, or of the first command inside it", () =>
    Effect.gen(function* () {
      const aborted = yield* client(([name]) =>
        name === "MULTI"
          ? ok
          : name === "INCR"
            ? error("ERR unknown")
            : name === "EXEC"
              ? error("EXECABORT Transaction discarded")
              : undefined
      )
      const recorder = new Recorder()
      yield* Effect.exit(recorder.under(aborted.redis.transaction([commands.incr("a")])))
      assert.deepStrictEqual(failureOf(recorder).slice(0, 2), ["EXECABORT", "EXECABORT"])
      const inside = yield* client(([name]) =>
        name === "MULTI"
          ? ok
          : name === "INCR"
            ? queued
            : name === "EXEC"
              ? array([int(1), error("WRONGTYPE wrong")])
              : undefined
      )
      const second = new Recorder()
      yield* Effect.exit(second.under(inside.redis.transaction([commands.incr("a"), commands.incr("b")])))
      assert.deepStrictEqual(failureOf(second), ["WRONGTYPE", "WRONGTYPE", `MULTI INCR at ${at}: WRONGTYPE [Executed]`])
    })
  )
})

/** Commands with the secret wherever a user could put one, but for keys. */
const bearers: ReadonlyArray<(secret: string) => Command<unknown, unknown>> = [
  (secret) => commands.set("key", secret),
  (secret) => commands.mSet({ one: secret, two: secret }),
  (secret) => commands.hSet("key", { [secret]: secret }),
  (secret) => commands.lPush("key", secret, secret),
  (secret) => commands.eval(`return '${secret}'`, { keys: ["key"], arguments: [secret] }),
  (secret) => commands.evalSha(secret, { arguments: [secret] }),
  (secret) => commands.fCall(`f ${secret}`, { arguments: [secret] }),
  (secret) => raw("AUTH", [secret]),
  (secret) => raw("AUTH", ["user", secret], { keys: "all" }),
  (secret) => raw("HELLO", [3, "AUTH", "user", secret], { keys: "all" }),
  (secret) => raw("CONFIG", ["SET", "requirepass", secret], { keys: "all" }),
  (secret) => raw("CONFIG SET", ["requirepass", secret]),
  (secret) => raw("ACL SETUSER", ["user", `>${secret}`], { keys: "first" }),
  (secret) => raw("MIGRATE", ["host", 1, "key", 0, 100, "AUTH", secret], { keys: "all" }),
  (secret) => raw("MIGRATE", ["host", 1, "", 0, 100, "AUTH2", "user", secret, "KEYS", "key"], { keys: [9] }),
  (secret) => raw("SET", ["key", secret]),
  (secret) => commands.aclSetUser("user", [`>${secret}`]),
  (secret) => commands.configSet("requirepass", secret),
  (secret) => commands.migrate("host", 1, "key", 0, "1 second", { auth: { password: Redacted.make(secret) } }),
  (secret) =>
    map(commands.set("key", secret), () => {
      throw new Error(secret)
    })
]

/** What a server may do with what it is sent: repeat it in an error of any kind, or give it back. */
const answers: ReadonlyArray<(words: string) => string> = [
  (words) => error(`ERR unknown command, with args beginning with: ${words}`),
  (words) => error(`ERR Error in ACL SETUSER modifier '${words}'`),
  (words) => error(`WRONGTYPE ${words}`),
  (words) => error(`LOADING ${words}`),
  (words) => error(`MOVED 1 ${words}`),
  (words) => bulk(words),
  () => ok
]

const index = (length: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: length - 1 }))
const letter = Schema.Literals([..."abcdefghijklmnopqrstuvwxyz0123456789"])
const cases = Arbitrary.schema(
  Schema.Tuple([
    Schema.Array(index(bearers.length)).check(Schema.isMinLength(1), Schema.isMaxLength(3)),
    index(answers.length),
    Schema.Literals(["single", "pipeline", "result", "transaction"]),
    Schema.Array(letter).check(Schema.isMinLength(8), Schema.isMaxLength(24)),
    // Whether the handshake's password is treated like everything else.
    Schema.Boolean
  ])
)

describe("Observation: nothing secret", () => {
  it.effect.prop(
    "is in any attribute, event or error of a span, or in any series of a metric",
    [cases],
    ([[picked, answer, form, letters, refuses]]) =>
      Effect.gen(function* () {
        const secret = `s3cret${letters.join("")}`
        const script: Script = (words) => {
          if (words[0] === "CLIENT" || (words[0] === "AUTH" && !refuses)) return ok
          return answers[answer]?.(words.join(" "))
        }
        const { redis } = yield* client(script, {
          telemetry: { spans: true, queryText: true, metrics: true },
          protocol: 2,
          start: "lazy",
          username: "user",
          password: Redacted.make(secret)
        })
        const recorder = new Recorder()
        const batch = picked.map((at) => bearers[at]!(secret))
        const effects: Record<typeof form, Effect.Effect<unknown, unknown>> = {
          single: redis.run(batch[0]!),
          pipeline: redis.pipeline(batch),
          result: redis.pipeline(batch, { mode: "result" }),
          transaction: redis.transaction(batch)
        }
        const fiber = yield* start(recorder.under(effects[form]))
        yield* TestClock.adjust("11 seconds")
        assert.isDefined(fiber.pollUnsafe())
        assert.strictEqual(recorder.told.length, 1)
        assert.notStrictEqual(recorder.told[0]?.end, "open")
        assert.notInclude(recorder.everything, secret)
        assert.notInclude(JSON.stringify(yield* series), secret)
      }).pipe(withRegistry),
    { arbitrary: { runs: 100 } }
  )
})
