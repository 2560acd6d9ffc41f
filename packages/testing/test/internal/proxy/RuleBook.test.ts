import { assert, describe, it } from "@effect/vitest"
import { Fault, type FaultRule, type Moment, type Traffic } from "../../../src/Fault.ts"
import { seenCommand } from "../../../src/internal/proxy/Conversation.ts"
import { momentsOf, RuleBook, ruleFlaw } from "../../../src/internal/proxy/RuleBook.ts"

const UPSTREAM = { host: "127.0.0.1", port: 1 }

const traffic = (more: Partial<Traffic> & { readonly words?: string } = {}): Traffic => {
  const { words = "GET a", ...rest } = more
  return {
    moment: "command",
    connection: 1,
    upstream: UPSTREAM,
    direction: "toServer",
    command: seenCommand(
      1,
      words.split(" ").map((word) => Buffer.from(word))
    ),
    value: undefined,
    ...rest
  }
}

const strikes = (rule: Partial<FaultRule>, one: Traffic) => {
  const book = new RuleBook(1)
  book.add({ on: one.moment, fault: Fault.reset, ...rule })
  return book.decide(one).length === 1
}

describe("momentsOf", () => {
  it.each<readonly [FaultRule, ReadonlyArray<Moment>]>([
    [{ fault: Fault.reset }, ["connect"]],
    [{ fault: Fault.blackHole }, ["connect"]],
    [{ fault: Fault.reset, command: "GET" }, ["command"]],
    [{ fault: Fault.halfOpen, key: "a" }, ["command"]],
    [{ fault: Fault.reset, command: "GET", direction: "toClient" }, ["reply"]],
    [{ fault: Fault.cutBeforeReply() }, ["command"]],
    [{ fault: Fault.dropPush }, ["push"]],
    [{ fault: Fault.delay(1) }, ["command", "reply", "push", "bytes"]],
    [{ fault: Fault.split(), command: "GET" }, ["command"]],
    [{ fault: Fault.end, push: "message" }, ["push"]],
    [{ fault: Fault.end, on: ["reply", "push"] }, ["reply", "push"]]
  ])("of %o are %o", (rule, moments) => {
    assert.deepStrictEqual(momentsOf(rule), moments)
  })
})

describe("ruleFlaw", () => {
  it("refuses a fault where it cannot strike", () => {
    assert.isUndefined(ruleFlaw({ fault: Fault.cutBeforeWrite(), on: "command" }))
    assert.isString(ruleFlaw({ fault: Fault.cutBeforeWrite(), on: "reply" }))
    assert.isString(ruleFlaw({ fault: Fault.blackHole, on: ["connect", "command"] }))
    assert.isString(ruleFlaw({ fault: Fault.dropPush, on: "reply" }))
    assert.isString(ruleFlaw({ fault: Fault.split(), on: "connect" }))
  })
})

describe("RuleBook", () => {
  it.each<readonly [boolean, Partial<FaultRule>, Traffic]>([
    [true, {}, traffic()],
    [false, { on: "reply" }, traffic()],
    [true, { upstream: UPSTREAM }, traffic()],
    [false, { upstream: [{ host: "127.0.0.1", port: 2 }] }, traffic()],
    [true, { connection: [1, 3] }, traffic()],
    [false, { connection: 2 }, traffic()],
    [false, { connection: (number) => number > 1 }, traffic()],
    [false, { direction: "toClient" }, traffic()],
    [true, { command: ["SET", "get"] }, traffic()],
    [true, { command: "client setname" }, traffic({ words: "CLIENT SETNAME x" })],
    [false, { command: "client setname" }, traffic({ words: "CLIENT ID" })],
    [false, { command: "GET" }, traffic({ command: undefined })],
    [true, { key: "a" }, traffic()],
    [true, { key: /^b/g }, traffic({ words: "MGET a bc" })],
    [false, { key: "c" }, traffic({ words: "MGET a bc" })],
    [true, { push: ["invalidate", "message"] }, traffic({ moment: "push", value: ["message", "c", "m"] })],
    [false, { push: "message" }, traffic({ moment: "push", value: ["pmessage", "c", "m"] })],
    [true, { where: ({ value }) => value === 1 }, traffic({ moment: "reply", value: 1 })],
    [false, { where: ({ value }) => value === 1 }, traffic({ moment: "reply", value: 2 })]
  ])("strikes (%s) by the rule %o", (expected, rule, one) => {
    assert.strictEqual(strikes(rule, one), expected)
    // A pattern with a memory of its own must not make the second time another.
    assert.strictEqual(strikes(rule, one), expected)
  })

  it("asks rules in order, up to one that leaves nothing for the others", () => {
    const book = new RuleBook(1)
    const late = book.add({ on: "command", fault: Fault.delay(1) })
    const cut = book.add({ on: "command", fault: Fault.reset, times: 1 })
    const pieces = book.add({ on: "command", fault: Fault.split() })
    assert.deepStrictEqual(book.decide(traffic()), [late, cut])
    assert.deepStrictEqual(book.decide(traffic({ connection: 2 })), [late, pieces])
    assert.deepStrictEqual(cut.counters(), { matched: 2, applied: 1, connections: [1] })
    assert.deepStrictEqual(pieces.counters(), { matched: 1, applied: 1, connections: [2] })
  })

  it("draws the same jitter from the same seed, around the delay and never below zero", () => {
    const draws = (seed: number) => {
      const rule = new RuleBook(seed).add({ fault: Fault.delay(10, 4) })
      return Array.from({ length: 20 }, () => rule.draw(10, 4))
    }
    assert.deepStrictEqual(draws(3), draws(3))
    assert.notDeepEqual(draws(3), draws(4))
    assert.isTrue(draws(3).every((millis) => millis >= 6 && millis <= 14))
    const wide = new RuleBook(3).add({ fault: Fault.delay(1, 100) })
    assert.isTrue(Array.from({ length: 20 }, () => wide.draw(1, 100)).every((millis) => millis >= 0))
    assert.strictEqual(wide.draw(5, 0), 5)
  })
})
