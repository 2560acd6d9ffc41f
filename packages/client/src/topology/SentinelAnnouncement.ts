/**
 * What sentinels publish of their own accord, read into records: a failover, a server or sentinel that is down or back. Announcements only
 * speed things up, since any of them may be missed.
 *
 * @since 0.1.0
 */
import { type Endpoint, parsePort } from "./Endpoint.ts"

/**
 * What was announced, on the channel of that name (`+switch-master`, `+sdown`, `-odown` …).
 *
 * - `Switched`: a service has a new primary (`+switch-master`).
 * - `Instance`: something about a primary, a replica or a sentinel; `detail` is what follows its address, if anything does.
 * - `Other`: all else (`+tilt` …), as text.
 *
 * Addresses are as sentinels tell them.
 *
 * @category models
 * @since 0.1.0
 */
export type SentinelAnnouncement =
  | {
      readonly _tag: "Switched"
      readonly channel: string
      readonly service: string
      readonly from: Endpoint
      readonly to: Endpoint
    }
  | {
      readonly _tag: "Instance"
      readonly channel: string
      readonly service: string
      readonly role: "primary" | "replica" | "sentinel"
      readonly name: string
      readonly endpoint: Endpoint
      readonly detail: string
    }
  | { readonly _tag: "Other"; readonly channel: string; readonly text: string }

const roles: Readonly<Record<string, "primary" | "replica" | "sentinel">> = {
  master: "primary",
  primary: "primary",
  slave: "replica",
  replica: "replica",
  sentinel: "sentinel"
}

const endpoint = (host: string | undefined, port: string | undefined): Endpoint | undefined => {
  const number = port === undefined ? undefined : parsePort(port)
  return host === undefined || host === "" || number === undefined ? undefined : { host, port: number }
}

/**
 * Read one message.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseAnnouncement = (channel: string, text: string): SentinelAnnouncement => {
  const words = text.split(" ")
  if (channel === "+switch-master" || channel === "+switch-primary") {
    const [service = "", fromHost, fromPort, toHost, toPort] = words
    const from = endpoint(fromHost, fromPort)
    const to = endpoint(toHost, toPort)
    if (service !== "" && from !== undefined && to !== undefined)
      return { _tag: "Switched", channel, service, from, to }
  }
  // <type> <name> <host> <port> [@ <service> <host> <port>] [detail]
  const [kind = "", name = "", host, port, at, service = ""] = words
  const role = Object.hasOwn(roles, kind) ? roles[kind] : undefined
  const address = endpoint(host, port)
  if (role === undefined || address === undefined) return { _tag: "Other", channel, text }
  const watched = at === "@"
  return {
    _tag: "Instance",
    channel,
    role,
    name,
    endpoint: address,
    service: watched ? service : name,
    detail: words.slice(watched ? 8 : 4).join(" ")
  }
}
