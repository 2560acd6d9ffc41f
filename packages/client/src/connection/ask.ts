/**
 * A command of the client's own on a node's shared connection.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type Argument, defineSpec } from "../command/CommandSpec.ts"
import { internalCommand } from "../command/make.ts"
import type { Failure } from "../error/Failure.ts"
import { InvalidArgument } from "../error/Reason.ts"
import { fromReply } from "../error/ServerFault.ts"
import type { RespValue } from "../protocol/RespValue.ts"
import { encodeCommand, InvalidArg } from "../protocol/RespWriter.ts"
import type { ConnectionRuntime } from "./ConnectionRuntime.ts"
import type { NodeConnection } from "./NodeConnection.ts"
import { abandon, PendingPart } from "./Pending.ts"

/**
 * The reply, within `limit` milliseconds.
 *
 * @category combinators
 * @since 0.1.0
 */
export const ask = (
  runtime: ConnectionRuntime,
  node: NodeConnection,
  limit: number,
  name: string,
  args: ReadonlyArray<Argument> = []
): Effect.Effect<RespValue, Failure> =>
  Effect.callback<RespValue, Failure>((resume) => {
    const command = internalCommand(defineSpec({ name, keys: "none", retry: "never" }), args)
    const frame = encodeCommand(command.spec.header, command.spec.words, args, runtime.transport.text)
    if (frame instanceof InvalidArg) {
      const reason = new InvalidArgument({ position: frame.position, message: frame.detail })
      return resume(Effect.fail({ reason, execution: "NotSent" }))
    }
    const pending = new PendingPart(
      command,
      frame,
      runtime.ticker.exact() + limit,
      {
        succeed: (_, value) => resume(Effect.succeed(value as RespValue)),
        refuse: (_, error) => resume(Effect.fail(fromReply(error, false))),
        fail: (_, failure) => resume(Effect.fail(failure))
      },
      0,
      0
    )
    node.send(pending)
    return Effect.sync(() => abandon(pending))
  })
