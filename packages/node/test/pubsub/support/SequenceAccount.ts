type Event = "Gap" | "Subscribed" | "Resubscribed" | "Moved"

/** So many numbers before and after a missing one are looked at: more are on their ways at no time. */
const IN_SIGHT = 1000

/** One channel: what the servers acknowledged in sending, and what its subscription saw. */
export class SequenceAccount {
  readonly name: string
  readonly kind: "plain" | "pattern" | "shard"
  /** The number of the next message. */
  next = 0
  /** The numbers whose sending was acknowledged, and by which node. */
  readonly #sent = new Map<number, string>()
  /** Numbers of messages, and what happened in between. */
  readonly #seen: Array<number | Event> = []
  /** Where in that each number is for the first time. */
  readonly #first = new Map<number, number>()

  constructor(name: string, kind: SequenceAccount["kind"]) {
    this.name = name
    this.kind = kind
  }

  acknowledged(number: number, node: string): void {
    this.#sent.set(number, node)
  }

  saw(item: number | Event): void {
    if (typeof item === "number" && !this.#first.has(item)) this.#first.set(item, this.#seen.length)
    this.#seen.push(item)
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

  /**
   * Acknowledged and missing, without a gap between the messages before and after it. Only those count that went over the same node, since the
   * way from another node of a cluster to the subscription's may take longer by any time; and of those that came twice the first. The nearest on
   * either side are left out: a message that is under way when its node is replaced may be acknowledged in the name of the next one.
   */
  get unexplained(): ReadonlyArray<number> {
    return this.#missing.filter((number) => {
      const node = this.#sent.get(number)
      const seen = [...this.#first.keys()].filter((other) => this.#sent.get(other) === node).toSorted((a, b) => a - b)
      const places = (numbers: ReadonlyArray<number>) => numbers.map((other) => this.#first.get(other) ?? 0)
      const after = seen.findIndex((other) => other > number)
      const at = after === -1 ? seen.length : after
      const from = Math.max(-1, ...places(seen.slice(Math.max(0, at - IN_SIGHT), Math.max(0, at - 1))))
      const to = Math.min(this.#seen.length, ...places(seen.slice(at + 1, at + IN_SIGHT)))
      return !this.#seen.slice(from + 1, to).includes("Gap")
    })
  }

  /** What was seen around the place where `number` is missed, with the nodes that the messages went over: for a report. */
  around(number: number): string {
    const others = [...this.#first.keys()].filter((other) => this.#sent.get(other) === this.#sent.get(number))
    const placeOf = (other: number | undefined, none: number) =>
      other === undefined ? none : (this.#first.get(other) ?? none)
    const ascending = others.toSorted((a, b) => a - b)
    const from = placeOf(
      ascending.findLast((other) => other < number),
      0
    )
    const to = placeOf(
      ascending.find((other) => other > number),
      this.#seen.length
    )
    const nodeOf = (one: number) => this.#sent.get(one)?.slice(0, 4) ?? "not acknowledged"
    const tell = (item: number | Event) => (typeof item === "number" ? `${item}@${nodeOf(item)}` : item)
    const seen = this.#seen.slice(Math.max(0, Math.min(from, to) - 20), Math.max(from, to) + 20)
    return `${this.name} ${number}@${nodeOf(number)} is not in ${seen.map(tell).join(" ")}`
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
