import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { geoGoldens } from "./goldens/geo.ts"
import { answersWith, refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Geo constructors send and read", geoGoldens)

const from = { longitude: 15, latitude: 37 }
const place = { member: "a", ...from }
const circle = { radius: 200, unit: "km" } as const

describe("places", () => {
  it("no places and no members answer without a call", () => {
    answersWith(commands.geoAdd("g", []), 0)
    answersWith(commands.geoHash("g", []), [])
    answersWith(commands.geoPos("g", []), [])
  })

  it("places that are none are refused with their position", () => {
    refusedAt(commands.geoAdd("g", untyped(null)), 1)
    refusedAt(commands.geoAdd("g", [place, untyped({ longitude: 1, member: "b" })]), 5)
    refusedAt(commands.geoSearch("g", untyped({ longitude: 1 }), circle), 3)
  })

  it("options that are none are refused", () => {
    refusedAt(commands.geoAdd("g", place, untyped({ condition: "GT" })), undefined, /NX, XX/)
    refusedAt(commands.geoAdd("g", place, untyped({ CH: true })), undefined, /unknown option CH/)
    refusedAt(commands.geoDist("g", "a", "b", untyped("yd")), 3, /m, km, ft, mi/)
    refusedAt(commands.geoSearch("g", from, circle, untyped({ any: true })), undefined, /any needs count/)
    refusedAt(commands.geoSearch("g", from, circle, untyped({ sort: "UP" })), undefined, /ASC, DESC/)
    refusedAt(
      commands.geoSearch("g", from, circle, untyped({ storeDist: true })),
      undefined,
      /unknown option storeDist/
    )
    refusedAt(commands.geoSearchWith("g", from, circle, untyped<[]>(["DIST"])), undefined, /WITHDIST/)
  })

  it("a search has one origin and one shape with a unit, or a polygon alone", () => {
    const polygon = [from, from, from]
    refusedAt(commands.geoSearch("g", untyped(undefined), circle), undefined, /expected an origin/)
    refusedAt(commands.geoSearch("g", from, untyped(undefined)), undefined, /a radius, a box or a polygon/)
    refusedAt(commands.geoSearch("g", from, untyped({ radius: 1, width: 1, unit: "m" })), undefined, /either radius/)
    refusedAt(commands.geoSearch("g", from, untyped({ unit: "m" })), undefined, /either radius/)
    refusedAt(commands.geoSearch("g", from, untyped({ radius: 1 })), undefined, /unit must be one of/)
    refusedAt(commands.geoSearch("g", untyped<undefined>(from), { polygon }), undefined, /needs no origin/)
    refusedAt(commands.geoSearch("g", undefined, { polygon: [from, from] }), undefined, /three corners/)
  })
})
