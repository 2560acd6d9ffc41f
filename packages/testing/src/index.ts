/**
 * Real Redis and Valkey servers as Effect Layers, for tests.
 *
 * @since 0.1.0
 */
export * from "./AdminReply.ts"
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
export * from "./Observer.ts"
export * from "./RedisServer.ts"
export * from "./ServerControls.ts"
export * from "./ServerError.ts"
