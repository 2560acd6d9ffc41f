/**
 * What stands behind a client's service, for modules beside it that need more than its methods. A service that somebody else has made (a
 * fake in a test) has nothing here.
 *
 * @since 0.1.0
 */
import type { Any } from "../command/Command.ts"
import type { CommandImpl } from "../command/make.ts"
import type { RedisService } from "../Redis.ts"
import type { Engine } from "../routing/Engine.ts"

/**
 * What stands behind it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Behind {
  readonly engine: Engine
  /** Before every key; empty for none. */
  readonly prefix: string
  /** How a command value becomes what the engine runs: under the prefix. */
  readonly enter: (command: Any) => CommandImpl
}

const known = /*#__PURE__*/ new WeakMap<RedisService, Behind>()

/**
 * Note what stands behind a service.
 *
 * @category constructors
 * @since 0.1.0
 */
export const noteEngine = (redis: RedisService, behind: Behind): void => {
  known.set(redis, behind)
}

/**
 * What stands behind a service, if that is known.
 *
 * @category getters
 * @since 0.1.0
 */
export const engineOf = (redis: RedisService): Behind | undefined => known.get(redis)
