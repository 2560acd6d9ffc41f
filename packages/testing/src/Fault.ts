/**
 * What a `FaultProxy` can do to a connection, and the rules that say when. Plain data.
 *
 * @since 0.1.0
 */
import type { RespValue } from "@reef-redis/client/protocol"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"

/**
 * A TCP address, as of a server of this package.
 *
 * @category models
 * @since 0.1.0
 */
export interface Upstream {
  readonly host: string
  readonly port: number
}

/**
 * When a rule looks at a connection:
 *
 * - `connect`: it has just been accepted, and nothing was read.
 * - `command`: a whole request of the client is about to be written to the server.
 * - `reply`: a whole reply is about to be written to the client; the confirmations of SUBSCRIBE and its kin are replies too.
 * - `push`: so is a RESP3 push, or a message of pub/sub in RESP2.
 * - `bytes`: so is anything that is not RESP: inline commands, TLS, a frame that was never finished.
 *
 * @category models
 * @since 0.1.0
 */
export type Moment = "connect" | "command" | "reply" | "push" | "bytes"

/**
 * Which way bytes go.
 *
 * @category models
 * @since 0.1.0
 */
export type Direction = "toServer" | "toClient"

/**
 * A request that the proxy has read.
 *
 * @category models
 * @since 0.1.0
 */
export interface SeenCommand {
  /** Its number on this connection, from 1. */
  readonly number: number
  /** The first word, in upper case. */
  readonly name: string
  /** All words, the name first. */
  readonly args: ReadonlyArray<Uint8Array>
  /** Its keys as text; for a command that the proxy does not know, the first argument. */
  readonly keys: ReadonlyArray<string>
}

/**
 * What a rule decides on.
 *
 * @category models
 * @since 0.1.0
 */
export interface Traffic {
  readonly moment: Moment
  /** The number of the connection in the order of acceptance, from 1, over all upstreams of the proxy. */
  readonly connection: number
  readonly upstream: Upstream
  /** `undefined` at `connect`. */
  readonly direction: Direction | undefined
  /** The command at `command`, at `reply` the one that is answered (`undefined`: nobody asked). */
  readonly command: SeenCommand | undefined
  /** The reply, or the elements of the push. */
  readonly value: RespValue
}

/**
 * How a connection is cut: `reset` (RST, what is under way is lost) or `end` (FIN, as a server does it that closes).
 *
 * @category models
 * @since 0.1.0
 */
export type CutKind = "reset" | "end"

/**
 * What is done. Made by the constructors of `Fault`.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault =
  | { readonly _tag: "Cut"; readonly how: CutKind }
  | { readonly _tag: "HalfOpen" }
  | { readonly _tag: "BlackHole" }
  | { readonly _tag: "Delay"; readonly millis: number; readonly jitterMillis: number }
  | { readonly _tag: "Hold"; readonly until: Effect.Effect<unknown> }
  | { readonly _tag: "Split"; readonly size: number }
  | { readonly _tag: "CutBeforeWrite"; readonly how: CutKind }
  | { readonly _tag: "CutBeforeReply"; readonly how: CutKind }
  | { readonly _tag: "DropPush" }

const millis = (duration: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(duration))

/**
 * The faults. Unless a rule says `on`, each strikes where its description says.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Fault = {
  /**
   * RST to the client, the server's side is closed. At `connect`, or at the commands that the rule names. A client whose
   * connection is reset at `connect` has connected first: for refused ones see `FaultProxyControls.refuse`.
   */
  reset: { _tag: "Cut", how: "reset" } as Fault,
  /** FIN to both sides. At `connect`, or at the commands that the rule names. */
  end: { _tag: "Cut", how: "end" } as Fault,
  /**
   * Nothing is read or written any more, and the sockets stay: as behind a broken network, or a peer that has lost its power. At
   * `connect` (the server has accepted too), or at the commands that the rule names. `heal` resets such a connection.
   */
  halfOpen: { _tag: "HalfOpen" } as Fault,
  /** At `connect`: the same, but the server never hears of it. */
  blackHole: { _tag: "BlackHole" } as Fault,
  /**
   * Holds what it strikes for so long, counted from its arrival at the proxy; what is behind it in the same direction never
   * overtakes it. With `jitter` by a uniformly random time of ± so much more or less, repeatable by the proxy's `seed`. At
   * everything in both directions, or at the commands that the rule names.
   */
  delay: (by: Duration.Input, jitter: Duration.Input = 0): Fault => ({
    _tag: "Delay",
    millis: millis(by),
    jitterMillis: millis(jitter)
  }),
  /** Holds what it strikes until the effect has ended, however it ends (`Latch.await`, `Deferred.await` …). At `connect`, or at commands. */
  hold: (until: Effect.Effect<unknown>): Fault => ({ _tag: "Hold", until }),
  /** Writes what it strikes in pieces of so many bytes (default 1), each in a turn of the event loop of its own. At everything. */
  split: (size = 1): Fault => ({ _tag: "Split", size: Math.max(1, Math.floor(size)) }),
  /**
   * Cuts before a command is written: all commands before it on this connection are answered first, it and those behind it
   * never reach the server.
   */
  cutBeforeWrite: (how: CutKind = "reset"): Fault => ({ _tag: "CutBeforeWrite", how }),
  /**
   * Cuts between execution and answer: the command is written, its reply awaited and withheld, then the connection is cut. All
   * commands before it are answered, those behind it never reach the server.
   */
  cutBeforeReply: (how: CutKind = "reset"): Fault => ({ _tag: "CutBeforeReply", how }),
  /** Swallows pushes: RESP3 push frames and, in RESP2, messages of pub/sub. */
  dropPush: { _tag: "DropPush" } as Fault
} as const

/**
 * When to do what. All criteria that are given must hold; a rule without any strikes every connection.
 *
 * @category models
 * @since 0.1.0
 */
export interface FaultRule {
  readonly fault: Fault
  /** For the eyes of whoever reads `rules`. */
  readonly name?: string | undefined
  /** Default: as the fault says. */
  readonly on?: Moment | ReadonlyArray<Moment> | undefined
  readonly upstream?: Upstream | ReadonlyArray<Upstream> | undefined
  /** Number of a connection, from 1 in the order of acceptance. */
  readonly connection?: number | ReadonlyArray<number> | ((connection: number) => boolean) | undefined
  readonly direction?: Direction | undefined
  /** Name of a command, in any case, with its subcommand if that matters (`client setname`). */
  readonly command?: string | ReadonlyArray<string> | undefined
  /** One of the command's keys. */
  readonly key?: string | RegExp | undefined
  /** The kind of a push, its first element: `message`, `invalidate` … */
  readonly push?: string | ReadonlyArray<string> | undefined
  /** Asked last, when everything else holds. */
  readonly where?: ((traffic: Traffic) => boolean) | undefined
  /** Let so many pass that the criteria hold for. Default 0. */
  readonly skip?: number | undefined
  /** Strike so often and then no more. Default: without end. */
  readonly times?: number | undefined
}

/**
 * What a rule has done so far.
 *
 * @category models
 * @since 0.1.0
 */
export interface RuleCounters {
  /** How often its criteria held, those that `skip` and `times` let pass included. */
  readonly matched: number
  /** How often it struck. */
  readonly applied: number
  /** The connections that it struck, each once, in order. */
  readonly connections: ReadonlyArray<number>
}
