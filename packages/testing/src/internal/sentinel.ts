/**
 * Starts a primary, its replicas and their sentinels, and builds the controls.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ServerBinary } from "../Binary.ts"
import { parseInfo } from "../ClusterView.ts"
import type {
  SentinelControls,
  SentinelNode,
  SentinelServersOptions,
  SentinelView,
  WatchedServer
} from "../SentinelServers.ts"
import type { ServerError } from "../ServerError.ts"
import { roleOf } from "./ClusterState.ts"
import { quote } from "./files.ts"
import { makeGroupTls } from "./groupTls.ts"
import { makeServerProcess, type ServerProcess } from "./ServerProcess.ts"
import { makeSupervisor } from "./Supervisor.ts"
import { parseSentinelView, sentinelsFlaw } from "./sentinelView.ts"
import { timeoutMillis, until, Waiting } from "./wait.ts"

const POLL_MILLIS = 20
const DEFAULT_DOWN_AFTER_MILLIS = 500
const DEFAULT_FAILOVER_TIMEOUT_MILLIS = 3_000

/**
 * What `quick` sets, in milliseconds: how often sentinels ask servers (by default 10 s), tell of themselves (2 s), ask each other
 * about a dead primary (1 s), try to reconnect (1 s), and how long they keep still after their process stood still (30 s).
 *
 * They cannot be arbitrarily short (sentinel.c): during a failover the leader asks replicas once a second, whatever is set. A
 * replica is only promoted if it answered within 3 INFO and 5 ping periods, and sentinels that have not heard of its promotion
 * turn it back after 4 publish periods.
 */
const QUICK_PERIODS = [
  ...["INFO-PERIOD", 300],
  ...["PUBLISH-PERIOD", 500],
  ...["ASK-PERIOD", 100],
  ...["PING-PERIOD", 500],
  ...["TILT-PERIOD", 1_000]
]
/** A failover by command that has not happened by then after its own time-out was given up: ask again. */
const FAILOVER_MARGIN_MILLIS = 2_000

type Resolved = SentinelServersOptions & {
  readonly replicas: number
  readonly sentinels: number
  readonly service: string
  readonly quorum: number
}

const millis = (input: SentinelServersOptions["downAfter"], fallback: number): number =>
  input === undefined ? fallback : timeoutMillis(input)

const sentinelConfig = (options: Resolved, primary: ServerProcess): ReadonlyArray<string> => {
  const { quorum, requirepass, sentinelPassword, service } = options
  return [
    `sentinel monitor ${service} ${primary.host} ${primary.port} ${quorum}`,
    `sentinel down-after-milliseconds ${service} ${millis(options.downAfter, DEFAULT_DOWN_AFTER_MILLIS)}`,
    `sentinel failover-timeout ${service} ${millis(options.failoverTimeout, DEFAULT_FAILOVER_TIMEOUT_MILLIS)}`,
    // All replicas may follow the new primary at once.
    `sentinel parallel-syncs ${service} ${Math.max(1, options.replicas)}`,
    ...(requirepass === undefined ? [] : [`sentinel auth-pass ${service} ${quote(requirepass)}`]),
    ...(sentinelPassword === undefined ? [] : [`sentinel sentinel-pass ${quote(sentinelPassword)}`])
  ]
}

const running = <N extends ServerProcess>(nodes: ReadonlyArray<N>): ReadonlyArray<N> =>
  nodes.filter((node) => node.stateNow() === "running")

const infoOf = (server: ServerProcess) =>
  Effect.map(server.ask(["INFO", "replication"]), (reply) => parseInfo(String(reply)))

