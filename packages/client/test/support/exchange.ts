/** Commands as words over a socket of their own, for what would harm a connection that others use. */
import * as net from "node:net"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { encodeValue } from "../../src/protocol/RespEncoder.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"
import { bufferTextCodec, recorder } from "../protocol/recorder.ts"

export type Words = ReadonlyArray<string>

/** What is sent together, and how many replies must have come before the next round. */
export interface Round {
  readonly send: ReadonlyArray<Words>
  readonly replies: number
}

export const inTurn = (commands: ReadonlyArray<Words>): ReadonlyArray<Round> =>
  commands.map((words) => ({ send: [words], replies: 1 }))

/** Longer than anything sent here makes a server wait (CLIENT PAUSE, a second), shorter than a test's time. */
export const PATIENCE = "5 seconds"

/** A server kept the connection and did not reply. */
export class Unanswered extends Data.TaggedError("Unanswered")<{
  /** The round that was not answered, as words separated by one space. */
  readonly sent: ReadonlyArray<string>
  /** What was answered before it. */
  readonly before: ReadonlyArray<string>
  /** Why what came could not be read, if it could not. */
  readonly unreadable: string | undefined
}> {
  override get message(): string {
    const before = this.before.length === 0 ? "" : ` behind ${this.before.join(", ")}`
    const why = this.unreadable === undefined ? "" : `: ${this.unreadable}`
    return `no reply to ${this.sent.join(", ")}${before} within ${PATIENCE}${why}`
  }
}

const lines = (rounds: ReadonlyArray<Round>): ReadonlyArray<string> =>
  rounds.flatMap(({ send }) => send.map((words) => words.join(" ")))

/**
 * Sends one round after the other and gives the replies that were asked for; fewer if the server closes the socket before.
 *
 * In turn, since servers do not answer a refused AUTH or HELLO whose client has a reply that was not written yet: Redis since 7.2, Valkey
 * before 8.1.3 (redis/redis#15640, valkey-io/valkey#2287).
 */
export const exchange = (
  port: number,
  rounds: ReadonlyArray<Round>,
  bytes = false
): Effect.Effect<ReadonlyArray<RespValue>, Unanswered> =>
  Effect.scoped(
    Effect.gen(function* () {
      const got: Array<RespValue> = []
      const recording = recorder({
        bytes,
        text: bufferTextCodec,
        on: (event) => {
          if (event[0] === "reply") got.push(event[1])
        }
      })
      const socket = yield* Effect.acquireRelease(
        Effect.sync(() => net.connect(port, "127.0.0.1")),
        (socket) => Effect.sync(() => void socket.destroy())
      )
      let ended = false
      let look = () => {}
      socket.on("data", (chunk) => {
        recording.parser.push(chunk)
        look()
      })
      socket.on("close", () => {
        ended = true
        look()
      })
      // A reset is followed by `close`.
      socket.on("error", () => {})

      let due = 0
      for (const [at, { replies, send }] of rounds.entries()) {
        due += replies
        const answered = Effect.callback<void>((resume) => {
          look = () => {
            if (ended || got.length >= due) resume(Effect.void)
          }
          for (const words of send) socket.write(encodeValue([...words], 2))
          look()
        })
        const fail = Effect.suspend(() =>
          Effect.fail(
            new Unanswered({
              sent: lines([rounds[at]!]),
              before: lines(rounds.slice(0, at)),
              unreadable: recording.failure?.detail
            })
          )
        )
        yield* Effect.timeoutOrElse(answered, { duration: PATIENCE, orElse: () => fail })
        if (ended) break
      }
      return got.slice(0, due)
    })
  )
