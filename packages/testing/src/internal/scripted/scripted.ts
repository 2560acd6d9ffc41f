/**
 * Listens for each node of a script and builds the controls.
 */
import type * as net from "node:net"
import { Wire, type WireValue } from "@reef-redis/client/protocol"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Answer } from "../../Answer.ts"
import {
  type CommandPattern,
  type Expectation,
  type Handler,
  matchesCommand,
  type ReceivedCommand,
  type ScriptedNode
} from "../../Script.ts"
import type { ScriptedSelector, ScriptedServerControls, ServerScript } from "../../ScriptedServer.ts"
import { ServerError } from "../../ServerError.ts"
import { type Listener, makeListener, makePorts } from "../listener.ts"
import { HOST } from "../ports.ts"
import { textOf } from "../requests.ts"
import { timeoutMillis } from "../wait.ts"
import { clusterAnswer } from "./clusterReplies.ts"
import { defaultAnswer, unknownCommand } from "./defaults.ts"
import { ScriptedLink } from "./ScriptedLink.ts"

const DEFAULT_IDENTITY = { server: "redis", version: "7.2.0" } as const
const ID_LENGTH = 40

const show = (pattern: CommandPattern): string =>
  typeof pattern === "string" ? pattern : pattern.map(String).join(" ")

/** Wakes up whoever waits for something to have happened. */
class Bell {
  private readonly listeners = new Set<() => void>()

  ring(): void {
    for (const listener of [...this.listeners]) listener()
  }

  /** Looks at each ring until there is something; fails at the deadline. */
  wait<A>(look: () => A | undefined, deadlineMillis: number, late: () => ServerError): Effect.Effect<A, ServerError> {
    return Effect.callback<A, ServerError>((resume) => {
      const stop = () => {
        clearTimeout(timer)
        this.listeners.delete(listener)
      }
      const listener = () => {
        const found = look()
        if (found === undefined) return
        stop()
        resume(Effect.succeed(found))
      }
      const timer = setTimeout(() => {
        stop()
        resume(Effect.fail(late()))
      }, deadlineMillis)
      this.listeners.add(listener)
      listener()
      return Effect.sync(stop)
    })
  }
}

/** What the script has seen and still expects. */
class Play {
  private readonly script: ServerScript
  private readonly nodes: ReadonlyArray<ScriptedNode>
  readonly bell = new Bell()
  readonly received: Array<ReceivedCommand> = []
  readonly links: Array<ScriptedLink> = []
  readonly violations: Array<string> = []
  private readonly expected: Array<{ readonly expectation: Expectation; left: number }> = []
  handler: Handler | undefined
  cluster: ServerScript["cluster"]

  constructor(script: ServerScript, nodes: ReadonlyArray<ScriptedNode>) {
    this.script = script
    this.nodes = nodes
    this.handler = script.handler
    this.cluster = script.cluster
    this.expect(script.expect ?? [])
  }

  expect(expectations: ReadonlyArray<Expectation>): void {
    for (const expectation of expectations) this.expected.push({ expectation, left: expectation.count })
  }

  /** What is wrong so far, with what has not come. */
  complaints(): ReadonlyArray<string> {
    const missing = this.expected.map(({ expectation, left }) => `${show(expectation.command)} (${left} times)`)
    return [...this.violations, ...(missing.length === 0 ? [] : [`still expected: ${missing.join(", ")}`])]
  }

  accept(node: ScriptedNode, socket: net.Socket): void {
    const link = new ScriptedLink(socket, {
      number: this.links.length + 1,
      node,
      nodes: this.nodes,
      user: this.script.users === undefined ? "default" : undefined,
      receive: (words, from) => this.receive(words, from),
      onClose: () => this.bell.ring()
    })
    this.links.push(link)
    const greeting = this.guard(() => this.script.onConnect?.(link))
    if (greeting !== undefined) link.answer(greeting)
    this.bell.ring()
  }

  private receive(bytes: ReadonlyArray<Uint8Array>, link: ScriptedLink): void {
    const args = bytes.map(textOf)
    const command: ReceivedCommand = {
      number: this.received.length + 1,
      node: link.node.index,
      connection: link.number,
      name: args[0]!.toUpperCase(),
      args,
      bytes
    }
    this.received.push(command)
    link.commands.push(command)
    link.answer(this.decide(command, link))
    link.update({ asking: command.name === "ASKING" })
    this.bell.ring()
  }

  private decide(command: ReceivedCommand, link: ScriptedLink): Answer {
    const answer = this.guard(
      () =>
        this.expectedAnswer(command, link) ??
        this.handler?.(command, link) ??
        this.clusterAnswer(command, link) ??
        this.defaultAnswer(command, link)
    )
    if (answer !== undefined) return answer
    this.violations.push(`nobody answers ${command.args.join(" ")}`)
    return unknownCommand(command)
  }

  private expectedAnswer(command: ReceivedCommand, link: ScriptedLink): Answer | undefined {
    const [next] = this.expected
    if (next === undefined) return undefined
    const { answer, command: pattern, node } = next.expectation
    if ((node !== undefined && node !== command.node) || !matchesCommand(pattern, command.args)) return undefined
    next.left--
    if (next.left <= 0) this.expected.shift()
    return typeof answer === "function" ? answer(command, link) : answer
  }

