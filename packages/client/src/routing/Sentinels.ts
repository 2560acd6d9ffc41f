/**
 * The sentinels that are known: their connections, in which order they are asked, and what they announce.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { makeRuntime } from "../connection/ConnectionRuntime.ts"
import { listen } from "../connection/Listener.ts"
import { makeNodeConnections } from "../connection/NodeConnections.ts"
import type { Transport } from "../connection/Transport.ts"
import { ConnectionLost } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { type AddressRemap, type Endpoint, endpointKey } from "../topology/Endpoint.ts"
import { parseAnnouncement, type SentinelAnnouncement } from "../topology/SentinelAnnouncement.ts"
import { askSentinels, type Found } from "./askSentinels.ts"
import * as Policies from "./Policies.ts"
import type { Announced, ResolvedDiscovery, SentinelDiscoveryService } from "./SentinelDiscovery.ts"

/** A listener that is slower than this many announcements misses the oldest. */
const ANNOUNCEMENTS_KEPT = 256
/** Between attempts to reach a sentinel that does not answer: soon enough for who waits for the last one to return. Milliseconds. */
const LONGEST_PAUSE = 250
const FIRST_PAUSE = 20
/** Sentinels speak seldom: a stream is probed after this silence, and given up when that is not answered. Milliseconds. */
const SILENCE = 2000
const PROBE_TIMEOUT = 1000
/** Questions to one sentinel under way at once; nothing comes near. */
const MAX_IN_FLIGHT = 1024

const reconnect: Policies.Policy = Schedule.min([
  Policies.reconnect,
  Schedule.spaced(LONGEST_PAUSE).pipe(Schedule.setInputType<RedisError>())
])

const remapped = (
  announcement: SentinelAnnouncement,
  addresses: ResolvedDiscovery["addresses"]
): SentinelAnnouncement => {
  const remap: AddressRemap = addresses.remap ?? ((endpoint) => endpoint)
  const primary = ({ host, port }: Endpoint) => remap({ host: addresses.forcedPrimaryHost ?? host, port })
  switch (announcement._tag) {
    case "Switched":
      return { ...announcement, from: primary(announcement.from), to: primary(announcement.to) }
    case "Instance": {
      const { endpoint, role } = announcement
      return { ...announcement, endpoint: role === "primary" ? primary(endpoint) : remap(endpoint) }
    }
    default:
      return announcement
  }
}

