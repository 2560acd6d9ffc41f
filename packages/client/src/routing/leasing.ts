/**
 * All that needs a connection of its own.
 *
 * @since 0.1.0
 */
export { runBlocking } from "./Blocking.ts"
export { runDurable } from "./Durable.ts"
export { runLease } from "./Lease.ts"
export { runWatch } from "./Watch.ts"
