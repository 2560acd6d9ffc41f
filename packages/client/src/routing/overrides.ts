/**
 * Options of one call, or of a part of a program, over those of the client.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { RetryCategory } from "../command/CommandSpec.ts"
import { InvalidArgument } from "../error/Reason.ts"
import type { ReadFrom } from "../topology/ReadFrom.ts"
import type { Engine } from "./Engine.ts"

/**
 * What may differ from the client's options. What is left out stays as it is.
 *
 * @category options
 * @since 0.1.0
 */
export interface Overrides {
  /** The end-to-end deadline of each operation. A plain number is milliseconds. */
  readonly deadline?: Duration.Input | undefined
  /** The retry category to assume instead of each command's own: `idempotent` lets it be sent again after `MayHaveExecuted`. */
  readonly retry?: RetryCategory | undefined
  /**
   * The node to send to, by its address (`host:port`): one of the cluster's map, or the one server that there is. Redirects are not followed.
   * Without it commands go to the primary of their slot, and reads where `readFrom` says.
   */
  readonly target?: string | undefined
  /**
   * Where commands that only read go, in a cluster (default: the client's `readFrom`). Not for `target`, transactions, leases, and commands
   * that block. One server answers everything, whatever is said here.
   */
  readonly readFrom?: ReadFrom | undefined
}

const CATEGORIES: ReadonlySet<unknown> = new Set<RetryCategory>([
  "readOnly",
  "idempotent",
  "lastWriteWins",
  "accumulating",
  "never"
])

const refuse = (message: string): InvalidArgument => new InvalidArgument({ position: undefined, message })

/**
 * The engine with other options, or why they cannot be used.
 *
 * @category combinators
 * @since 0.1.0
 */
export const engineWith = (
  engine: Engine,
  { deadline, readFrom, retry, target }: Overrides
): Engine | InvalidArgument => {
  let millis: number | undefined
  if (deadline !== undefined) {
    const duration = Option.getOrUndefined(Duration.fromInput(deadline))
    millis = duration === undefined ? Number.NaN : Duration.toMillis(duration)
    if (!(millis > 0)) return refuse("deadline: must be a duration above zero")
  }
  if (retry !== undefined && !CATEGORIES.has(retry)) {
    return refuse(`retry: must be one of ${[...CATEGORIES].join(", ")}`)
  }
  const reading = readFrom === undefined ? engine.router : (engine.router.readFrom?.(readFrom) ?? engine.router)
  if (reading instanceof InvalidArgument) return refuse(`readFrom: ${reading.message}`)
  const router = target === undefined ? reading : reading.only?.(target)
  if (router === undefined) return refuse("target: must be the address of a node that can be chosen here, host:port")
  return engine.with({ deadline: millis, category: retry, router })
}
