import { assert, describe, it } from "@effect/vitest"
import { RespError, RespMap, type RespValue } from "@reef-redis/client/protocol"
import { Conversation, seenCommand } from "../../../src/internal/proxy/Conversation.ts"

const start = (...commands: ReadonlyArray<string>) => {
  const conversation = new Conversation()
  for (const [index, command] of commands.entries()) {
    const words = command.split(" ").map((word) => Buffer.from(word))
    conversation.sent(seenCommand(index + 1, words), undefined)
  }
  /** What a frame is: `push`, or the command that it answers. */
  const take = (value: RespValue, push = false) => {
    const answer = conversation.classify(value, push)
    conversation.delivered(answer, value)
    return answer.moment === "push" ? "push" : (answer.sent?.command.name ?? "nobody")
  }
  return { conversation, take }
}

describe("seenCommand", () => {
  it("knows name and keys", () => {
    const command = seenCommand(
      3,
      ["mget", "a", "b"].map((word) => Buffer.from(word))
    )
    assert.strictEqual(command.number, 3)
    assert.strictEqual(command.name, "MGET")
    assert.deepStrictEqual(command.keys, ["a", "b"])
  })
})

describe("Conversation", () => {
  it("gives replies to commands in order, pushes to nobody", () => {
    const { conversation, take } = start("GET a", "INCR b")
    assert.strictEqual(conversation.outstanding, 2)
    assert.strictEqual(take(["invalidate", ["a"]], true), "push")
    assert.strictEqual(take("1"), "GET")
    assert.strictEqual(take(2), "INCR")
    assert.strictEqual(conversation.outstanding, 0)
    assert.strictEqual(take("unasked"), "nobody")
  })

  it.each([true, false])("counts a confirmation per channel, in between messages (push: %s)", (push) => {
    const { conversation, take } = start("HELLO 2", "SUBSCRIBE a b", "PING")
    if (push) take(new RespMap([]))
    else take([])
    assert.strictEqual(take(["subscribe", "a", 1], push), "SUBSCRIBE")
    assert.strictEqual(take(["message", "a", "x"], push), "push")
    assert.strictEqual(conversation.outstanding, 2)
    assert.strictEqual(take(["subscribe", "b", 2], push), "SUBSCRIBE")
    assert.strictEqual(take(["pong", ""]), "PING")
    assert.strictEqual(conversation.outstanding, 0)
  })

  it("takes the error of a subscription for its only answer", () => {
    const { take } = start("SUBSCRIBE a b", "PING")
    assert.strictEqual(take(new RespError("NOPERM no")), "SUBSCRIBE")
    assert.strictEqual(take("PONG"), "PING")
  })

  it("takes a subscription that the server ends for a push", () => {
    const { take } = start("GET a")
    assert.strictEqual(take(["sunsubscribe", "a", 0], true), "push")
    assert.strictEqual(take("1"), "GET")
  })

  it("takes arrays that look like messages for replies unless they can be messages", () => {
    assert.strictEqual(start("LRANGE a 0 -1").take(["message", "a", "x"]), "LRANGE")
    const { take } = start("HELLO 3", "SUBSCRIBE a", "LRANGE a 0 -1")
    take(new RespMap([]))
    take(["subscribe", "a", 1], true)
    assert.strictEqual(take(["message", "a", "x"]), "LRANGE")
  })

  it("follows the protocol version through HELLO and RESET", () => {
    const { take } = start("HELLO 3", "HELLO", "SUBSCRIBE a", "LRANGE a 0 -1", "RESET", "LRANGE a 0 -1")
    take(new RespMap([]))
    take(new RespMap([]))
    assert.strictEqual(take(["subscribe", "a", 1], true), "SUBSCRIBE")
    assert.strictEqual(take(["message", "a", "x"]), "LRANGE")
    assert.strictEqual(take("RESET"), "RESET")
    assert.strictEqual(take(["message", "a", "x"]), "LRANGE")
  })

  it("expects nothing while replies are off", () => {
    const { conversation, take } = start("CLIENT REPLY SKIP", "GET a", "GET b", "CLIENT REPLY OFF", "GET c")
    assert.strictEqual(conversation.outstanding, 1)
    assert.strictEqual(take("1"), "GET")
    assert.isTrue(
      conversation.sent(
        seenCommand(
          9,
          ["CLIENT", "REPLY", "ON"].map((word) => Buffer.from(word))
        ),
        undefined
      )
    )
    assert.strictEqual(take("OK"), "CLIENT")
  })
})
