/**
 * Passwords as arguments. No command shows its arguments; a `Redacted` one does not show before it is one either.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"

/**
 * A password, plain or redacted.
 *
 * @category models
 * @since 0.1.0
 */
export type Secret = string | Redacted.Redacted

/** The password itself; `undefined`, which cannot be sent, for what is none or was wiped. */
export const revealed = (secret: Secret | undefined): string | undefined => {
  if (!Redacted.isRedacted(secret)) return typeof secret === "string" ? secret : undefined
  try {
    const value: unknown = Redacted.value(secret)
    return typeof value === "string" ? value : undefined
  } catch {
    return undefined
  }
}
