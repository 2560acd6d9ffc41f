/**
 * What a sentinel says of the servers that it watches and of the other sentinels, as typed records. The servers' words `master` and
 * `slave` are primary and replica here.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type { RespValue } from "../protocol/RespValue.ts"
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"
import { integerOf, sectionsOf, type TextRecord } from "./ServerText.ts"

/**
 * What a sentinel says of anything that it is connected to. All is as this one sentinel sees it, and each time is how long ago, or for how
 * long.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelInstance {
  /** The service's name for a primary, the address for a replica, the id for a sentinel. */
  readonly name: string
  /** An address, or a name if sentinels resolve names (`resolve-hostnames`). */
  readonly host: string
  readonly port: number
  /** `undefined` until the sentinel has asked. */
  readonly runId: string | undefined
  readonly isPrimary: boolean
  readonly isReplica: boolean
  readonly isSentinel: boolean
  /** Down in the view of this sentinel (`s_down`). */
  readonly isSubjectivelyDown: boolean
  /** Down in the view of as many sentinels as the quorum (`o_down`); only primaries are ever. */
  readonly isObjectivelyDown: boolean
  /** This sentinel has no connection to it. */
  readonly isDisconnected: boolean
  /** Another sentinel has told that the primary is down (`master_down`). */
  readonly isPrimaryDown: boolean
  /** A failover of this primary is under way. */
  readonly isFailingOver: boolean
  /** The flags in the servers' words (`master`, `s_down`, `promoted`, `reconf_sent` …). */
  readonly flags: ReadonlyArray<string>
  /** Since when a ping waits for its answer; zero if none does. */
  readonly pingPending: Duration.Duration
  /** Since the last good answer to a ping. */
  readonly lastOkPingReply: Duration.Duration
  /** Since the last answer to a ping. */
  readonly lastPingReply: Duration.Duration
  /** For how long it has been down in the view of this sentinel, if it is. */
  readonly subjectivelyDownFor: Duration.Duration | undefined
  /** The silence after which this sentinel takes it for down. */
  readonly downAfter: Duration.Duration
  /** Everything by the servers' own names, those above too. */
  readonly fields: TextRecord
}

/**
 * A primary as a sentinel sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelPrimary extends SentinelInstance {
  /** What it said itself when it was asked last (INFO), and for how long it has said so. */
  readonly roleReported: "primary" | "replica"
  readonly roleReportedFor: Duration.Duration
  /** Since it was asked last (INFO). */
  readonly infoRefresh: Duration.Duration
  /** Grows with each failover; among differing views the highest is the newest. */
  readonly configEpoch: number
  readonly replicaCount: number
  readonly otherSentinelCount: number
  /** How many sentinels have to see it down. */
  readonly quorum: number
  readonly failoverTimeout: Duration.Duration
  /** How many replicas may follow a new primary at once. */
  readonly parallelSyncs: number
  /** How far a failover is, in the server's words, if one is under way. */
  readonly failoverState: string | undefined
  /** For how long it has been down in the view of the quorum, if it is. */
  readonly objectivelyDownFor: Duration.Duration | undefined
}

/**
 * A replica as a sentinel sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelReplica extends SentinelInstance {
  /** What it said itself when it was asked last (INFO), and for how long it has said so. */
  readonly roleReported: "primary" | "replica"
  readonly roleReportedFor: Duration.Duration
  /** Since it was asked last (INFO). */
  readonly infoRefresh: Duration.Duration
  /** Whom it follows; `undefined` until it has said so. */
  readonly primaryHost: string | undefined
  readonly primaryPort: number
  readonly isPrimaryLinkUp: boolean
  /** For how long it has had no connection to its primary; zero while it has one. */
  readonly primaryLinkDownFor: Duration.Duration
  /** The lower, the sooner it is promoted; 0: never. */
  readonly priority: number
  /** In bytes of the replication stream. */
  readonly replicationOffset: number
  /** Whether sentinels name it to clients (`replica-announced`). Since 6.2; `true` before. */
  readonly isAnnounced: boolean
}

