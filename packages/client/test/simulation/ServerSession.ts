/**
 * One client's stream at a modelled server: it reads RESP, decides as a cluster node does (whose slot is it, may it be served now), executes,
 * and answers in order. It knows the commands that the simulation sends, and no others.
 */
import { encodeValue, Wire as Form, type WireValue } from "../../src/protocol/RespEncoder.ts"
import { RespParser } from "../../src/protocol/RespParser.ts"
import { RespError, RespMap } from "../../src/protocol/RespValue.ts"
import { portableTextCodec } from "../../src/protocol/TextCodec.ts"
import { slotOf } from "../../src/topology/Slot.ts"
import type { ClusterModel } from "./ClusterModel.ts"
import { type ModelNode, NOBODY } from "./ModelNode.ts"
import { fnv } from "./Rng.ts"
import { idOf } from "./Truth.ts"

type Words = ReadonlyArray<string>

/** A counter does not begin at 0 but at a number that its name gives: its reply shows which counter was asked. */
export const firstCount = (key: string): number => 1000 + (fnv(key) % 1_000_000)

/** The keys of a command. */
const keysOf = ([name, ...args]: Words): ReadonlyArray<string> => {
  if (name === "MGET") return args
  const [key] = args
  return key !== undefined && (name === "GET" || name === "SET" || name === "INCR" || name === "RPUSH") ? [key] : []
}

const isWrite = ([name]: Words): boolean => name === "SET" || name === "INCR" || name === "RPUSH"

const ok = Form.simple("OK")
const refusal = (message: string): RespError => new RespError(message)

/** What the session needs to know of its stream. */
interface Stream {
  readonly name: string
}

export class ServerSession {
  readonly node: ModelNode
  private readonly model: ClusterModel
  private readonly stream: Stream
  private readonly send: (bytes: Uint8Array) => void
  private readonly requests: RespParser
  private readonly waiting: Array<Words> = []
  private version: 2 | 3 = 2
  private asking = false
  private readOnly = false
  private block: { readonly commands: Array<Words>; spoilt: boolean } | undefined

  constructor(model: ClusterModel, node: ModelNode, stream: Stream, send: (bytes: Uint8Array) => void) {
    this.model = model
    this.node = node
    this.stream = stream
    this.send = send
    const take = (value: unknown) => {
      if (Array.isArray(value)) this.waiting.push(value.map(String))
    }
    this.requests = new RespParser({ asBytes: () => false, onReply: take, onPush: () => {} }, portableTextCodec)
  }

  readonly receive = (chunk: Uint8Array): void => {
    this.requests.push(chunk)
    this.work()
  }

  /** Answer what waits, as far as the node lets it. */
  work(): void {
    while (true) {
      const [words] = this.waiting
      if (words === undefined) return
      if (this.mustWait(words)) return
      this.waiting.shift()
      const answer = this.answer(words)
      if (answer instanceof RespError) {
        this.model.world.trace.add(`${this.node.address} ${this.stream.name} ${words.join(" ")}: ${answer.message}`)
      }
      this.send(encodeValue(answer, this.version))
    }
  }

  /** While a graceful failover is under way writes are held back. */
  private mustWait(words: Words): boolean {
    if (!this.node.paused) return false
    return isWrite(words) || (words[0] === "EXEC" && this.block?.commands.some(isWrite) === true)
  }

  private answer(words: Words): WireValue {
    const [name = "", sub = ""] = words
    const wasAsking = this.asking
    if (this.block === undefined && name !== "ASKING") this.asking = false
    switch (name) {
      case "HELLO":
        return this.hello()
      case "CLIENT":
        return ok
      case "READONLY":
        this.readOnly = true
        return ok
      case "ASKING":
        this.asking = true
        return ok
      case "PING":
        return this.isLoading ? this.loading : Form.simple("PONG")
      case "CLUSTER":
        return this.view(sub)
      case "MULTI":
        this.asking = wasAsking
        if (this.isLoading) return this.loading
        this.block = { commands: [], spoilt: false }
        return ok
      case "EXEC":
        return this.exec()
      default:
        return this.block === undefined ? this.single(words, wasAsking) : this.queue(words, this.block)
    }
  }

  private view(sub: string): WireValue {
    const { nodes, options, segments } = this.model
    if (this.model.views === "refused") return refusal(`NOPERM no permissions to run the 'cluster|${sub}' command`)
    if (this.model.views === "malformed") return 1
    const hides = options.hidesEpochs === true
    if (sub === "SLOTS") return this.node.slotsReply(segments, nodes)
    return sub === "NODES" ? this.node.nodesReply(nodes, hides) : this.node.infoReply(segments, hides)
  }

  private get isLoading(): boolean {
    return this.node.loadingUntil > this.model.world.now()
  }

