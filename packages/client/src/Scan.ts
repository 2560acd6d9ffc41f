/**
 * SCAN, HSCAN, SSCAN and ZSCAN as streams: the next page is fetched when the consumer asks for more, so that no more than one page is held.
 *
 * **What a scan promises**
 *
 * What was there from the beginning to the end is given at least once. What came or went meanwhile may be given or not, and anything may
 * be given several times: a server repeats elements while it resizes its tables, and where it can no longer be told what a server has
 * been through (a failover, a restart, a slot that moved) the part in question is scanned again, since a cursor means nothing to another
 * server process. `unique` leaves out what a single page repeats; who must not see anything twice keeps what it has seen.
 *
 * In a cluster `Scan.keys` scans all primaries, and `RedisCluster.scan` does the same with a token for each page to go on from later.
 *
 * That a server is another one is learnt from INFO, asked at both ends of a scan of several pages; a user without permission for INFO
 * scans as if servers never changed (in a cluster `Scan.keys` fails as `NoPermission` then).
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { optionProblem } from "./command/arguments.ts"
import type { Command } from "./command/Command.ts"
import type { Text } from "./command/CommandSpec.ts"
import { hashes } from "./command/Hashes.ts"
import type { KeyType, ScanOptions } from "./command/Keys.ts"
import { asBytes, map as mapCommand } from "./command/make.ts"
import { sets } from "./command/Sets.ts"
import type { ScoredMember } from "./command/SortedSetReplies.ts"
import { sortedSets } from "./command/SortedSets.ts"
import type { RedisError } from "./error/RedisError.ts"
import { keysOfCluster, keysOfServer, refused, serverPages, topologyOf } from "./internal/scanPages.ts"
import { portableTextCodec } from "./protocol/TextCodec.ts"
import { Redis, type RedisService } from "./Redis.ts"

/**
 * How a scan of the elements of one key is narrowed, and how they are given.
 *
 * @category options
 * @since 0.1.0
 */
export interface ElementOptions extends ScanOptions {
  /** Leave out what one page repeats (default false). Across pages nothing is remembered. */
  readonly unique?: boolean | undefined
  /** Give names and values as bytes instead of text (default false). */
  readonly bytes?: boolean | undefined
}

/**
 * How a scan of keys is narrowed, and how they are given. `match` and `type` are applied by the server to what it has read, so that a page
 * may have few keys or none; with a key prefix `match` is for what stands behind it.
 *
 * @category options
 * @since 0.1.0
 */
export interface KeysOptions extends ElementOptions {
  /** Only keys of this type (since 6.0). */
  readonly type?: KeyType | undefined
}

/**
 * Options of `RedisCluster.scan`.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClusterScanOptions extends KeysOptions {
  /**
   * Go on behind the page with this token, in the same client or another one; `match`, `type` and the key prefix have to be the same. What
   * is no such token fails as `InvalidArgument` before anything is sent.
   */
  readonly from?: string | undefined
}

/**
 * A page of a cluster's keys, perhaps an empty one. `token` is where to go on behind it: text of at most 8500 characters (usually about
 * 150) from `0-9a-z_.-`, good for as long as the cluster exists. What a failover or a migration has undone since is scanned again.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterPage<Key = string> {
  readonly keys: ReadonlyArray<Key>
  readonly token: string
}

type AsBytes = { readonly bytes: true }

/** What is wrong with the options of a caller without types. */
const problemWith = (options: object | undefined, more: Readonly<Record<string, "value">>): string | undefined =>
  optionProblem(options, { match: "value", count: "value", unique: "flag", bytes: "flag", ...more })

/** What makes two elements the same: bytes by their values. */
const identity = (item: unknown): unknown => (item instanceof Uint8Array ? String(item) : item)

const without =
  <A>(unique: boolean | undefined, name: (item: A) => unknown) =>
  (items: ReadonlyArray<A>): ReadonlyArray<A> => {
    if (unique !== true) return items
    const seen = new Set<unknown>()
    return items.filter((item) => {
      const id = identity(name(item))
      if (seen.has(id)) return false
      seen.add(id)
      return true
    })
  }

