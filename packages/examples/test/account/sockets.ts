/** A socket of this process, as a client that is not closed would leave one. */
import { once } from "node:events"
import { type AddressInfo, connect, type Server, type Socket } from "node:net"

/** Lets the server listen on loopback and connects to it. */
export const connectTo = async (server: Server): Promise<Socket> => {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port })
  await once(socket, "connect")
  server.on("connection", (accepted) => accepted.destroy())
  return socket
}
