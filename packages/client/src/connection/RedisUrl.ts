/**
 * Connection URLs: `redis://user:password@host:6379/0?clientName=app`, with several hosts for a cluster or several sentinels. A small
 * strict parser rather than WHATWG `URL`, which knows no list of hosts. What it does not understand it refuses, by name: a
 * misspelt parameter that is ignored is found in production.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"

/**
 * The settings that every kind of URL can carry. What the URL does not say is `undefined`.
 *
 * **Details**
 *
 * `tls` is true for `rediss` and `valkeys` or with `?tls=true`. `database` comes from the path or from `?db=`, which wins. `protocol`
 * is the RESP version to ask for. `connectTimeout` is for opening one connection, `commandTimeout` for one command. `family` and
 * `keepAlive` are those of `SocketOptions`.
 *
 * @category models
 * @since 0.1.0
 */
export interface UrlSettings {
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: Redacted.Redacted | undefined
  readonly database: number | undefined
  readonly protocol: 2 | 3 | undefined
  readonly clientName: string | undefined
  readonly connectTimeout: Duration.Duration | undefined
  readonly commandTimeout: Duration.Duration | undefined
  readonly family: 4 | 6 | undefined
  readonly keepAlive: Duration.Duration | false | undefined
}

/**
 * A URL of one or more servers reached by TCP. An IPv6 host stands without brackets; a port that was left out is 6379.
 *
 * @category models
 * @since 0.1.0
 */
export interface TcpUrl extends UrlSettings {
  readonly _tag: "Tcp"
  readonly endpoints: readonly [UrlEndpoint, ...Array<UrlEndpoint>]
}

/**
 * A host and port of a `TcpUrl`.
 *
 * @category models
 * @since 0.1.0
 */
export interface UrlEndpoint {
  readonly host: string
  readonly port: number
}

/**
 * A URL of a server reached by the Unix socket at `path`.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnixUrl extends UrlSettings {
  readonly _tag: "Unix"
  readonly path: string
}

/**
 * A parsed connection URL.
 *
 * @category models
 * @since 0.1.0
 */
export type RedisUrl = TcpUrl | UnixUrl

/**
 * Why a URL was refused: `part` is where (`scheme`, `host`, `port`, `username`, `password`, `database`, `path`, `fragment`, or
 * `parameter NAME`), `detail` what is wrong. `url` is the URL without user name, password and parameters; no field ever shows a
 * password, not even a piece of one that was put in the wrong place.
 *
 * @category errors
 * @since 0.1.0
 */
export interface InvalidUrl {
  readonly _tag: "InvalidUrl"
  readonly url: string
  readonly part: string
  readonly detail: string
}

/**
 * The port of a server where the URL names none (IANA's registration of the `redis` scheme).
 *
 * @category constants
 * @since 0.1.0
 */
export const DEFAULT_PORT = 6379

const MAX_PORT = 65535
/** Servers keep the number of databases in a signed 32-bit integer. */
const MAX_DATABASE = 2 ** 31 - 1

type Scheme = { readonly name: string; readonly tls: boolean; readonly unix: boolean }

const SCHEMES: ReadonlyMap<string, Scheme> = new Map(
  [
    { name: "redis", tls: false, unix: false },
    { name: "rediss", tls: true, unix: false },
    { name: "valkey", tls: false, unix: false },
    { name: "valkeys", tls: true, unix: false },
    { name: "unix", tls: false, unix: true }
  ].map((scheme) => [scheme.name, scheme])
)

type Refusal = readonly [part: string, detail: string]
type Parsed<A> = Result.Result<A, Refusal>

const refuse = (part: string, detail: string): Result.Result<never, Refusal> => Result.fail([part, detail])

/** Decodes percent-escapes once. */
const decode = (part: string, text: string): Parsed<string> => {
  try {
    return Result.succeed(decodeURIComponent(text))
  } catch {
    return refuse(part, "is not validly percent-encoded UTF-8; write a literal % as %25")
  }
}

/** The pieces of a URL as they stand, nothing decoded. */
interface Pieces {
  readonly scheme: Scheme
  readonly userInfo: string | undefined
  readonly hosts: string
  readonly path: string
  readonly query: string | undefined
  readonly fragment: boolean
  /** Whether an @ stands after the authority: then a password may hold a bare / ? or #, and no piece is what it seems. */
  readonly suspect: boolean
}