const same = (item: unknown): unknown => item

const { utf8 } = portableTextCodec
const toText = (key: Uint8Array): string => utf8(key, 0, key.length)

/** The items of one page after the other: a page is one array of the stream, and the next one is fetched when that is used up. */
const flat = <A>(pages: Stream.Stream<ReadonlyArray<A>, RedisError>): Stream.Stream<A, RedisError> =>
  Stream.flattenArray(Stream.filter(pages, Arr.isReadonlyArrayNonEmpty))

const onRedis = <A>(make: (redis: RedisService) => Stream.Stream<A, RedisError>): Stream.Stream<A, RedisError, Redis> =>
  Stream.unwrap(Effect.map(Redis, make))

/** The keys in the view that is asked for. */
const viewed =
  (options: KeysOptions | undefined) =>
  (keys: ReadonlyArray<Uint8Array>): ReadonlyArray<string | Uint8Array> =>
    without<string | Uint8Array>(options?.unique, same)(options?.bytes === true ? keys : keys.map(toText))

/**
 * The names of all keys of the database: of the one server, or of all primaries of a cluster.
 *
 * **Example** (Deleting what matches)
 *
 * ```ts
 * import { Redis, Scan } from "@reef-redis/node"
 * import { Effect, Stream } from "effect"
 *
 * const forget = Effect.gen(function* () {
 *   const redis = yield* Redis
 *   yield* Scan.keys({ match: "session:*", count: 500 }).pipe(
 *     Stream.grouped(100),
 *     Stream.runForEach((keys) => redis.unlink(keys))
 *   )
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export function keys(options: KeysOptions & AsBytes): Stream.Stream<Uint8Array, RedisError, Redis>
export function keys(options?: KeysOptions): Stream.Stream<string, RedisError, Redis>
export function keys(options?: KeysOptions): Stream.Stream<string | Uint8Array, RedisError, Redis> {
  return onRedis((redis) => {
    const problem = problemWith(options, { type: "value" })
    if (problem !== undefined) return Stream.fail(refused("SCAN", problem))
    const pages: Stream.Stream<ReadonlyArray<Uint8Array>, RedisError> = topologyOf(redis) === undefined
      ? keysOfServer(redis, options ?? {})
      : Stream.map(keysOfCluster(redis, options ?? {}, undefined), (page) => page.keys)
    return flat(Stream.map(pages, viewed(options)))
  })
}

/**
 * `RedisCluster.scan`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterScan {
  (options: ClusterScanOptions & { readonly bytes: true }): Stream.Stream<ClusterPage<Uint8Array>, RedisError>
  (options?: ClusterScanOptions): Stream.Stream<ClusterPage, RedisError>
}

/** @internal */
export const ofCluster = (redis: RedisService): ClusterScan => {
  function scan(options: ClusterScanOptions & AsBytes): Stream.Stream<ClusterPage<Uint8Array>, RedisError>
  function scan(options?: ClusterScanOptions): Stream.Stream<ClusterPage, RedisError>
  function scan(options?: ClusterScanOptions): Stream.Stream<ClusterPage<string | Uint8Array>, RedisError> {
    const problem = problemWith(options, { type: "value", from: "value" })
    if (problem !== undefined) return Stream.fail(refused("SCAN", problem))
    const view = viewed(options)
    return Stream.map(keysOfCluster(redis, options ?? {}, options?.from), ({ keys, token }) => ({
      keys: view(keys),
      token
    }))
  }
  return scan
}

/** The elements of one key. */
const elements = <Page extends { readonly cursor: string }, A>(
  name: string,
  options: ElementOptions | undefined,
  page: (cursor: string, options: ScanOptions) => Command<Page, unknown>,
  itemsOf: (page: Page) => ReadonlyArray<A>,
  nameOf: (item: A) => unknown
): Stream.Stream<A, RedisError, Redis> =>
  onRedis((redis) => {
    const problem = problemWith(options, {})
    if (problem !== undefined) return Stream.fail(refused(name, problem))
    const narrowed = { count: options?.count, match: options?.match }
    const pages = serverPages(redis, (cursor) =>
      mapCommand(page(cursor, narrowed), (found) => ({ cursor: found.cursor, items: itemsOf(found) }))
    )
    return flat(Stream.map(pages, without(options?.unique, nameOf)))
  })

