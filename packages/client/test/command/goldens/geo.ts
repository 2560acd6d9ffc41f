import { Wire } from "../../../src/protocol/RespEncoder.ts"
import { type Answer, bytes, call, golden } from "../golden.ts"

const integer: ReadonlyArray<Answer> = [[7, 7]]
const texts: ReadonlyArray<Answer> = [
  [
    ["a", "b"],
    ["a", "b"],
    [bytes("a"), bytes("b")]
  ],
  [[], []]
]
const coordinates = { longitude: 13.5, latitude: -38.25 }
const wireCoordinates = [Wire.double(13.5), Wire.double(-38.25)]
const withAll: ReadonlyArray<Answer> = [
  [
    [["a", "190.4424", 3479099956230698, wireCoordinates]],
    [{ member: "a", distance: 190.4424, hash: 3479099956230698, coordinates }],
    [{ member: bytes("a"), distance: 190.4424, hash: 3479099956230698, coordinates }]
  ],
  [[], []]
]
const withDistance: ReadonlyArray<Answer> = [
  [[["a", "190.4424"]], [{ member: "a", distance: 190.4424 }], [{ member: bytes("a"), distance: 190.4424 }]]
]
const withHash: ReadonlyArray<Answer> = [
  [
    [["a", 3479099956230698]],
    [{ member: "a", hash: 3479099956230698 }],
    [{ member: bytes("a"), hash: 3479099956230698 }]
  ]
]
const withCoordinates: ReadonlyArray<Answer> = [
  [[["a", wireCoordinates]], [{ member: "a", coordinates }], [{ member: bytes("a"), coordinates }]]
]

const place = { member: "a", longitude: 13.5, latitude: 38.25 }
const from = { longitude: 15, latitude: 37 }
const circle = { radius: 200, unit: "km" } as const
const box = { width: 400, height: 0.5, unit: "mi" } as const
const triangle = {
  polygon: [
    { longitude: 12, latitude: 37 },
    { longitude: 16, latitude: 37 },
    { longitude: 16, latitude: 39 }
  ]
}

export const geoGoldens = [
  golden(call.geoAdd("g", place), "GEOADD g 13.5 38.25 a", [0], "lastWriteWins", integer),
  golden(
    call.geoAdd("g", [place, { ...from, member: bytes("b") }], { condition: "XX", change: true }),
    "GEOADD g XX CH 13.5 38.25 a 15 37 b",
    [0],
    "lastWriteWins",
    integer
  ),
  golden(call.geoAdd("g", place, { condition: "NX" }), "GEOADD g NX 13.5 38.25 a", [0], "never", integer),
  golden(call.geoDist("g", "a", "b"), "GEODIST g a b", [0], "readOnly", [
    ["166274.1516", 166274.1516],
    [undefined, undefined]
  ]),
  golden(call.geoDist("g", "a", "b", "ft"), "GEODIST g a b ft", [0], "readOnly", [["1.5", 1.5]]),
  golden(call.geoHash("g", ["a", "b"]), "GEOHASH g a b", [0], "readOnly", [
    [
      ["sqc8b49rny0", undefined],
      ["sqc8b49rny0", undefined]
    ]
  ]),
  golden(call.geoPos("g", ["a", "b"]), "GEOPOS g a b", [0], "readOnly", [
    [
      [wireCoordinates, Wire.nullArray],
      [coordinates, undefined]
    ]
  ]),
  golden(call.geoSearch("g", from, circle), "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km", [0], "readOnly", texts),
  golden(
    call.geoSearch("g", "a", box, { sort: "DESC", count: 3, any: true }),
    "GEOSEARCH g FROMMEMBER a BYBOX 400 0.5 mi DESC COUNT 3 ANY",
    [0],
    "readOnly",
    texts
  ),
  golden(call.geoSearch("g", undefined, triangle), "GEOSEARCH g BYPOLYGON 3 12 37 16 37 16 39", [0], "readOnly", texts),
  golden(
    call.geoSearchStore("d", "g", bytes("a"), circle, { count: 3 }),
    "GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 200 km COUNT 3",
    [0, 1],
    "lastWriteWins",
    integer
  ),
  golden(
    call.geoSearchStore("g", "g", from, box, { storeDist: true, sort: "ASC" }),
    "GEOSEARCHSTORE g g FROMLONLAT 15 37 BYBOX 400 0.5 mi ASC STOREDIST",
    [0, 1],
    "accumulating",
    integer
  ),
  golden(
    call.geoSearchStore("d", "g", undefined, triangle),
    "GEOSEARCHSTORE d g BYPOLYGON 3 12 37 16 37 16 39",
    [0, 1],
    "lastWriteWins",
    integer
  ),
  golden(
    call.geoSearchWith("g", from, circle, ["WITHCOORD", "WITHDIST", "WITHHASH"], { sort: "ASC" }),
    "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD WITHDIST WITHHASH",
    [0],
    "readOnly",
    withAll
  ),
  golden(
    call.geoSearchWith("g", "a", circle, ["WITHHASH"]),
    "GEOSEARCH g FROMMEMBER a BYRADIUS 200 km WITHHASH",
    [0],
    "readOnly",
    withHash
  ),
  golden(
    call.geoSearchWith("g", undefined, triangle, ["WITHCOORD"]),
    "GEOSEARCH g BYPOLYGON 3 12 37 16 37 16 39 WITHCOORD",
    [0],
    "readOnly",
    withCoordinates
  ),
  golden(call.geoSearchWith("g", "a", circle, []), "GEOSEARCH g FROMMEMBER a BYRADIUS 200 km", [0], "readOnly", [
    [["a"], [{ member: "a" }], [{ member: bytes("a") }]]
  ])
]

