/**
 * One connection through the proxy: a client's socket, a server's socket, and a pipe in each direction.
 */

import * as net from "node:net"
import type { RespValue } from "@reef-redis/client/protocol"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { CutKind, Direction, Moment, SeenCommand, Traffic, Upstream } from "../../Fault.ts"
import type { ProxyConnection } from "../../FaultProxy.ts"
import { wordsOf } from "../requests.ts"
import { type Answer, Conversation, seenCommand } from "./Conversation.ts"
import { Gate } from "./Gate.ts"
import { type Arrival, Pipe } from "./Pipe.ts"
import type { ActiveRule, RuleBook } from "./RuleBook.ts"
import { reset } from "./reset.ts"

type Stuck = "halfOpen" | "blackHole"

/** What the rules have left to do with a piece of traffic. */
interface Verdict {
  readonly split: number
  readonly withhold: CutKind | undefined
}

/** Waits for something that does not come: what is behind it in the same direction never passes. */
const never: Promise<never> = new Promise(() => {})

export class ProxyLink {
  readonly number: number
  readonly upstream: Upstream
  private readonly rules: RuleBook
  private readonly onClose: (link: ProxyLink) => void
  private readonly onGone: (link: ProxyLink) => void
  private readonly client: net.Socket
  private server: net.Socket | undefined
  private readonly toServer: Pipe
  private readonly toClient: Pipe
  private readonly conversation = new Conversation()
  private readonly gate = new Gate()
  private readonly timers = new Set<NodeJS.Timeout>()
  private readonly holds = new Set<Fiber.Fiber<unknown>>()
  private readonly onAnswered = new Set<() => void>()
  private stuck: Stuck | undefined
  private isClosed = false
  private commands = 0
  private replies = 0
  private pushes = 0
  private droppedPushes = 0

  constructor(
    number: number,
    upstream: Upstream,
    client: net.Socket,
    rules: RuleBook,
    on: { readonly close: (link: ProxyLink) => void; readonly gone: (link: ProxyLink) => void }
  ) {
    this.number = number
    this.upstream = upstream
    this.client = client
    this.rules = rules
    this.onClose = on.close
    this.onGone = on.gone
    this.toServer = new Pipe({
      asBytes: true,
      handle: (arrival) => this.request(arrival),
      onEnd: () => this.server?.end()
    })
    this.toClient = new Pipe({
      asBytes: false,
      handle: (arrival) => this.response(arrival),
      onEnd: () => this.client.end()
    })
    client.on("error", () => this.close("end"))
    client.once("close", () => this.closed())
  }

  get view(): ProxyConnection {
    return {
      number: this.number,
      upstream: { host: this.upstream.host, port: this.upstream.port },
      state: this.stuck ?? (this.gate.isShut ? "paused" : "open"),
      clientPort: this.client.remotePort ?? 0,
      upstreamPort: this.server?.localPort,
      commands: this.commands,
      outstanding: this.conversation.outstanding,
      replies: this.replies,
      pushes: this.pushes,
      droppedPushes: this.droppedPushes,
      bytesToServer: this.toServer.written,
      bytesToClient: this.toClient.written,
      opaque: this.toServer.opaque || this.toClient.opaque
    }
  }

  get isStuck(): boolean {
    return this.stuck !== undefined
  }

  /** Stops both directions until `resume`, without losing a byte. */
  pause(): void {
    this.gate.shut()
    this.toServer.stopReading()
    this.toClient.stopReading()
  }

  resume(): void {
    if (this.isStuck) return
    this.gate.open()
    this.toServer.startReading()
    this.toClient.startReading()
  }

  /** Reads and writes nothing any more, and keeps the sockets. */
  halfOpen(stuck: Stuck = "halfOpen"): void {
    this.stuck ??= stuck
    this.pause()
  }

  /** Ends both sides. Does nothing if that has happened. */
  close(how: CutKind): void {
    if (this.isClosed) return
    this.isClosed = true
    for (const timer of this.timers) clearTimeout(timer)
    for (const hold of this.holds) hold.interruptUnsafe()
    this.toServer.destroy()
    this.toClient.destroy()
    if (how === "reset") reset(this.client)
    else this.client.destroySoon()
    // What was written shall arrive: whether it did is the question that a cut asks.
    this.server?.destroySoon()
    this.onClose(this)
  }

  /** Ends both sides without waiting for anything. */
  destroy(): void {
    this.close("reset")
    this.client.destroy()
    this.server?.destroy()
  }

  /** Lets the rules for new connections decide, and connects to the server. */
  async start(): Promise<void> {
    for (const active of this.decide("connect", undefined, undefined, undefined)) {
      const { fault } = active.rule
      if (fault._tag === "Cut") return this.close(fault.how)
      if (fault._tag === "BlackHole") return this.halfOpen("blackHole")
      if (fault._tag === "HalfOpen") {
        this.connect()
        return this.halfOpen()
      }
      if (fault._tag === "Delay") await this.sleep(active.draw(fault.millis, fault.jitterMillis))
      if (fault._tag === "Hold") await this.hold(fault.until)
    }
    if (this.isClosed) return
    this.connect()
    if (!this.gate.isShut) {
      this.toServer.startReading()
      this.toClient.startReading()
    }
  }