/**
 * A discovery over sentinels, for as long as the scope lives.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeSentinels = Effect.fnUntraced(function* (
  options: ResolvedDiscovery
): Effect.fn.Return<SentinelDiscoveryService, never, Transport | Scope.Scope> {
  const runtime = yield* makeRuntime({
    maxInFlight: MAX_IN_FLIGHT,
    maxInFlightBytes: Number.POSITIVE_INFINITY,
    overload: "suspend",
    silence: Math.min(SILENCE, options.timeout),
    probeTimeout: Math.min(PROBE_TIMEOUT, options.timeout),
    connectTimeout: options.timeout,
    closeTimeout: options.timeout
  })
  const nodes = yield* makeNodeConnections(runtime, options.profile, reconnect, { onDown: () => {}, onUp: () => {} })
  const hub = yield* PubSub.sliding<Announced>(ANNOUNCEMENTS_KEPT)
  const listeners = yield* FiberMap.make<string>()
  /** The one to ask first in front. */
  let order: ReadonlyArray<Endpoint> = options.seeds
  const seeds = new Set(options.seeds.map(endpointKey))
  const ids = new Map<string, string>()

  const listening = (endpoint: Endpoint): Effect.Effect<void> => {
    const text = endpointKey(endpoint)
    let pause = FIRST_PAUSE
    const events = {
      onListening: () => {
        pause = FIRST_PAUSE
      },
      onMessage: (channel: string, message: string) => {
        const announcement = remapped(parseAnnouncement(channel, message), options.addresses)
        PubSub.publishUnsafe(hub, { sentinel: text, announcement })
      }
    }
    return Effect.suspend(() =>
      listen({ ...runtime, limits: { ...runtime.limits, silence: SILENCE } }, endpoint, options.profile, events)
    ).pipe(
      Effect.andThen(
        Effect.suspend(() => {
          pause = Math.min(LONGEST_PAUSE, pause * 2)
          return Effect.sleep(pause)
        })
      ),
      Effect.forever
    )
  }

  /** A subscription to each sentinel that is known, and to no other. */
  const attend = Effect.suspend(() => {
    if (!options.listen) return Effect.void
    const wanted = new Map(order.map((endpoint) => [endpointKey(endpoint), endpoint]))
    const changes: Array<Effect.Effect<unknown>> = []
    for (const [key] of listeners) if (!wanted.has(key)) changes.push(FiberMap.remove(listeners, key))
    for (const [key, endpoint] of wanted) {
      if (!FiberMap.hasUnsafe(listeners, key)) changes.push(FiberMap.run(listeners, key, listening(endpoint)))
    }
    return Effect.all(changes, { discard: true })
  })

  /** Whoever answered is asked first the next time; the others take turns to give a second opinion. Those that nobody lists any more go. */
  const learn = ({ answeredBy, reports }: Found): Effect.Effect<void> =>
    Effect.suspend(() => {
      for (const { report, sentinel } of reports) if (report.id !== undefined) ids.set(endpointKey(sentinel), report.id)
      const known = new Map<string, Endpoint>([[endpointKey(answeredBy), answeredBy]])
      const others = order.filter((endpoint) => endpointKey(endpoint) !== endpointKey(answeredBy))
      for (const endpoint of [...others.slice(1), ...others.slice(0, 1)]) known.set(endpointKey(endpoint), endpoint)
      if (options.discoverSentinels) {
        const listed = new Map<string, Endpoint>()
        for (const { report } of reports) {
          for (const { endpoint, id } of report.peers) {
            const key = endpointKey(endpoint)
            listed.set(key, endpoint)
            if (id !== undefined) ids.set(key, id)
          }
        }
        const heard = new Set(reports.map(({ sentinel }) => endpointKey(sentinel)))
        for (const key of known.keys()) if (!seeds.has(key) && !listed.has(key) && !heard.has(key)) known.delete(key)
        const named = new Set([...known.keys()].flatMap((key) => ids.get(key) ?? []))
        for (const [key, endpoint] of listed) {
          const id = ids.get(key)
          // The same sentinel by another address is known already.
          if (!known.has(key) && (id === undefined || !named.has(id))) known.set(key, endpoint)
        }
      }
      order = [...known.values()]
      const gone = nodes.all().flatMap(({ text }) => (known.has(text) ? [] : [text]))
      if (gone.length > 0) {
        runtime.fork(nodes.remove(gone, (address) => new ConnectionLost({ address, message: "no sentinel is there" })))
      }
      return attend
    })

  return {
    locate: (service, { newest, urgent, verify }) =>
      Effect.andThen(
        attend,
        askSentinels(runtime, {
          service,
          sentinels: order.map((endpoint) => ({
            endpoint,
            node: nodes.at(endpoint),
            id: ids.get(endpointKey(endpoint))
          })),
          verify,
          newest: newest ?? Number.NEGATIVE_INFINITY,
          urgent: urgent ?? false,
          rules: options
        })
      ).pipe(
        Effect.tap(learn),
        Effect.map(({ group }) => ({ ...group, sentinels: order }))
      ),
    announcements: Stream.fromPubSub(hub),
    sentinels: Effect.sync(() =>
      order.map((endpoint) => ({
        endpoint,
        id: ids.get(endpointKey(endpoint)),
        isConnected: nodes.find(endpointKey(endpoint))?.isUp === true
      }))
    )
  }
})
