/**
 * Commands of sentinels, the servers that watch a primary and its replicas and promote one of them. No other server knows these
 * commands, so that they are no methods of `Redis`.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { append, list, millis, optionProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type RetryCategory } from "./CommandSpec.ts"
import { constant, invalid, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import { revealed, type Secret } from "./Secret.ts"
import {
  type CachedInfo,
  type PendingScript,
  pendingScripts,
  type SentinelAddress,
  type SentinelPeer,
  type SentinelPrimary,
  type SentinelReplica,
  type SentinelVote,
  sentinelAddress,
  sentinelInfoCache,
  sentinelPeer,
  sentinelPeriods,
  sentinelPrimary,
  sentinelReplica,
  sentinelVote
} from "./SentinelReplies.ts"

/**
 * What may be set for one service.
 *
 * @category options
 * @since 0.1.0
 */
export interface SentinelSetOptions {
  /** How many sentinels have to see the primary down. */
  readonly quorum?: number | undefined
  /** The silence after which a server is taken for down. */
  readonly downAfter?: Duration.Input | undefined
  readonly failoverTimeout?: Duration.Input | undefined
  /** How many replicas may follow a new primary at once. */
  readonly parallelSyncs?: number | undefined
  /** As whom the sentinel logs in to the servers. An empty text takes it away. */
  readonly authUser?: string | undefined
  readonly authPass?: Secret | undefined
  /** A program that is told of events; empty for none. Sentinels refuse it unless they are configured otherwise. */
  readonly notificationScript?: string | undefined
  /** A program that is told of a new primary; empty for none. Sentinels refuse it unless they are configured otherwise. */
  readonly clientReconfigScript?: string | undefined
  /** For how long a primary that loads its data after a restart is not taken for down; zero for none. Since 7.0. */
  readonly primaryRebootDownAfter?: Duration.Input | undefined
  /** The names under which the servers have commands that were renamed. */
  readonly renameCommands?: Readonly<Record<string, string>> | undefined
}

/**
 * When a sentinel shall crash, for tests of its fellows.
 *
 * @category options
 * @since 0.1.0
 */
export type SentinelFailure = "crash-after-election" | "crash-after-promotion"