  private connect(): void {
    const { host, port } = this.upstream
    const server = net.connect({ host, port, noDelay: true, allowHalfOpen: true })
    this.server = server
    // A server that refuses or resets shows to the client as a reset: the proxy has accepted already.
    server.on("error", () => this.close("reset"))
    server.once("close", () => this.closed())
    this.toServer.join(this.client, server)
    this.toClient.join(server, this.client)
  }

  private closed(): void {
    this.close("end")
    if (this.client.closed && this.server?.closed !== false) this.onGone(this)
  }

  private decide(
    moment: Moment,
    direction: Direction | undefined,
    command: SeenCommand | undefined,
    value: RespValue
  ): ReadonlyArray<ActiveRule> {
    const traffic: Traffic = { moment, connection: this.number, upstream: this.upstream, direction, command, value }
    return this.rules.decide(traffic)
  }

  private async request(arrival: Arrival): Promise<void> {
    const { frame } = arrival
    const words = frame._tag === "Frame" ? wordsOf(frame.value) : undefined
    const command = words === undefined ? undefined : seenCommand(this.commands + 1, words)
    await this.gate.passage()
    const struck = this.decide(command === undefined ? "bytes" : "command", "toServer", command, undefined)
    const verdict = await this.carryOut(struck, arrival)
    let answered = false
    if (command !== undefined) {
      this.commands++
      // Noted first: the reply may come in the turn of the write.
      answered = this.conversation.sent(command, verdict.withhold)
    }
    await this.toServer.write(frame.bytes, verdict.split)
    if (verdict.withhold === undefined) return
    // What is behind a command whose reply is the end of the connection must not be executed.
    await (answered ? never : this.cut(verdict.withhold))
  }

  private async response(arrival: Arrival): Promise<void> {
    const { frame } = arrival
    await this.gate.passage()
    if (frame._tag === "Bytes") {
      const verdict = await this.carryOut(this.decide("bytes", "toClient", undefined, undefined), arrival)
      return this.toClient.write(frame.bytes, verdict.split)
    }
    const answer = this.conversation.classify(frame.value, frame.push)
    const cut = answer.sent?.withhold
    if (cut !== undefined) return this.cut(cut)
    const struck = this.decide(answer.moment, "toClient", answer.sent?.command, frame.value)
    if (struck.some((active) => active.rule.fault._tag === "DropPush")) {
      this.droppedPushes++
      return
    }
    const verdict = await this.carryOut(struck, arrival)
    await this.toClient.write(frame.bytes, verdict.split)
    this.delivered(answer, frame.value)
  }

  private delivered(answer: Answer, value: RespValue): void {
    if (answer.moment === "push") this.pushes++
    else this.replies++
    this.conversation.delivered(answer, value)
    if (this.conversation.outstanding === 0) for (const resume of [...this.onAnswered]) resume()
  }

  /** Does what the rules say before the bytes may pass; does not return if they must not. */
  private async carryOut(struck: ReadonlyArray<ActiveRule>, arrival: Arrival): Promise<Verdict> {
    let split = 0
    let withhold: CutKind | undefined
    for (const active of struck) {
      const { fault } = active.rule
      switch (fault._tag) {
        case "Delay":
          await this.sleep(arrival.time + active.draw(fault.millis, fault.jitterMillis) - performance.now())
          break
        case "Hold":
          await this.hold(fault.until)
          break
        case "Split":
          split = fault.size
          break
        case "Cut":
          return this.cut(fault.how)
        case "HalfOpen":
          this.halfOpen()
          break
        case "CutBeforeWrite":
          await this.answered()
          return this.cut(fault.how)
        case "CutBeforeReply":
          withhold = fault.how
          break
        case "BlackHole":
        case "DropPush":
          break
      }
    }
    await this.gate.passage()
    return { split, withhold }
  }

  private cut(how: CutKind): Promise<never> {
    this.close(how)
    return never
  }

  private sleep(millis: number): Promise<void> {
    if (millis <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer)
        resolve()
      }, millis)
      this.timers.add(timer)
    })
  }

  private async hold(until: Effect.Effect<unknown>): Promise<void> {
    const fiber = Effect.runFork(until)
    this.holds.add(fiber)
    await Effect.runPromise(Fiber.await(fiber))
    this.holds.delete(fiber)
    if (this.isClosed) await never
  }

  /** Resumes once every command that went to the server has its answer delivered. */
  private answered(): Promise<void> {
    if (this.conversation.outstanding === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const resume = () => {
        this.onAnswered.delete(resume)
        resolve()
      }
      this.onAnswered.add(resume)
    })
  }
}