const split = (url: string): Pieces | undefined => {
  const colon = url.indexOf(":")
  const scheme = SCHEMES.get(url.slice(0, Math.max(colon, 0)).toLowerCase())
  if (scheme === undefined) return undefined
  const slashes = url.startsWith("//", colon + 1)
  if (!slashes && !scheme.unix) return undefined
  const rest = url.slice(colon + (slashes ? 3 : 1))
  const end = slashes ? rest.search(/[/?#]|$/) : 0
  const authority = rest.slice(0, end)
  const at = authority.lastIndexOf("@")
  const tail = rest.slice(end)
  const hash = tail.indexOf("#")
  const beforeHash = hash === -1 ? tail : tail.slice(0, hash)
  const mark = beforeHash.indexOf("?")
  return {
    scheme,
    userInfo: at === -1 ? undefined : authority.slice(0, at),
    hosts: authority.slice(at + 1),
    path: mark === -1 ? beforeHash : beforeHash.slice(0, mark),
    query: mark === -1 ? undefined : beforeHash.slice(mark + 1),
    fragment: hash !== -1,
    suspect: tail.includes("@")
  }
}

const PLAIN_HOSTS = /^(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?(,(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?)*$/

/** Shows only what has the shape of an address: in a malformed URL anything else may be a piece of a password. */
const redact = (pieces: Pieces | undefined): string => {
  if (pieces === undefined) return "***"
  const { hosts, path, query, scheme, suspect, userInfo } = pieces
  const plain = scheme.unix
    ? hosts === "" && /^\/[\w./-]*$/.test(path)
    : PLAIN_HOSTS.test(hosts) && /^(\/\d*)?$/.test(path)
  if (suspect || !plain) return `${scheme.name}://***`
  return `${scheme.name}://${userInfo === undefined ? "" : "***@"}${hosts}${path}${query === undefined ? "" : "?***"}`
}

/**
 * Parses a connection URL. It never throws, and a failure never shows the password.
 *
 * **Details**
 *
 * - `redis://`, `valkey://` (TCP), `rediss://`, `valkeys://` (TLS), in any case: `scheme://[user[:password]@]host[:port][,…][/db][?…]`.
 *   IPv6 hosts stand in brackets. There is no default host, because an empty variable in `redis://${HOST}` is a mistake.
 * - `unix:/path`, `unix:///path`, `unix://user:password@/path`: the whole path is the socket's, the database comes from `?db=`.
 * - Each part is percent-decoded exactly once; in a parameter's value `+` is a blank. An empty user name before a password means the
 *   default user.
 * - Parameters, each at most once: `db`, `protocol` (2 or 3), `clientName`, `connectTimeout` and `commandTimeout` (milliseconds or, as
 *   in Effect, `2 seconds`), `tls` (true, false, yes, no, 1, 0), `family` (4 or 6), `keepAlive` (a duration or false). Any other name is refused, also `username` and `password`.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parse = (url: string): Result.Result<RedisUrl, InvalidUrl> => {
  const pieces = split(url)
  const parsed = pieces === undefined ? refuse("scheme", SCHEME_WANTED) : parsePieces(pieces)
  return Result.mapError(parsed, ([part, detail]) => ({
    _tag: "InvalidUrl",
    url: redact(pieces),
    // A name is quoted only where it cannot be the end of a password that was not encoded.
    part: pieces?.suspect === true && part.startsWith("parameter ") ? "parameter" : part,
    detail:
      pieces?.suspect === true ? `${detail} (write / ? # @ in a user name or password as %2F %3F %23 %40)` : detail
  }))
}

const SCHEME_WANTED = "expected redis://, rediss://, valkey://, valkeys:// or unix:"

const parsePieces = (pieces: Pieces): Parsed<RedisUrl> => {
  const { fragment, hosts, path, scheme, userInfo } = pieces
  if (fragment) return refuse("fragment", "a # and what follows have no meaning here; write a literal # as %23")
  return Result.gen(function* () {
    const user = yield* parseUserInfo(userInfo)
    const target = scheme.unix ? yield* parseSocket(hosts, path) : yield* parseHosts(hosts)
    const fromPath = scheme.unix ? undefined : yield* parsePathDatabase(path)
    const query = yield* parseQuery(pieces.query)
    if (query.tls === false && scheme.tls) return yield* refuse("parameter tls", `${scheme.name} is always TLS`)
    if (query.tls === true && scheme.unix) return yield* refuse("parameter tls", "a Unix socket has no TLS")
    return {
      ...target,
      ...user,
      tls: scheme.tls || query.tls === true,
      database: query.db ?? fromPath,
      protocol: query.protocol,
      clientName: query.clientName,
      connectTimeout: query.connectTimeout,
      commandTimeout: query.commandTimeout,
      family: query.family,
      keepAlive: query.keepAlive
    }
  })
}

const parseUserInfo = (userInfo: string | undefined): Parsed<Pick<UrlSettings, "username" | "password">> => {
  if (userInfo === undefined) return Result.succeed({ username: undefined, password: undefined })
  const colon = userInfo.indexOf(":")
  return Result.gen(function* () {
    const username = (yield* decode("username", colon === -1 ? userInfo : userInfo.slice(0, colon))) || undefined
    const secret = colon === -1 ? undefined : yield* decode("password", userInfo.slice(colon + 1))
    // An empty password says something for a named user only (one created with `nopass`).
    const password =
      secret === undefined || (secret === "" && username === undefined) ? undefined : Redacted.make(secret)
    return { username, password }
  })
}

const parseSocket = (hosts: string, path: string): Parsed<Pick<UnixUrl, "_tag" | "path">> => {
  if (hosts !== "") return refuse("host", "a Unix socket has no host; write unix:///path")
  return Result.gen(function* () {
    const decoded = yield* decode("path", path)
    if (!decoded.startsWith("/") || decoded.length === 1)
      return yield* refuse("path", "expected an absolute path of a socket")
    if (decoded.includes("\0")) return yield* refuse("path", "holds a NUL character")
    return { _tag: "Unix" as const, path: decoded }
  })
}

const parseHosts = (hosts: string): Parsed<Pick<TcpUrl, "_tag" | "endpoints">> =>
  Result.gen(function* () {
    const [first, ...others] = hosts.split(",")
    const endpoints: [UrlEndpoint, ...Array<UrlEndpoint>] = [yield* parseHost(first ?? "")]
    for (const other of others) endpoints.push(yield* parseHost(other))
    return { _tag: "Tcp" as const, endpoints }
  })

const parseHost = (text: string): Parsed<UrlEndpoint> => {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text)
  if (bracketed === null && text.split(":").length > 2) {
    return refuse("host", "expected host, host:port or [IPv6]:port")
  }
  const [raw, port] = bracketed === null ? text.split(":") : [bracketed[1], bracketed[2]]
  if (!raw) return refuse("host", "is empty")
  return Result.gen(function* () {
    const host = yield* decode("host", raw)
    if (bracketed === null ? NO_HOST.test(host) : !IPV6.test(host)) {
      return yield* refuse("host", bracketed === null ? "holds a character that no host has" : "is no IPv6 address")
    }
    if (port === undefined) return { host, port: DEFAULT_PORT }
    const number = wholeNumber(port, MAX_PORT)
    return number ? { host, port: number } : yield* refuse("port", "is not a number from 1 to 65535")
  })
}

const NO_HOST = /[\s/?#@:,[\]\\\0]/
/** With an optional zone, as in `fe80::1%eth0`. */
const IPV6 = /^(?=[^%]*:)[0-9A-Fa-f:.]+(%[\w.-]+)?$/

const wholeNumber = (text: string, max: number): number | undefined => {
  if (!/^[0-9]{1,10}$/.test(text)) return undefined
  const number = Number(text)
  return number <= max ? number : undefined
}

const NOT_A_DATABASE = "is not a database number from 0 to 2147483647"

const parsePathDatabase = (path: string): Parsed<number | undefined> => {
  if (path === "" || path === "/") return Result.succeed(undefined)
  const database = wholeNumber(path.slice(1), MAX_DATABASE)
  return database === undefined ? refuse("database", `the path ${NOT_A_DATABASE}`) : Result.succeed(database)
}

interface Query {
  readonly db: number | undefined
  readonly protocol: 2 | 3 | undefined
  readonly clientName: string | undefined
  readonly connectTimeout: Duration.Duration | undefined
  readonly commandTimeout: Duration.Duration | undefined
  readonly tls: boolean | undefined
  readonly family: 4 | 6 | undefined
  readonly keepAlive: Duration.Duration | false | undefined
}

const PARAMETERS: ReadonlySet<string> = new Set<keyof Query>([
  "db",
  "protocol",
  "clientName",
  "connectTimeout",
  "commandTimeout",
  "tls",
  "family",
  "keepAlive"
])

const parseQuery = (query: string | undefined): Parsed<Query> =>
  Result.gen(function* () {
    const values = yield* splitQuery(query)
    /** What `convert` makes of a parameter; where that is nothing, the parameter is refused as `wanted` says. */
    const read = <A>(
      name: keyof Query,
      wanted: string,
      convert: (text: string) => A | undefined
    ): Parsed<A | undefined> => {
      const text = values.get(name)
      const value = text === undefined ? undefined : convert(text)
      return text !== undefined && value === undefined ? refuse(`parameter ${name}`, wanted) : Result.succeed(value)
    }
    return {
      db: yield* read("db", NOT_A_DATABASE, (text) => wholeNumber(text, MAX_DATABASE)),
      protocol: yield* read("protocol", "is neither 2 nor 3", (text) =>
        text === "2" ? 2 : text === "3" ? 3 : undefined
      ),
      clientName: yield* read("clientName", NOT_A_NAME, (text) => (CLIENT_NAME.test(text) ? text : undefined)),
      connectTimeout: yield* read("connectTimeout", NOT_A_DURATION, toDuration),
      commandTimeout: yield* read("commandTimeout", NOT_A_DURATION, toDuration),
      tls: yield* read("tls", "is neither true nor false", (text) => BOOLEANS.get(text.toLowerCase())),
      family: yield* read("family", "is neither 4 nor 6", (text) => (text === "4" ? 4 : text === "6" ? 6 : undefined)),
      keepAlive: yield* read("keepAlive", `${NOT_A_DURATION}; or false`, (text) =>
        BOOLEANS.get(text.toLowerCase()) === false ? false : toDuration(text)
      )
    }
  })

/** The parameters by name, decoded, each one known and given once. */
const splitQuery = (query: string | undefined): Parsed<ReadonlyMap<string, string>> =>
  Result.gen(function* () {
    const values = new Map<string, string>()
    for (const pair of query ? query.split("&") : []) {
      const equals = pair.indexOf("=")
      const name = yield* decode("query", equals === -1 ? pair : pair.slice(0, equals))
      const part = `parameter ${name}`
      if (name === "username" || name === "password") {
        return yield* refuse(part, "belongs before the host: scheme://username:password@host")
      }
      if (!PARAMETERS.has(name)) return yield* refuse(part, `is unknown; known are ${[...PARAMETERS].join(", ")}`)
      if (values.has(name)) return yield* refuse(part, "is given twice")
      if (equals === -1 || equals === pair.length - 1) return yield* refuse(part, "has no value")
      values.set(name, yield* decode(part, pair.slice(equals + 1).replaceAll("+", " ")))
    }
    return values
  })

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false]
])

/** What CLIENT SETNAME accepts. */
const CLIENT_NAME = /^[!-~]+$/
const NOT_A_NAME = "holds a blank or a character that is not printable ASCII"

const NOT_A_DURATION = "is not a positive duration: milliseconds, or a number and a unit as in 2 seconds"
const isDurationText = (text: string): text is `${number} ${Duration.Unit}` =>
  /^\d+(\.\d+)? (nanos?|micros?|millis?|seconds?|minutes?|hours?|days?|weeks?)$/.test(text)

const toDuration = (text: string): Duration.Duration | undefined => {
  const duration = /^\d+(\.\d+)?$/.test(text)
    ? Duration.millis(Number(text))
    : isDurationText(text)
      ? Option.getOrUndefined(Duration.fromInput(text))
      : undefined
  const positive = duration !== undefined && Duration.isFinite(duration) && Duration.isPositive(duration)
  return positive ? duration : undefined
}
