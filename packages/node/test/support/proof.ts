/**
 * The size of a proof: small where it runs among all tests, whole in `npm run prove`, which runs the files named `*.proof.test.ts`
 * with `REEF_PROOF=full`.
 */
const whole = process.env.REEF_PROOF === "full"

/** The number that holds for this run. */
export const sizeOf = ({ quick, full }: { readonly quick: number; readonly full: number }): number =>
  whole ? full : quick

/** How long a proof may take, in milliseconds. */
export const PROOF_TIMEOUT = whole ? 900_000 : 60_000
