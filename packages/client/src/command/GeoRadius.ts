/**
 * The searches for places that GEOSEARCH replaced in 6.2. Servers may call them deprecated; older ones have nothing else.
 *
 * @since 0.1.0
 */
import { append, list, readsItself, wordProblem } from "./arguments.ts"
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
  geoUnits,
  pushSearchOptions,
  searchProblem,
  withProblem
} from "./GeoReplies.ts"
import { makeChecked } from "./make.ts"
import * as Reply from "./Reply.ts"
import { members } from "./SortedSetReplies.ts"

/**
 * The older searches for places, as constructors or as methods: see `geoSearch`. Those without `Ro` go to the primary.
 *
 * @category models
 * @since 0.1.0
 */
export interface GeoRadiusCommands<F extends CommandLambda> {
  /** The members within a circle around coordinates. */
  geoRadius(
    key: Text,
    from: GeoCoordinates,
    radius: number,
    unit: GeoUnit,
    options?: GeoSearchOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** The members within a circle around another. */
  geoRadiusByMember(
    key: Text,
    from: Argument,
    radius: number,
    unit: GeoUnit,
    options?: GeoSearchOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** `geoRadiusByMember`, for replicas too. */
  geoRadiusByMemberRo(
    key: Text,
    from: Argument,
    radius: number,
    unit: GeoUnit,
    options?: GeoSearchOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** `geoRadiusByMemberWith`, for replicas too. */
  geoRadiusByMemberRoWith<const W extends ReadonlyArray<GeoReplyWith>>(
    key: Text,
    from: Argument,
    radius: number,
    unit: GeoUnit,
    replyWith: W,
    options?: GeoSearchOptions
  ): Kind<F, Array<GeoFound<string, W>>, Array<GeoFound<Uint8Array, W>>>
  /** Write what `geoRadiusByMember` gives into a sorted set; how many members it has. */
  geoRadiusByMemberStore(
    key: Text,
    from: Argument,
    radius: number,
    unit: GeoUnit,
    destination: Text,
    options?: GeoSearchOptions & GeoStoreOptions
  ): Kind<F, number>
  /** What `geoRadiusByMember` gives, with distances, hashes or coordinates. */
  geoRadiusByMemberWith<const W extends ReadonlyArray<GeoReplyWith>>(
    key: Text,
    from: Argument,
    radius: number,
    unit: GeoUnit,
    replyWith: W,
    options?: GeoSearchOptions
  ): Kind<F, Array<GeoFound<string, W>>, Array<GeoFound<Uint8Array, W>>>
  /** `geoRadius`, for replicas too. */
  geoRadiusRo(
    key: Text,
    from: GeoCoordinates,
    radius: number,
    unit: GeoUnit,
    options?: GeoSearchOptions
  ): Kind<F, Array<string>, Array<Uint8Array>>
  /** `geoRadiusWith`, for replicas too. */
  geoRadiusRoWith<const W extends ReadonlyArray<GeoReplyWith>>(
    key: Text,
    from: GeoCoordinates,
    radius: number,
    unit: GeoUnit,
    replyWith: W,
    options?: GeoSearchOptions
  ): Kind<F, Array<GeoFound<string, W>>, Array<GeoFound<Uint8Array, W>>>
  /** Write what `geoRadius` gives into a sorted set; how many members it has. */
  geoRadiusStore(
    key: Text,
    from: GeoCoordinates,
    radius: number,
    unit: GeoUnit,
    destination: Text,
    options?: GeoSearchOptions & GeoStoreOptions
  ): Kind<F, number>
  /** What `geoRadius` gives, with distances, hashes or coordinates. */
  geoRadiusWith<const W extends ReadonlyArray<GeoReplyWith>>(
    key: Text,
    from: GeoCoordinates,
    radius: number,
    unit: GeoUnit,
    replyWith: W,
    options?: GeoSearchOptions
  ): Kind<F, Array<GeoFound<string, W>>, Array<GeoFound<Uint8Array, W>>>
}

// The server counts GEORADIUS as a write even where nothing is stored.
const search = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "idempotent" })
const read = (name: string): CommandSpec => defineSpec({ name, keys: "first", retry: "readOnly" })
const store = (name: string): CommandSpec =>
  defineSpec({
    name,
    keys: (args) => (args.length > 1 ? [0, args.length - 1] : [0]),
    retry: (args) => (readsItself(args, 0, [args.length - 1]) ? "accumulating" : "lastWriteWins")
  })

const GEORADIUS = search("GEORADIUS")
const GEORADIUS_RO = read("GEORADIUS_RO")
const GEORADIUS_STORE = store("GEORADIUS")
const GEORADIUSBYMEMBER = search("GEORADIUSBYMEMBER")
const GEORADIUSBYMEMBER_RO = read("GEORADIUSBYMEMBER_RO")
const GEORADIUSBYMEMBER_STORE = store("GEORADIUSBYMEMBER")

type Options = (GeoSearchOptions & GeoStoreOptions) | undefined

interface Around {
  readonly args: Array<Argument>
  readonly problem: string | undefined
}

const circle = (args: Array<Argument>, radius: number, unit: GeoUnit): Around => {
  args.push(radius, unit)
  return { args, problem: wordProblem("unit", unit ?? "", geoUnits) }
}
// What has no coordinates becomes arguments that the writer refuses.
const around = (key: Text, from: GeoCoordinates | null | undefined, radius: number, unit: GeoUnit): Around =>
  circle([key, from?.longitude as number, from?.latitude as number], radius, unit)
const aroundMember = (key: Text, from: Argument, radius: number, unit: GeoUnit): Around =>
  circle([key, from], radius, unit)

const find = (spec: CommandSpec, { args, problem }: Around, options: Options) => {
  pushSearchOptions(args, options)
  return makeChecked(spec, args, members, problem ?? searchProblem(options, false))
}

const findWith = <const W extends ReadonlyArray<GeoReplyWith>>(
  spec: CommandSpec,
  { args, problem }: Around,
  replyWith: W,
  options: Options
): Command<Array<GeoFound<string, W>>, Array<GeoFound<Uint8Array, W>>> => {
  append(args, list<GeoReplyWith>(replyWith))
  pushSearchOptions(args, options)
  return makeChecked(
    spec,
    args,
    geoFound<W>(replyWith),
    problem ?? withProblem(replyWith) ?? searchProblem(options, false)
  )
}

const findInto = (
  spec: CommandSpec,
  { args, problem }: Around,
  destination: Text,
  options: Options
): Command<number> => {
  pushSearchOptions(args, options)
  args.push(options?.storeDist === true ? "STOREDIST" : "STORE", destination)
  return makeChecked(spec, args, Reply.integer, problem ?? searchProblem(options, true))
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const geoRadius: GeoRadiusCommands<AsCommand> = {
  geoRadius: (key, from, radius, unit, options) => find(GEORADIUS, around(key, from, radius, unit), options),
  geoRadiusByMember: (key, from, radius, unit, options) =>
    find(GEORADIUSBYMEMBER, aroundMember(key, from, radius, unit), options),
  geoRadiusByMemberRo: (key, from, radius, unit, options) =>
    find(GEORADIUSBYMEMBER_RO, aroundMember(key, from, radius, unit), options),
  geoRadiusByMemberRoWith: (key, from, radius, unit, replyWith, options) =>
    findWith(GEORADIUSBYMEMBER_RO, aroundMember(key, from, radius, unit), replyWith, options),
  geoRadiusByMemberStore: (key, from, radius, unit, destination, options) =>
    findInto(GEORADIUSBYMEMBER_STORE, aroundMember(key, from, radius, unit), destination, options),
  geoRadiusByMemberWith: (key, from, radius, unit, replyWith, options) =>
    findWith(GEORADIUSBYMEMBER, aroundMember(key, from, radius, unit), replyWith, options),
  geoRadiusRo: (key, from, radius, unit, options) => find(GEORADIUS_RO, around(key, from, radius, unit), options),
  geoRadiusRoWith: (key, from, radius, unit, replyWith, options) =>
    findWith(GEORADIUS_RO, around(key, from, radius, unit), replyWith, options),
  geoRadiusStore: (key, from, radius, unit, destination, options) =>
    findInto(GEORADIUS_STORE, around(key, from, radius, unit), destination, options),
  geoRadiusWith: (key, from, radius, unit, replyWith, options) =>
    findWith(GEORADIUS, around(key, from, radius, unit), replyWith, options)
}
