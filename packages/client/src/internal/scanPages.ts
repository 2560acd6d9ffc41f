/**
 * The pages of scans: of one server (or one key) with a watch on which server it is, and of a whole cluster.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Command } from "../command/Command.ts"
import type { Text } from "../command/CommandSpec.ts"
import { type KeyType, keys as keyCommands } from "../command/Keys.ts"
import { prefixKey } from "../command/keyPrefix.ts"
import { asBytes, map as mapCommand } from "../command/make.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import { toRedisError } from "../error/Failure.ts"
import { InvalidArgument } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import type { RedisService } from "../Redis.ts"
import { clusterScan, runIdAt } from "../routing/ClusterScan.ts"
import type { ClusterTopologyService } from "../routing/ClusterTopology.ts"
import type { Engine } from "../routing/Engine.ts"
import { parseScanToken, scanStart, scanToken } from "../topology/ScanState.ts"
import { slotOf } from "../topology/Slot.ts"
import { type Behind, engineOf } from "./engineOf.ts"

/** One page, whatever is scanned. */
export interface Items<A> {
  readonly cursor: string
  readonly items: ReadonlyArray<A>
}

/** Which keys are scanned. */
export interface KeysPlan {
  readonly match?: Text | undefined
  readonly type?: KeyType | undefined
  readonly count?: number | undefined
}

/** A page of a cluster's keys in bytes, and the token to go on behind it. */
export interface BytesPage {
  readonly keys: ReadonlyArray<Uint8Array>
  readonly token: string
}

/** The error of options that cannot be used. */
export const refused = (command: string, message: string): RedisError =>
  toRedisError(
    { reason: new InvalidArgument({ position: undefined, message }), execution: "NotSent" },
    command,
    undefined
  )

/** Where a page came from: the address, and the process there. */
interface Server {
  readonly node: string
  readonly run: string | undefined
}

interface Place {
  readonly cursor: string
  /** `undefined` until the first page has shown that there are several. */
  readonly server: Server | undefined
}

const START: Place = { cursor: "0", server: undefined }

/** Scans one server or one key. What another server goes on with is begun anew: cursors are of one process. */
export const serverPages = <A>(
  redis: RedisService,
  page: (cursor: string) => Command<Items<A>, unknown>
): Stream.Stream<ReadonlyArray<A>, RedisError> => {
  const behind = engineOf(redis)
  if (behind === undefined) {
    return Stream.paginate("0", (cursor: string) =>
      Effect.map(redis.run(page(cursor)), (found) => [[found.items], after(found.cursor)] as const)
    )
  }
  return Stream.suspend(() => {
    const source = watching(behind)
    return Stream.paginate(START, (place: Place) => nextPage(source, page, place))
  })
}

const after = (cursor: string): Option.Option<string> => (cursor === "0" ? Option.none() : Option.some(cursor))

type Next<A> = readonly [ReadonlyArray<ReadonlyArray<A>>, Option.Option<Place>]

const nextPage = <A>(
  source: Source,
  page: (cursor: string) => Command<Items<A>, unknown>,
  { cursor, server }: Place
): Effect.Effect<Next<A>, RedisError> =>
  Effect.gen(function* () {
    const found = (yield* source.engine.run(source.enter(page(cursor)))) as Items<A>
    const node = source.answeredBy()
    const isLast = found.cursor === "0"
    if (server === undefined) {
      if (isLast) return [[found.items], Option.none()]
      // Known from before the first page on: that page is read again.
      return [[], Option.some({ cursor: "0", server: { node, run: yield* source.runId(node) } })]
    }
    const isSame = node === server.node && (!isLast || (yield* source.runId(node)) === server.run)
    const next = !isSame ? Option.some(START) : Option.map(after(found.cursor), (cursor) => ({ cursor, server }))
    return [[found.items], next]
  })

interface Source {
  readonly engine: Engine
  readonly enter: Behind["enter"]
  readonly answeredBy: () => string
  readonly runId: (node: string) => Effect.Effect<string | undefined, RedisError>
}

/** The engine, and who answered its last command. */
const watching = ({ engine, enter }: Behind): Source => {
  const { router } = engine
  const change = { deadline: undefined, category: undefined }
  let last = ""
  const watched = engine.with({
    ...change,
    router: {
      ...router,
      route: (command) => {
        const node = router.route(command)
        if (node instanceof NodeConnection) last = node.text
        return node
      },
      decide: (command, outcome) => {
        const decision = router.decide(command, outcome)
        if (decision._tag === "Redirect") last = decision.to.text
        return decision
      }
    }
  })
  return {
    engine: watched,
    enter,
    answeredBy: () => last,
    runId: (node) => {
      const one = router.only?.(node)
      return one === undefined
        ? Effect.succeed(undefined)
        : Effect.catch(runIdAt(engine.with({ ...change, router: one })), (error) =>
            error.transient ? Effect.fail(error) : Effect.succeed(undefined)
          )
    }
  }
}

const keysPage = ({ count, match, type }: KeysPlan, cursor: string) => keyCommands.scan(cursor, { count, match, type })

/** The map behind a client, if it has one. */
export const topologyOf = (redis: RedisService): ClusterTopologyService | undefined =>
  engineOf(redis)?.engine.router.topology

/** Scans the keys of one server, in text or in bytes. */
export const keysOfServer = (
  redis: RedisService,
  plan: KeysPlan
): Stream.Stream<ReadonlyArray<Uint8Array>, RedisError> =>
  serverPages(redis, (cursor) =>
    mapCommand(asBytes(keysPage(plan, cursor)), ({ cursor, keys }) => ({ cursor, items: keys }))
  )

/** Scans the keys of a cluster, from a token on if there is one. */
export const keysOfCluster = (
  redis: RedisService,
  plan: KeysPlan,
  from: unknown
): Stream.Stream<BytesPage, RedisError> => {
  const behind = engineOf(redis)
  const topology = topologyOf(redis)
  if (behind === undefined || topology === undefined)
    return Stream.fail(refused("SCAN", "this is no client of a cluster"))
  const { enter, prefix } = behind
  const what = JSON.stringify([prefix, plan.match === undefined ? null : String(plan.match), plan.type ?? null])
  const state = from === undefined ? scanStart : parseScanToken(from, what)
  if (typeof state === "string") return Stream.fail(refused("SCAN", `from: ${state}`))
  const underPrefix = prefixKey(prefix)
  return Stream.map(
    clusterScan(
      {
        engine: behind.engine,
        topology,
        page: (cursor) => enter(asBytes(keysPage(plan, cursor))),
        slotOf: prefix === "" ? slotOf : (key) => slotOf(underPrefix(key))
      },
      state
    ),
    ({ keys, state }) => ({ keys, token: scanToken(state, what) })
  )
}
