import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { toRedisError } from "../../src/error/Failure.ts"
import * as Reason from "../../src/error/Reason.ts"
import { reasonOf } from "../../src/error/ServerFault.ts"
import { RespError } from "../../src/protocol/RespValue.ts"
import { errorType, spanError, statusCode } from "../../src/telemetry/failure.ts"

const message = "s3cret words"
const address = "h:1"

/** One of every reason, and the class and prefix that are told of it. */
const told: {
  readonly [T in Reason.Reason["_tag"]]: readonly [Reason.Reason, type: string, code: string | undefined]
} = {
  CrossSlot: [new Reason.CrossSlot({ slots: [1, 2], message }), "CrossSlot", undefined],
  ConnectFailed: [new Reason.ConnectFailed({ address, message: "refused" }), "ConnectFailed", undefined],
  ConnectionLost: [new Reason.ConnectionLost({ address, message }), "ConnectionLost", undefined],
  Timeout: [new Reason.Timeout({ phase: "written", deadline: 1, lastCause: message, message }), "Timeout", undefined],
  Overloaded: [new Reason.Overloaded({ limit: 1, message: "many" }), "Overloaded", undefined],
  Closed: [new Reason.Closed({ message }), "Closed", undefined],
  InvalidArgument: [new Reason.InvalidArgument({ position: 1, message }), "InvalidArgument", undefined],
  UncoveredSlot: [new Reason.UncoveredSlot({ slot: 1, message: "none" }), "UncoveredSlot", undefined],
  NoReplica: [new Reason.NoReplica({ slot: 1, message: "none" }), "NoReplica", undefined],
  Redirected: [new Reason.Redirected({ kind: "ASK", slot: 1, to: "h:2", message }), "ASK", "ASK"],
  TooManyRedirects: [new Reason.TooManyRedirects({ redirects: 9, message }), "TooManyRedirects", undefined],
  ClusterDown: [new Reason.ClusterDown({ message }), "CLUSTERDOWN", "CLUSTERDOWN"],
  TryAgain: [new Reason.TryAgain({ message }), "TRYAGAIN", "TRYAGAIN"],
  Loading: [new Reason.Loading({ message }), "LOADING", "LOADING"],
  MasterDown: [new Reason.MasterDown({ message }), "MASTERDOWN", "MASTERDOWN"],
  ReadOnly: [new Reason.ReadOnly({ message }), "READONLY", "READONLY"],
  Unblocked: [new Reason.Unblocked({ message }), "UNBLOCKED", "UNBLOCKED"],
  Busy: [new Reason.Busy({ message }), "BUSY", "BUSY"],
  NoReplicas: [new Reason.NoReplicas({ message }), "NOREPLICAS", "NOREPLICAS"],
  OutOfMemory: [new Reason.OutOfMemory({ message }), "OOM", "OOM"],
  Misconfigured: [new Reason.Misconfigured({ message }), "MISCONF", "MISCONF"],
  WrongType: [new Reason.WrongType({ message }), "WRONGTYPE", "WRONGTYPE"],
  NoPermission: [new Reason.NoPermission({ message }), "NOPERM", "NOPERM"],
  NoAuth: [new Reason.NoAuth({ message }), "NOAUTH", "NOAUTH"],
  WrongPassword: [new Reason.WrongPassword({ message }), "WRONGPASS", "WRONGPASS"],
  NotificationsDisabled: [
    new Reason.NotificationsDisabled({ missing: "Kx", message }),
    "NotificationsDisabled",
    undefined
  ],
  NoScript: [new Reason.NoScript({ message }), "NOSCRIPT", "NOSCRIPT"],
  ClusterDisabled: [new Reason.ClusterDisabled({ message }), "ERR", "ERR"],
  ServerReply: [new Reason.ServerReply({ code: "NOTBUSY", message }), "NOTBUSY", "NOTBUSY"],
  Protocol: [new Reason.Protocol({ offset: 0, bytes: new Uint8Array(0), message }), "Protocol", undefined],
  Decode: [new Reason.Decode({ expected: "a number", message }), "Decode", undefined],
  ExecAborted: [new Reason.ExecAborted({ position: 1, refusals: [], message }), "EXECABORT", "EXECABORT"],
  PoolTimeout: [new Reason.PoolTimeout({ limit: 1, waited: 5, message }), "PoolTimeout", undefined],
  WatchConflict: [new Reason.WatchConflict({ message }), "WatchConflict", undefined],
  NotReplicated: [new Reason.NotReplicated({ wanted: 2, acknowledged: 1, message }), "NotReplicated", undefined],
  NoSentinel: [new Reason.NoSentinel({ service: "s", answers: [], message }), "NoSentinel", undefined],
  UnknownService: [new Reason.UnknownService({ service: "s", answers: [], message }), "UnknownService", undefined],
  PrimaryDown: [new Reason.PrimaryDown({ service: "s", answers: [], message }), "PrimaryDown", undefined],
  CredentialsUnavailable: [
    new Reason.CredentialsUnavailable({ message, cause: Redacted.make(message) }),
    "CredentialsUnavailable",
    undefined
  ],
  TokenExpired: [new Reason.TokenExpired({ expiredAt: 1, message }), "TokenExpired", undefined]
}

describe("failure", () => {
  it("tells the class of every reason, and the prefix of those that a server gave", () => {
    for (const [reason, type, code] of Object.values(told)) {
      assert.deepStrictEqual([errorType(reason), statusCode(reason)], [type, code], reason._tag)
    }
  })

  it("gives back the prefix of the error reply that became the reason", () => {
    for (const [, , code] of Object.values(told)) {
      if (code === undefined || code === "ASK") continue
      assert.strictEqual(statusCode(reasonOf(new RespError(`${code} some words`))), code)
    }
    assert.strictEqual(statusCode(reasonOf(new RespError("CROSSSLOT Keys don't hash"))), "CROSSSLOT")
    assert.strictEqual(statusCode(reasonOf(new RespError("no prefix"))), "ERR")
  })

  it("makes an error of a span that has nothing of the words, nor a stack", () => {
    for (const [reason, type] of Object.values(told)) {
      const error = spanError("SET", toRedisError({ reason, execution: "MayHaveExecuted" }, "SET", "h:1"))
      assert.notInclude(error.message, "s3cret")
      assert.match(error.message, new RegExp(`^SET at h:1: ${type}(: .*)? \\[MayHaveExecuted\\]$`))
      assert.strictEqual(error.name, type)
      assert.notInclude(error.stack ?? "", "failure.test.ts")
    }
  })

  it("says in which phase a deadline passed", () => {
    const [reason] = told.Timeout
    const error = spanError("GET", toRedisError({ reason, execution: "NotSent" }, "GET", undefined))
    assert.strictEqual(error.message, "GET: Timeout: written [NotSent]")
  })
})
