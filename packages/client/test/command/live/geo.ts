import { assert } from "@effect/vitest"
import { Command } from "../../../src/Command.ts"
import type { GeoCoordinates } from "../../../src/command/GeoReplies.ts"
import { fails, holds, type LiveCase, missing, present, WRONGTYPE, wrong } from "./frame.ts"

const palermo = { member: "Palermo", longitude: 13.361389, latitude: 38.115556 }
const catania = { member: "Catania", longitude: 15.087269, latitude: 37.502669 }
const from = { longitude: 15, latitude: 37 }
const circle = { radius: 200, unit: "km" } as const
const box = { width: 400, height: 400, unit: "km" } as const
const both = ["Catania", "Palermo"]
const nearest = { sort: "ASC" } as const
const polygon = {
  polygon: [
    { longitude: 12, latitude: 37 },
    { longitude: 16, latitude: 37 },
    { longitude: 16, latitude: 39 },
    { longitude: 12, latitude: 39 }
  ]
}

const hash = 3479447370796909
const distance = 56.4413
/** What a position becomes when it is rounded to 52 bits. */
const coordinates = { longitude: 15.087267458438873, latitude: 37.50266842333162 }

const text = Command.set("t", "text")
const add = Command.geoAdd("g", [palermo, catania])
const noMember = fails(/could not decode requested zset member|does not exist/)

