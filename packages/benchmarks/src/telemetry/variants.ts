// The variants of the client whose costs are compared.
import type { TelemetryOptions } from "@reef-redis/node"

export interface Variant {
  readonly telemetry: TelemetryOptions | undefined
  readonly description: string
}

export const VARIANTS = {
  off: { telemetry: undefined, description: "telemetry off" },
  metrics: { telemetry: { metrics: true }, description: "metrics on" },
  spans: { telemetry: { spans: true }, description: "spans on, with a tracer that keeps nothing" },
  both: { telemetry: { metrics: true, spans: true }, description: "metrics and spans on" }
} as const satisfies Record<string, Variant>

export type VariantName = keyof typeof VARIANTS

export const isVariant = (name: string): name is VariantName => Object.hasOwn(VARIANTS, name)
