/**
 * The rules of one proxy: which of them strike a piece of traffic, and what each has done.
 */
import type { Fault, FaultRule, Moment, RuleCounters, Traffic, Upstream } from "../../Fault.ts"
import { matchesCommand } from "../../Script.ts"
import { randomOf } from "../random.ts"

const EVERYTHING: ReadonlyArray<Moment> = ["command", "reply", "push", "bytes"]

/** After one of these nothing else can be done to the same piece of traffic. */
const FINAL: ReadonlySet<Fault["_tag"]> = new Set([
  "Cut",
  "HalfOpen",
  "BlackHole",
  "CutBeforeWrite",
  "CutBeforeReply",
  "DropPush"
])

/** Where a fault makes sense; any moment if it is not listed. */
const ONLY_ON: { readonly [Tag in Fault["_tag"]]?: Moment } = {
  BlackHole: "connect",
  CutBeforeWrite: "command",
  CutBeforeReply: "command",
  DropPush: "push"
}

const listOf = <A>(value: A | ReadonlyArray<A>): ReadonlyArray<A> => (Array.isArray(value) ? value : [value as A])

/** The moments of a rule: those that it names, or else those that its fault and criteria suggest. */
export const momentsOf = (rule: FaultRule): ReadonlyArray<Moment> => {
  if (rule.on !== undefined) return listOf(rule.on)
  const only = ONLY_ON[rule.fault._tag]
  if (only !== undefined) return [only]
  if (rule.push !== undefined) return ["push"]
  if (rule.command !== undefined || rule.key !== undefined) {
    return [rule.direction === "toClient" ? "reply" : "command"]
  }
  return rule.fault._tag === "Delay" || rule.fault._tag === "Split" || rule.direction !== undefined
    ? EVERYTHING
    : ["connect"]
}

/** Why a rule cannot work; `undefined` if it can. */
export const ruleFlaw = (rule: FaultRule): string | undefined => {
  const only = ONLY_ON[rule.fault._tag]
  const wrong = momentsOf(rule).find((moment) => only !== undefined && moment !== only)
  if (wrong !== undefined) return `the fault ${rule.fault._tag} strikes at ${only}, not at ${wrong}`
  if (rule.fault._tag === "Split" && momentsOf(rule).includes("connect")) return "there is nothing to split at connect"
  return undefined
}

const isUpstream = (upstream: Upstream, wanted: Upstream | ReadonlyArray<Upstream>): boolean =>
  listOf(wanted).some(({ host, port }) => host === upstream.host && port === upstream.port)

const isConnection = (connection: number, wanted: NonNullable<FaultRule["connection"]>): boolean =>
  typeof wanted === "function" ? wanted(connection) : listOf(wanted).includes(connection)

const isKey = (key: string, wanted: string | RegExp): boolean =>
  typeof wanted === "string" ? key === wanted : key.search(wanted) !== -1

const matches = (rule: FaultRule, traffic: Traffic): boolean => {
  const { command } = traffic
  if (rule.upstream !== undefined && !isUpstream(traffic.upstream, rule.upstream)) return false
  if (rule.connection !== undefined && !isConnection(traffic.connection, rule.connection)) return false
  if (rule.direction !== undefined && rule.direction !== traffic.direction) return false
  if (rule.command !== undefined) {
    const names = listOf(rule.command)
    if (command === undefined || !names.some((name) => matchesCommand(name, command.args))) return false
  }
  const { key } = rule
  if (key !== undefined && !command?.keys.some((candidate) => isKey(candidate, key))) return false
  if (rule.push !== undefined) {
    const kind = traffic.moment === "push" && Array.isArray(traffic.value) ? traffic.value[0] : undefined
    if (!listOf<unknown>(rule.push).includes(kind)) return false
  }
  return rule.where?.(traffic) ?? true
}

/** A rule that is in force, and its record. */
export class ActiveRule {
  readonly rule: FaultRule
  private readonly moments: ReadonlyArray<Moment>
  private readonly random: () => number
  private matched = 0
  private applied = 0
  private readonly connections = new Set<number>()
  private readonly listeners = new Set<() => void>()

  constructor(rule: FaultRule, random: () => number) {
    this.rule = rule
    this.moments = momentsOf(rule)
    this.random = random
  }

  /** Whether it strikes, and counts it. */
  strikes(traffic: Traffic): boolean {
    if (!this.moments.includes(traffic.moment) || !matches(this.rule, traffic)) return false
    this.matched++
    if (this.matched <= (this.rule.skip ?? 0) || this.applied >= (this.rule.times ?? Infinity)) return false
    this.applied++
    this.connections.add(traffic.connection)
    for (const listener of [...this.listeners]) listener()
    return true
  }

  counters(): RuleCounters {
    return { matched: this.matched, applied: this.applied, connections: [...this.connections] }
  }

  /** Calls back after each strike, until the returned function is called. */
  onStrike(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** A delay, with its jitter. */
  draw(millis: number, jitterMillis: number): number {
    return jitterMillis === 0 ? millis : Math.max(0, millis + jitterMillis * (2 * this.random() - 1))
  }
}

export class RuleBook {
  private readonly seed: number
  private count = 0
  readonly rules = new Set<ActiveRule>()

  constructor(seed: number) {
    this.seed = seed
  }

  add(rule: FaultRule): ActiveRule {
    const active = new ActiveRule(rule, randomOf(this.seed, ++this.count))
    this.rules.add(active)
    return active
  }

  /** The rules that strike, in the order of their installation, up to one that leaves nothing for the others. */
  decide(traffic: Traffic): ReadonlyArray<ActiveRule> {
    const struck: Array<ActiveRule> = []
    for (const active of this.rules) {
      if (!active.strikes(traffic)) continue
      struck.push(active)
      if (FINAL.has(active.rule.fault._tag)) break
    }
    return struck
  }
}
