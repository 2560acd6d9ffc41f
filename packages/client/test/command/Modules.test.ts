import { describe, it } from "@effect/vitest"
import { commands } from "../../src/command/Commands.ts"
import { checkGoldens } from "./golden.ts"
import { moduleGoldens } from "./goldens/modules.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Modules constructors send and read", moduleGoldens)

describe("modules", () => {
  it("a configuration that is none is refused", () => {
    refusedAt(commands.moduleLoadEx("/m.so", untyped({ config: "a 1" })), undefined, /record/)
    refusedAt(commands.moduleLoadEx("/m.so", untyped({ args: [] })), undefined, /unknown option args/)
  })
})
