/**
 * The one failure of the harness. It carries what a person needs who looks at a red test: what was run, what went wrong,
 * and the last lines of the server's own log.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * Why something failed.
 *
 * - `BinaryNotFound`: no server program; `detail` says what to install.
 * - `InvalidOption`: an option or argument that cannot work (no primaries, a slot above 16383).
 * - `StartFailed`: the process could not be started, or ended before it was ready.
 * - `NotRunning`: the control needs a live process and there is none.
 * - `ConnectionLost`: the server refused or closed the harness's connection.
 * - `ErrorReply`: the server answered with an error; `detail` is its text.
 * - `UnexpectedReply`: the server answered something that the harness does not understand.
 * - `Deadline`: a condition did not come true in time; `detail` says which part was still missing.
 * - `FileSystem`: a file of the server could not be read or written.
 * - `OpensslNotFound`: TLS was asked for, and there is no `openssl` to make certificates with; `detail` says what to install.
 * - `ScriptViolated`: a scripted server was not asked what it expected, or something that it has no answer to.
 * - `SupervisorLost`: the process that guards the servers has ended, and the servers with it.
 *
 * @category errors
 * @since 0.1.0
 */
export type ServerErrorReason =
  | "BinaryNotFound"
  | "InvalidOption"
  | "StartFailed"
  | "NotRunning"
  | "ConnectionLost"
  | "ErrorReply"
  | "UnexpectedReply"
  | "Deadline"
  | "FileSystem"
  | "OpensslNotFound"
  | "ScriptViolated"
  | "SupervisorLost"

/**
 * A failure of the harness or of a server that it runs.
 *
 * @category errors
 * @since 0.1.0
 */
export class ServerError extends Data.TaggedError("ServerError")<{
  readonly reason: ServerErrorReason
  /** What was run: a command with its node, or a control. */
  readonly action: string
  readonly detail: string
  /** The tail of the server's log; empty where no server is concerned. */
  readonly log: string
}> {
  override get message(): string {
    const tail = this.log === "" ? "" : `\n--- end of the server's log ---\n${this.log}`
    return `${this.reason}: ${this.action}: ${this.detail}${tail}`
  }
}
