/**
 * One round of questions to the sentinels: in turn, the next one as soon as one fails or lets wait, a second opinion beside the first answer.
 * The newest claim counts, and only once the server itself has said that it is a primary.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { ConnectionRuntime } from "../connection/ConnectionRuntime.ts"
import { exchange } from "../connection/Handshake.ts"
import type { NodeConnection } from "../connection/NodeConnection.ts"
import { type Failure, toRedisError } from "../error/Failure.ts"
import {
  ConnectFailed,
  NoSentinel,
  PrimaryDown,
  type Reason,
  type SentinelAnswer,
  UnknownService
} from "../error/Reason.ts"
import type { RedisError } from "../error/RedisError.ts"
import { reasonOf } from "../error/ServerFault.ts"
import { RespError } from "../protocol/RespValue.ts"
import { type Endpoint, endpointKey } from "../topology/Endpoint.ts"
import {
  type GroupAddresses,
  parseReport,
  reportCommands,
  type SentinelGroup,
  type SentinelReport
} from "../topology/SentinelGroup.ts"
import type { LocateOptions, ServerRole } from "./SentinelDiscovery.ts"

/** So long one sentinel is waited for before the next is asked, too. Milliseconds. */
const HEDGE = 50
/** So long a second opinion is waited for once the first answer holds. Milliseconds. */
const GRACE = 30
/** Sentinels that are asked at once while all is well: the second one may know of a failover that the first has missed. */
const OPINIONS = 2

/**
 * Who is asked what, and when the answers are believed.
 *
 * @category options
 * @since 0.1.0
 */
export interface Question {
  readonly service: string
  /** In the order in which they are asked. */
  readonly sentinels: ReadonlyArray<Asked>
  readonly verify: LocateOptions["verify"]
  readonly newest: number
  /** Ask all at once. */
  readonly urgent: boolean
  readonly rules: {
    readonly timeout: number
    readonly agreement: number
    readonly minOtherSentinels: number
    readonly addresses: GroupAddresses
  }
}

/**
 * A sentinel and its connection.
 *
 * @category models
 * @since 0.1.0
 */
export interface Asked {
  readonly endpoint: Endpoint
  readonly node: NodeConnection
  readonly id: string | undefined
}

/**
 * What came of it: the group (without the list of sentinels), and who said what.
 *
 * @category models
 * @since 0.1.0
 */
export interface Found {
  readonly group: Omit<SentinelGroup, "sentinels">
  readonly answeredBy: Endpoint
  readonly reports: ReadonlyArray<Reported>
}

interface Reported {
  readonly sentinel: Endpoint
  readonly report: SentinelReport
}

type Said = SentinelReport | "unknown service" | { readonly problem: string }

type Happened =
  | { readonly _tag: "Answered"; readonly by: Asked; readonly result: Result.Result<Said, Failure> }
  | { readonly _tag: "Verified"; readonly primary: string; readonly result: Result.Result<ServerRole, RedisError> }

/** The reasons for which a server will refuse this client the next time, too: nothing that sentinels could mend. */
const refusals: ReadonlySet<Reason["_tag"]> = new Set<Reason["_tag"]>(["NoAuth", "WrongPassword", "NoPermission"])

const command = "SENTINEL MASTER"

/** Ask one sentinel. One that could not be reached just now is not waited for. */
const askOne = (
  runtime: ConnectionRuntime,
  node: NodeConnection,
  { rules, service }: Question
): Effect.Effect<Said, Failure> => {
  const late: Failure = {
    reason: new ConnectFailed({ address: node.text, message: `no answer within ${rules.timeout} ms` }),
    execution: "NotSent"
  }
  return Effect.suspend(() =>
    node.downBy !== undefined
      ? Effect.fail<Failure>({ reason: node.downBy, execution: "NotSent" })
      : Effect.flatMap(node.acquire, (connection) => exchange(runtime, connection, reportCommands(service)))
  ).pipe(
    Effect.timeoutOrElse({ duration: rules.timeout, orElse: () => Effect.fail(late) }),
    Effect.flatMap((replies): Effect.Effect<Said, Failure> => {
      const refused = replies.slice(0, 2).find((reply) => reply instanceof RespError)
      const reason = refused === undefined ? undefined : reasonOf(refused)
      if (reason !== undefined && refusals.has(reason._tag)) return Effect.fail({ reason, execution: "Refused" })
      return Effect.succeed(parseReport(replies, rules.addresses))
    })
  )
}