export const geoCases: ReadonlyArray<LiveCase> = [
  {
    title: "places",
    steps: [
      [missing.geoAdd("g", [palermo, catania]), 2],
      [present.geoAdd("g", { ...palermo, latitude: 38 }, { condition: "NX", change: true }), 0],
      [present.geoAdd("g", { ...palermo, latitude: 38 }, { condition: "XX", change: true }), 1],
      [present.geoAdd("g", palermo), 0],
      [present.geoDist("g", "Palermo", "Catania"), 166274.1516],
      [present.geoDist("g", "Palermo", "Catania", "km"), 166.2742],
      [missing.geoDist("g", "Palermo", "none"), undefined],
      [present.geoHash("g", ["Palermo", "none"]), ["sqc8b49rny0", undefined]],
      [missing.geoHash("none", ["Palermo"]), [undefined]],
      [
        present.geoPos("g", ["Catania", "none"]),
        holds<ReadonlyArray<GeoCoordinates | undefined>>(([found, none]) => {
          assert.isUndefined(none)
          assert.closeTo(found!.longitude, catania.longitude, 0.00001)
          assert.closeTo(found!.latitude, catania.latitude, 0.00001)
        })
      ],
      [missing.geoPos("none", ["Palermo"]), [undefined]],
      [present.geoSearch("g", from, circle, nearest), both],
      [present.geoSearch("g", "Catania", box, { sort: "DESC", count: 2, any: true }), ["Palermo", "Catania"]],
      [missing.geoSearch("none", from, circle), []],
      [Command.geoSearch("g", "none", circle), noMember],
      [
        present.geoSearchWith("g", from, circle, ["WITHCOORD", "WITHHASH", "WITHDIST"], { ...nearest, count: 1 }),
        [{ member: "Catania", distance, hash, coordinates }]
      ],
      [
        present.geoSearchWith("g", "Catania", { radius: 1, unit: "m" }, ["WITHDIST"]),
        [{ member: "Catania", distance: 0 }]
      ],
      [missing.geoSearchWith("none", from, circle, ["WITHDIST"]), []],
      [present.geoSearchStore("d", "g", from, box), 2],
      [Command.zScore("d", "Catania"), hash],
      [present.geoSearchStore("d", "g", from, circle, { ...nearest, count: 1, storeDist: true }), 1],
      [Command.zScore("d", "Catania"), holds<number>((score) => assert.closeTo(score, distance, 0.0001))],
      [missing.geoSearchStore("d", "none", from, circle), 0]
    ]
  },
  {
    title: "places within a polygon",
    since: { valkey: "9.0" },
    steps: [
      [add, 2],
      [present.geoSearch("g", undefined, polygon, nearest), ["Palermo", "Catania"]],
      [
        present.geoSearchWith("g", undefined, polygon, ["WITHDIST", "WITHHASH"], { sort: "DESC", count: 1 }),
        [{ member: "Catania", distance: 111411.0839, hash }]
      ],
      [present.geoSearchStore("d", "g", undefined, polygon), 2]
    ]
  },
  {
    title: "places, by the older searches",
    steps: [
      [add, 2],
      [present.geoRadius("g", from, 200, "km", nearest), both],
      [missing.geoRadius("none", from, 200, "km"), []],
      [present.geoRadiusRo("g", from, 200, "km", { sort: "DESC", count: 1 }), ["Palermo"]],
      [missing.geoRadiusRo("none", from, 200, "km"), []],
      [
        present.geoRadiusWith("g", from, 60, "km", ["WITHDIST", "WITHCOORD"]),
        [{ member: "Catania", distance, coordinates }]
      ],
      [missing.geoRadiusWith("none", from, 200, "km", ["WITHDIST"]), []],
      [present.geoRadiusRoWith("g", from, 60, "km", ["WITHHASH"]), [{ member: "Catania", hash }]],
      [missing.geoRadiusRoWith("none", from, 200, "km", ["WITHDIST"]), []],
      [present.geoRadiusStore("g", from, 200, "km", "d", { count: 5 }), 2],
      [missing.geoRadiusStore("none", from, 200, "km", "d", { storeDist: true }), 0],
      [present.geoRadiusByMember("g", "Catania", 200, "km", nearest), both],
      [missing.geoRadiusByMember("none", "Catania", 200, "km"), []],
      [
        present.geoRadiusByMemberRo("g", "Catania", 200, "km", { count: 1, any: true }),
        holds<Array<string>>((found) => assert.lengthOf(found, 1))
      ],
      [missing.geoRadiusByMemberRo("none", "Catania", 200, "km"), []],
      [present.geoRadiusByMemberWith("g", "Catania", 1, "ft", ["WITHHASH"]), [{ member: "Catania", hash }]],
      [missing.geoRadiusByMemberWith("none", "Catania", 1, "ft", ["WITHHASH"]), []],
      [
        present.geoRadiusByMemberRoWith("g", "Catania", 1, "mi", ["WITHDIST", "WITHHASH"]),
        [{ member: "Catania", distance: 0, hash }]
      ],
      [missing.geoRadiusByMemberRoWith("none", "Catania", 1, "mi", ["WITHDIST"]), []],
      [present.geoRadiusByMemberStore("g", "Catania", 200, "km", "d", { storeDist: true }), 2],
      [Command.zScore("d", "Catania"), 0],
      [missing.geoRadiusByMemberStore("none", "Catania", 200, "km", "d"), 0],
      [Command.geoRadiusByMember("g", "none", 200, "km"), noMember]
    ]
  },
  {
    title: "places in something else",
    steps: [
      [text, true],
      [wrong.geoAdd("t", palermo), WRONGTYPE],
      [wrong.geoDist("t", "a", "b"), WRONGTYPE],
      [wrong.geoHash("t", ["a"]), WRONGTYPE],
      [wrong.geoPos("t", ["a"]), WRONGTYPE],
      [wrong.geoSearch("t", from, circle), WRONGTYPE],
      [wrong.geoSearchWith("t", from, circle, ["WITHDIST"]), WRONGTYPE],
      [wrong.geoSearchStore("d", "t", from, circle), WRONGTYPE],
      [wrong.geoRadius("t", from, 1, "m"), WRONGTYPE],
      [wrong.geoRadiusRo("t", from, 1, "m"), WRONGTYPE],
      [wrong.geoRadiusWith("t", from, 1, "m", ["WITHDIST"]), WRONGTYPE],
      [wrong.geoRadiusRoWith("t", from, 1, "m", ["WITHDIST"]), WRONGTYPE],
      [wrong.geoRadiusStore("t", from, 1, "m", "d"), WRONGTYPE],
      [wrong.geoRadiusByMember("t", "a", 1, "m"), WRONGTYPE],
      [wrong.geoRadiusByMemberRo("t", "a", 1, "m"), WRONGTYPE],
      [wrong.geoRadiusByMemberWith("t", "a", 1, "m", ["WITHDIST"]), WRONGTYPE],
      [wrong.geoRadiusByMemberRoWith("t", "a", 1, "m", ["WITHDIST"]), WRONGTYPE],
      [wrong.geoRadiusByMemberStore("t", "a", 1, "m", "d"), WRONGTYPE]
    ]
  }
]
