/**
 * The network between the client and the servers, as the client's `Transport`: byte streams with latency, arbitrary splits, congestion, and
 * everything that can go wrong with them.
 *
 * What it leaves out: bytes are never damaged or reordered within a stream (TCP sees to that), and no stream has a limit of its own (a
 * congested one only says so).
 */
import * as Effect from "effect/Effect"
import {
  addressText,
  type OpenFailure,
  type OpenOptions,
  type Socket,
  type SocketEvents,
  type Transport
} from "../../src/connection/Transport.ts"
import { RespParser } from "../../src/protocol/RespParser.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import type { Rng } from "./Rng.ts"
import { grains, type World } from "./World.ts"

/** The server's end of a stream. */
export interface Receiver {
  readonly receive: (chunk: Uint8Array) => void
}

/** What takes new streams at an address. `send` gives bytes to the client. */
export type Listener = (send: (bytes: Uint8Array) => void, wire: Wire) => Receiver

/** Times in milliseconds. */
const FASTEST = 0.2
const SLOWEST = 2.5
/** When an unanswered attempt to connect is repeated by TCP: the defaults of Linux. */
const SYN_RETRIES = [1000, 3000]
/** Parts of writes that arrive in several chunks, and that say the stream is congested. */
const SPLIT_PART = 0.25
const CONGESTED_PART = 0.03
/** How often a planted fault strikes. */
const PLANT_PART = 0.05

/** An address: who listens there, and in which condition the way to it is. */
class Place {
  listener: Listener | undefined
  /** The process is stopped: the kernel still accepts streams and bytes. */
  frozen = false
  refuses = false
  /** Nothing gets through, in either direction; TCP keeps it for later. */
  cutOff = false
  /** Factor of every latency. */
  slow = 1
  /** Every write says that it should be the last for now. */
  congested = false
}

/** One direction of a stream: what is under way arrives in order. */
class Direction {
  private readonly underWay: Array<{ readonly at: number; readonly arrive: () => void }> = []
  private lastAt = 0
  private readonly world: World
  private readonly isHeld: () => boolean

  constructor(world: World, isHeld: () => boolean) {
    this.world = world
    this.isHeld = isHeld
  }

  send(latency: number, arrive: () => void): void {
    const now = this.world.now()
    this.lastAt = Math.max(this.lastAt, now + latency)
    this.underWay.push({ at: this.lastAt, arrive })
    this.world.after(this.lastAt - now, this.pump)
  }

  /** Let arrive what is due. */
  readonly pump = (): void => {
    // Sums of tenths differ in the last digit.
    const due = this.world.now() + 1e-6
    while (!this.isHeld()) {
      const [next] = this.underWay
      if (next === undefined || next.at > due) return
      this.underWay.shift()
      next.arrive()
    }
  }

  discard(): void {
    this.underWay.length = 0
  }
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))