/** One round as it stands. */
class Round {
  readonly question: Question
  readonly reports: Array<Reported & { readonly id: string }> = []
  /** What came of those that gave no report. */
  readonly answers: Array<SentinelAnswer> = []
  readonly roles = new Map<string, Result.Result<ServerRole, RedisError> | "asked">()

  constructor(question: Question) {
    this.question = question
  }

  answered({ by, result }: Happened & { readonly _tag: "Answered" }): void {
    const sentinel = endpointKey(by.endpoint)
    if (Result.isFailure(result)) {
      const { reason } = result.failure
      const refused = refusals.has(reason._tag)
      const message = `${sentinel} ${refused ? "refuses this client" : "cannot be reached"}: ${reason._tag}: ${reason.message}`
      this.answers.push({ sentinel, said: refused ? "refused" : "unreachable", reason, message })
      return
    }
    const said = result.success
    if (said === "unknown service") {
      this.answers.push({ sentinel, said, message: `${sentinel} does not know ${this.question.service}` })
    } else if ("problem" in said) {
      const reason = reasonOf(new RespError(said.problem))
      this.answers.push({ sentinel, said: "refused", reason, message: `${sentinel} gives no answer: ${said.problem}` })
    } else {
      const id = said.id ?? by.id ?? sentinel
      // The same sentinel by two addresses has one voice.
      if (!this.reports.some((known) => known.id === id)) this.reports.push({ sentinel: by.endpoint, report: said, id })
    }
  }

  private isHeard({ report }: Reported): boolean {
    return report.otherSentinels >= this.question.rules.minOtherSentinels
  }

  private votesFor(primary: string): number {
    return this.reports.filter((one) => this.isHeard(one) && endpointKey(one.report.primary) === primary).length
  }

  /** The newest claim that enough sentinels agree on; among equal ones the first. Nothing older than what was known. */
  candidate(least: number): Reported | undefined {
    let best: Reported | undefined
    for (const reported of this.reports) {
      const { epoch, primary } = reported.report
      if (!this.isHeard(reported) || epoch < least) continue
      if (this.votesFor(endpointKey(primary)) < this.question.rules.agreement) continue
      if (best === undefined || epoch > best.report.epoch) best = reported
    }
    return best
  }

  /** Whether most of the known sentinels have answered, and none of them knows of what this client knew: it was set back by hand. */
  get isSetBack(): boolean {
    return (
      this.reports.length * 2 > this.question.sentinels.length &&
      this.reports.every(({ report }) => report.epoch < this.question.newest)
    )
  }

  roleOf({ report }: Reported): Result.Result<ServerRole, RedisError> | "asked" | undefined {
    return this.roles.get(endpointKey(report.primary))
  }

  found(winner: Reported): Found {
    const { epoch, primary, replicas } = winner.report
    const key = endpointKey(primary)
    return {
      group: {
        service: this.question.service,
        primary,
        epoch,
        replicas: replicas.filter(({ endpoint }) => endpointKey(endpoint) !== key)
      },
      answeredBy: winner.sentinel,
      reports: this.reports
    }
  }

  /** Why nobody was found; some may not have answered so far. */
  failure(silent: Iterable<Asked>): RedisError {
    const { newest, rules, service } = this.question
    for (const result of this.roles.values()) {
      if (result !== "asked" && Result.isFailure(result) && refusals.has(result.failure.reason._tag))
        return result.failure
    }
    const usable = this.reports.map((reported): SentinelAnswer => {
      const { epoch, flags, otherSentinels, primary: endpoint } = reported.report
      const sentinel = endpointKey(reported.sentinel)
      const primary = endpointKey(endpoint)
      const names = `${sentinel} names ${primary} (${flags.join(",")})`
      if (!this.isHeard(reported)) {
        const message = `${names}, and knows ${otherSentinels} other sentinels, not ${rules.minOtherSentinels}`
        return { sentinel, said: "too few sentinels", primary, message }
      }
      const votes = this.votesFor(primary)
      if (epoch < newest || votes < rules.agreement) {
        const message =
          epoch < newest
            ? `${names}, which is older (epoch ${epoch}) than what was known (${newest})`
            : `${names}, as ${votes} of ${rules.agreement} that have to agree`
        return { sentinel, said: "outvoted", primary, message }
      }
      const role = this.roleOf(reported)
      if (role !== undefined && role !== "asked" && Result.isSuccess(role)) {
        return { sentinel, said: "unusable", primary, message: `${names}, which says that it is a ${role.success}` }
      }
      if (role === undefined || role === "asked") {
        return { sentinel, said: "unusable", primary, message: `${names}, which was not asked: another claim is newer` }
      }
      const { reason } = role.failure
      return { sentinel, said: "unusable", primary, reason, message: `${names}: ${reason._tag}: ${reason.message}` }
    })
    const unheard = Array.from(silent, ({ endpoint }): SentinelAnswer => {
      const sentinel = endpointKey(endpoint)
      return { sentinel, said: "unreachable", message: `${sentinel} has not answered so far` }
    })
    const answers = [...usable, ...this.answers, ...unheard]
    const said = answers.map(({ message }) => message).join("; ")
    const make = (): Reason => {
      if (usable.length > 0) {
        return new PrimaryDown({ service, answers, message: `the primary of ${service} cannot be used: ${said}` })
      }
      return answers.some((answer) => answer.said === "unknown service")
        ? new UnknownService({ service, answers, message: `no sentinel knows ${service}: ${said}` })
        : new NoSentinel({ service, answers, message: `no sentinel of ${service} could be asked: ${said}` })
    }
    return toRedisError({ reason: make(), execution: "NotSent" }, command, undefined)
  }
}