const nearest = { sort: "ASC", count: 2, any: true } as const

export const geoRadiusGoldens = [
  golden(call.geoRadius("g", from, 200, "km"), "GEORADIUS g 15 37 200 km", [0], "idempotent", texts),
  golden(
    call.geoRadiusByMember("g", "a", 200, "m", nearest),
    "GEORADIUSBYMEMBER g a 200 m ASC COUNT 2 ANY",
    [0],
    "idempotent",
    texts
  ),
  golden(
    call.geoRadiusByMemberRo("g", "a", 200, "m", nearest),
    "GEORADIUSBYMEMBER_RO g a 200 m ASC COUNT 2 ANY",
    [0],
    "readOnly",
    texts
  ),
  golden(
    call.geoRadiusByMemberRoWith("g", "a", 200, "m", ["WITHDIST"]),
    "GEORADIUSBYMEMBER_RO g a 200 m WITHDIST",
    [0],
    "readOnly",
    withDistance
  ),
  golden(
    call.geoRadiusByMemberStore("g", "a", 200, "m", "d", nearest),
    "GEORADIUSBYMEMBER g a 200 m ASC COUNT 2 ANY STORE d",
    [0, 9],
    "lastWriteWins",
    integer
  ),
  golden(
    call.geoRadiusByMemberStore("g", "a", 200, "m", "g", { storeDist: true }),
    "GEORADIUSBYMEMBER g a 200 m STOREDIST g",
    [0, 5],
    "accumulating",
    integer
  ),
  golden(
    call.geoRadiusByMemberWith("g", "a", 200, "m", ["WITHHASH"], nearest),
    "GEORADIUSBYMEMBER g a 200 m WITHHASH ASC COUNT 2 ANY",
    [0],
    "idempotent",
    withHash
  ),
  golden(
    call.geoRadiusRo("g", from, 200, "km", { sort: "DESC" }),
    "GEORADIUS_RO g 15 37 200 km DESC",
    [0],
    "readOnly",
    texts
  ),
  golden(
    call.geoRadiusRoWith("g", from, 200, "km", ["WITHCOORD"], { count: 1 }),
    "GEORADIUS_RO g 15 37 200 km WITHCOORD COUNT 1",
    [0],
    "readOnly",
    withCoordinates
  ),
  golden(
    call.geoRadiusStore("g", from, 200, "km", "d"),
    "GEORADIUS g 15 37 200 km STORE d",
    [0, 6],
    "lastWriteWins",
    integer
  ),
  golden(
    call.geoRadiusStore("g", from, 200, "km", "d", { storeDist: true, sort: "ASC" }),
    "GEORADIUS g 15 37 200 km ASC STOREDIST d",
    [0, 7],
    "lastWriteWins",
    integer
  ),
  golden(
    call.geoRadiusWith("g", from, 200, "km", ["WITHHASH", "WITHCOORD", "WITHDIST"]),
    "GEORADIUS g 15 37 200 km WITHHASH WITHCOORD WITHDIST",
    [0],
    "idempotent",
    withAll
  )
]
