/** A cluster of fake nodes: each answers CLUSTER SLOTS and INFO from a map, and commands as the test says. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Transport } from "../../src/connection/Transport.ts"
import type { ConnectError } from "../../src/error/RedisError.ts"
import type { RedisService, WithPolicies } from "../../src/Redis.ts"
import { RedisCluster, type RedisClusterOptions, type RedisClusterService } from "../../src/RedisCluster.ts"
import type { RedisPubSubService } from "../../src/RedisPubSub.ts"
import type { TopologyEvent } from "../../src/routing/ClusterTopology.ts"
import { slotOf } from "../../src/topology/Slot.ts"
import { endingWithServers, settle, start } from "./client.ts"
import { array, bulk, error, type FakeSocket, FakeTransport, int, nil, ok, type Script } from "./FakeTransport.ts"

/** A run of slots and the addresses that serve it, the primary first. */
export type Shard = readonly [start: number, end: number, ...addresses: ReadonlyArray<string>]

/** What a node thinks of the cluster. */
export interface View {
  readonly shards: ReadonlyArray<Shard>
  readonly epoch: number
  readonly state?: "ok" | "fail" | undefined
  /** With which epoch each primary claims its slots, by address; without them CLUSTER NODES is refused. */
  readonly configEpochs?: Readonly<Record<string, number>> | undefined
  /** How the hosts are announced: as they are, as null, empty or `?`. */
  readonly hosts?: "null" | "empty" | "?" | undefined
  /** The ids of nodes, by address, that have not the usual ones. */
  readonly ids?: Readonly<Record<string, string>> | undefined
}

export const three: View = {
  shards: [
    [0, 5460, "n1:1"],
    [5461, 10922, "n2:1"],
    [10923, 16383, "n3:1"]
  ],
  epoch: 3
}

const hostReply = (host: string, how: View["hosts"]): string =>
  how === undefined ? bulk(host) : how === "null" ? nil : bulk(how === "empty" ? "" : "?")

export const slotsReply = ({ hosts, ids, shards }: View): string =>
  array(
    shards.map(([start, end, ...addresses]) =>
      array([
        int(start),
        int(end),
        ...addresses.map((address) => {
          const [host = "", port] = address.split(":")
          return array([hostReply(host, hosts), int(Number(port)), bulk(ids?.[address] ?? idOf(address)), array([])])
        })
      ])
    )
  )

export const infoReply = ({ epoch, state }: View): string =>
  bulk(`cluster_enabled:1\r\ncluster_state:${state ?? "ok"}\r\ncluster_current_epoch:${epoch}\r\n`)

/** As far as a client reads it: ids and config epochs. */
export const nodesReply = ({ configEpochs = {}, ids, shards }: View, self: string): string =>
  bulk(
    shards
      .flatMap(([, , ...addresses]) => addresses)
      .map(
        (address) =>
          `${ids?.[address] ?? idOf(address)} ${address}@1 ${address === self ? "myself," : ""}master - 0 0 ${configEpochs[address] ?? 0} connected\n`
      )
      .join("")
  )

/** The id of the node at an address. */
export const idOf = (address: string): string => address.replace(/\W/g, "").padEnd(40, "0")

/** Distinct keys whose slots lie between two. */
export const keysIn = (start: number, end: number, count: number, tag = "k"): Array<string> => {
  const keys: Array<string> = []
  for (let n = 0; keys.length < count; n++) {
    const slot = slotOf(`${tag}${n}`)
    if (slot >= start && slot <= end) keys.push(`${tag}${n}`)
  }
  return keys
}

/** Keys of the first, second and third node of `three`. */
export const [k1 = "", k2 = "", k3 = ""] = three.shards.map(([start, end]) => keysIn(start, end, 1)[0])

export class FakeCluster {
  readonly transport = new FakeTransport()
  /** What every node says that has no view of its own. */
  view: View = three
  readonly views = new Map<string, View>()
  /** How often CLUSTER SLOTS was asked. */
  asked = 0
  /** Answers a command before the usual answer: the address of the node that was asked. */
  on: Script = () => undefined

  constructor() {
    this.transport.script = (words, socket) => this.on(words, socket) ?? this.usual(words, socket)
  }

  private usual(words: ReadonlyArray<string>, socket: FakeSocket): string | undefined {
    const view = this.views.get(socket.address) ?? this.view
    const name = words[0] === "CLUSTER" ? `CLUSTER ${words[1]}` : words[0]
    if (name === "CLUSTER SLOTS") {
      this.asked++
      return slotsReply(view)
    }
    if (name === "CLUSTER INFO") return infoReply(view)
    if (name === "CLUSTER NODES")
      return view.configEpochs === undefined ? error("ERR unknown subcommand") : nodesReply(view, socket.address)
    if (name === "ASKING") return ok
    return name === "GET" ? bulk(socket.address) : undefined
  }

  /** The commands that a node was sent, without those of discovery. */
  sentTo(address: string): ReadonlyArray<string> {
    return this.writesTo(address).flat()
  }

  /** The same by writes. */
  writesTo(address: string): ReadonlyArray<ReadonlyArray<string>> {
    return this.transport.sockets
      .filter((socket) => socket.address === address)
      .flatMap((socket) => socket.writes)
      .map((write) => write.filter((text) => !/^(CLUSTER|PING)/.test(text)))
      .filter((write) => write.length > 0)
  }

  /** A node that cannot be reached (any more). */
  down(...addresses: ReadonlyArray<string>): void {
    this.transport.onOpen = (address) =>
      addresses.includes(address)
        ? Effect.fail({ _tag: "OpenFailure", message: `connect ECONNREFUSED ${address}` })
        : Effect.void
    for (const socket of this.transport.open) if (addresses.includes(socket.address)) socket.end()
  }
}

export const moved = (key: string, address: string): string => error(`MOVED ${slotOf(key)} ${address}`)
export const ask = (key: string, address: string): string => error(`ASK ${slotOf(key)} ${address}`)

/** A client of a fake cluster. */
export const clustered = (
  options: Partial<RedisClusterOptions> & WithPolicies = {},
  setup?: (cluster: FakeCluster) => void
): Effect.Effect<
  {
    readonly redis: RedisService
    readonly cluster: RedisClusterService
    readonly pubSub: RedisPubSubService
    readonly fake: FakeCluster
  },
  ConnectError,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const fake = new FakeCluster()
    setup?.(fake)
    const made = RedisCluster.make({ nodes: ["n1:1"], ...options })
    const { cluster, pubSub, redis } = yield* Effect.provideService(made, Transport, fake.transport.service)
    yield* endingWithServers(fake.transport)
    yield* settle
    return { redis, cluster, pubSub, fake }
  })

/** The events from now on. */
export const watched = (cluster: RedisClusterService) =>
  Effect.gen(function* () {
    const events: Array<TopologyEvent> = []
    yield* start(Stream.runForEach(cluster.events, (event) => Effect.sync(() => events.push(event))))
    yield* settle
    return events
  })

/** What happened, in short. */
export const tagsOfEvents = (events: ReadonlyArray<TopologyEvent>): ReadonlyArray<string> =>
  events.map((event) => (event._tag === "Patched" ? "Patched" : `${event._tag} ${event.cause}`))
