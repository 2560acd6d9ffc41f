/**
 * Commands on HyperLogLogs, which estimate how many different elements they were given (standard error 0.81 %).
 *
 * @since 0.1.0
 */
import { append, list, type Several, several } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { type Argument, defineSpec, type Text } from "./CommandSpec.ts"
import { constant, make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Commands on HyperLogLogs, as constructors or as methods.
 *
 * @category models
 * @since 0.1.0
 */
export interface HyperLogLogCommands<F extends CommandLambda> {
  /** Add elements; whether that changed the estimate. An empty array creates the key if it is missing. */
  pfAdd(key: Text, ...elements: Several<Argument>): Kind<F, boolean>
  /** About how many different elements all of the keys together were given. None: 0 without a call. */
  pfCount(keys: Text | ReadonlyArray<Text>): Kind<F, number>
  /** Add everything that the sources were given to the destination, which keeps what it has. */
  pfMerge(destination: Text, sources: Text | ReadonlyArray<Text>): Kind<F, void>
}

const PFADD = defineSpec({ name: "PFADD", keys: "first", retry: "lastWriteWins" })
const PFCOUNT = defineSpec({ name: "PFCOUNT", keys: "all", retry: "readOnly" })
const PFMERGE = defineSpec({ name: "PFMERGE", keys: "all", retry: "lastWriteWins" })

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hyperLogLogs: HyperLogLogCommands<AsCommand> = {
  pfAdd: (key, ...elements) => make(PFADD, append([key], several(elements)), Reply.boolean),
  pfCount: (keys) => {
    const all = list(keys)
    return all.length === 0 ? constant(PFCOUNT, Reply.integer, 0) : make(PFCOUNT, all, Reply.integer)
  },
  pfMerge: (destination, sources) => make(PFMERGE, append([destination], list(sources)), Reply.ok)
}
