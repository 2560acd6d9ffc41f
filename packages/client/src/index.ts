/**
 * The platform-independent part of Reef. Applications import `@reef-redis/node`, which has all of this and the layers for their platform.
 *
 * @since 0.1.0
 */
export type { ClientOptions, StartPolicy } from "./ClientOptions.ts"
export * from "./Command.ts"
export {
  type Address,
  type OpenFailure,
  type OpenOptions,
  type Socket,
  type SocketEvents,
  type TlsOptions,
  Transport
} from "./connection/Transport.ts"
export * as Reason from "./error/Reason.ts"
export { ConnectError, type Execution, RedisError } from "./error/RedisError.ts"
export { RespError, RespMap, type RespValue } from "./protocol/RespValue.ts"
export {
  type BatchOptions,
  type BatchResults,
  Redis,
  type RedisOptions,
  type RedisService,
  type WithPolicies
} from "./Redis.ts"
export { RedisCluster, type RedisClusterOptions, type RedisClusterService } from "./RedisCluster.ts"
export * as Reply from "./Reply.ts"
export type { RefreshCause, TopologyEvent } from "./routing/ClusterTopology.ts"
export * as Policies from "./routing/Policies.ts"
export * from "./Sentinel.ts"
export type { TelemetryOptions } from "./telemetry/Telemetry.ts"
export type { ClusterNode } from "./topology/ClusterView.ts"
export type { AddressRemap, Endpoint } from "./topology/Endpoint.ts"
export type { Topology } from "./topology/Topology.ts"
export * as VectorSet from "./VectorSet.ts"
