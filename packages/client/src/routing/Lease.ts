/**
 * A connection that one caller has for itself, as an engine: commands go to it and nowhere else, and nothing is sent a second time, since the
 * state that the caller has built up would not be there on another connection.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { wordOf } from "../command/arguments.ts"
import { defineSpec, type Text } from "../command/CommandSpec.ts"
import { type CommandImpl, internalCommand } from "../command/make.ts"
import { NodeConnection } from "../connection/NodeConnection.ts"
import type { PooledConnection } from "../connection/PooledConnection.ts"
import { type Failure, toRedisError } from "../error/Failure.ts"
import { Closed, InvalidArgument, Redirected } from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { attempts } from "./attempts.ts"
import { blockingTime } from "./Blocking.ts"
import { blockOn, handingOn } from "./blockOn.ts"
import { type Apart, Engine } from "./Engine.ts"
import { decideNoAuth, type Outcome, type RouterService } from "./Router.ts"

/**
 * The lease.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lease {
  /** What runs commands on the leased connection. */
  readonly engine: (use: LeaseUse) => Engine
  readonly pooled: PooledConnection
  /** Whether anything but reads was sent as a single command or in a pipeline. */
  readonly wrote: () => boolean
  /** Where ASK sent its WATCH, which was not followed. */
  readonly asked: () => NodeConnection | undefined
}

/**
 * What a lease lets through: `everything` but what no request and reply can be made of, or only commands that leave the connection as it is.
 *
 * @category models
 * @since 0.1.0
 */
export type LeaseUse = "everything" | "stateless"

/** Their replies do not come one for each command, so that no caller could be given what is its own. */
const unanswered: ReadonlySet<string> = new Set([
  "MONITOR",
  "PSUBSCRIBE",
  "PSYNC",
  "PUNSUBSCRIBE",
  "REPLCONF",
  "SSUBSCRIBE",
  "SUBSCRIBE",
  "SUNSUBSCRIBE",
  "SYNC",
  "UNSUBSCRIBE"
])

const isUnanswered = ({ args, name }: CommandImpl): boolean =>
  unanswered.has(name) || name === "CLIENT REPLY" || (name === "CLIENT" && wordOf(args[0]).toUpperCase() === "REPLY")

const over = new Closed({ message: "the lease is over" })

/** Everything goes to the leased connection; what a redirect teaches is learnt, but not followed. */
const routerOf = (
  parent: RouterService,
  node: NodeConnection,
  asking: boolean,
  note: (command: CommandImpl) => void,
  onAsk: (to: NodeConnection) => void
): RouterService => {
  let repeated: CommandImpl | undefined
  return {
    asking,
    route: (command) => {
      note(command)
      return node
    },
    routeBlock: (commands) => {
      const place = parent.routeBlock(commands)
      return !(place instanceof NodeConnection) && place.reason._tag === "CrossSlot" ? place : node
    },
    routeKeys: () => node,
    decide: (command, outcome) => {
      // Once the connection has said anew who it is, the command goes to it again.
      const anew = decideNoAuth(node, outcome)
      if (anew !== undefined) return anew
      const isWatch = command.spec.name === "WATCH"
      if (asking && isWatch && command !== repeated && outcome.error?.code === "MOVED") {
        // The node imports the slot: it takes WATCH behind ASKING. What it says of the owner is known.
        repeated = command
        return { _tag: "Redirect", to: node, asking, failure: redirectedFailure(node, outcome) }
      }
      repeated = undefined
      const decision = parent.decide(command, outcome)
      if (decision._tag === "Redirect" && decision.asking && isWatch) onAsk(decision.to)
      return { _tag: "Fail", failure: decision.failure }
    }
  }
}

const redirectedFailure = (node: NodeConnection, { error, failure }: Outcome): Failure => {
  const message = error?.message ?? failure.reason.message
  const slot = Number(message.split(" ")[1])
  return {
    reason: new Redirected({ kind: "ASK", slot: Number.isNaN(slot) ? undefined : slot, to: node.text, message }),
    execution: failure.execution
  }
}

