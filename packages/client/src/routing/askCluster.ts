/**
 * One round of questions to a cluster: a few nodes at once, those with an open connection first, and no waiting for the slow
 * ones once enough have answered.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import { exchange } from "../connection/Handshake.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import type { NodeConnections } from "../connection/NodeConnections.ts"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { ClusterDisabled, ConnectFailed, IncompleteCoverage, Timeout, UncoveredSlot } from "../error/Reason.ts"
import { ConnectError, type RedisError } from "../error/RedisError.ts"
import { fromReply } from "../error/ServerFault.ts"
import { RespError } from "../protocol/RespValue.ts"
import { type Answer, choose, coveredSlots } from "../topology/Agreement.ts"
import {
  type ClusterView,
  parseConfigEpochs,
  parseInfo,
  parseSelf,
  parseShards,
  parseSlots,
  type ViewFailure
} from "../topology/ClusterView.ts"
import { type Endpoint, endpointKey } from "../topology/Endpoint.ts"
import { SLOT_COUNT } from "../topology/Slot.ts"
import type { Topology } from "../topology/Topology.ts"

/** So many nodes are asked at once (of a large cluster; a few suffice to outvote a stale one). */
const ASKED = 3
/** How long one node may take to answer, in milliseconds. */
const ASK_TIMEOUT = 1000
/** How long the other answers are awaited once there is one, in milliseconds. */
const GRACE = 50

const describeView = (failure: ViewFailure, address: string): Failure => {
  switch (failure._tag) {
    case "ClusterDisabled":
      return { reason: new ClusterDisabled({ message: failure.message }), execution: "Refused" }
    case "Malformed":
      return {
        reason: new ConnectFailed({ address, message: `${failure.where}: ${failure.detail}` }),
        execution: "Executed"
      }
    default:
      return fromReply(new RespError(failure.message), false)
  }
}

/** Why a view is not enough, if it is not. */
const shortfall = (view: ClusterView, requireFullCoverage: boolean): Failure | undefined => {
  const covered = coveredSlots(view)
  if (covered === 0) {
    const message = "the node knows no slots: it has not joined a cluster"
    return { reason: new UncoveredSlot({ slot: 0, message }), execution: "Executed" }
  }
  if (!requireFullCoverage || covered === SLOT_COUNT) return undefined
  const uncovered = SLOT_COUNT - covered
  const message = `${uncovered} of ${SLOT_COUNT} slots have no owner in the node's view (requireFullCoverage)`
  return { reason: new IncompleteCoverage({ uncovered, message }), execution: "Executed" }
}

/**
 * How nodes are asked.
 *
 * @category options
 * @since 0.1.0
 */
export interface AskOptions {
  /** Whether connections are secured. */
  readonly tls: boolean
  /** Whether a view must give an owner to every slot. */
  readonly requireFullCoverage: boolean
}

/**
 * The view of one node: by CLUSTER SLOTS, which every version has, or by CLUSTER SHARDS (Redis 7.0) where the node does not let that be
 * asked: it is deprecated, and an ACL may forbid either.
 *
 * **Details**
 *
 * CLUSTER SHARDS is not asked first because it does not name the owner: after a failover a shard lists two primaries, the failed one and its
 * successor, beside one list of slots (seen in Redis 8.0 and Valkey 9.1), and once the failed one is back both are `online`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const askNode = (
  runtime: ConnectionRuntime,
  node: NodeConnection,
  { requireFullCoverage, tls }: AskOptions
): Effect.Effect<Answer, Failure> => {
  const from: Endpoint = "host" in node.address ? node.address : { host: node.address.path, port: 0 }
  const asked = Effect.gen(function* () {
    const connection = yield* node.acquire
    const [slots, infoText, nodesText] = yield* exchange(runtime, connection, [
      ["CLUSTER SLOTS", []],
      ["CLUSTER INFO", []],
      ["CLUSTER NODES", []]
    ])
    const info = Result.getOrUndefined(parseInfo(infoText))
    let view = parseSlots(slots, from, { info })
    if (Result.isFailure(view) && (view.failure._tag === "Refused" || view.failure._tag === "Unsupported")) {
      const [shards] = yield* exchange(runtime, connection, [["CLUSTER SHARDS", []]])
      view = Result.orElse(parseShards(shards, from, { tls, info }), () => view)
    }
    if (Result.isFailure(view)) return yield* Effect.fail(describeView(view.failure, node.text))
    const lacking = shortfall(view.success, requireFullCoverage)
    if (lacking !== undefined) return yield* Effect.fail(lacking)
    const told = { configEpochs: parseConfigEpochs(nodesText), selfId: parseSelf(nodesText) }
    return { from, view: { ...view.success, ...told } }
  })
  return Effect.timeoutOrElse(asked, {
    duration: ASK_TIMEOUT,
    orElse: () => {
      const message = `${node.text} did not answer within ${ASK_TIMEOUT} ms`
      const reason = new Timeout({
        phase: "written",
        deadline: runtime.ticker.byClock(runtime.ticker.exact()),
        lastCause: undefined,
        message
      })
      return Effect.fail<Failure>({ reason, execution: "MayHaveExecuted" })
    }
  })
}

const shuffle = <T>(items: ReadonlyArray<T>): Effect.Effect<ReadonlyArray<T>> => Random.shuffle(items)

/** What DNS says of the services now, by priority. A service without an answer is one that did not answer, as a node is. */
const resolveServices = (
  runtime: ConnectionRuntime,
  names: ReadonlyArray<string>,
  onFailure: (error: RedisError) => void
): Effect.Effect<ReadonlyArray<Endpoint>> => {
  const resolve = (name: string): Effect.Effect<ReadonlyArray<Endpoint>> => {
    const ask = runtime.transport.resolveService
    const failed = (message: string) =>
      onFailure(
        toRedisError(
          { reason: new ConnectFailed({ address: name, message }), execution: "NotSent" },
          "CLUSTER SLOTS",
          name
        )
      )
    if (ask === undefined) {
      failed("this transport knows no DNS services")
      return Effect.succeed([])
    }
    return Effect.match(
      Effect.timeoutOrElse(ask(name), {
        duration: runtime.limits.connectTimeout,
        orElse: () => Effect.fail({ message: `DNS did not answer within ${runtime.limits.connectTimeout} ms` })
      }),
      {
        onFailure: ({ message }) => {
          failed(`the service could not be resolved: ${message}`)
          return []
        },
        onSuccess: (records) => {
          if (records.length === 0) failed("the service has no records")
          return [...records].sort((a, b) => a.priority - b.priority).map(({ host, port }) => ({ host, port }))
        }
      }
    )
  }
  return Effect.map(Effect.forEach(names, resolve, { concurrency: "unbounded" }), (found) => found.flat())
}

