import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { isTransient } from "../../src/error/Failure.ts"
import type { Reason } from "../../src/error/Reason.ts"
import type { Execution } from "../../src/error/RedisError.ts"
import { executionOf, fromReply, reasonOf } from "../../src/error/ServerFault.ts"
import { RespError } from "../../src/protocol/RespValue.ts"

/** What servers say, what it means, whether a later try may succeed, and what a script that got it may have done. */
const table: ReadonlyArray<
  readonly [text: string, tag: Reason["_tag"], transient: boolean, single: Execution, script: Execution]
> = [
  ["TRYAGAIN Multiple keys request during rehashing of slot", "TryAgain", true, "Refused", "Refused"],
  ["CLUSTERDOWN The cluster is down", "ClusterDown", true, "Refused", "Refused"],
  ["CLUSTERDOWN Hash slot not served", "ClusterDown", true, "Refused", "Refused"],
  ["MASTERDOWN Link with MASTER is down", "MasterDown", true, "Refused", "Refused"],
  ["LOADING Redis is loading the dataset in memory", "Loading", true, "Refused", "Refused"],
  ["READONLY You can't write against a read only replica.", "ReadOnly", true, "Refused", "MayHaveExecuted"],
  ["UNBLOCKED force unblock from blocking operation", "Unblocked", true, "Refused", "MayHaveExecuted"],
  ["BUSY Redis is busy running a script.", "Busy", false, "Refused", "Refused"],
  ["NOREPLICAS Not enough good replicas to write.", "NoReplicas", false, "Refused", "MayHaveExecuted"],
  ["OOM command not allowed when used memory > 'maxmemory'.", "OutOfMemory", false, "Refused", "MayHaveExecuted"],
  ["MISCONF Redis is configured to save RDB snapshots", "Misconfigured", false, "Refused", "MayHaveExecuted"],
  ["WRONGTYPE Operation against a key", "WrongType", false, "Refused", "MayHaveExecuted"],
  ["NOPERM User app has no permissions to run the 'get' command", "NoPermission", false, "Refused", "Refused"],
  ["NOAUTH Authentication required.", "NoAuth", false, "Refused", "Refused"],
  ["WRONGPASS invalid username-password pair", "WrongPassword", false, "Refused", "MayHaveExecuted"],
  ["NOSCRIPT No matching script. Please use EVAL.", "NoScript", false, "Refused", "Refused"],
  ["ERR Function not found", "NoFunction", false, "Refused", "Refused"],
  ["CROSSSLOT Keys in request don't hash to the same slot", "CrossSlot", false, "Refused", "Refused"],
  ["EXECABORT Transaction discarded because of previous errors.", "ExecAborted", false, "Refused", "Refused"],
  ["ERR This instance has cluster support disabled", "ClusterDisabled", false, "Refused", "MayHaveExecuted"],
  ["ERR unknown command 'FOO'", "ServerReply", false, "Refused", "MayHaveExecuted"],
  ["MOVED 1 h:1", "ServerReply", false, "Refused", "Refused"],
  ["ASK 1 h:1", "ServerReply", false, "Refused", "Refused"],
  ["REDIRECT h:1", "ServerReply", false, "Refused", "Refused"],
  ["MYERROR of a module", "ServerReply", false, "Refused", "MayHaveExecuted"],
  ["no code at all", "ServerReply", false, "Refused", "MayHaveExecuted"],
  ["", "ServerReply", false, "Refused", "MayHaveExecuted"],
  ["IOERR error or timeout reading to target instance", "ServerReply", false, "MayHaveExecuted", "MayHaveExecuted"]
]

describe("ServerFault", () => {
  for (const [text, tag, transient, single, script] of table) {
    it(`${text.split(" ", 3).join(" ") || "an empty error"} is ${tag}, ${single} (of a script ${script})`, () => {
      const error = new RespError(text)
      const reason = reasonOf(error)
      assert.strictEqual(reason._tag, tag)
      assert.strictEqual(reason.message, text)
      assert.strictEqual(isTransient(reason), transient)
      assert.strictEqual(executionOf(error, false), single)
      assert.strictEqual(executionOf(error, true), script)
    })
  }

  it("takes no error that a running script raised for one before its start", () => {
    for (const text of [
      "NOPERM ACL failure in script: User app has no permissions script: 6e1d, on @user_script:1.",
      "LOADING Redis is loading script: 6e1d, on @user_script:3.",
      "CLUSTERDOWN down script: f_1, on @user_function:12.",
      "NOSCRIPT forged script: on @user_script:1."
    ]) {
      assert.strictEqual(executionOf(new RespError(text), true), "MayHaveExecuted")
    }
  })

  it("keeps the code of what it does not know", () => {
    const reason = reasonOf(new RespError("MYERROR of a module"))
    assert.strictEqual(reason._tag === "ServerReply" ? reason.code : "", "MYERROR")
    const none = reasonOf(new RespError("Oops"))
    assert.strictEqual(none._tag === "ServerReply" ? none.code : "", "ERR")
  })

  it("is not confused by codes that are names of objects' own properties", () => {
    for (const text of ["constructor x", "__proto__ x", "CONSTRUCTOR x", "toString"]) {
      assert.strictEqual(reasonOf(new RespError(text))._tag, "ServerReply")
    }
  })

  it.prop(
    "gives any text a reason and an execution that says it was written",
    [Schema.String, Schema.Boolean],
    ([text, script]) => {
      const { execution, reason } = fromReply(new RespError(text), script)
      assert.include(["Refused", "MayHaveExecuted"], execution)
      assert.strictEqual(reason.message, text)
    }
  )
})
