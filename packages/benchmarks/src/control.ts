// A connection of the harness itself, apart from every client under test: one command, one reply, closed. It sets servers
// up and reads the servers' own counters.
import { connect } from "node:net"
import type { Address } from "./clients/BenchmarkClient.ts"

/** Milliseconds within which a server must have answered. */
const CONTROL_TIMEOUT = 5000

/** The first reply in the text if it is whole: status, error, integer or bulk string (all that is asked for here). */
const parse = (text: string): { readonly error: boolean; readonly value: string } | undefined => {
  const end = text.indexOf("\r\n")
  if (end < 0) return undefined
  const line = text.slice(1, end)
  if (text[0] !== "$") return { error: text[0] === "-", value: line }
  const length = Number(line)
  const body = text.slice(end + 2)
  return body.length < length + 2 ? undefined : { error: false, value: body.slice(0, length) }
}

/** Sends one command and gives the reply as text; rejects with the server's error, or when the connection fails. */
export const control = (address: Address, ...args: ReadonlyArray<string>): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(address.port, address.host)
    let text = ""
    const fail = (reason: string) => {
      socket.destroy()
      reject(new Error(`${args[0]} on ${address.host}:${address.port}: ${reason}`))
    }
    socket.setEncoding("latin1")
    socket.setTimeout(CONTROL_TIMEOUT, () => fail("no answer"))
    socket.on("error", (error) => fail(error.message))
    socket.on("close", () => fail("closed without an answer"))
    socket.on("data", (chunk: string) => {
      text += chunk
      const reply = parse(text)
      if (reply === undefined) return
      if (reply.error) return fail(reply.value)
      resolve(reply.value)
      socket.destroy()
    })
    const frames = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`)
    socket.write(`*${args.length}\r\n${frames.join("")}`)
  })

/** How often a server says it has executed a command, from the text of `INFO commandstats`. */
export const callsIn = (commandstats: string, command: string): number => {
  const found = new RegExp(`^cmdstat_${command}:calls=(\\d+)`, "m").exec(commandstats)
  return found === null ? 0 : Number(found[1])
}

/** The same, summed over the nodes. */
export const serverCalls = async (nodes: ReadonlyArray<Address>, command: string): Promise<number> => {
  const texts = await Promise.all(nodes.map((node) => control(node, "INFO", "commandstats")))
  return texts.reduce((sum, text) => sum + callsIn(text, command), 0)
}
