/**
 * One server process from its configuration file to its end, with all controls; standalone servers and cluster nodes are the
 * same thing here.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { AdminArgument, AdminReply } from "../AdminReply.ts"
import { readAppendOnlyFiles } from "../AppendOnly.ts"
import type { ServerBinary } from "../Binary.ts"
import { parseInfo } from "../ClusterView.ts"
import type { ServerAddress, ServerControls, ServerOptions, ServerState } from "../ServerControls.ts"
import { ServerError, type ServerErrorReason } from "../ServerError.ts"
import { type AdminFailure, makeAdmin } from "./Admin.ts"
import { fileEffect, logTail, readLog } from "./files.ts"
import { socketTls } from "./groupTls.ts"
import { HOST } from "./ports.ts"
import { isStopped } from "./processState.ts"
import type { TextEncoding } from "./RespSocket.ts"
import type { SpawnedProcess, Supervisor } from "./Supervisor.ts"
import { configLines, type ServerTls, unixUrlOf, urlOf, usersFlaw } from "./serverConfig.ts"
import { pause, timeoutMillis, until, Waiting } from "./wait.ts"

/** How often a condition is looked at while a process starts or stops. */
const POLL_MILLIS = 5
/** A live server answers the harness's questions in milliseconds; with two busy cores, in tens of them. */
const PROBE_TIMEOUT_MILLIS = 5_000
/** Other programs than ours may take a port between its check and the server's start. */
const PORT_ATTEMPTS = 5
const PORT_TAKEN = /address already in use|could not create server tcp listening socket|failed listening on port/i

export interface ServerProcess extends ServerControls {
  readonly name: string
  /** All claimed ports; the first is `port`. */
  readonly ports: ReadonlyArray<number>
  readonly stateNow: () => ServerState
  /** As `admin`, on a connection of the harness's own and with a short deadline. */
  readonly ask: (
    args: ReadonlyArray<AdminArgument>,
    options?: { readonly encoding?: TextEncoding; readonly deadlineMillis?: number }
  ) => Effect.Effect<AdminReply, ServerError>
  readonly fail: (reason: ServerErrorReason, action: string, detail: string) => Effect.Effect<never, ServerError>
  /** Stops it, and starts it in its folder under other ports. `beforeStart` runs when these are known and nobody listens on them yet. */
  readonly restartElsewhere: (
    beforeStart: (address: ServerAddress) => Effect.Effect<void, ServerError>
  ) => Effect.Effect<void, ServerError>
}

export interface ServerProcessOptions extends Omit<ServerOptions, "tls"> {
  readonly supervisor: Supervisor
  readonly program: ServerBinary
  /** Names the server in errors, and its folder. */
  readonly name: string
  readonly portCount: number
  /** The certificates, made once for all servers of a group. */
  readonly tls: ServerTls | undefined
  /** Arguments after the configuration file. */
  readonly args?: ReadonlyArray<string> | undefined
  readonly appendonly: boolean
  readonly save: string
  /** Lines that depend on the claimed ports. */
  readonly roleConfig: (ports: ReadonlyArray<number>) => ReadonlyArray<string>
  /** Runs when its first ports are known and nobody listens on them yet. */
  readonly beforeStart?: ((address: ServerAddress) => Effect.Effect<void, ServerError>) | undefined
}

