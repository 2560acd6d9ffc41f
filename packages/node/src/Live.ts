/**
 * The layers that an application on Node provides.
 *
 * @since 0.1.0
 */
import {
  type ConnectError,
  Redis,
  RedisCluster,
  type RedisClusterOptions,
  type RedisOptions,
  type RedisPubSub,
  RedisSentinel,
  type RedisSentinelOptions,
  type WithPolicies
} from "@reef-redis/client"
import * as Layer from "effect/Layer"
import * as NodeTransport from "./NodeTransport.ts"

/**
 * A client of one server, over TCP, TLS or a Unix socket.
 *
 * @category layers
 * @since 0.1.0
 */
export const RedisLive = (options?: RedisOptions & WithPolicies): Layer.Layer<Redis | RedisPubSub, ConnectError> =>
  Layer.provide(Redis.layer(options), NodeTransport.layer)

/**
 * A client of a cluster, over TCP or TLS.
 *
 * @category layers
 * @since 0.1.0
 */
export const RedisClusterLive = (
  options: RedisClusterOptions & WithPolicies
): Layer.Layer<Redis | RedisPubSub | RedisCluster, ConnectError> =>
  Layer.provide(RedisCluster.layer(options), NodeTransport.layer)

/**
 * A client of a service that sentinels watch, over TCP or TLS.
 *
 * @category layers
 * @since 0.1.0
 */
export const RedisSentinelLive = (
  options: RedisSentinelOptions & WithPolicies
): Layer.Layer<Redis | RedisPubSub | RedisSentinel, ConnectError> =>
  Layer.provide(RedisSentinel.layer(options), NodeTransport.layer)
