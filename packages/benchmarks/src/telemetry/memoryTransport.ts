// A server in memory that has a value for every key: without a socket and another process, what is left to measure is the
// client itself.
import type { Transport } from "@reef-redis/node"
import * as Effect from "effect/Effect"

const VALUE = `$64\r\n${"v".repeat(64)}\r\n`
const OK = "+OK\r\n"

/** One reply for each request of a write: a value for what comes in the load, OK for what comes in the handshake. */
const answers = new Map<string, Buffer>()
const answer = (reply: string, count: number): Buffer => {
  const key = `${count} ${reply}`
  let known = answers.get(key)
  if (known === undefined) {
    known = Buffer.from(reply.repeat(count))
    answers.set(key, known)
  }
  return known
}

const REQUEST = "*2\r\n$3\r\nGET\r\n"

const requestsIn = (text: string): number => {
  let count = 0
  for (let at = text.indexOf("*"); at !== -1; at = text.indexOf("*", at + 1)) count++
  return count
}

const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export const memoryTransport: Transport["Service"] = {
  open: ({ events }) =>
    Effect.succeed({
      write: (frames) => {
        const text = typeof frames === "string" ? frames : frames.join("")
        // As from a socket, nothing is answered in the turn in which it is written. The keys of the load hold no asterisk.
        setImmediate(() => events.onData(answer(text.startsWith(REQUEST) ? VALUE : OK, requestsIn(text))))
        return true
      },
      destroy: () => {}
    }),
  defer: (task) => {
    setImmediate(task)
  },
  text: {
    utf8: (bytes, start, end) => buffer(bytes).toString("utf8", start, end),
    latin1: (bytes, start, end) => buffer(bytes).toString("latin1", start, end),
    byteLength: (text) => Buffer.byteLength(text),
    encode: (text) => Buffer.from(text)
  }
}
