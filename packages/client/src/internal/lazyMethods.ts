/**
 * Methods that are made when they are first used. A client has all of its hundreds of methods from the start, and for years; a lease lives for
 * a few commands.
 *
 * @since 0.1.0
 */
import type { Engine } from "../routing/Engine.ts"

const ENGINE: unique symbol = Symbol("engine")

interface Bound {
  readonly [ENGINE]: Engine
}

/**
 * What gives objects whose methods run on an engine: `make` builds the method of that name. They may be taken off their object.
 *
 * @category constructors
 * @since 0.1.0
 */
export const lazyMethods = <C>(
  constructors: Readonly<Record<string, C>>,
  make: (engine: Engine, constructor: C) => unknown
): ((engine: Engine) => Record<string, unknown>) => {
  const prototype = {}
  for (const [name, constructor] of Object.entries(constructors)) {
    Object.defineProperty(prototype, name, {
      enumerable: true,
      get(this: Bound) {
        const value = make(this[ENGINE], constructor)
        Object.defineProperty(this, name, { value, enumerable: true })
        return value
      },
      // The client's own operations stand before a command of the same name.
      set(this: object, value: unknown) {
        Object.defineProperty(this, name, { value, enumerable: true, writable: true })
      }
    })
  }
  return (engine) => Object.create(prototype, { [ENGINE]: { value: engine } })
}
