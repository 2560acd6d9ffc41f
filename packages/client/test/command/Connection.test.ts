import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { commands } from "../../src/command/Commands.ts"
import { implOf } from "../../src/command/make.ts"
import { checkGoldens } from "./golden.ts"
import { connectionGoldens } from "./goldens/connection.ts"
import { refusedAt, untyped } from "./outcomes.ts"

checkGoldens("what Connection constructors send and read", connectionGoldens)

describe("connections", () => {
  it("a password shows nowhere, redacted or not", () => {
    const auth = { username: "u", password: "s3cret" }
    for (const command of [
      commands.auth(auth),
      commands.auth({ ...auth, password: Redacted.make("s3cret") }),
      commands.hello(3, { auth }),
      commands.migrate("h", 1, "k", 0, "1 second", { auth }),
      commands.aclSetUser("u", { passwords: ["s3cret"] }),
      commands.aclSetUser("u", [">s3cret"])
    ]) {
      for (const text of [String(command), JSON.stringify(command), inspect(command, { depth: 9, showHidden: true })]) {
        assert.notInclude(text, "s3cret")
        assert.include(text, command.name)
      }
    }
  })

  it("what is no password is not sent", () => {
    const wiped = Redacted.make("s3cret")
    Redacted.wipeUnsafe(wiped)
    refusedAt(commands.auth({ password: wiped }), 0)
    refusedAt(commands.auth(untyped("s3cret")), undefined, /must be an object/)
    refusedAt(commands.auth(untyped({ password: 5 })), 0)
    refusedAt(commands.auth(untyped({ pass: "p" })), undefined, /unknown option pass/)
    refusedAt(commands.hello(3, untyped({ auth: { user: "u" } })), undefined, /unknown option user/)
    refusedAt(commands.hello(untyped(undefined), { name: "a" }), undefined, /version of the protocol/)
  })

  it("the shared connection is not changed: only a plain HELLO, ECHO and PING go there", () => {
    const shared = [commands.hello(), commands.echo("a"), commands.ping(), commands.clientTrackingInfo()]
    const own = [
      commands.asking(),
      commands.auth({ password: "p" }),
      commands.hello(3),
      commands.quit(),
      commands.readonly(),
      commands.readwrite(),
      commands.reset(),
      commands.select(1),
      commands.clientCaching(true),
      commands.clientCapa("redirect"),
      commands.clientImportSource(true),
      commands.clientNoEvict(true),
      commands.clientNoTouch(true),
      commands.clientReply("OFF"),
      commands.clientSetInfo("LIB-NAME", "a"),
      commands.clientSetName("a"),
      commands.clientTracking(true)
    ]
    for (const command of shared) assert.isFalse(implOf(command).spec.connectionState, command.name)
    for (const command of own) assert.isTrue(implOf(command).spec.connectionState, command.name)
  })
})
