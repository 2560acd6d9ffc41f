/**
 * Commands on places: sorted sets whose scores are positions on the earth.
 *
 * @since 0.1.0
 */
import { append, type ByPosition, list, optionProblem, readsItself, wordProblem } from "./arguments.ts"
import type { AsCommand, Command, CommandLambda, Kind } from "./Command.ts"
import { type Argument, type CommandSpec, defineSpec, type Text } from "./CommandSpec.ts"
import {
  type GeoCoordinates,
  type GeoFound,
  type GeoReplyWith,
  type GeoSearchOptions,
  type GeoStoreOptions,
  type GeoUnit,
  geoFound,
  geoPositions,
  geoUnits,
  pushSearchOptions,
  searchProblem,
  withProblem
} from "./GeoReplies.ts"
import { constant, make, makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import { members } from "./SortedSetReplies.ts"

/**
 * A place to add.
 *
 * @category models
 * @since 0.1.0
 */
export interface GeoMember extends GeoCoordinates {
  readonly member: Argument
}

/**
 * Which places GEOADD writes, and what it counts.
 *
 * @category options
 * @since 0.1.0
 */
export interface GeoAddOptions {
  /** `NX` only new members, `XX` only those that are there. Since 6.2. */
  readonly condition?: "NX" | "XX" | undefined
  /** Count the members that moved too, not only the new ones (CH; default false). Since 6.2. */
  readonly change?: boolean | undefined
}

/**
 * Where a search begins: a member, or coordinates.
 *
 * @category models
 * @since 0.1.0
 */
export type GeoOrigin = Text | GeoCoordinates

/**
 * What is searched around an origin: a circle, or a box that is aligned with the axes.
 *
 * @category models
 * @since 0.1.0
 */
export type GeoShape =
  | { readonly radius: number; readonly unit: GeoUnit }
  | { readonly width: number; readonly height: number; readonly unit: GeoUnit }

/**
 * A polygon of three corners or more; it needs no origin, and distances are metres from its centre. Valkey 9.0.
 *
 * @category models
 * @since 0.1.0
 */
export interface GeoPolygon {
  readonly polygon: ReadonlyArray<GeoCoordinates>
}

/**
 * Commands on places, as constructors or as methods. The older searches are in `GeoRadiusCommands`.
 *
 * @category models
 * @since 0.1.0
 */
export interface GeoCommands<F extends CommandLambda> {
  /** Add places or move them; how many are new (with `change`: or moved). None: 0 without a call. */
  geoAdd(key: Text, places: GeoMember | ReadonlyArray<GeoMember>, options?: GeoAddOptions): Kind<F, number>
  /** The distance between two members (default in metres); `undefined` if one is missing. */
  geoDist(key: Text, first: Argument, second: Argument, unit?: GeoUnit): Kind<F, number | undefined>
  /** The geohashes of members, by position (11 characters); `undefined` for each that is missing. None: no call. */
  geoHash<const K extends ReadonlyArray<Argument>>(key: Text, members: K): Kind<F, ByPosition<K, string | undefined>>
  /** The coordinates of members, by position; `undefined` for each that is missing. None: no call. */
  geoPos<const K extends ReadonlyArray<Argument>>(
    key: Text,
    members: K
  ): Kind<F, ByPosition<K, GeoCoordinates | undefined>>
  /** The members within a circle or a box. Since 6.2. */
  geoSearch(
    key: Text,
    from: GeoOrigin,
    by: GeoShape,
    options?: GeoSearchOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** The members within a polygon. Valkey 9.0. */
  geoSearch(
    key: Text,
    from: undefined,
    by: GeoPolygon,
    options?: GeoSearchOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** Write what `geoSearch` gives into a sorted set; how many members it has. Since 6.2. */
  geoSearchStore(
    destination: Text,
    source: Text,
    from: GeoOrigin,
    by: GeoShape,
    options?: GeoSearchOptions & GeoStoreOptions
  ): Kind<F, number>
  /** Write the members within a polygon into a sorted set; how many it has. Valkey 9.0. */
  geoSearchStore(
    destination: Text,
    source: Text,
    from: undefined,
    by: GeoPolygon,
    options?: GeoSearchOptions & GeoStoreOptions
  ): Kind<F, number>
  /** What `geoSearch` gives, with distances, hashes or coordinates. Since 6.2. */
  geoSearchWith<const W extends ReadonlyArray<GeoReplyWith>>(
    key: Text,
    from: GeoOrigin,
    by: GeoShape,
    replyWith: W,
    options?: GeoSearchOptions
  ): Kind<F, Array<GeoFound<string, W>>, Array<GeoFound<Uint8Array, W>>>
  /** The members within a polygon, with distances, hashes or coordinates. Valkey 9.0. */
  geoSearchWith<const W extends ReadonlyArray<GeoReplyWith>>(
    key: Text,
    from: undefined,
    by: GeoPolygon,
    replyWith: W,
    options?: GeoSearchOptions
  ): Kind<F, Array<GeoFound<string, W>>, Array<GeoFound<Uint8Array, W>>>
}

const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })

const GEOADD = defineSpec({
  name: "GEOADD",
  keys: "first",
  retry: (args) => (args[1] === "NX" ? "never" : "lastWriteWins")
})
const GEODIST = read("GEODIST")
const GEOHASH = read("GEOHASH")
const GEOPOS = read("GEOPOS")
const GEOSEARCH = read("GEOSEARCH")
const GEOSEARCHSTORE = defineSpec({
  name: "GEOSEARCHSTORE",
  keys: { first: 0, last: 1, step: 1 },
  retry: (args) => (readsItself(args, 0, [1]) ? "accumulating" : "lastWriteWins")
})

const hashes = Reply.array(Reply.optionalString)

// Something that is no place becomes arguments that the writer refuses.
const pushCoordinates = (args: Array<Argument>, place: GeoCoordinates | null | undefined): void => {
  args.push(place?.longitude as number, place?.latitude as number)
}

/** Whether an origin is coordinates and not a member. @internal */
export const isCoordinates = (origin: GeoOrigin): origin is GeoCoordinates =>
  typeof origin === "object" && origin !== null && !(origin instanceof Uint8Array)

type Area = GeoShape | GeoPolygon

const pushArea = (args: Array<Argument>, from: GeoOrigin | undefined, by: Area): string | undefined => {
  if (typeof by !== "object" || by === null) return "expected a radius, a box or a polygon"
  if ("polygon" in by) {
    const corners = list(by.polygon)
    if (from !== undefined) return "a polygon needs no origin"
    if (corners.length < 3) return "a polygon has three corners or more"
    args.push("BYPOLYGON", corners.length)
    for (const corner of corners) pushCoordinates(args, corner)
    return undefined
  }
  if (from === undefined) return "expected an origin"
  if (isCoordinates(from)) {
    args.push("FROMLONLAT")
    pushCoordinates(args, from)
  } else args.push("FROMMEMBER", from)
  const round = "radius" in by
  if (round === ("width" in by || "height" in by)) return "expected either radius, or width and height"
  if (round) args.push("BYRADIUS", by.radius, by.unit)
  else args.push("BYBOX", by.width, by.height, by.unit)
  return wordProblem("unit", by.unit ?? "", geoUnits)
}

const search = <A, B>(
  spec: CommandSpec,
  reply: Reply.Reply<A, B>,
  args: Array<Argument>,
  from: GeoOrigin | undefined,
  by: Area,
  options: (GeoSearchOptions & GeoStoreOptions) | undefined,
  replyWith: ReadonlyArray<GeoReplyWith> = []
): Command<A, B> => {
  const problem = pushArea(args, from, by) ?? searchProblem(options, spec === GEOSEARCHSTORE) ?? withProblem(replyWith)
  pushSearchOptions(args, options)
  if (options?.storeDist === true) args.push("STOREDIST")
  return makeChecked(spec, append(args, replyWith), reply, problem)
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const geo: GeoCommands<AsCommand> = {
  geoAdd: (key, places, options) => {
    const all: ReadonlyArray<GeoMember | null | undefined> = list(places)
    if (all.length === 0) return constant(GEOADD, Reply.integer, 0)
    const args: Array<Argument> = [key]
    if (options?.condition !== undefined) args.push(options.condition)
    if (options?.change === true) args.push("CH")
    for (const place of all) {
      pushCoordinates(args, place)
      args.push(place?.member as Argument)
    }
    const problem =
      optionProblem(options, { condition: "value", change: "flag" }) ??
      wordProblem("condition", options?.condition, ["NX", "XX"])
    return makeChecked(GEOADD, args, Reply.integer, problem)
  },
  geoDist: (key, first, second, unit) => {
    const args = unit === undefined ? [key, first, second] : [key, first, second, unit]
    return makeChecked(GEODIST, args, Reply.optionalDouble, wordProblem("unit", unit, geoUnits), 3)
  },
  geoHash: ((key: Text, asked: ReadonlyArray<Argument>) => {
    const all = list(asked)
    return all.length === 0 ? constant(GEOHASH, hashes, []) : make(GEOHASH, append([key], all), hashes)
  }) as GeoCommands<AsCommand>["geoHash"],
  geoPos: ((key: Text, asked: ReadonlyArray<Argument>) => {
    const all = list(asked)
    return all.length === 0 ? constant(GEOPOS, geoPositions, []) : make(GEOPOS, append([key], all), geoPositions)
  }) as GeoCommands<AsCommand>["geoPos"],
  geoSearch: (key: Text, from: GeoOrigin | undefined, by: Area, options?: GeoSearchOptions) =>
    search(GEOSEARCH, members, [key], from, by, options),
  geoSearchStore: (
    destination: Text,
    source: Text,
    from: GeoOrigin | undefined,
    by: Area,
    options?: GeoSearchOptions & GeoStoreOptions
  ) => search(GEOSEARCHSTORE, Reply.integer, [destination, source], from, by, options),
  geoSearchWith: <const W extends ReadonlyArray<GeoReplyWith>>(
    key: Text,
    from: GeoOrigin | undefined,
    by: Area,
    replyWith: W,
    options?: GeoSearchOptions
  ) => search(GEOSEARCH, geoFound<W>(replyWith), [key], from, by, options, list<GeoReplyWith>(replyWith))
}