export const makeSentinels = Effect.fnUntraced(function* (
  program: ServerBinary,
  options: Resolved
): Effect.fn.Return<SentinelControls, ServerError, Scope.Scope> {
  const { service } = options
  const supervisor = yield* makeSupervisor
  const tls = yield* makeGroupTls(supervisor, options.tls)
  const deadlineMillis = timeoutMillis(options.timeout)

  const startServer = Effect.fnUntraced(function* (index: number, lines: ReadonlyArray<string>) {
    const server = yield* makeServerProcess({
      ...options,
      tls,
      supervisor,
      program,
      name: `server-${index}`,
      portCount: 1,
      appendonly: options.appendonly ?? true,
      save: "",
      roleConfig: () => ["repl-diskless-sync yes", "repl-diskless-sync-delay 0", ...lines]
    })
    return { ...server, role: roleOf(server) } satisfies WatchedServer
  })

  const startSentinel = Effect.fnUntraced(function* (index: number, primary: ServerProcess) {
    const server = yield* makeServerProcess({
      supervisor,
      program,
      tls,
      name: `sentinel-${index}`,
      portCount: 1,
      appendonly: false,
      save: "",
      requirepass: options.sentinelPassword,
      users: options.sentinelUsers,
      unixSocket: options.unixSocket,
      config: options.sentinelConfig,
      timeout: options.timeout,
      args: ["--sentinel"],
      roleConfig: () => sentinelConfig(options, primary)
    })
    // Kept in memory only, so that it has to be said after each start.
    const pace =
      options.quick === false ? Effect.void : Effect.asVoid(server.ask(["SENTINEL", "DEBUG", ...QUICK_PERIODS]))
    yield* pace
    const id = yield* server.ask(["SENTINEL", "MYID"])
    if (typeof id !== "string") return yield* server.fail("UnexpectedReply", "SENTINEL MYID", String(id))
    return { ...server, id, restart: Effect.andThen(server.restart, pace) } satisfies SentinelNode
  })

  const first = yield* startServer(0, [])
  const others = yield* Effect.forEach(
    Array.from({ length: options.replicas }, (_, index) => index + 1),
    (index) => startServer(index, [`replicaof ${first.host} ${first.port}`]),
    { concurrency: "unbounded" }
  )
  const servers = [first, ...others]
  const sentinels = yield* Effect.forEach(
    Array.from({ length: options.sentinels }, (_, index) => index),
    (index) => startSentinel(index, first),
    { concurrency: "unbounded" }
  )

  const fail = first.fail
  const attemptMillis = millis(options.failoverTimeout, DEFAULT_FAILOVER_TIMEOUT_MILLIS) + FAILOVER_MARGIN_MILLIS
  const wait = <A>(action: string, probe: Effect.Effect<A | Waiting, ServerError>, limitMillis = deadlineMillis) =>
    until(probe, {
      everyMillis: POLL_MILLIS,
      deadlineMillis: limitMillis,
      onDeadline: (detail) => fail("Deadline", action, detail)
    })

  const viewOf = (sentinel: ServerProcess): Effect.Effect<SentinelView, ServerError> =>
    Effect.flatMap(
      Effect.forEach(["MASTER", "REPLICAS", "SENTINELS"], (what) => sentinel.ask(["SENTINEL", what, service]), {
        concurrency: "unbounded"
      }),
      ([primary, replicas, peers]) => {
        const view = parseSentinelView(sentinel.port, primary, replicas, peers)
        return view === undefined
          ? sentinel.fail("UnexpectedReply", `SENTINEL MASTER ${service}`, JSON.stringify(primary))
          : Effect.succeed(view)
      }
    )
  const views = Effect.suspend(() => Effect.forEach(running(sentinels), viewOf, { concurrency: "unbounded" }))

  const stable = Effect.gen(function* () {
    const serverReports = yield* Effect.forEach(
      running(servers),
      (server) =>
        Effect.map(Effect.all([server.role, infoOf(server)], { concurrency: 2 }), ([role, info]) => ({
          name: server.name,
          port: server.port,
          role,
          info
        })),
      { concurrency: "unbounded" }
    )
    const sentinelReports = yield* Effect.forEach(
      running(sentinels),
      (sentinel) => Effect.map(viewOf(sentinel), (view) => ({ name: sentinel.name, view })),
      { concurrency: "unbounded" }
    )
    const problem = sentinelsFlaw(serverReports, sentinelReports)
    return problem === undefined ? undefined : new Waiting(problem)
    // A node that does not answer is a reason to wait: it may be loading or about to be noticed as dead.
  }).pipe(Effect.catch((error) => Effect.succeed(new Waiting(`${error.action}: ${error.detail}`))))

  const serverOn = (port: number) => {
    const found = servers.find((server) => server.port === port)
    return found === undefined
      ? fail("UnexpectedReply", "SENTINEL GET-MASTER-ADDR-BY-NAME", `no server of this service has port ${port}`)
      : Effect.succeed(found)
  }

  const primary = Effect.gen(function* () {
    const answers = yield* Effect.forEach(
      running(sentinels),
      (sentinel) =>
        Effect.all([viewOf(sentinel), sentinel.ask(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", service])], {
          concurrency: 2
        }),
      { concurrency: "unbounded" }
    )
    const [newest] = answers.toSorted(([one], [two]) => two.configEpoch - one.configEpoch)
    if (newest === undefined) return yield* fail("NotRunning", "ask for the primary", "no sentinel runs")
    const [, address] = newest
    return yield* serverOn(Number(Array.isArray(address) ? address[1] : undefined))
  })

  const failover = Effect.gen(function* () {
    const action = "SENTINEL FAILOVER"
    const before = yield* primary
    const [sentinel] = running(sentinels)
    if (sentinel === undefined) return yield* fail("NotRunning", action, "no sentinel runs")
    // INPROG: another failover has not ended. NOGOODSLAVE: no replica has been heard of within the last three INFO periods.
    const request = sentinel
      .ask(["SENTINEL", "FAILOVER", service])
      .pipe(
        Effect.catch((error) =>
          error.reason === "ErrorReply" && /^(INPROG|NOGOODSLAVE)/.test(error.detail)
            ? Effect.succeed(new Waiting(error.detail))
            : Effect.fail(error)
        )
      )
    const done = Effect.gen(function* () {
      const [view, ...rest] = yield* views
      if (view === undefined) return new Waiting("no sentinel runs")
      if (view.primaryPort === before.port) return new Waiting(`the primary is still ${before.name}`)
      if (rest.some((other) => other.primaryPort !== view.primaryPort)) return new Waiting("sentinels disagree")
      const successor = yield* serverOn(view.primaryPort)
      return (yield* successor.role) === "primary" ? undefined : new Waiting(`${successor.name} is still a replica`)
    })
    const attempt = (endMillis: number): Effect.Effect<void, ServerError> =>
      Effect.gen(function* () {
        yield* wait(action, request)
        const left = endMillis - performance.now()
        yield* wait(action, done, Math.max(0, Math.min(left, attemptMillis))).pipe(
          Effect.catch((error) =>
            error.reason === "Deadline" && left > attemptMillis ? attempt(endMillis) : Effect.fail(error)
          )
        )
      })
    yield* attempt(performance.now() + deadlineMillis)
  })

  const awaitStable = wait("awaitStable", stable)
  yield* awaitStable
  return {
    service,
    servers,
    sentinels,
    seeds: sentinels.map((sentinel) => sentinel.url),
    primary,
    replicas: Effect.suspend(() =>
      Effect.filter(running(servers), (server) => Effect.map(server.role, (role) => role === "replica"), {
        concurrency: "unbounded"
      })
    ),
    views,
    awaitStable,
    failover,
    kill: (node) => node.kill,
    freeze: (node) => node.freeze,
    thaw: (node) => node.thaw,
    restart: (node) => node.restart,
    restartSentinels: Effect.forEach(sentinels, (sentinel) => sentinel.restart, {
      concurrency: "unbounded",
      discard: true
    })
  }
})