const joined = (frames: string | ReadonlyArray<string | Uint8Array>): Uint8Array => {
  if (typeof frames === "string") return latin1(frames)
  const pieces = frames.map((frame) => (typeof frame === "string" ? latin1(frame) : frame))
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** One stream. */
export class Wire implements Socket {
  readonly name: string
  readonly address: string
  readonly place: Place
  /** Whether the client still holds it. */
  held = true
  /** Whether the server still reads and writes it. */
  served = true
  /** Both ends believe in it and nothing arrives any more. */
  private broken = false
  /** What the server says is lost. */
  private mute = false
  private trap: (() => void) | undefined
  private readonly network: Network
  private readonly events: SocketEvents
  private readonly toServer: Direction
  private readonly toClient: Direction
  private readonly receiver: Receiver
  private readonly written: RespParser

  constructor(network: Network, name: string, options: OpenOptions, place: Place, listener: Listener) {
    this.network = network
    this.name = name
    this.address = addressText(options.address)
    this.place = place
    this.events = options.events
    this.toServer = new Direction(network.world, () => place.frozen || place.cutOff)
    this.toClient = new Direction(network.world, () => place.cutOff)
    this.receiver = listener((bytes) => this.reply(bytes), this)
    const take = (value: unknown) => network.onWritten(this, Array.isArray(value) ? value.map(String) : [])
    this.written = new RespParser({ asBytes: () => false, onReply: take, onPush: () => {} }, portableTextCodec)
  }

  readonly write = (frames: string | ReadonlyArray<string | Uint8Array>): boolean => {
    if (!this.held) return true
    const { network } = this
    const { rng } = network
    const bytes = joined(frames)
    this.written.push(bytes.slice())
    if (this.broken) return true
    const congested = this.place.congested || rng.chance(CONGESTED_PART)
    const chunks = network.split(bytes)
    const twice = network.plant === "doubled request" && chunks.length === 1 && rng.chance(PLANT_PART)
    for (const [index, chunk] of chunks.entries()) {
      const drains = congested && index === chunks.length - 1
      this.toServer.send(network.latency(this.place), () => {
        if (this.served && !this.broken) this.receiver.receive(chunk.slice())
        if (this.served && twice) this.receiver.receive(chunk)
        if (drains && this.held) this.events.onDrain()
      })
    }
    const trap = this.trap
    this.trap = undefined
    trap?.()
    if (network.plant === "late reply") network.answerLate(this, this.events)
    return !congested
  }

  /** Let something happen right after the next write, when there is something to lose. */
  onNextWrite(trap: () => void): void {
    this.trap = trap
  }

  readonly destroy = (): void => {
    if (!this.held) return
    this.held = false
    this.network.trace(`${this.name} destroyed by the client`)
    this.network.onGone(this)
    if (this.network.plant === undefined) this.toClient.discard()
    // What has left the client is executed all the same, unless the reset overtakes it.
    if (this.network.rng.chance(0.5)) this.toServer.discard()
  }

  private reply(bytes: Uint8Array): void {
    if (!this.served || this.broken || this.mute) return
    if (this.network.plant === "lost reply" && this.network.rng.chance(PLANT_PART)) return
    for (const chunk of this.network.split(bytes)) {
      this.toClient.send(this.network.latency(this.place), () => {
        if (this.held) this.events.onData(chunk)
        else this.network.late(this.address, chunk)
      })
    }
  }

  /** Let arrive what was held back. */
  pump(): void {
    this.toServer.pump()
    this.toClient.pump()
  }

  private closeFromServer(cause: string): void {
    this.toClient.send(this.network.latency(this.place), () => {
      if (!this.held) return
      this.held = false
      this.network.trace(`${this.name} closed: ${cause}`)
      this.network.onGone(this)
      this.events.onClose(cause)
    })
  }

  /** The stream breaks before anything that is under way has reached the server. */
  cutBeforeDelivery(): void {
    this.toServer.discard()
    this.served = false
    if (this.network.rng.chance(0.5)) this.toClient.discard()
    this.closeFromServer("read ECONNRESET")
  }

  /** The server gets what is under way, and its answers are lost with the stream. */
  cutBeforeReply(): void {
    this.mute = true
    this.toClient.discard()
    this.closeFromServer("read ECONNRESET")
  }

  /** Both ends keep the stream and hear nothing any more. */
  breakHalfOpen(): void {
    this.broken = true
    this.toServer.discard()
    this.toClient.discard()
  }

  /** The process at the other end is gone. */
  killServer(): void {
    this.served = false
    this.toServer.discard()
    if (this.network.rng.chance(0.5)) this.toClient.discard()
    if (!this.broken) this.closeFromServer("read ECONNRESET")
  }
}

/** A fault that no network has, to prove that the checker sees what a client must not do. */
export type NetworkPlant = "late reply" | "lost reply" | "doubled request"

export class Network {
  readonly world: World
  readonly rng: Rng
  readonly plant: NetworkPlant | undefined
  /** The streams that the client holds. */
  readonly open = new Set<Wire>()
  /** All that some server may still hear. */
  private readonly wires: Array<Wire> = []
  private readonly places = new Map<string, Place>()
  private count = 0
  private readonly lateOnes: Array<{ readonly address: string; readonly chunk: Uint8Array }> = []
  /** How often the client dialled or wrote. */
  activity = 0
  /** Called with each command as the client hands it over. */
  onCommand: (words: ReadonlyArray<string>, wire: Wire) => void = () => {}

  constructor(world: World, rng: Rng, plant?: NetworkPlant) {
    this.world = world
    this.rng = rng
    this.plant = plant
  }

  trace(line: string): void {
    this.world.trace.add(line)
  }

  place(address: string): Place {
    let place = this.places.get(address)
    if (place === undefined) {
      place = new Place()
      this.places.set(address, place)
    }
    return place
  }

  latency(place: Place): number {
    return grains((FASTEST + this.rng.next() * (SLOWEST - FASTEST)) * place.slow)
  }

  /** Cut bytes as a network may, sometimes after every byte. */
  split(bytes: Uint8Array): ReadonlyArray<Uint8Array> {
    const { rng } = this
    if (bytes.length < 2 || !rng.chance(SPLIT_PART)) return [bytes.slice()]
    if (bytes.length < 24 && rng.chance(0.1)) return Array.from(bytes, (byte) => Uint8Array.of(byte))
    const cuts = Array.from({ length: rng.int(1, 3) }, () => rng.int(1, bytes.length - 1)).sort((a, b) => a - b)
    return [0, ...cuts].map((from, at) => bytes.slice(from, cuts[at])).filter((chunk) => chunk.length > 0)
  }

  /** What comes for a stream that the client has given up: nothing becomes of it, unless that fault is planted. */
  late(address: string, chunk: Uint8Array): void {
    if (this.plant === "late reply") this.lateOnes.push({ address, chunk })
  }

  /** The planted fault: a later stream gets the bytes of an earlier one as an answer to what it has just sent. */
  answerLate(wire: Wire, events: SocketEvents): void {
    const at = this.lateOnes.findIndex(({ address }) => address === wire.address)
    const [found] = at === -1 ? [] : this.lateOnes.splice(at, 1)
    if (found === undefined) return
    this.world.after(FASTEST, () => {
      if (wire.held) events.onData(found.chunk)
    })
  }

  onWritten(wire: Wire, words: ReadonlyArray<string>): void {
    this.activity++
    this.trace(`${wire.name} > ${words.join(" ")}`)
    this.onCommand(words, wire)
  }

  onGone(wire: Wire): void {
    this.open.delete(wire)
  }

  /** The streams to an address that the client holds. */
  to(address: string): ReadonlyArray<Wire> {
    return [...this.open].filter((wire) => wire.address === address)
  }

  /** A process begins to listen. */
  listen(address: string, listener: Listener): void {
    this.place(address).listener = listener
  }

  /** The process is killed. */
  kill(address: string): void {
    const place = this.place(address)
    place.listener = undefined
    place.frozen = false
    for (const wire of this.wires) if (wire.address === address && wire.served) wire.killServer()
  }

  /** Change the condition of a place; what was held back arrives if it may. */
  set(address: string, change: Partial<Pick<Place, "frozen" | "refuses" | "cutOff" | "slow" | "congested">>): void {
    Object.assign(this.place(address), change)
    for (const wire of this.wires) if (wire.address === address) wire.pump()
  }

  readonly transport: Transport["Service"] = {
    text: portableTextCodec,
    defer: (task) => this.world.defer(task),
    open: (options) =>
      Effect.acquireRelease(this.dial(options), (wire) => Effect.sync(wire.destroy), { interruptible: true })
  }

  private dial(options: OpenOptions): Effect.Effect<Wire, OpenFailure> {
    return Effect.callback<Wire, OpenFailure>((resume) => {
      const address = addressText(options.address)
      const place = this.place(address)
      let waiting = true
      this.activity++
      this.trace(`dial ${address}`)
      const knock = (retries: ReadonlyArray<number>) => {
        if (!waiting) return
        if (place.cutOff) {
          const [next, ...later] = retries
          if (next !== undefined) this.world.after(next, () => knock(later))
          return
        }
        waiting = false
        const { listener } = place
        if (listener === undefined || place.refuses) {
          return resume(Effect.fail({ _tag: "OpenFailure", message: `connect ECONNREFUSED ${address}` }))
        }
        const wire = new Wire(this, `s${++this.count}`, options, place, listener)
        this.trace(`${wire.name} open to ${address}`)
        this.open.add(wire)
        this.wires.push(wire)
        resume(Effect.succeed(wire))
      }
      this.world.after(this.latency(place), () => knock(SYN_RETRIES))
      return Effect.sync(() => {
        waiting = false
      })
    })
  }
}
