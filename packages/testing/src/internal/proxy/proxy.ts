/**
 * Listens before each upstream and builds the controls.
 */
import type * as net from "node:net"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { FaultRule, Upstream } from "../../Fault.ts"
import type {
  ConnectionSelector,
  FaultProxyControls,
  FaultProxyOptions,
  InstalledRule,
  ProxiedServer
} from "../../FaultProxy.ts"
import { ServerError } from "../../ServerError.ts"
import { type Listener, makeListener, makePorts } from "../listener.ts"
import { HOST } from "../ports.ts"
import { timeoutMillis } from "../wait.ts"
import { ProxyLink } from "./ProxyLink.ts"
import { type ActiveRule, RuleBook, ruleFlaw } from "./RuleBook.ts"

const DEFAULT_SEED = 1

const keyOf = ({ host, port }: Upstream): string => `${host}:${port}`

/** The links of one proxy. */
class Links {
  readonly rules: RuleBook
  readonly live = new Set<ProxyLink>()
  /** Also those that are closed but whose last bytes are still under way. */
  private readonly present = new Set<ProxyLink>()
  accepted = 0

  constructor(rules: RuleBook) {
    this.rules = rules
  }

  accept(upstream: Upstream, client: net.Socket): void {
    const number = ++this.accepted
    const link = new ProxyLink(number, upstream, client, this.rules, {
      close: (closed) => void this.live.delete(closed),
      gone: (gone) => void this.present.delete(gone)
    })
    this.live.add(link)
    this.present.add(link)
    void link.start()
  }

  destroy(): void {
    for (const link of this.present) link.destroy()
  }

  select(which: ConnectionSelector | undefined): ReadonlyArray<ProxyLink> {
    const links = [...this.live]
    if (which === undefined) return links
    return links.filter((link) => (typeof which === "number" ? link.number === which : which(link.view)))
  }
}

const installed = (active: ActiveRule, book: RuleBook, deadlineMillis: number): InstalledRule => ({
  rule: active.rule,
  counters: Effect.sync(() => active.counters()),
  awaitApplied: (times = 1) =>
    Effect.callback<void, ServerError>((resume) => {
      const done = () => active.counters().applied >= times
      if (done()) return resume(Effect.void)
      const timer = setTimeout(() => {
        stop()
        const detail = `${JSON.stringify(active.counters())} within ${deadlineMillis} ms`
        const action = `wait until the rule ${active.rule.name ?? active.rule.fault._tag} has struck ${times} times`
        resume(Effect.fail(new ServerError({ reason: "Deadline", action, detail, log: "" })))
      }, deadlineMillis)
      const stop = active.onStrike(() => {
        if (!done()) return
        clearTimeout(timer)
        stop()
        resume(Effect.void)
      })
      return Effect.sync(() => {
        clearTimeout(timer)
        stop()
      })
    }),
  remove: Effect.sync(() => void book.rules.delete(active))
})

const urlBehind = (server: { readonly url?: string | undefined }, local: Upstream): string => {
  if (server.url === undefined) return `redis://${keyOf(local)}`
  const url = new URL(server.url)
  url.hostname = local.host
  url.port = String(local.port)
  return url.href
}

export const makeProxy = Effect.fnUntraced(function* (
  options: FaultProxyOptions
): Effect.fn.Return<FaultProxyControls, ServerError, Scope.Scope> {
  const book = new RuleBook(options.seed ?? DEFAULT_SEED)
  const links = new Links(book)
  const deadlineMillis = timeoutMillis(options.timeout)
  const ports = yield* makePorts
  // Released before the listeners, so that a connection accepted meanwhile cannot stay.
  const listeners = new Map<string, Listener>()
  const locals = new Map<string, Upstream>()
  const upstreams: Array<ProxiedServer> = []
  const scope = yield* Effect.scope
  const add = Effect.fnUntraced(function* ({ host, port, url }: ProxiedServer) {
    // A copy: the server may go on under another address.
    const upstream = { host, port, url }
    if (locals.has(keyOf(upstream))) return
    const listener = yield* Scope.provide(
      makeListener(ports, (socket) => links.accept(upstream, socket)),
      scope
    )
    listeners.set(keyOf(upstream), listener)
    locals.set(keyOf(upstream), { host: HOST, port: listener.port })
    upstreams.push(upstream)
  })
  for (const upstream of options.upstreams) yield* add(upstream)
  yield* Effect.addFinalizer(() =>
    Effect.andThen(
      Effect.forEach(listeners.values(), (listener) => listener.refuse, { discard: true }),
      Effect.sync(() => links.destroy())
    )
  )

  const install = (rule: FaultRule): Effect.Effect<InstalledRule, ServerError> =>
    Effect.suspend(() => {
      const detail = ruleFlaw(rule)
      return detail === undefined
        ? Effect.succeed(installed(book.add(rule), book, deadlineMillis))
        : Effect.fail(new ServerError({ reason: "InvalidOption", action: "install a rule", detail, log: "" }))
    })
  const addressOf = (upstream: Upstream): Upstream => {
    const local = locals.get(keyOf(upstream))
    if (local === undefined) throw new RangeError(`the proxy does not stand before ${keyOf(upstream)}`)
    return local
  }
  const urlOf = (upstream: Upstream): string => {
    const local = addressOf(upstream)
    const server = upstreams.find((candidate) => keyOf(candidate) === keyOf(upstream))
    return urlBehind(server ?? {}, local)
  }
  const listenersOf = (upstream: Upstream | undefined): ReadonlyArray<Listener> => {
    if (upstream === undefined) return [...listeners.values()]
    addressOf(upstream)
    return [...listeners].flatMap(([key, listener]) => (key === keyOf(upstream) ? [listener] : []))
  }
  const each = (act: (link: ProxyLink) => void) => (which?: ConnectionSelector) =>
    Effect.sync(() => {
      const selected = links.select(which)
      for (const link of selected) act(link)
      return selected.length
    })
  const refuse = (upstream?: Upstream) =>
    Effect.suspend(() => Effect.forEach(listenersOf(upstream), (listener) => listener.refuse, { discard: true }))
  const accept = (upstream?: Upstream) =>
    Effect.suspend(() => Effect.forEach(listenersOf(upstream), (listener) => listener.accept, { discard: true }))
  const mend = Effect.sync(() => {
    book.rules.clear()
    for (const link of links.select(undefined)) {
      if (link.isStuck) link.close("reset")
      else link.resume()
    }
  })

  for (const rule of options.rules ?? []) yield* install(rule)
  return {
    get upstreams() {
      return upstreams.map(({ host, port }) => ({ host, port }))
    },
    add,
    addressOf,
    urlOf,
    get urls() {
      return upstreams.map(urlOf)
    },
    remap: (address) => locals.get(keyOf(address)) ?? address,
    install,
    installScoped: (rule) => Effect.acquireRelease(install(rule), (handle) => handle.remove),
    rules: Effect.sync(() => [...book.rules].map((active) => installed(active, book, deadlineMillis))),
    connections: Effect.sync(() => [...links.live].map((link) => link.view)),
    accepted: Effect.sync(() => links.accepted),
    refuse,
    accept,
    pause: each((link) => link.pause()),
    resume: each((link) => link.resume()),
    reset: each((link) => link.close("reset")),
    end: each((link) => link.close("end")),
    halfOpen: each((link) => link.halfOpen()),
    heal: Effect.andThen(mend, accept())
  }
})