const isPrimary = (result: Result.Result<ServerRole, RedisError> | "asked" | undefined): boolean =>
  result !== undefined &&
  result !== "asked" &&
  Result.isSuccess(result) &&
  (result.success === "primary" || result.success === "unknown")

/**
 * The group, or why there is none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const askSentinels = (runtime: ConnectionRuntime, question: Question): Effect.Effect<Found, RedisError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { rules, sentinels, verify } = question
      const round = new Round(question)
      const happened = yield* Queue.unbounded<Happened>()
      const waiting = [...sentinels]
      const opinions = question.urgent
        ? sentinels.length
        : Math.min(sentinels.length, Math.max(OPINIONS, rules.agreement))
      const asking = new Set<Asked>()
      let verifying = 0
      const run = (effect: Effect.Effect<Happened>): Effect.Effect<unknown, never, Scope.Scope> =>
        Effect.forkScoped(
          Effect.flatMap(effect, (event) => Queue.offer(happened, event)),
          { startImmediately: true }
        )
      const askNext = Effect.suspend((): Effect.Effect<unknown, never, Scope.Scope> => {
        const by = waiting.shift()
        if (by === undefined) return Effect.void
        asking.add(by)
        return run(
          Effect.map(Effect.result(askOne(runtime, by.node, question)), (result) => ({ _tag: "Answered", by, result }))
        )
      })
      const check = ({ report }: Reported) => {
        const primary = endpointKey(report.primary)
        round.roles.set(primary, "asked")
        verifying++
        return run(
          Effect.map(Effect.result(verify(report.primary)), (result) => ({ _tag: "Verified", primary, result }))
        )
      }
      for (let n = opinions; n > 0; n--) yield* askNext
      /** Until when a second opinion may come. */
      let until: number | undefined
      while (true) {
        const over = asking.size === 0 && waiting.length === 0
        const best = round.candidate(over && round.isSetBack ? Number.NEGATIVE_INFINITY : question.newest)
        if (best !== undefined && round.roleOf(best) === undefined) yield* check(best)
        if (best !== undefined && isPrimary(round.roleOf(best))) {
          until ??= runtime.ticker.exact() + GRACE
          if (over || round.reports.length >= opinions || runtime.ticker.exact() >= until) return round.found(best)
        } else until = undefined
        if (over && verifying === 0) return yield* round.failure(asking)
        const stuck = best !== undefined && round.roleOf(best) !== "asked" && until === undefined
        // The claim that was checked does not hold: somebody else may know of a newer one.
        if (stuck) while (waiting.length > 0) yield* askNext
        // Who has not answered by now is asked again in the next round: by then the others may know more.
        const impatient = stuck || waiting.length > 0
        const patience = until !== undefined ? until - runtime.ticker.exact() : impatient ? HEDGE : undefined
        const next: Option.Option<Happened> =
          patience === undefined
            ? Option.some(yield* Queue.take(happened))
            : yield* Effect.timeoutOption(Queue.take(happened), Math.max(0, patience))
        if (Option.isNone(next)) {
          if (until !== undefined) continue
          if (waiting.length === 0) return yield* round.failure(asking)
          yield* askNext
        } else if (next.value._tag === "Verified") {
          verifying--
          round.roles.set(next.value.primary, next.value.result)
        } else {
          asking.delete(next.value.by)
          round.answered(next.value)
          // In turn: whoever gave nothing is followed by the next.
          if (round.candidate(question.newest) === undefined) yield* askNext
        }
      }
    })
  )
