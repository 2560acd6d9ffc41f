/**
 * Real Redis and Valkey servers as Effect Layers, a proxy that injects faults, and a server that answers as a test says.
 *
 * @since 0.1.0
 */
/** What scripted answers and observed replies are made of. */
export { RespError, RespMap, type RespValue, Wire, type WireValue } from "@reef-redis/client/protocol"
export * from "./AdminReply.ts"
export * from "./Answer.ts"
export { type AppendOnlyFile, readAppendOnlyFiles } from "./AppendOnly.ts"
export * from "./Binary.ts"
export * from "./ClusterServers.ts"
export {
  type ClusterMember,
  type ClusterView,
  type OpenSlot,
  ownerOf,
  SLOT_COUNT,
  type SlotRange,
  slotMap
} from "./ClusterView.ts"
export * from "./Fault.ts"
export * from "./Fault.ts"
export * from "./FaultProxy.ts"
export * from "./FaultProxy.ts"
export * from "./Observer.ts"
export * from "./RedisServer.ts"
export * from "./Script.ts"
export * from "./ScriptedServer.ts"
export * from "./SentinelServers.ts"
export * from "./ServerControls.ts"
export * from "./ServerError.ts"
export * from "./Tls.ts"
