/**
 * Options that cannot be used, as the error of whatever is built from them.
 *
 * @since 0.1.0
 */
import { toRedisError } from "./Failure.ts"
import { InvalidArgument } from "./Reason.ts"
import { ConnectError } from "./RedisError.ts"

/**
 * An option that cannot be used, as the error of the layer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const invalidOption = (name: string, message: string): ConnectError =>
  new ConnectError({
    attempts: [
      toRedisError(
        { reason: new InvalidArgument({ position: undefined, message: `${name}: ${message}` }), execution: "NotSent" },
        "CONNECT",
        undefined
      )
    ]
  })
