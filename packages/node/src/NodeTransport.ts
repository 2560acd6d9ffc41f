/**
 * The transport on Node: TCP, TLS and Unix sockets by `node:net` and `node:tls`. Bun and Deno run it through their `node:` layers.
 *
 * @since 0.1.0
 */
import { Buffer, isAscii } from "node:buffer"
// The default export, since `setServers` of the application replaces its members.
import Dns from "node:dns"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { type OpenFailure, type OpenOptions, type ServiceRecord, type Socket, Transport } from "@reef-redis/client"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { netOptions, tlsOptions } from "./internal/connectOptions.ts"

/** TCP keep-alive starts after this idle time (milliseconds): the common default of Redis clients. */
const KEEP_ALIVE_AFTER = 30_000

interface Slices {
  utf8Slice(this: Uint8Array, start: number, end: number): string
  latin1Slice(this: Uint8Array, start: number, end: number): string
}

/** What `toString(encoding, start, end)` calls; documented nowhere, stable since Node 0.x, a third faster for short text, and good for any `Uint8Array`. */
const { latin1Slice, utf8Slice } = Buffer.prototype as Buffer & Slices

const text: Transport["Service"]["text"] = {
  utf8: (bytes, start, end) => utf8Slice.call(bytes, start, end),
  latin1: (bytes, start, end) => latin1Slice.call(bytes, start, end),
  isAscii,
  byteLength: (value) => Buffer.byteLength(value),
  encode: (value) => Buffer.from(value)
}

const connect = (options: OpenOptions, addresses: ReadonlyArray<string> | undefined): Net.Socket => {
  const { address, tls } = options
  const given =
    options.lendChunks === true
      ? { ...netOptions(options, addresses), onread: lending(options) }
      : netOptions(options, addresses)
  if (tls === undefined) return Net.connect(given)
  return Tls.connect({ ...given, ...tlsOptions(tls, "host" in address ? address.host : undefined) })
}

/** Bytes read by one system call where chunks are lent. */
const LENT_BYTES = 256 * 1024

const lending = ({ events }: OpenOptions): Net.OnReadOpts => ({
  buffer: Buffer.allocUnsafeSlow(LENT_BYTES),
  callback: (size, buffer) => {
    events.onData(buffer.subarray(0, size))
    return true
  }
})

const failure = (error: unknown): OpenFailure => ({
  _tag: "OpenFailure",
  message: describeAny(error)
})

const describeAny = (error: unknown): string => (error instanceof Error ? describe(error) : String(error))

/** Where several addresses were tried, Node's own message is empty and the causes stand in `errors`. */
const describe = (error: Error): string =>
  error instanceof AggregateError && error.errors.length > 0
    ? error.errors.map((cause) => (cause instanceof Error ? cause.message : String(cause))).join("; ")
    : error.message

const wrap = (socket: Net.Socket): Socket => ({
  write: (frames) => {
    if (socket.destroyed) return true
    if (typeof frames === "string") return socket.write(frames, "latin1")
    socket.cork()
    for (const frame of frames) {
      if (typeof frame === "string") socket.write(frame, "latin1")
      else socket.write(frame)
    }
    socket.uncork()
    return !socket.writableNeedDrain
  },
  destroy: () => {
    socket.destroy()
  },
  pause: () => void socket.pause(),
  resume: () => void socket.resume()
})

/** What the user's look-up says of the host now; `undefined` where it is not asked. */
const addressesOf = ({
  address,
  socket
}: OpenOptions): Effect.Effect<ReadonlyArray<string> | undefined, OpenFailure> => {
  if (socket?.lookup === undefined || "path" in address || Net.isIP(address.host) !== 0)
    return Effect.succeed(undefined)
  const { family } = socket
  return Effect.flatMap(
    Effect.mapError(socket.lookup(address.host), (error) =>
      failure(`the look-up of ${address.host} failed: ${describeAny(error)}`)
    ),
    (found) => {
      const usable = found.filter((one) => (family === undefined ? Net.isIP(one) !== 0 : Net.isIP(one) === family))
      return usable.length > 0
        ? Effect.succeed(usable)
        : Effect.fail(failure(`the look-up of ${address.host} gave no address that can be used`))
    }
  )
}

const open = (options: OpenOptions): Effect.Effect<Socket, OpenFailure> =>
  Effect.flatMap(addressesOf(options), (addresses) => openTo(options, addresses))

const openTo = (
  options: OpenOptions,
  addresses: ReadonlyArray<string> | undefined
): Effect.Effect<Socket, OpenFailure> =>
  Effect.callback<Socket, OpenFailure>((resume) => {
    const { events } = options
    let socket: Net.Socket
    try {
      socket = connect(options, addresses)
    } catch (error) {
      return resume(Effect.fail(failure(error)))
    }
    let opened = false
    let fault: string | undefined
    socket.setNoDelay(options.socket?.noDelay ?? true)
    if (options.socket === undefined) socket.setKeepAlive(true, KEEP_ALIVE_AFTER)
    else if (options.socket.keepAlive !== undefined) socket.setKeepAlive(true, options.socket.keepAlive)
    socket.on("error", (error) => {
      fault = describe(error)
      if (!opened) resume(Effect.fail(failure(error)))
    })
    socket.once("close", () => {
      if (opened) events.onClose(fault ?? "the server closed the connection")
      else resume(Effect.fail(failure(fault ?? "closed before it was open")))
    })
    socket.once(options.tls === undefined ? "connect" : "secureConnect", () => {
      opened = true
      if (options.lendChunks !== true) socket.on("data", events.onData)
      socket.on("drain", events.onDrain)
      resume(Effect.succeed(wrap(socket)))
    })
    return Effect.sync(() => {
      socket.destroy()
    })
  })

const resolveService = (name: string): Effect.Effect<ReadonlyArray<ServiceRecord>, OpenFailure> =>
  Effect.callback<ReadonlyArray<ServiceRecord>, OpenFailure>((resume) => {
    Dns.resolveSrv(name, (error, records) => {
      if (error !== null) return resume(Effect.fail(failure(error)))
      resume(
        Effect.succeed(records.map(({ name: host, port, priority, weight }) => ({ host, port, priority, weight })))
      )
    })
  })

/**
 * The Node transport.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Transport> = Layer.succeed(Transport, {
  open: (options) =>
    Effect.acquireRelease(open(options), (socket) => Effect.sync(socket.destroy), { interruptible: true }),
  resolveService,
  defer: (task) => {
    setImmediate(task)
  },
  text
})
