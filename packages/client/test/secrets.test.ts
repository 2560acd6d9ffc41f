/** Whatever a server says and wherever it goes wrong: no password, and nothing that a source of credentials failed with, is ever shown. */
import * as NodeUtil from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Tracer from "effect/Tracer"
import * as TestClock from "effect/testing/TestClock"
import { resolveOptions } from "../src/ClientOptions.ts"
import { Command } from "../src/Command.ts"
import { Credentials } from "../src/connection/Credentials.ts"
import type { CredentialsService, Identity } from "../src/connection/Identity.ts"
import { settle, standalone, start } from "./support/client.ts"
import { error, int, ok, type Script } from "./support/FakeTransport.ts"

const MARKER = "s3cret-m4rker"

/** What a server, or something before it, makes of the words that it does not like. */
const replies: Record<string, (words: ReadonlyArray<string>) => string> = {
  "that it does not know": ([name, ...args]) =>
    `ERR unknown command '${name}', with args beginning with: ${args.map((arg) => `'${arg.slice(0, 128)}' `).join("")}`,
  "that are wrong": () => "WRONGPASS invalid username-password pair or user is disabled.",
  "by repeating them": (words) => `ERR what is ${words.join(" ")}?`,
  "by repeating them after a code of its own": (words) => `PROXYERR upstream said no to ${words.join(",")}`,
  "by WRONGPASS and the words": (words) => `WRONGPASS ${words.join(" ")}`,
  "by NOAUTH and the words": (words) => `NOAUTH ${words.join(" ")}`,
  "by NOPERM and the words": (words) => `NOPERM ${words.join(" ")}`
}

/** When it begins to. */
const stages = ["HELLO", "AUTH after HELLO", "a change", "NOAUTH", "the source"] as const

const failure = { _tag: `Refused`, token: MARKER, message: `no ${MARKER}` }

const everyText = (value: unknown): string =>
  [
    String(value),
    NodeUtil.inspect(value, { depth: 6 }),
    JSON.stringify(value) ?? "",
    value instanceof Error ? `${value.message} ${value.stack}` : ""
  ].join("\n")

const clientAt = (stage: (typeof stages)[number], text: (words: ReadonlyArray<string>) => string, username?: string) =>
  Effect.gen(function* () {
    const hub = yield* PubSub.unbounded<Identity>()
    let asked = 0
    const credentials: CredentialsService = {
      current: Effect.suspend(() => {
        asked++
        return stage === "the source"
          ? Credentials.provider(Effect.fail(failure)).current
          : Effect.succeed({ username, password: Redacted.make(`${MARKER}-${asked}`) })
      }),
      changes: Stream.fromPubSub(hub)
    }
    let ready = false
    const script: Script = (words) => {
      const [name] = words
      if (name === "HELLO" && stage === "HELLO") return error(text(words))
      if (name === "HELLO" && stage === "AUTH after HELLO") return error("ERR unknown command `HELLO`")
      if (name === "AUTH")
        return stage === "HELLO" || !ready ? error(text(words)) : stage === "a change" ? error(text(words)) : ok
      if (name === "PING") return "+PONG\r\n"
      if (name !== "INCR") return undefined
      return stage === "NOAUTH" ? error("NOAUTH Authentication required.") : int(1)
    }
    const options = { credentials, start: "lazy", commandTimeout: "2 seconds" } as const
    const { redis } = yield* standalone(options, script)
    ready = stage !== "NOAUTH"
    const change = PubSub.publish(hub, { username, password: Redacted.make(`${MARKER}-new`) })
    return { change, credentials, options, redis }
  })

describe("A secret", () => {
  it.effect.prop(
    "is in no error, event, state, log, span or inspection, whatever the server says",
    [Schema.Literals(stages), Schema.Literals(Object.keys(replies)), Schema.Literals(["app", "default", ""])],
    ([stage, how, user]) =>
      Effect.gen(function* () {
        const shown: Array<unknown> = []
        const spans: Array<Tracer.NativeSpan> = []
        const tracer = Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            spans.push(span)
            return span
          }
        })
        const logger = Logger.make(({ cause, fiber, message }) => {
          shown.push(message, cause, fiber.getRef(References.CurrentLogAnnotations))
        })
        const body = Effect.gen(function* () {
          const username = user === "" ? undefined : user
          const { change, credentials, options, redis } = yield* clientAt(stage, replies[how]!, username)
          shown.push(redis.run, redis.incr("a"), credentials, options, resolveOptions(options, undefined))
          yield* start(Stream.runForEach(redis.events, (event) => Effect.sync(() => shown.push(event))))
          const operations: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
            redis.incr("a"),
            redis.pipeline([Command.incr("a")]),
            redis.transaction([Command.incr("a")]),
            redis.health
          ]
          for (const operation of operations) {
            const fiber = yield* start(Effect.exit(operation))
            yield* settle
            yield* change
            for (let seconds = 0; seconds < 8 && fiber.pollUnsafe() === undefined; seconds++) {
              yield* settle
              yield* TestClock.adjust("1 second")
            }
            const ended = fiber.pollUnsafe() ?? assert.fail("it waits for ever")
            shown.push(ended)
            const inner = Exit.isSuccess(ended) ? ended.value : undefined
            if (Exit.isExit(inner) && Exit.isFailure(inner)) {
              shown.push(Cause.pretty(inner.cause), Cause.squash(inner.cause))
              yield* Effect.logError("failed", inner.cause)
            }
          }
          shown.push(yield* SubscriptionRef.get(redis.connections))
        })
        yield* Effect.scoped(body).pipe(
          Effect.withTracer(tracer),
          Effect.provide(Logger.layer([logger])),
          Effect.withSpan("program")
        )
        shown.push(...spans.map((span) => [span.name, span.attributes, span.events, span.status]))
        for (const value of shown) assert.notInclude(everyText(value), MARKER)
        assert.isAbove(shown.length, 8)
      }),
    { arbitrary: { runs: 40 } }
  )
})