/**
 * Another sentinel as a sentinel sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelPeer extends SentinelInstance {
  /** Since it told of itself. */
  readonly lastHello: Duration.Duration
  /** The id of the sentinel that it voted for last. */
  readonly votedLeader: string | undefined
  readonly votedLeaderEpoch: number
}

/**
 * An address that a sentinel gives.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelAddress {
  readonly host: string
  readonly port: number
}

/**
 * What a sentinel thinks of a primary, and whom it votes for.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelVote {
  readonly isDown: boolean
  /** The id of the sentinel that it votes for to lead the failover; `undefined` if it was not asked for a vote. */
  readonly leader: string | undefined
  /** The epoch of that vote; 0 without one. */
  readonly leaderEpoch: number
}

/**
 * What a server last told a sentinel of itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface CachedInfo {
  readonly age: Duration.Duration
  /** As `info` gives it; `undefined` if the server has not answered yet. */
  readonly info: Readonly<Record<string, TextRecord>> | undefined
}

/**
 * A script that a sentinel has to run, or runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface PendingScript {
  /** The program and its arguments. */
  readonly arguments: ReadonlyArray<string>
  readonly isRunning: boolean
  /** Its process, if it runs. */
  readonly pid: number | undefined
  /** For how long it has been running, if it runs. */
  readonly runTime: Duration.Duration | undefined
  /** How long until it is run, if it does not run. */
  readonly runDelay: Duration.Duration | undefined
  /** How often it was run before. */
  readonly retries: number
  /** What this library has no name for. */
  readonly fields: OtherFields
}

const textRecord = Reply.record(Reply.string).text

/** Readers of the fields of one record: what a sentinel always tells must be there. */
const readers = (fields: TextRecord) => {
  const text = (name: string): string => fields[name] ?? Reply.mismatch(name, undefined)
  const optional = (name: string): string | undefined => fields[name] || undefined
  const count = (name: string): number => {
    const value = integerOf(fields[name])
    return Number.isNaN(value) ? Reply.mismatch(name, fields[name]) : value
  }
  const time = (name: string): Duration.Duration => Duration.millis(count(name))
  const optionalTime = (name: string) => (fields[name] === undefined ? undefined : time(name))
  return { text, optional, count, time, optionalTime }
}

type Readers = ReturnType<typeof readers>

const instance = (fields: TextRecord, { count, optional, optionalTime, text, time }: Readers): SentinelInstance => {
  const flags = text("flags").split(",")
  const has = (flag: string, other: string = flag) => flags.includes(flag) || flags.includes(other)
  return {
    name: text("name"),
    host: text("ip"),
    port: count("port"),
    runId: optional("runid"),
    isPrimary: has("master", "primary"),
    isReplica: has("slave", "replica"),
    isSentinel: has("sentinel"),
    isSubjectivelyDown: has("s_down"),
    isObjectivelyDown: has("o_down"),
    isDisconnected: has("disconnected"),
    isPrimaryDown: has("master_down", "primary_down"),
    isFailingOver: has("failover_in_progress"),
    flags,
    pingPending: time("last-ping-sent"),
    lastOkPingReply: time("last-ok-ping-reply"),
    lastPingReply: time("last-ping-reply"),
    subjectivelyDownFor: optionalTime("s-down-time"),
    downAfter: time("down-after-milliseconds"),
    fields
  }
}

const reported = ({ text, time }: Readers) => {
  const role = text("role-reported")
  return {
    roleReported: role === "master" || role === "primary" ? ("primary" as const) : ("replica" as const),
    roleReportedFor: time("role-reported-time"),
    infoRefresh: time("info-refresh")
  }
}

/** A primary, as SENTINEL MASTER describes it. @category replies @since 0.1.0 */
export const sentinelPrimary: Reply.Reply<SentinelPrimary> = Reply.same((reply) => {
  const fields = textRecord(reply)
  const read = readers(fields)
  return {
    ...instance(fields, read),
    ...reported(read),
    configEpoch: read.count("config-epoch"),
    replicaCount: read.count("num-slaves"),
    otherSentinelCount: read.count("num-other-sentinels"),
    quorum: read.count("quorum"),
    failoverTimeout: read.time("failover-timeout"),
    parallelSyncs: read.count("parallel-syncs"),
    failoverState: read.optional("failover-state"),
    objectivelyDownFor: read.optionalTime("o-down-time")
  }
})

