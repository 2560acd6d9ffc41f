/** A service with fake servers and the fake sentinels that watch it: each sentinel has a view, each server a role. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Transport } from "../../src/connection/Transport.ts"
import type { ConnectError } from "../../src/error/RedisError.ts"
import type { RedisService, WithPolicies } from "../../src/Redis.ts"
import { RedisSentinel, type RedisSentinelOptions, type RedisSentinelService } from "../../src/RedisSentinel.ts"
import type { SentinelEvent } from "../../src/routing/SentinelTopology.ts"
import { endingWithServers, settle, start } from "./client.ts"
import { array, bulk, error, type FakeSocket, FakeTransport, int, nil, type Script } from "./FakeTransport.ts"

/** What a sentinel thinks of the service. */
export interface View {
  readonly primary: string
  readonly epoch: number
  /** Beside `master`. */
  readonly flags?: string | undefined
  /** Addresses and, behind a blank, further flags. */
  readonly replicas?: ReadonlyArray<string> | undefined
  readonly peers?: ReadonlyArray<string> | undefined
}

export const first: View = { primary: "p1:1", epoch: 1, replicas: ["p2:1", "p3:1"] }
export const second: View = { primary: "p2:1", epoch: 2, replicas: ["p3:1", "p1:1 s_down,disconnected"] }

export const SERVICE = "mymaster"
export const SENTINELS = ["s1:26379", "s2:26379", "s3:26379"]

const record = (fields: Readonly<Record<string, string | number>>): string =>
  array(Object.entries(fields).flatMap(([name, value]) => [bulk(name), bulk(String(value))]))

const addressOf = (text: string): { readonly ip: string; readonly port: string } => {
  const [ip = "", port = ""] = text.split(":")
  return { ip, port }
}

const instance = (address: string, flags: string) => ({
  name: address,
  ...addressOf(address),
  runid: address.padEnd(40, "0"),
  flags,
  "last-ping-sent": 0,
  "last-ok-ping-reply": 1,
  "last-ping-reply": 1,
  "down-after-milliseconds": 500
})

const reported = { "role-reported-time": 1, "info-refresh": 1 }

const primaryReply = ({ epoch, flags, peers = [], primary, replicas = [] }: View): string =>
  record({
    ...instance(primary, flags === undefined ? "master" : `master,${flags}`),
    ...reported,
    "role-reported": "master",
    "config-epoch": epoch,
    "num-slaves": replicas.length,
    "num-other-sentinels": peers.length,
    quorum: 2,
    "failover-timeout": 1,
    "parallel-syncs": 1
  })

const replicaReply = (view: View, text: string): string => {
  const [address = "", flags] = text.split(" ")
  return record({
    ...instance(address, flags === undefined ? "slave" : `slave,${flags}`),
    ...reported,
    "role-reported": "slave",
    "master-link-down-time": 0,
    "master-link-status": flags === "stale" ? "err" : "ok",
    "master-host": addressOf(view.primary).ip,
    "master-port": addressOf(view.primary).port,
    "slave-priority": 100,
    "slave-repl-offset": 7
  })
}

const peerReply = (address: string): string =>
  record({ ...instance(address, "sentinel"), "last-hello-message": 1, "voted-leader": "?", "voted-leader-epoch": 0 })

const NO_SUCH = error("ERR No such master with that name")

export class FakeSentinels {
  readonly transport = new FakeTransport()
  /** What every sentinel says that has no view of its own. */
  view: View = first
  /** `undefined`: it does not know the service. */
  readonly views = new Map<string, View | undefined>()
  /** Those that are no primary, by address. */
  readonly replicas = new Set<string>(["p2:1", "p3:1"])
  /** The addresses of the sentinels that were asked, in order. */
  readonly asked: Array<string> = []
  /** Answers a command before the usual answer. */
  on: Script = () => undefined
  private readonly unreachable = new Set<string>()
  /** Which accept a stream and never say anything. */
  private readonly frozen = new Set<string>()