/**
 * Commands of sentinels, as constructors or as methods. `name` is the name of a service, under which the sentinels know its primary; with
 * an unknown one a command fails. Where a command has two names, Valkey 8 has both and all other servers know the one with `master` only.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelCommands<F extends CommandLambda> {
  /** What the sentinel says if enough sentinels are there to fail over; an error (`NOQUORUM`) if not. */
  ckQuorum(name: string): Kind<F, string>
  /** The values of the sentinel's own parameters; names may be glob-style patterns, several since 7.2. Since 6.2. None: no call. */
  configGet(parameters: string | ReadonlyArray<string>): Kind<F, Record<string, string>>
  /** Set one of the sentinel's own parameters. Since 6.2. */
  configSet(parameter: string, value: Argument): Kind<F, void>
  /** Set several of the sentinel's own parameters at once. Since 7.2. None: no call. */
  configSet(parameters: Readonly<Record<string, Argument>>): Kind<F, void>
  /** The periods of the sentinel's work by their names (`PING-PERIOD` …). Since 7.0. */
  debug(): Kind<F, Record<string, Duration.Duration>>
  /** Set periods of the sentinel's work, until it is restarted. Since 7.0. None: no call. */
  debugSet(periods: Readonly<Record<string, Duration.Input>>): Kind<F, void>
  /**
   * Promote a replica without asking the other sentinels; an error if there is none to promote, or a failover is under way. A
   * `coordinated` one lets the primary wait for its replica, so that no write is lost: Valkey 9.0.
   */
  failover(name: string, options?: { readonly coordinated?: boolean | undefined }): Kind<F, void>
  /** Write the sentinel's configuration with all that it knows to its file. */
  flushConfig(): Kind<F, void>
  /** The address of the primary; `undefined` for a name that the sentinel does not know. */
  getMasterAddrByName(name: string): Kind<F, SentinelAddress | undefined>
  /** The same by its other name. Valkey 8.0. */
  getPrimaryAddrByName(name: string): Kind<F, SentinelAddress | undefined>
  /** What the server says of SENTINEL's subcommands. */
  help(): Kind<F, Array<string>>
  /**
   * What the primary and its replicas, in this order, last told the sentinel of themselves, by the names of services. Names that it does
   * not know are left out. None: no call.
   */
  infoCache(names: string | ReadonlyArray<string>): Kind<F, Record<string, Array<CachedInfo>>>
  /**
   * Whether the sentinel sees a primary down. With a `candidate` (the id of a sentinel, since `*` asks for no vote) it votes for who shall
   * lead the failover of the epoch `currentEpoch`: this is how sentinels talk to each other.
   */
  isMasterDownByAddr(host: string, port: number, currentEpoch: number, candidate?: string): Kind<F, SentinelVote>
  /** The same by its other name. Valkey 8.0. */
  isPrimaryDownByAddr(host: string, port: number, currentEpoch: number, candidate?: string): Kind<F, SentinelVote>
  /** The primary of a service. */
  master(name: string): Kind<F, SentinelPrimary>
  /** The primaries of all services. */
  masters(): Kind<F, Array<SentinelPrimary>>
  /** Watch one more primary, under a new name. */
  monitor(name: string, host: string, port: number, quorum: number): Kind<F, void>
  /** The sentinel's id. Since 6.2. */
  myId(): Kind<F, string>
  /** The scripts that the sentinel runs or has to run. */
  pendingScripts(): Kind<F, Array<PendingScript>>
  /** `masters` by its other name. Valkey 8.0. */
  primaries(): Kind<F, Array<SentinelPrimary>>
  /** `master` by its other name. Valkey 8.0. */
  primary(name: string): Kind<F, SentinelPrimary>
  /** Watch a service no more. */
  remove(name: string): Kind<F, void>
  /** The replicas of a service. Since 5.0. */
  replicas(name: string): Kind<F, Array<SentinelReplica>>
  /** Forget replicas, sentinels and failovers of the services whose names match a glob-style pattern; how many match. */
  reset(pattern: string): Kind<F, number>
  /** The other sentinels of a service. */
  sentinels(name: string): Kind<F, Array<SentinelPeer>>
  /** Change the settings of a service on this sentinel. */
  set(name: string, options: SentinelSetOptions): Kind<F, void>
  /** Let the sentinel crash at certain moments; only a restart takes that back. None: refused. */
  simulateFailure(when: SentinelFailure | ReadonlyArray<SentinelFailure>): Kind<F, void>
  /** The moments at which the sentinel can crash. */
  simulateFailureHelp(): Kind<F, Array<string>>
  /** `replicas` by its old name, which the servers call deprecated since 5.0. */
  slaves(name: string): Kind<F, Array<SentinelReplica>>
}

const on = (name: string, retry: RetryCategory | CommandSpec["retry"] = "readOnly") =>
  defineSpec({ name: `SENTINEL ${name}`, keys: "none", retry })

// A vote is given once in an epoch: asked again, it is the same.
const vote: CommandSpec["retry"] = (args) => (args[3] === "*" ? "readOnly" : "idempotent")

