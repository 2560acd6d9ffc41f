/**
 * What the searches for places share: units, options, and how their replies are read.
 *
 * @since 0.1.0
 */
import type { RespValue } from "../protocol/RespValue.ts"
import { list, optionProblem, wordProblem } from "./arguments.ts"
import type { Argument } from "./CommandSpec.ts"
import * as Reply from "./Reply.ts"

/**
 * Metres, kilometres, feet or miles.
 *
 * @category models
 * @since 0.1.0
 */
export type GeoUnit = "m" | "km" | "ft" | "mi"

/** All units, for callers without types. */
export const geoUnits: ReadonlyArray<GeoUnit> = ["m", "km", "ft", "mi"]

/**
 * A position in degrees: longitude from -180 to 180, latitude from -85.05112878 to 85.05112878. Servers round it to 52 bits.
 *
 * @category models
 * @since 0.1.0
 */
export interface GeoCoordinates {
  readonly longitude: number
  readonly latitude: number
}

/**
 * Which of the members found are given, and in which order.
 *
 * @category options
 * @since 0.1.0
 */
export type GeoSearchOptions = {
  /** By distance, nearest (`ASC`) or farthest (`DESC`) first (default: in no order; with `count` and not `any` nearest first). */
  readonly sort?: "ASC" | "DESC" | undefined
} & (
  | { readonly count?: undefined; readonly any?: undefined }
  | {
      /** How many members at most. */
      readonly count: number
      /** Stop at the first `count` that are found, which need not be the nearest (default false). Since 6.2. */
      readonly any?: boolean | undefined
    }
)

/**
 * What the scores of a stored result are.
 *
 * @category options
 * @since 0.1.0
 */
export interface GeoStoreOptions {
  /** Distances in the unit of the search, instead of positions (default false). */
  readonly storeDist?: boolean | undefined
}

/**
 * What a search gives besides members: `distance` in the unit of the search, `hash` (the score, 52 bits), or `coordinates`.
 *
 * @category models
 * @since 0.1.0
 */
export type GeoReplyWith = "WITHDIST" | "WITHHASH" | "WITHCOORD"

/**
 * What a word of {@link GeoReplyWith} adds to a result.
 *
 * @category models
 * @since 0.1.0
 */
export interface GeoDetails {
  readonly WITHDIST: { readonly distance: number }
  readonly WITHHASH: { readonly hash: number }
  readonly WITHCOORD: { readonly coordinates: GeoCoordinates }
}

type Intersection<U> = (U extends unknown ? (part: U) => void : never) extends (part: infer I) => void ? I : never
type Flat<A> = { readonly [K in keyof A]: A[K] }

/**
 * A member that was found, with what was asked for.
 *
 * @category models
 * @since 0.1.0
 */
export type GeoFound<Member, With extends ReadonlyArray<GeoReplyWith>> = Flat<
  { readonly member: Member } & (number extends With["length"]
    ? Partial<Intersection<GeoDetails[GeoReplyWith]>>
    : With extends readonly []
      ? unknown
      : Intersection<GeoDetails[With[number]]>)
>

const readCoordinates = (reply: RespValue): GeoCoordinates => {
  const [longitude, latitude] = coordinates.text(reply)
  return { longitude, latitude }
}
const coordinates = Reply.tuple(Reply.double, Reply.double)

/** Coordinates by position. @category replies @since 0.1.0 */
export const geoPositions: Reply.Reply<Array<GeoCoordinates | undefined>> = Reply.array(
  Reply.optional(Reply.same(readCoordinates))
)

// Servers give the details in this order, whatever the order of the words.
const readFound = <Member>(
  reply: RespValue,
  readMember: (value: RespValue) => Member,
  replyWith: ReadonlyArray<GeoReplyWith>
) =>
  Reply.elementsOf(reply).map((found) => {
    const parts = Array.isArray(found) ? found : [found]
    let at = 0
    const member = readMember(parts[at++])
    return {
      member,
      ...(replyWith.includes("WITHDIST") && { distance: Reply.double.text(parts[at++]) }),
      ...(replyWith.includes("WITHHASH") && { hash: Reply.integer.text(parts[at++]) }),
      ...(replyWith.includes("WITHCOORD") && { coordinates: readCoordinates(parts[at++]) })
    }
  })

/** Members with what `replyWith` names. @category replies @since 0.1.0 */
export const geoFound = <const W extends ReadonlyArray<GeoReplyWith>>(
  replyWith: W
): Reply.Reply<Array<GeoFound<string, W>>, Array<GeoFound<Uint8Array, W>>> => {
  const words = list<GeoReplyWith>(replyWith)
  return new Reply.Reply(
    (reply) => readFound(reply, Reply.text.text, words) as ReadonlyArray<unknown> as Array<GeoFound<string, W>>,
    (reply) => readFound(reply, Reply.text.bytes, words) as ReadonlyArray<unknown> as Array<GeoFound<Uint8Array, W>>
  )
}

/** What is wrong with the words of a caller without types. */
export const withProblem = (replyWith: ReadonlyArray<GeoReplyWith>): string | undefined => {
  for (const word of list(replyWith)) {
    const problem = wordProblem("replyWith", word ?? "", ["WITHDIST", "WITHHASH", "WITHCOORD"])
    if (problem !== undefined) return problem
  }
  return undefined
}

const searchOptions = { sort: "value", count: "value", any: "flag" } as const
const storeOptions = { ...searchOptions, storeDist: "flag" } as const

/** What is wrong with the options of a caller without types. */
export const searchProblem = (options: GeoSearchOptions | undefined, storing: boolean): string | undefined =>
  optionProblem(options, storing ? storeOptions : searchOptions) ??
  wordProblem("sort", options?.sort, ["ASC", "DESC"]) ??
  ((options?.any as boolean | undefined) === true && options?.count === undefined ? "any needs count" : undefined)

/** Adds the options of a search. */
export const pushSearchOptions = (args: Array<Argument>, options: GeoSearchOptions | undefined): void => {
  if (options?.sort !== undefined) args.push(options.sort)
  if (options?.count !== undefined) args.push("COUNT", options.count)
  if ((options?.any as boolean | undefined) === true) args.push("ANY")
}