/**
 * Known nodes with an open connection, then the other known ones, those in doubt last, and then the seeds: kept for ever and resolved anew each
 * time. A frozen node accepts connections and never answers: whoever asks it waits, at the very time when a successor is looked for.
 */
const candidates = Effect.fnUntraced(function* (
  nodes: NodeConnections,
  topology: Topology,
  seeds: ReadonlyArray<Endpoint>
) {
  const known: Array<Endpoint> = []
  for (const node of topology.nodes.values()) if (node.endpoint !== undefined) known.push(node.endpoint)
  const rank = (endpoint: Endpoint): number => {
    const node = nodes.find(endpointKey(endpoint))
    if (node?.isDoubtful === true) return 2
    return node?.isUp === true ? 0 : 1
  }
  const ordered = [
    // A stable sort: within a rank the order stays random.
    ...[...(yield* shuffle(known))].sort((a, b) => rank(a) - rank(b)),
    ...(yield* shuffle(seeds))
  ]
  const seen = new Set<string>()
  return ordered.filter((endpoint) => {
    const key = endpointKey(endpoint)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
})

const enough = (answers: ReadonlyArray<Answer>): boolean => {
  if (answers.length >= ASKED) return true
  const [one, two] = answers
  return (
    one !== undefined &&
    two !== undefined &&
    one.view.epoch === two.view.epoch &&
    one.view.state === "ok" &&
    two.view.state === "ok" &&
    coveredSlots(one.view) === SLOT_COUNT &&
    coveredSlots(two.view) === SLOT_COUNT
  )
}

/**
 * The winning view of one round, or `ConnectError` with the cause of each node that was asked.
 *
 * @category combinators
 * @since 0.1.0
 */
export const askCluster = (
  runtime: ConnectionRuntime,
  nodes: NodeConnections,
  topology: Topology,
  options: AskOptions & {
    readonly seeds: ReadonlyArray<Endpoint>
    readonly services?: ReadonlyArray<string> | undefined
  }
): Effect.Effect<Answer, ConnectError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const failures: Array<RedisError> = []
      const { seeds, services = [] } = options
      const resolved =
        services.length === 0 ? [] : yield* resolveServices(runtime, services, (error) => failures.push(error))
      const waiting = [...(yield* candidates(nodes, topology, [...resolved, ...seeds]))]
      const ended = yield* Queue.unbounded<Result.Result<Answer, RedisError>>()
      const answers: Array<Answer> = []
      let running = 0
      const askNext = Effect.suspend(() => {
        const endpoint = waiting.shift()
        if (endpoint === undefined) return Effect.void
        running++
        const node = nodes.at(endpoint)
        return askNode(runtime, node, options).pipe(
          Effect.mapError((failure) => toRedisError(failure, "CLUSTER SLOTS", node.text)),
          Effect.result,
          Effect.flatMap((result) => Queue.offer(ended, result)),
          Effect.forkScoped
        )
      })
      for (let i = 0; i < ASKED; i++) yield* askNext
      while (running > 0 && !enough(answers)) {
        const next: Option.Option<Result.Result<Answer, RedisError>> =
          answers.length === 0
            ? Option.some(yield* Queue.take(ended))
            : yield* Effect.timeoutOption(Queue.take(ended), GRACE)
        if (Option.isNone(next)) break
        running--
        if (Result.isSuccess(next.value)) answers.push(next.value.success)
        else {
          failures.push(next.value.failure)
          yield* askNext
        }
      }
      const winner = choose(answers)
      return winner === undefined ? yield* new ConnectError({ attempts: failures }) : winner
    })
  )
