/**
 * Where the keys of a command stand, as far as a fault rule needs it. What is not listed has its one key first, as most commands
 * have; this is a convenience of the harness and no substitute for the servers' own table (COMMAND).
 */

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "))

const KEYLESS = words(
  "ACL ASKING AUTH BGREWRITEAOF BGSAVE CLIENT CLUSTER COMMAND CONFIG DBSIZE DEBUG DISCARD ECHO EXEC FAILOVER FLUSHALL FLUSHDB " +
    "FUNCTION HELLO INFO KEYS LASTSAVE LATENCY LOLWUT MEMORY MODULE MONITOR MULTI PING PSUBSCRIBE PSYNC PUBLISH PUBSUB " +
    "PUNSUBSCRIBE QUIT RANDOMKEY READONLY READWRITE REPLCONF REPLICAOF RESET ROLE SAVE SCAN SCRIPT SELECT SENTINEL SHUTDOWN " +
    "SLAVEOF SLOWLOG SPUBLISH SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SWAPDB SYNC TIME UNSUBSCRIBE UNWATCH WAIT WAITAOF"
)
const ALL = words(
  "DEL EXISTS MGET PFCOUNT PFMERGE SDIFF SDIFFSTORE SINTER SINTERSTORE SUNION SUNIONSTORE TOUCH UNLINK WATCH"
)
const ALL_BUT_LAST = words("BLPOP BRPOP BZPOPMAX BZPOPMIN")
const EVERY_OTHER = words("MSET MSETNX")
const FIRST_TWO = words("BLMOVE BRPOPLPUSH COPY GEOSEARCHSTORE LCS LMOVE RENAME RENAMENX RPOPLPUSH SMOVE ZRANGESTORE")
const COUNTED_FIRST = words("LMPOP SINTERCARD ZDIFF ZINTER ZINTERCARD ZMPOP ZUNION")
const COUNTED_SECOND = words("BLMPOP BZMPOP EVAL EVALSHA EVALSHA_RO EVAL_RO FCALL FCALL_RO")
const STORED_AND_COUNTED = words("ZDIFFSTORE ZINTERSTORE ZUNIONSTORE")
/** The key follows a subcommand. */
const SECOND = words("OBJECT XGROUP XINFO")
const AFTER_STREAMS = words("XREAD XREADGROUP")

const counted = (args: ReadonlyArray<string>, at: number): ReadonlyArray<string> => {
  const count = Number(args[at])
  return Number.isInteger(count) && count > 0 ? args.slice(at + 1, at + 1 + count) : []
}

/** The keys of a command, `name` in upper case. */
export const keysOf = (name: string, args: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (KEYLESS.has(name)) return name === "MEMORY" && args[0]?.toUpperCase() === "USAGE" ? args.slice(1, 2) : []
  if (ALL.has(name)) return args
  if (ALL_BUT_LAST.has(name)) return args.slice(0, -1)
  if (EVERY_OTHER.has(name)) return args.filter((_, index) => index % 2 === 0)
  if (FIRST_TWO.has(name)) return args.slice(0, 2)
  if (COUNTED_FIRST.has(name)) return counted(args, 0)
  if (COUNTED_SECOND.has(name)) return counted(args, 1)
  if (STORED_AND_COUNTED.has(name)) return [...args.slice(0, 1), ...counted(args, 1)]
  if (name === "BITOP") return args.slice(1)
  if (SECOND.has(name)) return args.slice(1, 2)
  if (AFTER_STREAMS.has(name)) {
    const rest = args.slice(args.findIndex((arg) => arg.toUpperCase() === "STREAMS") + 1)
    return rest.slice(0, rest.length / 2)
  }
  return args.slice(0, 1)
}
