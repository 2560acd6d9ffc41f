// What a busy server would write, from a process of its own that is never the bottleneck: it passes on what client and server say to each other,
// and when told to begins to write messages, encoded beforehand, as fast as the client reads them.
import * as Net from "node:net"
import { channelName } from "./channelName.ts"

/** Bytes of one round over the channels: several system calls' worth. */
const ROUND_BYTES = 1024 * 1024

const encode = (channels: number, size: number, protocol: 2 | 3): Buffer => {
  const frames: Array<string> = []
  let bytes = 0
  for (let n = 0; bytes < ROUND_BYTES || n % channels !== 0; n++) {
    const channel = channelName(n % channels)
    const payload = String(n).padStart(12, "0").padEnd(size, "payload ")
    const mark = protocol === 3 ? ">" : "*"
    const frame = `${mark}3\r\n$7\r\nmessage\r\n$${channel.length}\r\n${channel}\r\n$${payload.length}\r\n${payload}\r\n`
    frames.push(frame)
    bytes += frame.length
  }
  return Buffer.from(frames.join(""), "latin1")
}

const serve = (serverPort: number, channels: number, size: number): void => {
  const streams = { 2: encode(channels, size, 2), 3: encode(channels, size, 3) }
  const subscribed = new Map<Net.Socket, 2 | 3>()
  const listener = Net.createServer((client) => {
    const server = Net.connect(serverPort, "127.0.0.1")
    client.setNoDelay(true)
    server.setNoDelay(true)
    let protocol: 2 | 3 = 2
    client.on("data", (chunk) => {
      const text = chunk.toString("latin1")
      if (/HELLO\r\n\$1\r\n3/i.test(text)) protocol = 3
      if (/\r\nSUBSCRIBE\r\n/i.test(text)) subscribed.set(client, protocol)
      server.write(chunk)
    })
    server.on("data", (chunk) => client.write(chunk))
    const end = () => {
      subscribed.delete(client)
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) socket.on("error", end).on("close", end)
  })
  listener.listen(0, "127.0.0.1", () => process.send?.((listener.address() as Net.AddressInfo).port))
  process.on("message", (said) => {
    if (said !== "begin") return
    for (const [socket, protocol] of subscribed) {
      const pour = (): void => {
        while (!socket.destroyed && socket.write(streams[protocol])) {
          // Until the client is the slower one.
        }
      }
      socket.on("drain", pour)
      pour()
    }
  })
}

const [serverPort, channels, size] = process.argv.slice(2).map(Number)
if (serverPort !== undefined && channels !== undefined && size !== undefined && process.send !== undefined) {
  serve(serverPort, channels, size)
}
