/**
 * URLs of a service that sentinels watch: `redis+sentinel://user:password@s1:26379,s2:26379/mymaster/0?clientName=app`. The hosts are
 * those of the sentinels; user, password, TLS, database and parameters are for the servers.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { type InvalidUrl, parse, type TcpUrl } from "./RedisUrl.ts"

/**
 * A parsed URL: the sentinels are its `endpoints`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SentinelUrl extends TcpUrl {
  /** The name of the service. */
  readonly service: string
}

/**
 * The port of a sentinel where none is named (as in the `sentinel.conf` of servers).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_SENTINEL_PORT = 26_379

/** Scheme, authority up to the last @, hosts, and all that follows. */
const PARTS = /^([^:/?#]*):\/\/((?:[^/?#]*@)?)([^/?#]*)(.*)$/s
const SENTINEL = /^(rediss?|valkeys?)\+sentinel$/i
/** A service (percent-encoded), and a database behind it. */
const PATH = /^\/([^/?#]+)(\/[^/?#]*)?(\/?)((?:[?#].*)?)$/s

/**
 * The same URL with a port at each of its hosts that has none.
 *
 * @category combinators
 * @since 0.1.0
 */
export const withPort = (url: string, port: number): string => {
  const parts = PARTS.exec(url)
  if (parts === null) return url
  const [, scheme, user, hosts = "", rest] = parts
  const dialled = hosts.split(",").map((host) => (/^(\[[^\]]*\]|[^:[\]]+)$/.test(host) ? `${host}:${port}` : host))
  return `${scheme}://${user}${dialled.join(",")}${rest}`
}

const invalid = (part: string, detail: string): Result.Result<never, InvalidUrl> =>
  // None of it is shown: where the URL is malformed any piece may be one of a password.
  Result.fail({ _tag: "InvalidUrl", url: "***", part, detail })

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/**
 * Parses such a URL. It never throws, and a failure never shows the password.
 *
 * **Details**
 *
 * Schemes: `redis+sentinel`, `valkey+sentinel`, and with TLS `rediss+sentinel`, `valkeys+sentinel`. The path is the service and, if there is
 * a second part, the database. A host without a port has 26379. All else is as in other URLs.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseSentinelUrl = (url: string): Result.Result<SentinelUrl, InvalidUrl> => {
  const parts = PARTS.exec(url)
  const scheme = SENTINEL.exec(parts?.[1] ?? "")?.[1]
  if (parts === null || scheme === undefined) {
    return invalid(
      "scheme",
      "expected redis+sentinel://, rediss+sentinel://, valkey+sentinel:// or valkeys+sentinel://"
    )
  }
  const [, , user, hosts, rest = ""] = parts
  const path = PATH.exec(rest)
  const service = decode(path?.[1] ?? "")
  if (path === null || service === undefined || /\s/.test(service)) {
    return invalid("service", "expected the name of the service (and a database) behind the hosts: /mymaster/0")
  }
  const [, , database = "", , query = ""] = path
  return Result.flatMap(
    parse(withPort(`${scheme}://${user}${hosts}${database}${query}`, DEFAULT_SENTINEL_PORT)),
    (parsed) =>
      parsed._tag === "Unix"
        ? invalid("scheme", "sentinels are not reached by a Unix socket")
        : Result.succeed({ ...parsed, service })
  )
}