const show = (args: ReadonlyArray<AdminArgument>): string => {
  const text = args
    .map((arg) => (typeof arg === "object" ? Buffer.from(arg).toString("latin1") : String(arg)))
    .join(" ")
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

export const makeServerProcess = Effect.fnUntraced(function* (
  options: ServerProcessOptions
): Effect.fn.Return<ServerProcess, ServerError, Scope.Scope> {
  const { name, program, requirepass, supervisor, tls } = options
  const users = options.users ?? []
  const dir = path.join(supervisor.dir, name)
  const configFile = path.join(dir, "server.conf")
  const logFile = path.join(dir, "server.log")
  const unixSocketPath = options.unixSocket === true ? path.join(dir, "s.sock") : undefined
  const deadlineMillis = timeoutMillis(options.timeout)
  const log = readLog(logFile)
  const material = tls?.material
  const secure = socketTls(material)
  const badUsers = usersFlaw(users)
  if (badUsers !== undefined) {
    return yield* new ServerError({ reason: "InvalidOption", action: `start ${name}`, detail: badUsers, log: "" })
  }
  yield* fileEffect(`create ${dir}`, () => fs.mkdir(dir))

  const fail = (reason: ServerErrorReason, action: string, detail: string): Effect.Effect<never, ServerError> =>
    Effect.flatMap(log, (text) =>
      Effect.fail(new ServerError({ reason, action: `${action} on ${name}`, detail, log: logTail(text) }))
    )
  const untilOrFail = <A>(action: string, probe: Effect.Effect<A | Waiting, ServerError>) =>
    until(probe, { everyMillis: POLL_MILLIS, deadlineMillis, onDeadline: (detail) => fail("Deadline", action, detail) })

  const launch = Effect.fnUntraced(function* (ports: ReadonlyArray<number>) {
    const logBefore = (yield* log).length
    const admin = makeAdmin({ host: HOST, port: ports[0]!, password: requirepass, tls: secure })
    const process = yield* supervisor.spawn({
      key: name,
      command: program.path,
      args: [configFile, ...(options.args ?? [])],
      cwd: dir,
      logFile
    })
    const send = (...args: ReadonlyArray<string>) => admin.send(args, { deadlineMillis: PROBE_TIMEOUT_MILLIS })
    const answers: Effect.Effect<boolean | Waiting> = Effect.gen(function* () {
      const pong = yield* send("PING")
      if (pong !== "PONG") return new Waiting(`PING: ${JSON.stringify(pong)}`)
      // If the port is taken, the answer may come from another server while this one is still about to give up.
      const pid = parseInfo(String(yield* send("INFO", "server"))).get("process_id")
      return pid === String(process.pid) ? true : new Waiting(`another server answers on port ${ports[0]}`)
      // LOADING, MASTERDOWN and a refused connection all come as failures.
    }).pipe(Effect.catch((failure) => Effect.succeed(new Waiting(`PING: ${failure.detail}`))))
    const ready: Effect.Effect<boolean | Waiting, ServerError> = Effect.gen(function* () {
      const exit = process.exit()
      if (exit !== undefined) {
        const printed = (yield* log).slice(logBefore)
        if (PORT_TAKEN.test(printed)) return false
        return yield* fail(
          "StartFailed",
          `${program.path} ${configFile}`,
          `ended at once (${exit.signal ?? exit.code})`
        )
      }
      return yield* Effect.raceFirst(
        answers,
        Effect.map(process.awaitExit, () => new Waiting("the process has just ended"))
      )
    })
    const started = yield* untilOrFail(`start ${program.path}`, ready).pipe(
      // Also when interrupted: a half-started process would stand in the way of the next start.
      Effect.onExit((exit) =>
        exit._tag === "Success"
          ? Effect.void
          : Effect.ignore(Effect.andThen(process.signal("SIGKILL"), process.awaitExit))
      ),
      Effect.ensuring(admin.close)
    )
    return started ? process : undefined
  })

  const writeConfig = (ports: ReadonlyArray<number>) => {
    const lines = [
      ...configLines({
        dir,
        port: ports[0]!,
        unixSocketPath,
        requirepass,
        users,
        tls,
        appendonly: options.appendonly,
        appendfsync: options.appendfsync ?? "no",
        save: options.save
      }),
      ...options.roleConfig(ports),
      ...(options.config ?? [])
    ]
    return fileEffect(`write ${configFile}`, () => fs.writeFile(configFile, `${lines.join("\n")}\n`))
  }

  const startUnderNewPorts = Effect.fnUntraced(function* (
    beforeStart: (address: ServerAddress) => Effect.Effect<void, ServerError> = () => Effect.void
  ) {
    for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      const ports = yield* supervisor.ports(options.portCount)
      yield* writeConfig(ports)
      yield* beforeStart({ host: HOST, port: ports[0]!, url: urlOf(ports[0]!, tls !== undefined, "", requirepass) })
      const process = yield* launch(ports)
      if (process !== undefined) return { ports, process }
    }
    return yield* fail("StartFailed", program.path, `other programs took its port ${PORT_ATTEMPTS} times`)
  })

  let { ports, process: current } = yield* startUnderNewPorts(options.beforeStart)
  let frozen = false
  const address = {
    host: HOST,
    get port() {
      return ports[0]!
    },
    password: requirepass,
    tls: secure
  }
  const userAdmin = makeAdmin(address)
  const ownAdmin = makeAdmin(address)
  yield* Effect.addFinalizer(() => Effect.andThen(userAdmin.close, ownAdmin.close))

  const stateNow = (): ServerState => (current.exit() !== undefined ? "stopped" : frozen ? "frozen" : "running")
  const explain = (args: ReadonlyArray<AdminArgument>) => (failure: AdminFailure) =>
    fail(failure.reason, show(args), failure.detail)
  const awaitGone = (action: string, goneProcess: SpawnedProcess) =>
    untilOrFail(
      action,
      Effect.sync(() => (goneProcess.exit() === undefined ? new Waiting("the process is still there") : undefined))
    )

  const kill = Effect.gen(function* () {
    yield* current.signal("SIGKILL")
    yield* awaitGone("kill", current)
  })
  const freeze = Effect.gen(function* () {
    if (stateNow() === "stopped") return yield* fail("NotRunning", "freeze", "there is no process")
    yield* current.signal("SIGSTOP")
    frozen = true
    yield* untilOrFail(
      "freeze",
      Effect.map(isStopped(current.pid), (stopped) => (stopped ? undefined : new Waiting("the process still runs")))
    )
  })
  const thaw = Effect.gen(function* () {
    if (stateNow() === "stopped") return yield* fail("NotRunning", "thaw", "there is no process")
    yield* current.signal("SIGCONT")
    frozen = false
  })
  const stop = Effect.gen(function* () {
    if (stateNow() === "stopped") return
    // A stopped process does not receive SIGTERM before it continues.
    yield* current.signal("SIGTERM")
    yield* current.signal("SIGCONT")
    frozen = false
    yield* awaitGone("stop", current)
  })
  const restart = Effect.gen(function* () {
    yield* stop
    for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      const next = yield* launch(ports)
      if (next !== undefined) {
        current = next
        frozen = false
        return
      }
      yield* pause(POLL_MILLIS)
    }
    return yield* fail("StartFailed", program.path, `its port ${ports[0]} is taken by another program`)
  })

  const restartElsewhere = (beforeStart: (address: ServerAddress) => Effect.Effect<void, ServerError>) =>
    Effect.gen(function* () {
      yield* stop
      const moved = yield* startUnderNewPorts(beforeStart)
      ports = moved.ports
      current = moved.process
      // What still goes to the old port has no answer to wait for.
      yield* Effect.andThen(userAdmin.close, ownAdmin.close)
    })

  // Two controls at once on one server would leave it in a state that neither meant.
  const exclusive = Semaphore.makeUnsafe(1)
  const urlAs = (user: string, password: string | undefined) => urlOf(ports[0]!, tls !== undefined, user, password)
  return {
    name,
    host: HOST,
    get port() {
      return ports[0]!
    },
    get ports() {
      return ports
    },
    get url() {
      return urlAs("", requirepass)
    },
    get userUrls() {
      return Object.fromEntries(users.map((user) => [user.name, urlAs(user.name, user.password)]))
    },
    password: requirepass,
    tls: material,
    unixSocketPath,
    unixUrl: unixSocketPath === undefined ? undefined : unixUrlOf(unixSocketPath, requirepass),
    dir,
    binary: program,
    pid: Effect.sync(() => (stateNow() === "stopped" ? undefined : current.pid)),
    state: Effect.sync(stateNow),
    stateNow,
    admin: (args) => Effect.catch(userAdmin.send(args, { deadlineMillis }), explain(args)),
    ask: (args, ask = {}) =>
      Effect.catch(ownAdmin.send(args, { deadlineMillis: PROBE_TIMEOUT_MILLIS, ...ask }), explain(args)),
    fail,
    kill: exclusive.withPermit(kill),
    freeze: exclusive.withPermit(freeze),
    thaw: exclusive.withPermit(thaw),
    stop: exclusive.withPermit(stop),
    restart: exclusive.withPermit(restart),
    restartElsewhere: (beforeStart) => exclusive.withPermit(restartElsewhere(beforeStart)),
    log,
    appendOnlyFiles: readAppendOnlyFiles(dir)
  }
})
