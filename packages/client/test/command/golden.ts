/** The form of a table of commands: what each call sends, what it touches, and what its reply becomes under both protocols. */
import { assert, describe, it } from "@effect/vitest"
import type { Command } from "../../src/command/Command.ts"
import type { RetryCategory } from "../../src/command/CommandSpec.ts"
import { asBytes, type CommandImpl, implOf } from "../../src/command/make.ts"
import { encodeValue, type WireValue } from "../../src/protocol/RespEncoder.ts"
import type { RespValue } from "../../src/protocol/RespValue.ts"
import { encodeCommand, InvalidArg } from "../../src/protocol/RespWriter.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { bufferTextCodec, record } from "../protocol/recorder.ts"
import { noting } from "./constructors.ts"

/** What a server answers, what that is in the text view, and in the bytes view where it differs. */
export type Answer = readonly [reply: WireValue, text: unknown, bytes?: unknown]

export interface Golden {
  readonly command: Command<unknown, unknown>
  /** Everything that goes to the server, words separated by one space. */
  readonly sent: string
  /** The positions of the keys behind the name. */
  readonly keys: ReadonlyArray<number>
  readonly retry: RetryCategory
  readonly answers: ReadonlyArray<Answer>
}

export const golden = (
  command: Command<unknown, unknown>,
  sent: string,
  keys: ReadonlyArray<number>,
  retry: RetryCategory,
  answers: ReadonlyArray<Answer>
): Golden => ({ command, sent, keys, retry, answers })

/** The names of all constructors that some table has used. */
export const used = new Set<string>()

const makers = new WeakMap<object, string>()

/** The name of the constructor that a table made a command by. */
export const makerOf = (command: Command<unknown, unknown>): string | undefined => makers.get(command)

/** The constructors, noting which are used. */
export const call = noting(used, (command, name) => makers.set(command, name))

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A record without a prototype, as replies have it. */
export const bare = <A>(fields: Record<string, A>): Record<string, A> => Object.assign(Object.create(null), fields)

/** Reads one reply from its bytes, as a connection would. */
export const parse = (reply: WireValue, version: 2 | 3, asBytes: boolean): RespValue => {
  const { events } = record([encodeValue(reply, version)], { bytes: asBytes })
  assert.strictEqual(events.length, 1)
  assert.strictEqual(events[0]![0], "reply")
  return events[0]![1] as RespValue
}

/** What a command sends, as words; the position and problem of an argument that cannot be sent. */
export const sentBy = (command: CommandImpl): ReadonlyArray<string> | InvalidArg => {
  const frame = encodeCommand(command.spec.header, command.spec.words, command.args, portableTextCodec)
  if (frame instanceof InvalidArg) return frame
  const pieces = typeof frame === "string" ? [frame] : frame
  const chunks = pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece))
  const { events } = record(chunks, { text: bufferTextCodec })
  return events[0]![1] as ReadonlyArray<string>
}

/** What a reply becomes: reading it as its connection would, and then the user's functions. */
export const decoded = (command: Command<unknown, unknown>, reply: WireValue, version: 2 | 3): unknown => {
  const impl = implOf(command)
  const value = impl.decode(parse(reply, version, impl.bytes))
  return impl.after === undefined ? value : impl.after(value)
}

/** The tests of a table. */
export const checkGoldens = (name: string, goldens: ReadonlyArray<Golden>): void => {
  describe(name, () => {
    for (const { answers, command, keys, retry, sent } of goldens) {
      it(`${sent}: sent as such, its reply read alike under RESP2 and RESP3`, () => {
        const impl = implOf(command)
        assert.isUndefined(impl.invalid)
        assert.deepStrictEqual(sentBy(impl), sent.split(" "))
        assert.deepStrictEqual(command.keys, keys)
        assert.strictEqual(command.retry, retry)
        assert.strictEqual(command.readOnly, retry === "readOnly")
        assert.isAbove(answers.length, 0)
        for (const [reply, text, asBytesValue = text] of answers) {
          for (const version of [2, 3] as const) {
            assert.deepStrictEqual(decoded(command, reply, version), text, `RESP${version}`)
            assert.deepStrictEqual(decoded(asBytes(command), reply, version), asBytesValue, `RESP${version} as bytes`)
          }
        }
      })
    }
  })
}
