import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BUGS, brokenWorkspace } from "../../src/account/selfTest.ts"

/** The files of the client that each patch changes. */
const CHANGED: Readonly<Record<string, string>> = {
  "retry-all-writes": "routing/Engine.ts",
  "drop-on-interruption": "connection/Connection.ts",
  "asking-in-two-writes": "routing/Engine.ts",
  "late-reply-after-thaw": "connection/Connection.ts",
  "leak-in-flight": "connection/Connection.ts",
  "shared-in-flight": "connection/Connection.ts"
}

describe("the patches of the self-test", () => {
  for (const { name } of BUGS) {
    it.live(`${name} applies to the client as it is, in a copy that goes away`, () =>
      Effect.gen(function* () {
        let copy = ""
        yield* Effect.scoped(
          Effect.gen(function* () {
            copy = yield* brokenWorkspace(name)
            const file = join("packages/client/src", CHANGED[name] ?? "")
            const own = new URL(`../../../../${file}`, import.meta.url)
            assert.notStrictEqual(readFileSync(join(copy, file), "utf8"), readFileSync(own, "utf8"))
          })
        )
        assert.isFalse(existsSync(copy))
      })
    )
  }
})
