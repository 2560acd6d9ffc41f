/**
 * What a server answers to an administrative command of the harness. The harness speaks plain RESP2 over its own small
 * connection, so that a fault in the library under test can never hide in the tool that tests it.
 *
 * @since 0.1.0
 */

/**
 * An error reply, also when nested in an array (inside the reply of EXEC, for instance).
 *
 * @category models
 * @since 0.1.0
 */
export class AdminReplyError {
  /** The whole text of the error, such as `ERR unknown command`. */
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/**
 * A RESP2 reply as plain data: bulk and simple strings are text, both nulls are `null`.
 *
 * @category models
 * @since 0.1.0
 */
export type AdminReply = string | number | null | AdminReplyError | ReadonlyArray<AdminReply>

/**
 * One word of an administrative command. Numbers are sent in decimal.
 *
 * @category models
 * @since 0.1.0
 */
export type AdminArgument = string | number | Uint8Array