  private get loading(): RespError {
    return refusal("LOADING Redis is loading the dataset in memory")
  }

  private hello(): WireValue {
    if (this.model.options.resp2Only === true) return refusal("ERR unknown command 'HELLO'")
    this.version = 3
    return new RespMap(["server", "redis", "version", "7.4.0", "proto", 3, "mode", "cluster"])
  }

  private single(words: Words, asking: boolean): WireValue {
    return this.refuse([words], asking) ?? this.execute(words)
  }

  private queue(words: Words, block: { readonly commands: Array<Words>; spoilt: boolean }): WireValue {
    const refused = this.refuse([words], this.asking)
    if (refused !== undefined) {
      block.spoilt = true
      return refused
    }
    block.commands.push(words)
    return Form.simple("QUEUED")
  }

  private exec(): WireValue {
    const { asking, block } = this
    this.block = undefined
    this.asking = false
    if (block === undefined) return refusal("ERR EXEC without MULTI")
    if (block.spoilt) return refusal("EXECABORT Transaction discarded because of previous errors.")
    return this.refuse(block.commands, asking) ?? block.commands.map((words) => this.execute(words))
  }

  /** What a cluster node says instead of executing (`getNodeByQuery` and the checks that follow it in `processCommand`). */
  private refuse(commands: ReadonlyArray<Words>, asking: boolean): RespError | undefined {
    const { model, node } = this
    const keys = commands.flatMap(keysOf)
    const [first] = keys
    if (first === undefined) return this.isLoading ? this.loading : undefined
    const slot = slotOf(first)
    if (keys.some((key) => slotOf(key) !== slot)) {
      return refusal("CROSSSLOT Keys in request don't hash to the same slot")
    }
    if (node.state === "fail") return refusal("CLUSTERDOWN The cluster is down")
    const segment = model.segmentOf(first)
    const owner = node.owner[segment] ?? NOBODY
    if (owner === NOBODY) return refusal("CLUSTERDOWN Hash slot not served")
    const writes = commands.some(isWrite)
    const elsewhere = (kind: "MOVED" | "ASK", at: number): RespError =>
      refusal(`${kind} ${slot} ${model.nodes[at]?.address ?? "?"}`)
    const missing = keys.filter((key) => node.data.get(key) === undefined).length
    const importing = node.importing.has(segment) && asking
    if (importing && keys.length > 1 && missing > 0) {
      return refusal("TRYAGAIN Multiple keys request during rehashing of slot")
    }
    // A node that has just been demoted still takes itself for the owner, and refuses to write.
    const demoted = owner === node.primary && node.demotedUntil > model.world.now()
    const reads = owner === node.primary && this.readOnly && !writes
    if (owner !== node.index && !importing && !demoted && !reads) return elsewhere("MOVED", owner)
    const target = node.migrating.get(segment)
    if (target !== undefined && missing > 0) {
      return keys.length > 1 && missing < keys.length
        ? refusal("TRYAGAIN Multiple keys request during rehashing of slot")
        : elsewhere("ASK", target)
    }
    if (!node.isPrimary && writes) return refusal("READONLY You can't write against a read only replica.")
    if (!node.isPrimary && node.followed === undefined) {
      return refusal("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")
    }
    return this.isLoading ? this.loading : undefined
  }

  private execute(words: Words): WireValue {
    const { model, node } = this
    const [name = "", key = "", value = ""] = words
    if (!node.isPrimary) model.catchUp(node)
    const reply = this.effect(name, key, value, words)
    const id = idOf(words)
    const shown = reply instanceof RespError ? reply.message : (JSON.stringify(reply) ?? "nil")
    if (id !== undefined && isWrite(words)) {
      model.truth.executed(id, { node: node.address, at: model.world.now(), reply: shown })
    }
    model.world.trace.add(`${node.address} ${this.stream.name} ${words.join(" ")} = ${shown}`)
    return reply
  }

  private effect(name: string, key: string, value: string, words: Words): WireValue {
    const { data } = this.node
    const now = this.model.world.now()
    const before = data.get(key) ?? []
    const latest = (of: string) => data.get(of)?.at(-1)?.value
    switch (name) {
      case "GET":
        return latest(key)
      case "MGET":
        return words.slice(1).map(latest)
      case "SET":
        data.set(key, [...before, { id: idOf(words) ?? "", value }], now)
        return ok
      case "INCR": {
        const count = Number(latest(key) ?? firstCount(key)) + 1
        data.set(key, [...before, { id: idOf(words) ?? "", value: String(count) }], now)
        return count
      }
      case "RPUSH": {
        const values = words.slice(2)
        data.set(key, [...before, ...values.map((one) => ({ id: idOf([one]) ?? "", value: one }))], now)
        return before.length + values.length
      }
      default:
        return refusal(`ERR unknown command '${name}'`)
    }
  }
}
