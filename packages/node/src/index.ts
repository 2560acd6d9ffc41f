/**
 * Reef on Node: everything of `@reef-redis/client`, and the layers with the transport provided.
 *
 * @since 0.1.0
 */
export * from "@reef-redis/client"
export * from "./Live.ts"
export * as NodeTransport from "./NodeTransport.ts"
