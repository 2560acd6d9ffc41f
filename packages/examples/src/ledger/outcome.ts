/**
 * What a client says of an operation that has ended.
 */
import type { RedisError } from "@reef-redis/node"

/** Done, certainly not done, or unknown. */
export type Outcome = "acknowledged" | "notExecuted" | "mayHaveExecuted"

/** What an error of Reef says. */
export const outcomeOf = (error: RedisError): Exclude<Outcome, "acknowledged"> =>
  error.execution === "NotSent" || error.execution === "Refused" ? "notExecuted" : "mayHaveExecuted"
