import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { runProgram } from "./run.ts"

const prints = (name: string, expected: ReadonlyArray<string | RegExp>) =>
  Effect.gen(function* () {
    const { code, errors, output } = yield* runProgram(name)
    assert.strictEqual(code, 0, errors + output)
    const lines = output.trimEnd().split("\n")
    assert.lengthOf(lines, expected.length, output)
    for (const [at, line] of expected.entries()) {
      if (typeof line === "string") assert.strictEqual(lines[at], line)
      else assert.match(lines[at]!, line)
    }
  })

describe("each example runs and prints what it says", () => {
  it.live("the design's program", () => prints("design-program", ["Ada: 1 hit, 0 tags"]))

  it.live("standalone", () =>
    prints("standalone", ["hello", "undefined", "Ada, Analytical Engine", "first, then 1 more"])
  )

  it.live("cluster", () =>
    prints("cluster", [
      "3 primaries, 16384 slots",
      "on slots 11925,6201,4383: 3,5,4",
      "two slots: 6201,11925",
      "5 keys in all"
    ])
  )

  it.live("scans of a cluster", () =>
    prints("cluster-scan", [
      "some keys are missing so far: true",
      "1000 keys in the end",
      "10 users from 990 on",
      "theme=dark language=en"
    ])
  )

  it.live("many slots, many nodes", () =>
    prints("many-slots", [
      "values 1,2,3",
      "3 keys: blue,green,red",
      "by node: 1,1,1",
      "on the node of red: red",
      "red: Executed",
      "green: Refused, OutOfMemory",
      "blue: Refused, OutOfMemory"
    ])
  )

  it.live("sentinel", () =>
    prints("sentinel", [
      "2 replicas, 3 sentinels",
      "the client follows: true",
      "11 letters: hello again",
      "0 letters under another key"
    ])
  )

  it.live("batched reads", () =>
    prints("batched-reads", [
      "Frankenstein by Shelley, in EUR",
      "Dracula by Stoker, in EUR",
      "mget: 1, hmget: 2, get: 0"
    ])
  )

  it.live("retry schedules", () =>
    prints("retry-schedules", [
      /^answered once the server was back: 1, after [1-9]\d* repetitions inside the client$/,
      "answered to the retry outside: 2"
    ])
  )

  it.live("cluster policies", () =>
    prints("cluster-policies", ["pens: 1", "both: 1,2", "pads: 2", "met: ASK, MOVED, TryAgain"])
  )

  it.live("errors", () =>
    prints("errors", [
      "INCR: ERR value is not an integer or out of range (Refused)",
      "WRONGTYPE Operation against a key holding the wrong kind of value",
      "InvalidArgument, NotSent, safe to retry: false"
    ])
  )

  it.live("custom commands", () =>
    prints("custom-command", ["changed: true, visitors: 2", "about 2", "dark", "embstr"])
  )

  it.live("configuration", () => prints("config", ["yes"]))

  it.live("key prefixes", () =>
    prints("key-prefix", [
      "1 of home, keys pages,visits:home",
      "1 of home, keys pages,visits:home",
      "2 of home, keys pages,visits:home",
      "on the server: 2"
    ])
  )

  it.live("tokens", () => prints("tokens", ["as app, on one connection: true, counted 3"]))

  it.live("health", () =>
    prints("health", [
      "healthy: true, nodes: 1",
      "healthy: false, because of Timeout",
      "healthy: true",
      /^it was (silent|disconnected) first, and connected at last$/
    ])
  )

  it.live("a part of a program", () =>
    prints("part-of-a-program", ["cached", "11 characters", "rendered without the cache: written, 1 waiting"])
  )

  it.live("reads from replicas", () =>
    prints("replica-reads", [
      "the client: 0 by primaries, 30 by replicas",
      "a part of the program: 30 by primaries, 0 by replicas",
      "single calls: 1 by primaries, 2 by replicas",
      "with a function: 30 by primaries, 0 by replicas",
      "without replicas: all read"
    ])
  )

  it.live("leases", () =>
    prints("lease", ["keys in the archive: 1", "database of the next lease: 0", "no more than 3"])
  )

  it.live("workers of a queue", () => prints("queue-worker", ["100 jobs done by 5 workers", "left in the queue: 1"]))

  it.live("optimistic transactions", () =>
    prints("watch", ["10 paid, 40 refused", "alice 0, bob 100", "0 of 1 replicas, Executed"])
  )

  it.live("scripts", () =>
    prints("script", [
      "left: 7",
      "left: 2, taken by Ada, Ada",
      "five more: too many, two more: 0 left",
      "failed: MayHaveExecuted",
      "ran 1 time"
    ])
  )

  it.live("function libraries", () =>
    prints("function-library", [
      "leader: undefined",
      "Ada is number 1, then comes Grace as number 1",
      "leader: Grace",
      "on the server: ranking"
    ])
  )

  it.live("locks", () =>
    prints("lock", [
      "at most 1 inside",
      "free: false",
      "not in time",
      "stored: by the next holder",
      "interrupted",
      "lost: refused",
      "refused: by the one before"
    ])
  )

  it.live("semaphores", () => prints("semaphore", ["at most 3 of 20 at once", "held now: 0", "without a permit: busy"]))

  it.live("telemetry", () =>
    prints("telemetry", [
      "span SET under checkout db.query.text=SET user:1 ?",
      "span PIPELINE GET under checkout db.operation.batch.size=2 db.query.text=GET user:1; GET user:2",
      "span MULTI under checkout db.operation.batch.size=2 db.query.text=INCR {order}:lines; RPUSH {order}:items ?",
      "span INCR under checkout db.query.text=INCR user:1 db.response.status_code=ERR",
      "span checkout",
      "durations of SET in s: 1",
      "durations of PIPELINE GET in s: 1",
      "durations of MULTI in s: 1",
      "durations of INCR ERR in s: 1",
      "values sent: no"
    ])
  )

  it.live("several Redis", () => prints("several-redis", ["cache: page, jobs: mail"]))

  it.live("subscriptions", () =>
    prints("pubsub", ["order 1: tea", "ord* matched orders", "Subscribed, before, Gap, Resubscribed, after", "tick"])
  )

  it.live("notifications", () =>
    prints("notifications", ["lacks Ex", "session:1 expired", "hset user:1, del user:1", "GET user:1"])
  )
})
