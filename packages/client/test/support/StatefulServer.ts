/** What a fake server knows of each of its connections: whether it watches, queues, has another database or name, and how it blocks. */
import {
  array,
  bulk,
  error,
  type FakeSocket,
  type FakeTransport,
  hello,
  int,
  nil,
  ok,
  queued
} from "./FakeTransport.ts"

interface Client {
  readonly id: number
  database: string
  watching: boolean
  queueing: boolean
  name: string
  readOnly: boolean
  blocked: boolean
}

/** A connection that nobody has changed. */
export const CLEAN = "db=0 watching=false queueing=false name= readOnly=false"

export class StatefulServer {
  readonly clients = new Map<FakeSocket, Client>()
  private ids = 0
  private readonly transport: FakeTransport

  constructor(transport: FakeTransport) {
    this.transport = transport
    transport.script = (words, socket) => this.answer(words, this.of(socket))
  }

  of(socket: FakeSocket): Client {
    const known = this.clients.get(socket)
    if (known !== undefined) return known
    const made: Client = {
      id: ++this.ids,
      database: "0",
      watching: false,
      queueing: false,
      name: "",
      readOnly: false,
      blocked: false
    }
    this.clients.set(socket, made)
    return made
  }

  /** Give an element to whoever is blocked, the longest blocked first; whether there was anybody. */
  push(key: string, element: string): boolean {
    for (const [socket, client] of this.clients) {
      if (!client.blocked || !socket.open) continue
      client.blocked = false
      socket.answer(array([bulk(key), bulk(element)]))
      return true
    }
    return false
  }

  private answer(words: ReadonlyArray<string>, client: Client): string {
    const [first = "", second = ""] = words
    const name = first === "CLIENT" ? `CLIENT ${second}` : first
    if (client.queueing && !["EXEC", "DISCARD"].includes(name)) return queued
    switch (name) {
      case "HELLO":
        return hello("redis", "8.0.0")
      case "CLIENT ID":
        return int(client.id)
      case "CLIENT SETNAME":
        client.name = words[2] ?? ""
        return ok
      case "CLIENT UNBLOCK":
        return this.unblock(Number(words[2]))
      case "SELECT":
        client.database = second
        return ok
      case "WATCH":
        client.watching = true
        return ok
      case "UNWATCH":
        client.watching = false
        return ok
      case "MULTI":
        client.queueing = true
        return ok
      case "DISCARD":
      case "EXEC": {
        const was = client.queueing
        client.queueing = false
        client.watching = false
        return !was ? error(`ERR ${name} without MULTI`) : name === "EXEC" ? nil : ok
      }
      case "READONLY":
      case "READWRITE":
        client.readOnly = name === "READONLY"
        return ok
      case "PING":
        return "+PONG\r\n"
      case "STATE":
        return bulk(
          `db=${client.database} watching=${client.watching} queueing=${client.queueing} name=${client.name} readOnly=${client.readOnly}`
        )
      case "BLPOP":
        client.blocked = true
        return ""
      default:
        return ok
    }
  }

  private unblock(id: number): string {
    for (const socket of this.transport.open) {
      const client = this.of(socket)
      if (client.id !== id || !client.blocked) continue
      client.blocked = false
      queueMicrotask(() => socket.answer(error("UNBLOCKED client unblocked via CLIENT UNBLOCK")))
      return int(1)
    }
    return int(0)
  }
}
