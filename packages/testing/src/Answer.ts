/**
 * What a `ScriptedServer` does when a command comes: answer it, rightly or wrongly, late, in part, or not at all. Plain data.
 *
 * @since 0.1.0
 */
import { RespError, Wire, type WireValue } from "@reef-redis/client/protocol"
import type * as Effect from "effect/Effect"
import type { CutKind, Upstream } from "./Fault.ts"

/**
 * One reaction to a command. Made by the constructors of `Answer`.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer =
  | { readonly _tag: "Reply"; readonly value: WireValue }
  | { readonly _tag: "Partial"; readonly value: WireValue; readonly bytes: number | undefined }
  | { readonly _tag: "Raw"; readonly bytes: string | Uint8Array }
  | { readonly _tag: "All"; readonly answers: ReadonlyArray<Answer> }
  | { readonly _tag: "From"; readonly effect: Effect.Effect<Answer> }
  | { readonly _tag: "Close"; readonly how: CutKind }

const reply = (value: WireValue): Answer => ({ _tag: "Reply", value })

const redirect = (kind: "MOVED" | "ASK", slot: number, { host, port }: Upstream): Answer =>
  reply(new RespError(`${kind} ${slot} ${host}:${port}`))

/**
 * The reactions. The answers of one connection are given in the order of its commands: what is late holds up those behind it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Answer = {
  /** A value, encoded in the protocol version of the connection. `Wire` of `@reef-redis/client/protocol` has further forms. */
  reply,
  /** `+OK` */
  ok: reply(Wire.simple("OK")),
  /** An error reply with the whole text, such as `ERR no`. */
  error: (text: string): Answer => reply(new RespError(text)),
  /** `-MOVED slot host:port` */
  moved: (slot: number, node: Upstream): Answer => redirect("MOVED", slot, node),
  /** `-ASK slot host:port` */
  ask: (slot: number, node: Upstream): Answer => redirect("ASK", slot, node),
  /** A push frame (in RESP2 an array), as the answer or beside one. */
  push: (values: ReadonlyArray<WireValue>): Answer => reply(Wire.push(values)),
  /** These bytes and nothing else; text goes as UTF-8. */
  raw: (bytes: string | Uint8Array): Answer => ({ _tag: "Raw", bytes }),
  /** Only the first bytes of a reply (default: half of them). */
  partial: (value: WireValue, bytes?: number): Answer => ({ _tag: "Partial", value, bytes }),
  /** No answer; the commands behind it are answered. */
  silence: { _tag: "All", answers: [] } as Answer,
  /** Several answers, one after the other: several replies, a push before the reply, half a reply and then the end. */
  all: (...answers: ReadonlyArray<Answer>): Answer => ({ _tag: "All", answers }),
  /** The answer that the effect gives, when it gives it. */
  from: (effect: Effect.Effect<Answer>): Answer => ({ _tag: "From", effect }),
  /** Closes the connection: `end` (default, FIN) or `reset` (RST). */
  close: (how: CutKind = "end"): Answer => ({ _tag: "Close", how })
} as const
