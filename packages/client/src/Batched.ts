/**
 * Reads that are merged before they are sent: an Effect `RequestResolver` that gathers what fibers ask for in one turn, asks for equal reads
 * once, and turns the GETs of one slot into one MGET and the HGETs of one hash into one HMGET. All of it goes out as one pipeline.
 *
 * **When to use**
 *
 * Single commands of one turn are written together anyway. This saves the server commands where many callers want the same keys, as when the
 * fields of a query are resolved one by one. It costs a turn of waiting.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import * as Result from "effect/Result"
import type { Command } from "./command/Command.ts"
import type { Text } from "./command/CommandSpec.ts"
import { hashes } from "./command/Hashes.ts"
import { prefixKey } from "./command/keyPrefix.ts"
import { strings } from "./command/Strings.ts"
import type { RedisError } from "./error/RedisError.ts"
import { engineOf } from "./internal/engineOf.ts"
import { Redis, type RedisService } from "./Redis.ts"
import { slotOf } from "./topology/Slot.ts"

/** So many keys or fields are read by one command: a server does nothing else meanwhile. */
const MOST_PER_COMMAND = 500

/**
 * The value of a key.
 *
 * @category requests
 * @since 0.1.0
 */
export class Get extends Request.TaggedClass("Get")<{ readonly key: Text }, string | undefined, RedisError> {}

/**
 * The value of a field of a hash.
 *
 * @category requests
 * @since 0.1.0
 */
export class HGet extends Request.TaggedClass("HGet")<
  { readonly key: Text; readonly field: Text },
  string | undefined,
  RedisError
> {}

/**
 * Every read that is merged.
 *
 * @category requests
 * @since 0.1.0
 */
export type Read = Get | HGet

type Entry = Request.Entry<Read>

/** One command and what each of its results is for. */
interface Merged {
  readonly command: Command<ReadonlyArray<string | undefined>, unknown>
  readonly entries: ReadonlyArray<ReadonlyArray<Entry>>
}

/** Text and bytes are kept apart: that they may be the same key costs one more place in the command. */
const idOf = (text: Text): string => (typeof text === "string" ? `t${text}` : `b${text}`)

/** Names to read, each with all who want it. */
type Wanted = Map<string, { readonly name: Text; readonly entries: Array<Entry> }>

const want = (wanted: Wanted, name: Text, entry: Entry): void => {
  const id = idOf(name)
  const known = wanted.get(id)
  if (known === undefined) wanted.set(id, { name, entries: [entry] })
  else known.entries.push(entry)
}

const inGroup = <K>(groups: Map<K, Wanted>, key: K): Wanted => {
  let group = groups.get(key)
  if (group === undefined) {
    group = new Map()
    groups.set(key, group)
  }
  return group
}

const merge = (
  wanted: Wanted,
  command: (names: ReadonlyArray<Text>) => Command<ReadonlyArray<string | undefined>, unknown>
): ReadonlyArray<Merged> => {
  const all = [...wanted.values()]
  const merged: Array<Merged> = []
  for (let at = 0; at < all.length; at += MOST_PER_COMMAND) {
    const some = all.slice(at, at + MOST_PER_COMMAND)
    merged.push({ command: command(some.map(({ name }) => name)), entries: some.map(({ entries }) => entries) })
  }
  return merged
}

/** Where a key goes: its slot in a cluster, the one server else. */
const placeOf = (redis: RedisService): ((key: Text) => number) => {
  const behind = engineOf(redis)
  if (behind?.engine.router.topology === undefined) return () => 0
  const underPrefix = prefixKey(behind.prefix)
  return (key) => slotOf(underPrefix(key))
}

const plan = (entries: ReadonlyArray<Entry>, place: (key: Text) => number): ReadonlyArray<Merged> => {
  const values = new Map<number, Wanted>()
  const fields = new Map<string, { readonly key: Text; readonly wanted: Wanted }>()
  for (const entry of entries) {
    const { request } = entry
    if (request._tag === "Get") {
      want(inGroup(values, place(request.key)), request.key, entry)
      continue
    }
    const id = idOf(request.key)
    const hash = fields.get(id) ?? { key: request.key, wanted: new Map() }
    fields.set(id, hash)
    want(hash.wanted, request.field, entry)
  }
  return [
    ...[...values.values()].flatMap((wanted) => merge(wanted, (keys) => strings.mGet(keys))),
    ...[...fields.values()].flatMap(({ key, wanted }) => merge(wanted, (names) => hashes.hmGet(key, names)))
  ]
}

/**
 * The resolver of a client. Those who want their reads merged with each other's have to share it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeResolver = (redis: RedisService): RequestResolver.RequestResolver<Read> => {
  const place = placeOf(redis)
  return RequestResolver.make<Read>((entries) => {
    const merged = plan(entries, place)
    return Effect.map(
      redis.pipeline(
        merged.map(({ command }) => command),
        { mode: "result" }
      ),
      (results) => {
        for (const [at, result] of results.entries()) {
          for (const [position, waiting] of (merged[at]?.entries ?? []).entries()) {
            const exit = Result.isSuccess(result) ? Exit.succeed(result.success[position]) : Exit.fail(result.failure)
            for (const entry of waiting) entry.completeUnsafe(exit)
          }
        }
      }
    )
  })
}

const resolvers = /*#__PURE__*/ new WeakMap<RedisService, RequestResolver.RequestResolver<Read>>()

const resolverOf = (redis: RedisService): RequestResolver.RequestResolver<Read> => {
  let resolver = resolvers.get(redis)
  if (resolver === undefined) {
    resolver = makeResolver(redis)
    resolvers.set(redis, resolver)
  }
  return resolver
}

const requested = (request: Read): Effect.Effect<string | undefined, RedisError, Redis> =>
  Effect.flatMap(Redis, (redis) => Effect.request(request, resolverOf(redis)))

/**
 * The value of a key, read together with what others ask for in this turn; `undefined` if it is missing or (as with MGET) of another type.
 * Fails with the error of the command that it was read by.
 *
 * @category operations
 * @since 0.1.0
 */
export const get = (key: Text): Effect.Effect<string | undefined, RedisError, Redis> => requested(new Get({ key }))

/**
 * The value of a field of a hash, read together with what others ask for in this turn; `undefined` if it is missing.
 *
 * @category operations
 * @since 0.1.0
 */
export const hGet = (key: Text, field: Text): Effect.Effect<string | undefined, RedisError, Redis> =>
  requested(new HGet({ key, field }))
