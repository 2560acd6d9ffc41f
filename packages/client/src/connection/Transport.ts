/**
 * The seam to the platform: how a byte stream to a server is opened, written and closed. The client package knows nothing below it;
 * `@reef-redis/node` implements it on `node:net` and `node:tls`, and tests implement it in memory.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { TextCodec } from "../protocol/TextCodec.ts"
import type { ResolvedSocketOptions } from "./SocketOptions.ts"

/**
 * Where a server listens: a TCP endpoint or the path of a Unix socket.
 *
 * @category models
 * @since 0.1.0
 */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * An address as text: `host:port`, an IPv6 host in brackets, or the path.
 *
 * @category getters
 * @since 0.1.0
 */
export const addressText = (address: Address): string =>
  "path" in address
    ? address.path
    : address.host.includes(":")
      ? `[${address.host}]:${address.port}`
      : `${address.host}:${address.port}`

/**
 * A version of TLS.
 *
 * @category models
 * @since 0.1.0
 */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3"

/**
 * How the stream is encrypted. Every field has the meaning of the option of the same name of the platform's TLS.
 *
 * @category options
 * @since 0.1.0
 */
export interface TlsOptions {
  /** Trusted authorities in PEM, instead of the platform's. */
  readonly ca?: string | ReadonlyArray<string> | undefined
  /** The client's certificate in PEM. */
  readonly cert?: string | undefined
  /** The client's key in PEM. */
  readonly key?: Redacted.Redacted | undefined
  /** The passphrase of `key`. */
  readonly passphrase?: Redacted.Redacted | undefined
  /** The name expected in the server's certificate (default: the host). */
  readonly servername?: string | undefined
  /** Whether an untrusted certificate is refused (default true). */
  readonly rejectUnauthorized?: boolean | undefined
  /**
   * Whether the server's certificate has to be for `servername` (default true). `false` still asks for a trusted authority; this one field
   * is not the platform's.
   */
  readonly verifyName?: boolean | undefined
  /** The ciphers to offer, in OpenSSL's notation (default: the platform's). */
  readonly ciphers?: string | undefined
  /** The oldest version to speak (default: the platform's, TLS 1.2 or later). */
  readonly minVersion?: TlsVersion | undefined
  /** The newest version to speak. */
  readonly maxVersion?: TlsVersion | undefined
}

/**
 * What the transport tells the connection. After `onClose` nothing more comes.
 *
 * @category models
 * @since 0.1.0
 */
export interface SocketEvents {
  /** Bytes arrived. The chunk is never used again by the transport. */
  readonly onData: (chunk: Uint8Array) => void
  /** What was written has left; `write` may be called again. */
  readonly onDrain: () => void
  /** The stream ended, by the peer or by a fault (its text in the platform's words). Called at most once. */
  readonly onClose: (cause: string) => void
}

/**
 * An open byte stream. Closing the scope that it was opened in destroys it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Socket {
  /**
   * Hand bytes over, all in one system call where the platform can. In a string every char code is one byte. `false` asks to wait for
   * `onDrain` before the next call.
   */
  readonly write: (frames: string | ReadonlyArray<string | Uint8Array>) => boolean
  /** End it at once, dropping what has not left. Idempotent. */
  readonly destroy: () => void
  /**
   * Read no more until `resume`, so that the peer is held up. A transport without it cannot hold up a server: subscriptions that shall
   * suspend the reader are then refused.
   */
  readonly pause?: (() => void) | undefined
  readonly resume?: (() => void) | undefined
}

/**
 * What a stream needs to be opened.
 *
 * @category options
 * @since 0.1.0
 */
export interface OpenOptions {
  readonly address: Address
  /** Encrypt with these options; absent means plain. */
  readonly tls?: TlsOptions | undefined
  /** Absent: the defaults of `SocketOptions`. */
  readonly socket?: ResolvedSocketOptions | undefined
  readonly events: SocketEvents
  /**
   * The chunks given to `onData` are good during the call only: the transport may read into the same memory again, which is faster where much
   * comes. Default false.
   */
  readonly lendChunks?: boolean | undefined
}

/**
 * A record of a DNS service (RFC 2782): lower priorities come first.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServiceRecord {
  readonly host: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/**
 * The stream could not be opened. `message` is the cause in the platform's words and never holds a secret.
 *
 * @category errors
 * @since 0.1.0
 */
export interface OpenFailure {
  readonly _tag: "OpenFailure"
  readonly message: string
}

/**
 * Opens byte streams.
 *
 * @category services
 * @since 0.1.0
 */
export class Transport extends Context.Service<
  Transport,
  {
    /** Open a stream that lives as long as the scope. Interruption abandons the attempt. */
    readonly open: (options: OpenOptions) => Effect.Effect<Socket, OpenFailure, Scope.Scope>
    /** The records of a DNS service, asked for anew each time. Absent where the platform has no DNS. */
    readonly resolveService?: ((name: string) => Effect.Effect<ReadonlyArray<ServiceRecord>, OpenFailure>) | undefined
    /** Run `task` after the events of this turn of the event loop: commands of one turn are written together. */
    readonly defer: (task: () => void) => void
    /** The platform's conversions between text and bytes. */
    readonly text: TextCodec
  }
>()("@reef-redis/client/Transport") {}