const CKQUORUM = on("CKQUORUM")
const CONFIG_GET = on("CONFIG")
const CONFIG_SET = on("CONFIG", "lastWriteWins")
const DEBUG = on("DEBUG", (args) => (args.length === 0 ? "readOnly" : "lastWriteWins"))
const FAILOVER = on("FAILOVER", "never")
const FLUSHCONFIG = on("FLUSHCONFIG", "idempotent")
const GET_MASTER = on("GET-MASTER-ADDR-BY-NAME")
const GET_PRIMARY = on("GET-PRIMARY-ADDR-BY-NAME")
const HELP = on("HELP")
const INFO_CACHE = on("INFO-CACHE")
const IS_MASTER_DOWN = on("IS-MASTER-DOWN-BY-ADDR", vote)
const IS_PRIMARY_DOWN = on("IS-PRIMARY-DOWN-BY-ADDR", vote)
const MASTER = on("MASTER")
const MASTERS = on("MASTERS")
const MONITOR = on("MONITOR", "never")
const MYID = on("MYID")
const PENDING_SCRIPTS = on("PENDING-SCRIPTS")
const PRIMARIES = on("PRIMARIES")
const PRIMARY = on("PRIMARY")
const REMOVE = on("REMOVE", "never")
const REPLICAS = on("REPLICAS")
// A late second run would end a failover that came after.
const RESET = on("RESET", "lastWriteWins")
const SENTINELS = on("SENTINELS")
const SET = on("SET", "lastWriteWins")
const SIMULATE_FAILURE = on("SIMULATE-FAILURE", (args) => (args[0] === "HELP" ? "readOnly" : "lastWriteWins"))
const SLAVES = on("SLAVES")

const strings = Reply.array(Reply.string)
const parameters = Reply.same(Reply.record(Reply.string).text)
const primaryList = Reply.array(sentinelPrimary)
const replicaList = Reply.array(sentinelReplica)
const peerList = Reply.array(sentinelPeer)

const isRecord = (value: unknown): value is Readonly<Record<string, Argument>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Names and values alternately, from a record; `undefined` for what is none. */
const pairsOf = <A>(record: Readonly<Record<string, A>>, argument: (value: A) => Argument | undefined) => {
  if (!isRecord(record)) return undefined
  const args: Array<Argument> = []
  for (const [name, value] of Object.entries(record)) append(args, [name, argument(value) as Argument])
  return args
}

const NOT_RECORD = "expected a record"

const setters: ReadonlyArray<
  readonly [
    name: keyof SentinelSetOptions,
    word: string,
    argument: (options: SentinelSetOptions) => Argument | undefined
  ]
> = [
  ["quorum", "quorum", ({ quorum }) => quorum],
  [
    "downAfter",
    "down-after-milliseconds",
    ({ downAfter }) => (downAfter === undefined ? undefined : millis(downAfter))
  ],
  [
    "failoverTimeout",
    "failover-timeout",
    ({ failoverTimeout: time }) => (time === undefined ? undefined : millis(time))
  ],
  ["parallelSyncs", "parallel-syncs", ({ parallelSyncs }) => parallelSyncs],
  ["authUser", "auth-user", ({ authUser }) => authUser],
  ["authPass", "auth-pass", ({ authPass }) => revealed(authPass)],
  ["notificationScript", "notification-script", ({ notificationScript }) => notificationScript],
  ["clientReconfigScript", "client-reconfig-script", ({ clientReconfigScript }) => clientReconfigScript],
  [
    "primaryRebootDownAfter",
    "master-reboot-down-after-period",
    ({ primaryRebootDownAfter: period }) => (period === undefined ? undefined : millis(period))
  ]
]

const setOptions = Object.fromEntries([...setters.map(([name]) => [name, "value"]), ["renameCommands", "value"]])

const set = (name: string, options: SentinelSetOptions): Command<void> => {
  const problem = optionProblem(options, setOptions)
  if (problem !== undefined) return invalid(SET, Reply.ok, problem)
  const args: Array<Argument> = [name]
  for (const [option, word, argument] of setters) {
    if (options?.[option] !== undefined) args.push(word, argument(options) as Argument)
  }
  if (options?.renameCommands !== undefined) {
    const pairs = pairsOf(options.renameCommands, (to) => to)
    if (pairs === undefined) return invalid(SET, Reply.ok, `renameCommands: ${NOT_RECORD}`)
    for (let at = 0; at < pairs.length; at += 2) args.push("rename-command", pairs[at]!, pairs[at + 1]!)
  }
  return makeChecked(SET, args, Reply.ok, args.length === 1 ? "expected at least one option" : undefined)
}

