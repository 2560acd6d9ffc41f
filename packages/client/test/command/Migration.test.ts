import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { migrationGoldens } from "./goldens/replication.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Migration constructors send and read", migrationGoldens)

describe("moving keys", () => {
  it("at least one key is needed, and options that are known", () => {
    refusedAt(commands.migrate("h", 1, [], 0, 5), 2, /at least one key/)
    refusedAt(commands.migrate("h", 1, "k", 0, 5, untyped({ auth2: "p" })), undefined, /unknown option auth2/)
    refusedAt(commands.migrate("h", 1, "k", 0, 5, untyped({ auth: {} })), 6)
    refusedAt(commands.migrate("h", 1, "k", 0, -1), 4)
  })
})
