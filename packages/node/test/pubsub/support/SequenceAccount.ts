type Event = "Gap" | "Subscribed" | "Resubscribed" | "Moved"

/** So many numbers before and after a missing one are looked at: more are on their ways at no time. */
const IN_SIGHT = 1000

/** Where the nearest message before a missing one and the nearest after it are among all that was seen. */
type Window = readonly [before: number, after: number]

/** One channel: what the servers acknowledged in sending, and what its subscription saw. */
export class SequenceAccount {
  readonly name: string
  readonly kind: "plain" | "pattern" | "shard"
  /** Gaps because the channel, or the subscription, has gone to another node: not those of lost connections. */
  moves = 0
  /** The number of the next message. */
  next = 0
  /** The numbers whose sending was acknowledged, and by which node: where it was replaced meanwhile, by one of two. */
  readonly #sent = new Map<number, ReadonlySet<string>>()
  /** Numbers of messages, and what happened in between. */
  readonly #seen: Array<number | Event> = []
  /** Where in that each number is for the first time. */
  readonly #first = new Map<number, number>()

  constructor(name: string, kind: SequenceAccount["kind"]) {
    this.name = name
    this.kind = kind
  }

  /** Sending was acknowledged: by the node that served at its beginning or the one that served at its end. */
  acknowledged(number: number, atFirst: string, atLast: string): void {
    this.#sent.set(number, new Set([atFirst, atLast]))
  }

  saw(item: number | Event): void {
    if (typeof item === "number" && !this.#first.has(item)) this.#first.set(item, this.#seen.length)
    this.#seen.push(item)
  }

  /** Whether the last loss is over. */
  get isLive(): boolean {
    return this.#seen.findLast((item) => typeof item === "string") !== "Gap"
  }

  has(number: number): boolean {
    return this.#first.has(number)
  }

  get sent(): number {
    return this.#sent.size
  }

  get received(): number {
    return this.#seen.filter((item) => typeof item === "number").length
  }

  get lost(): number {
    return this.#missing.length
  }

  get #missing(): ReadonlyArray<number> {
    return [...this.#sent.keys()].filter((number) => !this.#first.has(number))
  }

  /** Where a missing number should be, as its node's other messages are: those came in their order, and of those that came twice the first. */
  #windowOf(number: number, node: string): Window {
    const others = [...this.#first.keys()].filter((other) => {
      const nodes = this.#sent.get(other)
      return nodes?.size === 1 && nodes.has(node)
    })
    const seen = others.toSorted((a, b) => a - b)
    const after = seen.findIndex((other) => other > number)
    const at = after === -1 ? seen.length : after
    const places = (numbers: ReadonlyArray<number>) => numbers.map((other) => this.#first.get(other) ?? 0)
    return [
      Math.max(-1, ...places(seen.slice(Math.max(0, at - IN_SIGHT), at))),
      Math.min(this.#seen.length, ...places(seen.slice(at, at + IN_SIGHT)))
    ]
  }

  #windowsOf(number: number): ReadonlyArray<Window> {
    return [...(this.#sent.get(number) ?? [])].map((node) => this.#windowOf(number, node))
  }

  /**
   * Acknowledged and missing, without a gap between the messages before and after it. Only those count that went over the same node, since the
   * way from another node of a cluster to the subscription's may take longer by any time.
   */
  get unexplained(): ReadonlyArray<number> {
    return this.#missing.filter((number) =>
      this.#windowsOf(number).every(([before, after]) => !this.#seen.slice(before + 1, after).includes("Gap"))
    )
  }

  /** What was seen around the place where `number` is missed, with the nodes that the messages went over: for a report. */
  around(number: number): string {
    const tell = (item: number | Event) => {
      if (typeof item === "string") return item
      const nodes = this.#sent.get(item)
      return `${item}@${nodes === undefined ? "not acknowledged" : [...nodes].map((id) => id.slice(0, 5)).join(" or ")}`
    }
    const around = this.#windowsOf(number).map(([before, after]) => {
      const seen = this.#seen.slice(Math.max(0, Math.min(before, after) - 10), Math.max(before, after) + 10)
      return seen.map(tell).join(" ")
    })
    return `${this.name}: ${tell(number)} is not in ${around.join(", nor in ")}`
  }

  /** Numbers that came again, and what happened to the subscription in between. */
  get repeats(): ReadonlyArray<{ readonly number: number; readonly between: string }> {
    const places = new Map<number, number>()
    return this.#seen.flatMap((item, at) => {
      if (typeof item !== "number") return []
      const before = places.get(item)
      places.set(item, at)
      if (before === undefined) return []
      const between = this.#seen.slice(before + 1, at).filter((one) => typeof one === "string")
      return [{ number: item, between: between.join() }]
    })
  }

  /**
   * Those that no bus of a cluster brings (see `Bus.test.ts`): to a subscription that has not moved to another node since they came. The bus takes
   * messages of sharded channels, too, to the other nodes of their shard, one of which is where the subscription is after a failover.
   */
  get duplicates(): number {
    return this.repeats.filter(({ between }) => !/Gap,.*Moved/.test(between)).length
  }

  get gaps(): number {
    return this.#seen.filter((item) => item === "Gap").length
  }
}