  private clusterAnswer(command: ReceivedCommand, link: ScriptedLink): Answer | undefined {
    const { cluster } = this
    if (cluster === undefined) {
      return command.name === "CLUSTER" && this.script.defaults !== false
        ? Answer.error("ERR This instance has cluster support disabled")
        : undefined
    }
    const { index } = link.node
    const described = typeof cluster === "function" ? cluster(index) : cluster
    return clusterAnswer(described, this.nodes, index, command)
  }

  private defaultAnswer(command: ReceivedCommand, link: ScriptedLink): Answer | undefined {
    const { defaults = true, identity = DEFAULT_IDENTITY, protocol = 3, users } = this.script
    if (!defaults) return undefined
    const mode = this.cluster === undefined ? "standalone" : "cluster"
    // Clients try HELLO to find out: that an old server does not know it violates no script.
    if (command.name === "HELLO" && protocol === 2) return unknownCommand(command)
    return defaultAnswer({ ...identity, protocol, users, mode }, command, link)
  }

  private guard(run: () => Answer | undefined): Answer | undefined {
    try {
      return run()
    } catch (error) {
      this.violations.push(`the script has thrown: ${error}`)
      return Answer.error(`ERR the script has thrown: ${error}`)
    }
  }
}

const select = (links: ReadonlyArray<ScriptedLink>, which: ScriptedSelector | undefined): ReadonlyArray<ScriptedLink> =>
  links.filter((link) => {
    if (!link.isOpen || which === undefined) return link.isOpen
    return typeof which === "number" ? link.number === which : which(link.view)
  })

export const makeScripted = Effect.fnUntraced(function* (
  script: ServerScript
): Effect.fn.Return<ScriptedServerControls, ServerError, Scope.Scope> {
  const { nodes: count = 1 } = script
  const deadlineMillis = timeoutMillis(script.timeout)
  const problem = (reason: "Deadline" | "InvalidOption" | "ScriptViolated", action: string, detail: string) =>
    new ServerError({ reason, action, detail, log: "" })
  if (!Number.isInteger(count) || count < 1) {
    return yield* problem("InvalidOption", "start a scripted server", `nodes is ${count}`)
  }

  const nodes: Array<ScriptedNode> = []
  const play = new Play(script, nodes)
  const ports = yield* makePorts
  const listeners: Array<Listener> = []
  for (let index = 0; index < count; index++) {
    const listener = yield* makeListener(ports, (socket) => play.accept(nodes[index]!, socket))
    listeners.push(listener)
    const { port } = listener
    const id = port.toString(16).padStart(ID_LENGTH, "0")
    nodes.push({ index, host: HOST, port, url: `redis://${HOST}:${port}`, id })
  }
  yield* Effect.addFinalizer(() =>
    Effect.andThen(
      Effect.forEach(listeners, (listener) => listener.refuse, { discard: true }),
      Effect.sync(() => {
        for (const link of play.links) link.destroy()
      })
    )
  )

  const some = (node: number | undefined) => listeners.filter((_, index) => node === undefined || node === index)
  const send = (answer: Answer, which?: ScriptedSelector) =>
    Effect.sync(() => {
      const links = select(play.links, which)
      for (const link of links) link.interject(answer)
      return links.length
    })
  const [first] = nodes
  return {
    nodes,
    host: first!.host,
    port: first!.port,
    url: first!.url,
    seeds: nodes.map(({ url }) => url),
    received: Effect.sync(() => [...play.received]),
    connections: Effect.sync(() => play.links.map((link) => link.view)),
    awaitCommand: (command, nth = 1) =>
      play.bell.wait(
        () => play.received.filter(({ args }) => matchesCommand(command, args))[nth - 1],
        deadlineMillis,
        () => {
          const came = play.received.map(({ args }) => args.join(" "))
          const detail = `not within ${deadlineMillis} ms; what came: ${came.join(", ")}`
          return problem("Deadline", `wait for ${show(command)} number ${nth}`, detail)
        }
      ),
    awaitConnections: (open) =>
      Effect.asVoid(
        play.bell.wait(
          () => (select(play.links, undefined).length >= open ? true : undefined),
          deadlineMillis,
          () => {
            const detail = `${select(play.links, undefined).length} within ${deadlineMillis} ms`
            return problem("Deadline", `wait for ${open} open connections`, detail)
          }
        )
      ),
    answerWith: (handler) =>
      Effect.sync(() => {
        play.handler = handler
      }),
    describeCluster: (cluster) =>
      Effect.sync(() => {
        play.cluster = cluster
      }),
    expect: (...expectations) => Effect.sync(() => play.expect(expectations)),
    verify: Effect.suspend(() => {
      const complaints = play.complaints()
      return complaints.length === 0
        ? Effect.void
        : Effect.fail(problem("ScriptViolated", "verify the script", complaints.join("; ")))
    }),
    send,
    push: (values: ReadonlyArray<WireValue>, which) => send(Answer.reply(Wire.push(values)), which),
    refuse: (node) => Effect.suspend(() => Effect.forEach(some(node), (each) => each.refuse, { discard: true })),
    accept: (node) => Effect.suspend(() => Effect.forEach(some(node), (each) => each.accept, { discard: true }))
  }
})