const down = (spec: CommandSpec) => (host: string, port: number, currentEpoch: number, candidate?: string) =>
  make(spec, [host, port, currentEpoch, candidate ?? "*"], sentinelVote)

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sentinel: SentinelCommands<AsCommand> = {
  ckQuorum: (name) => make(CKQUORUM, [name], Reply.string),
  configGet: (names) => {
    const all = list(names)
    return all.length === 0
      ? constant(CONFIG_GET, parameters, Object.create(null))
      : make(CONFIG_GET, ["GET", ...all], parameters)
  },
  configSet: (first: string | Readonly<Record<string, Argument>>, value?: Argument) => {
    if (typeof first === "string") return make(CONFIG_SET, ["SET", first, value as Argument], Reply.ok)
    const args = value === undefined ? pairsOf(first, (each) => each) : undefined
    if (args === undefined) {
      return invalid(CONFIG_SET, Reply.ok, "expected a parameter and its value, or a record of them", 0)
    }
    return args.length === 0
      ? constant(CONFIG_SET, Reply.ok, undefined)
      : make(CONFIG_SET, append(["SET"], args), Reply.ok)
  },
  debug: () => make(DEBUG, [], sentinelPeriods),
  debugSet: (periods) => {
    const args = pairsOf(periods, millis)
    if (args === undefined) return invalid(DEBUG, Reply.ok, NOT_RECORD, 0)
    return args.length === 0 ? constant(DEBUG, Reply.ok, undefined) : make(DEBUG, args, Reply.ok)
  },
  failover: (name, options) =>
    makeChecked(
      FAILOVER,
      options?.coordinated === true ? [name, "COORDINATED"] : [name],
      Reply.ok,
      optionProblem(options, { coordinated: "flag" })
    ),
  flushConfig: () => make(FLUSHCONFIG, [], Reply.ok),
  getMasterAddrByName: (name) => make(GET_MASTER, [name], sentinelAddress),
  getPrimaryAddrByName: (name) => make(GET_PRIMARY, [name], sentinelAddress),
  help: () => make(HELP, [], strings),
  infoCache: (names) => {
    const all = list(names)
    return all.length === 0
      ? constant(INFO_CACHE, sentinelInfoCache, Object.create(null))
      : make(INFO_CACHE, all, sentinelInfoCache)
  },
  isMasterDownByAddr: down(IS_MASTER_DOWN),
  isPrimaryDownByAddr: down(IS_PRIMARY_DOWN),
  master: (name) => make(MASTER, [name], sentinelPrimary),
  masters: () => make(MASTERS, [], primaryList),
  monitor: (name, host, port, quorum) => make(MONITOR, [name, host, port, quorum], Reply.ok),
  myId: () => make(MYID, [], Reply.string),
  pendingScripts: () => make(PENDING_SCRIPTS, [], pendingScripts),
  primaries: () => make(PRIMARIES, [], primaryList),
  primary: (name) => make(PRIMARY, [name], sentinelPrimary),
  remove: (name) => make(REMOVE, [name], Reply.ok),
  replicas: (name) => make(REPLICAS, [name], replicaList),
  reset: (pattern) => make(RESET, [pattern], Reply.integer),
  sentinels: (name) => make(SENTINELS, [name], peerList),
  set,
  simulateFailure: (when) => {
    const args = list(when)
    return makeChecked(SIMULATE_FAILURE, args, Reply.ok, args.length === 0 ? "expected at least one moment" : undefined)
  },
  simulateFailureHelp: () => make(SIMULATE_FAILURE, ["HELP"], strings),
  slaves: (name) => make(SLAVES, [name], replicaList)
}