/** A sentinel that does not know an address, a leader or the like says so. */
const known = (text: string): string | undefined => (text === "?" || text === "" ? undefined : text)

/** A replica, as SENTINEL REPLICAS describes it. @category replies @since 0.1.0 */
export const sentinelReplica: Reply.Reply<SentinelReplica> = Reply.same((reply) => {
  const fields = textRecord(reply)
  const read = readers(fields)
  return {
    ...instance(fields, read),
    ...reported(read),
    primaryHost: known(read.text("master-host")),
    primaryPort: read.count("master-port"),
    isPrimaryLinkUp: read.text("master-link-status") === "ok",
    primaryLinkDownFor: read.time("master-link-down-time"),
    priority: read.count("slave-priority"),
    replicationOffset: read.count("slave-repl-offset"),
    isAnnounced: fields["replica-announced"] !== "0"
  }
})

/** A sentinel, as SENTINEL SENTINELS describes it. @category replies @since 0.1.0 */
export const sentinelPeer: Reply.Reply<SentinelPeer> = Reply.same((reply) => {
  const fields = textRecord(reply)
  const read = readers(fields)
  return {
    ...instance(fields, read),
    lastHello: read.time("last-hello-message"),
    votedLeader: known(read.text("voted-leader")),
    votedLeaderEpoch: read.count("voted-leader-epoch")
  }
})

/** Numbers come as text in some places. */
const number = (reply: RespValue): number => Reply.double.text(reply)

/** The reply of SENTINEL GET-MASTER-ADDR-BY-NAME. @category replies @since 0.1.0 */
export const sentinelAddress: Reply.Reply<SentinelAddress | undefined> = Reply.optional(
  Reply.map(Reply.tuple(Reply.string, Reply.double), ([host, port]) => ({ host, port }))
)

/** The reply of SENTINEL IS-MASTER-DOWN-BY-ADDR. @category replies @since 0.1.0 */
export const sentinelVote: Reply.Reply<SentinelVote> = Reply.same((reply) => {
  const [down, leader, epoch] = Reply.elementsOf(reply)
  const id = Reply.string.text(leader)
  return {
    isDown: Reply.boolean.text(down),
    leader: id === "*" ? undefined : known(id),
    leaderEpoch: Reply.integer.text(epoch)
  }
})

const cachedInfo = (reply: RespValue): CachedInfo => {
  const [age, info] = Reply.elementsOf(reply)
  return {
    age: Duration.millis(number(age)),
    info: info === undefined ? undefined : sectionsOf(Reply.string.text(info))
  }
}

/** The reply of SENTINEL INFO-CACHE. @category replies @since 0.1.0 */
export const sentinelInfoCache: Reply.Reply<Record<string, Array<CachedInfo>>> = Reply.same(
  Reply.record(Reply.same((reply) => Reply.elementsOf(reply).map(cachedInfo))).text
)

/** The reply of SENTINEL DEBUG. @category replies @since 0.1.0 */
export const sentinelPeriods: Reply.Reply<Record<string, Duration.Duration>> = Reply.same(
  Reply.record(Reply.map(Reply.double, Duration.millis)).text
)

const strings = Reply.array(Reply.string).text

const optionalMillis = (reply: RespValue) => (reply === undefined ? undefined : Duration.millis(number(reply)))

/** The reply of SENTINEL PENDING-SCRIPTS. @category replies @since 0.1.0 */
export const pendingScripts: Reply.Reply<Array<PendingScript>> = Reply.array(
  Reply.same((reply) => {
    const parts = new Report(reply)
    const pid = number(parts.take("pid"))
    return {
      arguments: strings(parts.take("argv")),
      isRunning: Reply.string.text(parts.take("flags")) === "running",
      pid: pid === 0 ? undefined : pid,
      runTime: optionalMillis(parts.take("run-time")),
      runDelay: optionalMillis(parts.take("run-delay")),
      retries: number(parts.take("retry-num")),
      fields: parts.rest()
    }
  })
)