type Entry<A> = readonly [field: A, value: A]

/**
 * The fields of a hash with their values. A missing key gives none.
 *
 * @category constructors
 * @since 0.1.0
 */
export function hash(key: Text, options: ElementOptions & AsBytes): Stream.Stream<Entry<Uint8Array>, RedisError, Redis>
export function hash(key: Text, options?: ElementOptions): Stream.Stream<Entry<string>, RedisError, Redis>
export function hash(
  key: Text,
  options?: ElementOptions
): Stream.Stream<Entry<string> | Entry<Uint8Array>, RedisError, Redis> {
  const page = (cursor: string, narrowed: ScanOptions) => hashes.hScan(key, cursor, narrowed)
  return options?.bytes === true
    ? elements(
        "HSCAN",
        options,
        (...at) => asBytes(page(...at)),
        ({ entries }) => entries,
        ([field]) => field
      )
    : elements(
        "HSCAN",
        options,
        page,
        ({ entries }) => entries,
        ([field]) => field
      )
}

/**
 * The names of the fields of a hash without their values (Redis 7.4, Valkey 8.0). A missing key gives none.
 *
 * @category constructors
 * @since 0.1.0
 */
export function hashFields(key: Text, options: ElementOptions & AsBytes): Stream.Stream<Uint8Array, RedisError, Redis>
export function hashFields(key: Text, options?: ElementOptions): Stream.Stream<string, RedisError, Redis>
export function hashFields(key: Text, options?: ElementOptions): Stream.Stream<string | Uint8Array, RedisError, Redis> {
  const page = (cursor: string, narrowed: ScanOptions) => hashes.hScanNoValues(key, cursor, narrowed)
  return options?.bytes === true
    ? elements(
        "HSCAN",
        options,
        (...at) => asBytes(page(...at)),
        ({ fields }) => fields,
        same
      )
    : elements("HSCAN", options, page, ({ fields }) => fields, same)
}

/**
 * The members of a set. A missing key gives none.
 *
 * @category constructors
 * @since 0.1.0
 */
export function set(key: Text, options: ElementOptions & AsBytes): Stream.Stream<Uint8Array, RedisError, Redis>
export function set(key: Text, options?: ElementOptions): Stream.Stream<string, RedisError, Redis>
export function set(key: Text, options?: ElementOptions): Stream.Stream<string | Uint8Array, RedisError, Redis> {
  const page = (cursor: string, narrowed: ScanOptions) => sets.sScan(key, cursor, narrowed)
  return options?.bytes === true
    ? elements(
        "SSCAN",
        options,
        (...at) => asBytes(page(...at)),
        ({ members }) => members,
        same
      )
    : elements("SSCAN", options, page, ({ members }) => members, same)
}

/**
 * The members of a sorted set with their scores, in no order. A missing key gives none.
 *
 * @category constructors
 * @since 0.1.0
 */
export function sortedSet(
  key: Text,
  options: ElementOptions & AsBytes
): Stream.Stream<ScoredMember<Uint8Array>, RedisError, Redis>
export function sortedSet(key: Text, options?: ElementOptions): Stream.Stream<ScoredMember<string>, RedisError, Redis>
export function sortedSet(
  key: Text,
  options?: ElementOptions
): Stream.Stream<ScoredMember<string> | ScoredMember<Uint8Array>, RedisError, Redis> {
  const page = (cursor: string, narrowed: ScanOptions) => sortedSets.zScan(key, cursor, narrowed)
  return options?.bytes === true
    ? elements(
        "ZSCAN",
        options,
        (...at) => asBytes(page(...at)),
        ({ members }) => members,
        ({ member }) => member
      )
    : elements(
        "ZSCAN",
        options,
        page,
        ({ members }) => members,
        ({ member }) => member
      )
}
