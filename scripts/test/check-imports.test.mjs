import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, describe, it } from "vitest"
import { checkPackage, checkRepository, importsOf } from "../check-imports.mjs"

const client = (files) => checkPackage("client", new Map(Object.entries(files)))

describe("check-imports", () => {
  it("accepts imports that go downward, within a folder and from `effect`", () => {
    const problems = client({
      "Redis.ts": 'import { slotOf } from "./topology/Slot.ts"\nimport * as Effect from "effect/Effect"',
      "topology/Slot.ts": 'export * from "./Crc16.ts"\nimport { parse } from "../protocol/Resp.ts"',
      "topology/Crc16.ts": "",
      "protocol/Resp.ts": ""
    })
    assert.deepStrictEqual(problems, [])
  })

  it("finds an import that goes upward, in every form", () => {
    for (const statement of [
      'import { open } from "../connection/Open.ts"',
      'import type { Open } from "../connection/Open.ts"',
      'import open, { type Open } from "../connection/Open.ts"',
      'import {\n  type Open,\n  open\n} from "../connection/Open.ts"',
      'import "../connection/Open.ts"',
      'export * from "../connection/Open.ts"',
      'export * as Open from "../connection/Open.ts"',
      'export type { Open } from "../connection/Open.ts"',
      'const open = () => import("../connection/Open.ts")'
    ]) {
      const problems = client({ "protocol/Resp.ts": `// a comment\n${statement}\n`, "connection/Open.ts": "" })
      assert.strictEqual(problems.length, 1, statement)
      assert.include(problems[0], "protocol may not import connection")
    }
  })

  it("lets a command name the Redis service as a type, and nothing else above it", () => {
    const above = (statement) => client({ "command/Get.ts": statement, "Redis.ts": "", "RedisCluster.ts": "" }).length
    assert.strictEqual(above('import type { Redis } from "../Redis.ts"'), 0)
    assert.strictEqual(above('import { Redis } from "../Redis.ts"'), 1)
    assert.strictEqual(above('import { type Redis } from "../Redis.ts"'), 1)
    assert.strictEqual(above('import type { RedisCluster } from "../RedisCluster.ts"'), 1)
    assert.strictEqual(client({ "topology/Slot.ts": 'import type { Redis } from "../Redis.ts"' }).length, 1)
  })

  it("finds an import of the client that is not `effect`, and `effect` where it must be unknown", () => {
    assert.strictEqual(client({ "Redis.ts": 'import { connect } from "node:net"' }).length, 1)
    assert.strictEqual(client({ "Redis.ts": 'import { x } from "effectful"' }).length, 1)
    assert.strictEqual(client({ "Redis.ts": 'import { x } from "../../node/src/index.ts"' }).length, 1)
    assert.strictEqual(client({ "protocol/Resp.ts": 'import * as Effect from "effect/Effect"' }).length, 1)
  })

  it("finds a folder that has no place in the order", () => {
    assert.include(client({ "cache/Cache.ts": "" })[0], "no place")
  })

  it("finds cycles of value imports, and none where a type-only or a lazy import closes the circle", () => {
    const circle = (back) =>
      client({
        "Redis.ts": 'import { a } from "./Pipeline.ts"',
        "Pipeline.ts": 'export * from "./Script.ts"',
        "Script.ts": back
      })
    assert.deepStrictEqual(circle('import { redis } from "./Redis.ts"'), [
      "packages/client/src: import cycle Redis.ts -> Pipeline.ts -> Script.ts -> Redis.ts"
    ])
    assert.deepStrictEqual(circle('import type { Redis } from "./Redis.ts"'), [])
    assert.deepStrictEqual(circle('const later = () => import("./Redis.ts")'), [])
  })

  it("does not take the example in a doc comment for an import", () => {
    assert.deepStrictEqual(importsOf('/**\n * import { Redis } from "@reef-redis/node"\n * import("node:fs")\n */'), [])
  })

  it("reads the packages of a repository from disk", () => {
    const root = mkdtempSync(join(tmpdir(), "reef-imports-"))
    try {
      const file = join(root, "packages", "client", "src", "command", "Get.ts")
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, 'import { Router } from "../routing/Router.ts"\n')
      assert.deepStrictEqual(checkRepository(root), [
        'packages/client/src/command/Get.ts: command may not import routing ("routing/Router.ts"): imports go only downward'
      ])
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
})
