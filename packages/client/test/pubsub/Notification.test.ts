import { assert, describe, it } from "@effect/vitest"
import {
  enabledBy,
  missingFlags,
  type NotificationKind,
  notificationOf,
  planOf
} from "../../src/pubsub/Notification.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (of: Uint8Array) => new TextDecoder().decode(of)

const parsed = (kind: NotificationKind, channel: string, payload: string) => {
  const found = notificationOf(kind, bytes(channel), bytes(payload), text)
  return found && [found.database, found.event, text(found.key), found.subkeys.map(text)]
}

describe("Notification", () => {
  it("reads every family of channels, with names that hold the separators", () => {
    assert.deepStrictEqual(parsed("keyspace", "__keyspace@12__:a:b", "set"), [12, "set", "a:b", []])
    assert.deepStrictEqual(parsed("keyevent", "__keyevent@0__:expired", "a|b\n"), [0, "expired", "a|b\n", []])
    assert.deepStrictEqual(parsed("subkeyspace", "__subkeyspace@0__:h", "hset|1:f,3:a,b"), [
      0,
      "hset",
      "h",
      ["f", "a,b"]
    ])
    assert.deepStrictEqual(parsed("subkeyevent", "__subkeyevent@0__:hdel", "3:k|y|2:f1,2:f2"), [
      0,
      "hdel",
      "k|y",
      ["f1", "f2"]
    ])
    assert.deepStrictEqual(parsed("subkeyspaceitem", "__subkeyspaceitem@1__:h\nf\nx", "hexpired"), [
      1,
      "hexpired",
      "h",
      ["f\nx"]
    ])
    assert.deepStrictEqual(parsed("subkeyspaceevent", "__subkeyspaceevent@0__:hset|k|1", "1:f"), [
      0,
      "hset",
      "k|1",
      ["f"]
    ])
  })

  it("leaves out what no server says", () => {
    for (const payload of ["hset", "hset|9:f", "hset|x:f", "hset|1:f;1:g", "hset|:f"]) {
      assert.isUndefined(parsed("subkeyspace", "__subkeyspace@0__:h", payload), payload)
    }
    assert.isUndefined(parsed("keyspace", "__keyspace@x__:h", "set"))
    assert.isUndefined(parsed("subkeyspaceitem", "__subkeyspaceitem@0__:h", "hset"))
  })

  it("knows which flags a source needs, and what A stands for", () => {
    const lacks = (source: Parameters<typeof planOf>[0], setting: string) => missingFlags(planOf(source, 0), setting)
    assert.strictEqual(lacks({ keyspace: "*" }, ""), "KA")
    assert.strictEqual(lacks({ keyspace: "*" }, "K"), "A")
    assert.strictEqual(lacks({ keyspace: "*" }, "Kg"), "")
    assert.strictEqual(lacks({ keyevent: "expired" }, "AK"), "E")
    assert.strictEqual(lacks({ keyevent: ["keymiss", "evicted"] }, "AE"), "m")
    assert.strictEqual(lacks({ subkeyspace: "h" }, "AKE"), "S")
    assert.strictEqual(lacks({ subkeyevent: "hset" }, "T"), "h")
    assert.strictEqual(lacks({ subkeyspaceitem: { key: "h", subkey: "f" } }, "hI"), "")
    assert.strictEqual(lacks({ subkeyspaceevent: { event: "hset", key: "h" } }, "h"), "V")
  })

  it("enables all classes where none is named, and keeps what is there", () => {
    const enabled = (source: Parameters<typeof planOf>[0], setting: string) => enabledBy(planOf(source, 0), setting)
    assert.strictEqual(enabled({ keyspace: "*" }, "Ex"), "ExAK")
    assert.strictEqual(enabled({ keyspace: "*" }, "AKE"), "AKE")
    assert.strictEqual(enabled({ keyevent: "expired" }, "Kg"), "KgEx")
  })

  it("subscribes to a pattern only where one is meant", () => {
    assert.deepStrictEqual(planOf({ keyspace: ["a", "b"] }, 3), {
      channels: ["__keyspace@3__:a", "__keyspace@3__:b"],
      isPattern: false,
      kind: "keyspace",
      kindFlag: "K",
      classes: ""
    })
    assert.isTrue(planOf({ keyevent: "del" }, "*").isPattern)
    assert.isTrue(planOf({ keyspace: "a[bc]" }, 0).isPattern)
  })
})
