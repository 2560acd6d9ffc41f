import type * as net from "node:net"

/**
 * Resets a socket. Node's `resetAndDestroy` fails with `EINVAL` on one whose `end()` is still under way, and then never closes its handle:
 * the process would spin when it should exit. Such a socket is destroyed instead; its peer sees the end that was sent.
 */
export const reset = (socket: net.Socket): void => {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}
