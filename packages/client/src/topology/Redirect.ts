/**
 * What a server says when it sends a client elsewhere: MOVED and ASK of a cluster, and REDIRECT of a Valkey 8 replica or handed-over
 * primary (after `CLIENT CAPA redirect`). This is the one place that knows their syntax; what to do about them is decided by
 * `routing/`.
 *
 * @since 0.1.0
 */
import type { AddressRemap, Endpoint } from "./Endpoint.ts"
import { parsePort, stripBrackets } from "./Endpoint.ts"
import { SLOT_COUNT } from "./Slot.ts"

/**
 * MOVED: the slot belongs to another node from now on. ASK: only this one command goes to another node, after ASKING.
 * REDIRECT: the whole connection belongs to another node (no slot is involved).
 *
 * @category models
 * @since 0.1.0
 */
export type RedirectKind = "MOVED" | "ASK" | "REDIRECT"

/**
 * A parsed redirect. `host` is `undefined` where the server left it empty, which means the host of the node that answered, and `"?"`
 * where the server does not know it. `slot` is `undefined` only for REDIRECT. Use `redirectTarget` for the address to dial.
 *
 * @category models
 * @since 0.1.0
 */
export type Redirect =
  | {
      readonly kind: "MOVED" | "ASK"
      readonly slot: number
      readonly host: string | undefined
      readonly port: number
    }
  | {
      readonly kind: "REDIRECT"
      readonly slot: undefined
      readonly host: string | undefined
      readonly port: number
    }

/**
 * How servers write a host that they do not know: a node without announced hostname where
 * `cluster-preferred-endpoint-type hostname` is set (since Redis 7.0).
 *
 * @category constants
 * @since 0.1.0
 */
export const UNKNOWN_HOST = "?"

const parseSlot = (text: string): number | undefined => {
  if (!/^[0-9]{1,5}$/.test(text)) return undefined
  const slot = Number(text)
  return slot < SLOT_COUNT ? slot : undefined
}

/**
 * The redirect in the text of an error reply, or `undefined` if it is none or not well formed (an unknown slot or port, a missing or
 * surplus word). Servers write an IPv6 host without brackets, so the last colon separates the port.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseRedirect = (message: string): Redirect | undefined => {
  const words = message.split(" ")
  const kind = words[0]
  if (kind === "REDIRECT") {
    const address = words.length === 2 ? parseAddress(words[1]!) : undefined
    return address && { kind, slot: undefined, ...address }
  }
  if ((kind !== "MOVED" && kind !== "ASK") || words.length !== 3) return undefined
  const slot = parseSlot(words[1]!)
  const address = parseAddress(words[2]!)
  return slot === undefined || address === undefined ? undefined : { kind, slot, ...address }
}

const parseAddress = (text: string): { readonly host: string | undefined; readonly port: number } | undefined => {
  const colon = text.lastIndexOf(":")
  const port = colon === -1 ? undefined : parsePort(text.slice(colon + 1))
  if (port === undefined) return undefined
  const host = stripBrackets(text.slice(0, colon))
  if (/[\s[\]]/.test(host)) return undefined
  return { host: host === "" ? undefined : host, port }
}

/**
 * The address to dial for `redirect`, which `answered` sent; `undefined` if the server itself does not know it, in which case only
 * another node's view of the cluster helps. `remap` is applied as to every announced address.
 *
 * @category resolvers
 * @since 0.1.0
 */
export const redirectTarget = (redirect: Redirect, answered: Endpoint, remap?: AddressRemap): Endpoint | undefined => {
  if (redirect.host === UNKNOWN_HOST) return undefined
  const target = { host: redirect.host ?? answered.host, port: redirect.port }
  return remap === undefined ? target : remap(target)
}
