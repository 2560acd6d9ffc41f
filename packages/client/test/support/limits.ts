/** Limits of a connection as the defaults are, nearly. */
export const limits = {
  maxInFlight: 100,
  maxInFlightBytes: 1_000_000,
  overload: "suspend",
  silence: 2000,
  probeTimeout: 1000,
  connectTimeout: 5000,
  closeTimeout: 1000
} as const
