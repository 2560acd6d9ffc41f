/**
 * Loopback ports that no other test process of this machine is given: whoever listens on the first port of a block owns the
 * rest of it, and the kernel frees the block with its owner. Without `effect`, for the supervisor's sake.
 */
import * as net from "node:net"

/** Everything that this package starts listens here only. */
export const HOST = "127.0.0.1"
/** Ports from 32768 on are handed out by Linux to outgoing connections, and could be taken while a server restarts. */
const FIRST_PORT = 20_480
const LAST_PORT = 32_767
/** Ports per block, the guard included. */
const BLOCK_SIZE = 64
const BLOCKS = Math.floor((LAST_PORT - FIRST_PORT + 1) / BLOCK_SIZE)

const close = (server: net.Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))

const listen = (port: number): Promise<net.Server | undefined> =>
  new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy())
    server.once("error", () => resolve(undefined))
    server.listen({ host: HOST, port, exclusive: true }, () => resolve(server))
  })

const isFree = async (port: number): Promise<boolean> => {
  const server = await listen(port)
  if (server === undefined) return false
  await close(server)
  return true
}

export class PortBlocks {
  private readonly guards: Array<net.Server> = []
  private readonly candidates: Array<number> = []

  /** Free ports. None is handed out twice: one that a server found taken stays used up. */
  async take(count: number): Promise<ReadonlyArray<number>> {
    const ports: Array<number> = []
    while (ports.length < count) {
      const port = this.candidates.shift()
      if (port === undefined) await this.claimBlock()
      else if (await isFree(port)) ports.push(port)
    }
    return ports
  }

  /** Gives the blocks back. Not needed at the end of a process. */
  async release(): Promise<void> {
    await Promise.all(this.guards.splice(0).map(close))
  }

  private async claimBlock(): Promise<void> {
    const start = Math.floor(Math.random() * BLOCKS)
    for (let i = 0; i < BLOCKS; i++) {
      const base = FIRST_PORT + ((start + i) % BLOCKS) * BLOCK_SIZE
      const guard = await listen(base)
      if (guard === undefined) continue
      this.guards.push(guard)
      for (let port = base + 1; port < base + BLOCK_SIZE; port++) this.candidates.push(port)
      return
    }
    throw new Error(`no free block of ports between ${FIRST_PORT} and ${LAST_PORT}`)
  }
}