  constructor() {
    this.transport.onOpen = (address) =>
      this.unreachable.has(address)
        ? Effect.fail({ _tag: "OpenFailure", message: `connect ECONNREFUSED ${address}` })
        : Effect.void
    this.transport.script = (words, socket) =>
      this.frozen.has(socket.address) ? "" : (this.on(words, socket) ?? this.usual(words, socket))
  }

  private usual(words: ReadonlyArray<string>, { address }: FakeSocket): string | undefined {
    const [name, subcommand, service] = words
    if (name === "PSUBSCRIBE") return array([bulk("psubscribe"), bulk("*"), int(1)])
    if (name === "ROLE") {
      return this.replicas.has(address)
        ? array([bulk("slave"), bulk("p"), int(1), bulk("connected"), int(1)])
        : array([bulk("master"), int(1), array([])])
    }
    if (name === "PING") return "+PONG\r\n"
    if (name !== "SENTINEL") return name === "GET" ? bulk(address) : undefined
    if (subcommand === "MYID") return bulk(address.padEnd(40, "0"))
    if (subcommand === "MASTER") this.asked.push(address)
    const view = this.views.has(address) ? this.views.get(address) : this.view
    if (view === undefined || service !== SERVICE) return subcommand === "GET-MASTER-ADDR-BY-NAME" ? nil : NO_SUCH
    const { ip, port } = addressOf(view.primary)
    switch (subcommand) {
      case "GET-MASTER-ADDR-BY-NAME":
        return array([bulk(ip), bulk(port)])
      case "MASTER":
        return primaryReply(view)
      case "REPLICAS":
        return array((view.replicas ?? []).map((text) => replicaReply(view, text)))
      default:
        return array((view.peers ?? []).filter((peer) => peer !== address).map(peerReply))
    }
  }

  /** A server or sentinel that cannot be reached (any more). */
  down(...addresses: ReadonlyArray<string>): void {
    for (const address of addresses) this.unreachable.add(address)
    for (const socket of this.transport.open) if (addresses.includes(socket.address)) socket.end()
  }

  /** It can be reached again. */
  up(...addresses: ReadonlyArray<string>): void {
    for (const address of addresses) this.unreachable.delete(address)
  }

  /** It says nothing any more, with its connections open. */
  freeze(...addresses: ReadonlyArray<string>): void {
    for (const address of addresses) this.frozen.add(address)
  }

  /** A replica is promoted, and every sentinel knows it. */
  failOver(): void {
    this.view = second
    this.replicas.delete("p2:1")
    this.replicas.add("p1:1")
  }

  /** A sentinel announces something to whoever listens. */
  announce(sentinel: string, channel: string, text: string): void {
    for (const socket of this.transport.open) {
      if (socket.address !== sentinel || !socket.commands.includes("PSUBSCRIBE *")) continue
      socket.answer(array([bulk("pmessage"), bulk("*"), bulk(channel), bulk(text)]))
    }
  }

  /** The commands that a server was sent, without those of the client's own. */
  sentTo(address: string): ReadonlyArray<string> {
    return this.transport.sockets
      .filter((socket) => socket.address === address)
      .flatMap((socket) => socket.writes.flat())
      .filter((text) => !/^(ROLE|PING|SENTINEL|PSUBSCRIBE)/.test(text))
  }
}

export interface Watched {
  readonly redis: RedisService
  readonly sentinel: RedisSentinelService
  readonly fake: FakeSentinels
  readonly events: Array<SentinelEvent>
}

export type WatchedOptions = Partial<RedisSentinelOptions> & WithPolicies

/** A client of a fake service. */
export const watched = (
  options: WatchedOptions = {},
  setup?: (fake: FakeSentinels) => void
): Effect.Effect<Watched, ConnectError, Scope.Scope> =>
  Effect.gen(function* () {
    const fake = new FakeSentinels()
    setup?.(fake)
    const made = RedisSentinel.make({ service: SERVICE, sentinels: SENTINELS, ...options })
    const { redis, sentinel } = yield* Effect.provideService(made, Transport, fake.transport.service)
    yield* endingWithServers(fake.transport)
    const events: Array<SentinelEvent> = []
    yield* start(Stream.runForEach(sentinel.events, (event) => Effect.sync(() => events.push(event))))
    yield* settle
    return { redis, sentinel, fake, events }
  })
