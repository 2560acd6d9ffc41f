import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { geoRadiusGoldens } from "./goldens/geo.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what GeoRadius constructors send and read", geoRadiusGoldens)

const from = { longitude: 15, latitude: 37 }

describe("the older searches for places", () => {
  it("coordinates, units and options that are none are refused", () => {
    refusedAt(commands.geoRadius("g", untyped(null), 1, "m"), 1)
    refusedAt(commands.geoRadius("g", from, 1, untyped("yd")), undefined, /m, km, ft, mi/)
    refusedAt(commands.geoRadiusRo("g", from, 1, "m", untyped({ any: true })), undefined, /any needs count/)
    refusedAt(commands.geoRadiusByMember("g", "a", 1, "m", untyped({ STORE: "d" })), undefined, /unknown option STORE/)
    refusedAt(commands.geoRadiusByMemberWith("g", "a", 1, "m", untyped<[]>(["STORE"])), undefined, /WITHDIST/)
    refusedAt(commands.geoRadiusStore("g", from, 1, "m", untyped(undefined)), 6)
  })
})
