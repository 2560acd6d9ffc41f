/**
 * Servers that do anything: answer properly, with any error, with another kind of reply, late, never, with garbage, twice, or not at all
 * because they are gone. What comes next is read from a list of numbers, so that each run can be repeated.
 */
import * as Effect from "effect/Effect"
import { slotsReply, three } from "./FakeCluster.ts"
import { array, bulk, error, type FakeSocket, FakeTransport, hello, int, ok, queued, refused } from "./FakeTransport.ts"

interface Served {
  readonly owed: Array<ReadonlyArray<string>>
  /** How many commands MULTI has queued, -1 outside of one. */
  multi: number
  mute: boolean
}

export class ChaosServer {
  readonly transport = new FakeTransport()
  private readonly choices: ReadonlyArray<number>
  private readonly texts: ReadonlyArray<string>
  private readonly served = new Map<FakeSocket, Served>()
  private at = 0
  /** No more faults: what is reachable now answers. */
  calm = false

  /** Each of `choices` is from 0 to 99; `texts` are errors that a server might send. */
  constructor(choices: ReadonlyArray<number>, texts: ReadonlyArray<string>) {
    this.choices = choices
    this.texts = texts
    this.transport.onOpen = () => {
      const choice = this.next()
      return choice < 8 ? refused() : choice < 10 ? Effect.never : Effect.void
    }
    this.transport.script = (words, socket) => {
      this.of(socket).owed.push(words)
      return ""
    }
  }

  /** Everything that has come is served, or whatever else is next. */
  step(): void {
    for (const socket of this.transport.open) {
      const served = this.of(socket)
      while (socket.open && !served.mute) {
        if (!this.serve(socket, served, this.next())) break
      }
    }
  }

  private of(socket: FakeSocket): Served {
    const known = this.served.get(socket)
    if (known !== undefined) return known
    const made: Served = { owed: [], multi: -1, mute: false }
    this.served.set(socket, made)
    return made
  }

  private next(): number {
    return this.calm ? 50 : (this.choices[this.at++ % this.choices.length] ?? 50)
  }

  private text(): string {
    const [slot, node] = [this.next() * 160, `n${1 + (this.next() % 4)}:1`]
    const usual = [
      `MOVED ${slot} ${node}`,
      `ASK ${slot} ${node}`,
      `MOVED ${slot} ?:1`,
      "TRYAGAIN x",
      "CLUSTERDOWN x",
      "LOADING x",
      "READONLY x",
      "WRONGTYPE x",
      "NOSCRIPT x",
      "BUSY x"
    ]
    const at = this.next()
    return at < 70 ? (usual[at % usual.length] ?? "") : (this.texts[at % Math.max(1, this.texts.length)] ?? "")
  }

  /** One event on a socket; false if nothing more happens on it in this step. */
  private serve(socket: FakeSocket, served: Served, choice: number): boolean {
    if (choice >= 96) {
      served.mute = true
      return false
    }
    if (choice === 95) socket.congested = true
    if (choice === 94) socket.drain()
    if (choice >= 92) return false
    if (choice === 91) socket.end("read ECONNRESET")
    if (choice === 90) socket.answer(`>2\r\n${bulk("invalidate")}${array([bulk("k")])}`)
    const words = served.owed.shift()
    if (words === undefined) {
      if (choice === 89) socket.answer(int(1))
      return false
    }
    // However EXEC is answered, it ends the transaction.
    if (words[0] === "EXEC" && choice >= 70) served.multi = -1
    if (choice === 88) socket.answer("!garbage\r\n")
    else if (choice === 87) {
      socket.answer("$10\r\nhalf")
      socket.end()
    } else if (choice >= 84 && words[0] !== "EVAL") socket.answer(array([array([])]))
    else if (choice >= 70) socket.answer(error(this.text().replace(/[\r\n]/g, " ")))
    else socket.answer(this.proper(words, served))
    return true
  }

  private proper(words: ReadonlyArray<string>, served: Served): string {
    const [name = "", first = ""] = words
    if (name === "MULTI") {
      served.multi = 0
      return ok
    }
    if (name === "EXEC") {
      const count = served.multi
      served.multi = -1
      return array(Array.from({ length: Math.max(0, count) }, () => bulk("exec")))
    }
    if (served.multi >= 0) {
      served.multi++
      return queued
    }
    if (name === "HELLO") return hello("redis", "8.0.0")
    if (name === "CLUSTER") {
      return first === "SLOTS" ? slotsReply(three) : bulk("cluster_state:ok\r\ncluster_current_epoch:3\r\n")
    }
    if (name === "GET") return bulk(`value of ${first}`)
    if (name === "EVAL") return bulk(`result of ${first}`)
    return name === "INCR" ? int(1) : name === "PING" ? "+PONG\r\n" : ok
  }
}
