/**
 * Messages to channels, and who listens. Subscribing needs a connection of its own and is no command here.
 *
 * @since 0.1.0
 */
import { list } from "./arguments.ts"
import type { AsCommand, CommandLambda, Kind } from "./Command.ts"
import { defineSpec, type RetryCategory, type Text } from "./CommandSpec.ts"
import { constant, make } from "./make.ts"
import * as Reply from "./Reply.ts"

/**
 * Commands about channels, as constructors or as methods. The PUBSUB ones speak of the one server that runs them: in a cluster each node
 * knows its own subscribers only.
 *
 * @category models
 * @since 0.1.0
 */
export interface PubSubCommands<F extends CommandLambda> {
  /**
   * Send a message to a channel: how many subscribers of this server got it. A cluster carries it to all nodes, whose subscribers do not
   * count.
   */
  publish(channel: Text, message: Text): Kind<F, number>
  /** The channels with subscribers, all or those of a glob-style pattern; subscriptions to patterns do not count. */
  pubSubChannels(pattern?: Text): Kind<F, Array<string>, Array<Uint8Array>>
  /** What the server says of PUBSUB's subcommands. */
  pubSubHelp(): Kind<F, Array<string>>
  /** How many patterns are subscribed to. */
  pubSubNumPat(): Kind<F, number>
  /** Channels with their numbers of subscribers, subscriptions to patterns not counted. None: no call. */
  pubSubNumSub(
    channels: Text | ReadonlyArray<Text>
  ): Kind<F, Array<readonly [channel: string, subscribers: number]>, Array<readonly [Uint8Array, number]>>
  /** The sharded channels with subscribers, all or those of a glob-style pattern. Since 7.0. */
  pubSubShardChannels(pattern?: Text): Kind<F, Array<string>, Array<Uint8Array>>
  /** Sharded channels with their numbers of subscribers. Since 7.0. None: no call. */
  pubSubShardNumSub(
    channels: Text | ReadonlyArray<Text>
  ): Kind<F, Array<readonly [channel: string, subscribers: number]>, Array<readonly [Uint8Array, number]>>
  /**
   * Send a message to a sharded channel, which belongs to the slot that a key of its name would: how many subscribers of the node that
   * ran it got it. Since 7.0.
   */
  sPublish(channel: Text, message: Text): Kind<F, number>
}

const keyless = (name: string, retry: RetryCategory) => defineSpec({ name, keys: "none", retry })

const PUBLISH = keyless("PUBLISH", "accumulating")
// Its channel is no key (no prefix goes before it), though it has a slot: see `placeOfKeyless`.
const SPUBLISH = keyless("SPUBLISH", "accumulating")
// Each server has its own subscribers.
const CHANNELS = keyless("PUBSUB CHANNELS", "idempotent")
const HELP = keyless("PUBSUB HELP", "readOnly")
const NUMPAT = keyless("PUBSUB NUMPAT", "idempotent")
const NUMSUB = keyless("PUBSUB NUMSUB", "idempotent")
const SHARDCHANNELS = keyless("PUBSUB SHARDCHANNELS", "idempotent")
const SHARDNUMSUB = keyless("PUBSUB SHARDNUMSUB", "idempotent")

const names = Reply.array(Reply.text)
const counts = Reply.pairs(Reply.text, Reply.integer)

const counted = (spec: typeof NUMSUB, channels: Text | ReadonlyArray<Text>) => {
  const all = list(channels)
  return all.length === 0 ? constant(spec, counts, []) : make(spec, all, counts)
}

/**
 * The constructors.
 *
 * @category constructors
 * @since 0.1.0
 */
export const pubSub: PubSubCommands<AsCommand> = {
  publish: (channel, message) => make(PUBLISH, [channel, message], Reply.integer),
  pubSubChannels: (pattern) => make(CHANNELS, pattern === undefined ? [] : [pattern], names),
  pubSubHelp: () => make(HELP, [], Reply.array(Reply.string)),
  pubSubNumPat: () => make(NUMPAT, [], Reply.integer),
  pubSubNumSub: (channels) => counted(NUMSUB, channels),
  pubSubShardChannels: (pattern) => make(SHARDCHANNELS, pattern === undefined ? [] : [pattern], names),
  pubSubShardNumSub: (channels) => counted(SHARDNUMSUB, channels),
  sPublish: (channel, message) => make(SPUBLISH, [channel, message], Reply.integer)
}
