/**
 * The platform-independent part of Reef. Applications import `@reef-redis/node`, which has all of this and the layers for their platform.
 *
 * @since 0.1.0
 */
export type { ClientOptions, PoolOptions, StartPolicy } from "./ClientOptions.ts"
export * from "./Command.ts"
export type { ConnectionEvent, ConnectionState, ConnectionStates } from "./connection/ConnectionMonitor.ts"
export { Credentials } from "./connection/Credentials.ts"
export type { Health, NodeHealth } from "./connection/health.ts"
export type { CredentialsFailure, CredentialsService, Identity } from "./connection/Identity.ts"
export type { PoolStats } from "./connection/NodePool.ts"
export type { ResolvedSocketOptions, SocketOptions } from "./connection/SocketOptions.ts"
export type { Token, TokenSourceOptions } from "./connection/TokenSource.ts"
export {
  type Address,
  type OpenFailure,
  type OpenOptions,
  type ServiceRecord,
  type Socket,
  type SocketEvents,
  type TlsOptions,
  type TlsVersion,
  Transport
} from "./connection/Transport.ts"
export * as Reason from "./error/Reason.ts"
export { ConnectError, type Execution, RedisError } from "./error/RedisError.ts"
export type { DurableOptions, LeasedRedis, LeaseOptions, WatchedRedis } from "./LeasedRedis.ts"
export { RespError, RespMap, type RespValue } from "./protocol/RespValue.ts"
export type { Message, Overflow, SubscriptionEvent } from "./pubsub/Message.ts"
export type { MonitorLine } from "./pubsub/MonitorLine.ts"
export type { MonitorOptions } from "./pubsub/monitor.ts"
export type {
  KeyNotification,
  NotificationKind,
  NotificationOptions,
  NotificationSource
} from "./pubsub/Notification.ts"
export type { NameOf, PayloadOf, Received, SubscribeOptions, WantsEvents } from "./pubsub/SubscribeOptions.ts"
export {
  type BatchOptions,
  type BatchResults,
  Redis,
  type RedisOperations,
  type RedisOptions,
  type RedisService,
  type WithPolicies
} from "./Redis.ts"
export { RedisCluster, type RedisClusterOptions, type RedisClusterService } from "./RedisCluster.ts"
export { RedisPubSub, type RedisPubSubService, type Subscription } from "./RedisPubSub.ts"
export { RedisSentinel, type RedisSentinelOptions, type RedisSentinelService } from "./RedisSentinel.ts"
export * as Reply from "./Reply.ts"
export type { RefreshCause, TopologyEvent } from "./routing/ClusterTopology.ts"
export type { OnOrphan, Orphan } from "./routing/Engine.ts"
export type { Overrides } from "./routing/overrides.ts"
export * as Policies from "./routing/Policies.ts"
export {
  type Announced,
  type KnownSentinel,
  type LocateOptions,
  SentinelDiscovery,
  type SentinelDiscoveryOptions,
  type SentinelDiscoveryService,
  type ServerRole
} from "./routing/SentinelDiscovery.ts"
export type { SentinelCause, SentinelEvent } from "./routing/SentinelTopology.ts"
export * from "./Sentinel.ts"
export type { TelemetryOptions } from "./telemetry/Telemetry.ts"
export type { ClusterNode } from "./topology/ClusterView.ts"
export type { AddressRemap, Endpoint } from "./topology/Endpoint.ts"
export {
  type Read,
  type ReadCandidate,
  ReadFrom,
  type ReadFunction,
  type ReadStrategy
} from "./topology/ReadFrom.ts"
export type { SentinelAnnouncement } from "./topology/SentinelAnnouncement.ts"
export type { GroupReplica, SentinelGroup } from "./topology/SentinelGroup.ts"
export type { Topology } from "./topology/Topology.ts"
export * as VectorSet from "./VectorSet.ts"