const leaseAt = (
  parent: Engine,
  apart: Apart,
  shared: NodeConnection,
  deadline: number,
  asking: boolean
): Effect.Effect<Lease, Failure, Scope.Scope> =>
  Effect.flatMap(apart.pools.lease(shared, deadline), (pooled) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => NodeConnection.over(shared, pooled.connection)),
        (node) => Effect.sync(() => node.detach(over))
      ),
      (node) => {
        let wrote = false
        let asked: NodeConnection | undefined
        const note = (command: CommandImpl) => {
          if (command.spec.connectionState) pooled.onStateful(command.name)
          else if (!command.readOnly) wrote = true
        }
        const router = routerOf(parent.router, node, asking, note, (to) => {
          asked = to
        })
        const engine = (use: LeaseUse) => {
          const own = apartOf(apart, shared, node, pooled, use)
          if (!asking || use === "everything") return new Engine(parent.runtime, router, parent.options, own)
          // The importing node has nothing of keys that have not moved yet: only their owner can say where they are.
          const noting: RouterService = {
            ...parent.router,
            route: (command) => {
              note(command)
              return parent.router.route(command)
            }
          }
          return new Engine(parent.runtime, noting, parent.options, { ...own, block: apart.block })
        }
        return { engine, pooled, wrote: () => wrote, asked: () => asked }
      }
    )
  )

const apartOf = (
  { pools }: Apart,
  shared: NodeConnection,
  node: NodeConnection,
  pooled: PooledConnection,
  use: LeaseUse
): Apart => ({
  pools,
  block: (engine, command, allowed) =>
    Effect.suspend((): Effect.Effect<unknown, RedisError> => {
      const frame = use === "everything" ? engine.encode(command, true) : engine.encode(command)
      if (frame instanceof InvalidArgument) return engine.refuse(command, frame)
      if (frame === undefined) return engine.finish(command, command.constant?.value, undefined)
      const deadline = engine.now() + allowed + blockingTime(command)
      return handingOn(engine, command, (take) =>
        Effect.flatMap(blockOn(engine, { pooled, carrier: node, shared, command, frame, deadline, take }), (attempt) =>
          "done" in attempt
            ? engine.finish(command, attempt.done, undefined)
            : Effect.fail(toRedisError(engine.router.decide(command, attempt).failure, command.name, attempt.node))
        )
      )
    }),
  stateProblem: (command) => {
    if (use === "stateless") return `${command.name} changes the state of its connection and is refused here`
    return isUnanswered(command) ? `${command.name} is not answered once for each call, and is refused` : undefined
  }
})

/**
 * A lease on a connection of the node that some keys belong to, for as long as the scope lives. `of` names them: a command that has nothing
 * but keys. What is still sent afterwards fails as `Closed`. `importing` is the node to go to instead, by
 * ASK: what only reads goes where it belongs then.
 *
 * @category constructors
 * @since 0.1.0
 */
export const leaseFor = (
  engine: Engine,
  of: CommandImpl | undefined,
  deadline: number,
  importing?: NodeConnection | undefined
): Effect.Effect<Lease, Failure, Scope.Scope> =>
  Effect.suspend(() => {
    const { apart } = engine
    if (of?.invalid !== undefined) return Effect.fail({ reason: of.invalid, execution: "NotSent" })
    const node = importing ?? engine.router.routeKeys(of === undefined ? [] : (of.args as ReadonlyArray<Text>))
    if (!(node instanceof NodeConnection)) return Effect.fail(node)
    if (apart === undefined) {
      const message = "this client has no connections to lease"
      return Effect.fail({ reason: new InvalidArgument({ position: undefined, message }), execution: "NotSent" })
    }
    return leaseAt(engine, apart, node, deadline, importing !== undefined)
  })

const LEASE = internalCommand(defineSpec({ name: "LEASE", keys: "none", retry: "readOnly" }), [])

/**
 * The same as what `make` makes of it, failing as a user sees it. While no node can give a connection it waits as a command would: by the
 * policies, within its deadline.
 *
 * @category constructors
 * @since 0.1.0
 */
export const runLease = <A>(
  engine: Engine,
  of: CommandImpl | undefined,
  allowed: number,
  make: (lease: Lease) => A
): Effect.Effect<A, RedisError, Scope.Scope> =>
  Effect.flatMap(Effect.scope, (scope) =>
    Effect.suspend(() => {
      const deadline = engine.now() + allowed
      const once = Effect.match(Scope.provide(leaseFor(engine, of, deadline), scope), {
        onSuccess: (done): { readonly done: Lease } | Outcome => ({ done }),
        onFailure: (failure) => ({ failure, error: undefined, node: undefined })
      })
      const tried = attempts(engine, {
        command: of ?? LEASE,
        name: "LEASE",
        once: () => once,
        deadline: () => deadline,
        mayResend: () => true
      })
      return Effect.flatMap(tried, (attempt) =>
        "done" in attempt
          ? Effect.succeed(make(attempt.done))
          : Effect.fail(toRedisError(attempt.failure, "LEASE", undefined))
      )
    })
  )
