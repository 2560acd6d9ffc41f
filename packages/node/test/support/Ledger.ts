/** What a client was told of its writes, to be compared with what the server has in the end. */
import { assert } from "@effect/vitest"
import { RedisError } from "@reef-redis/node"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"

/**
 * - `done`: acknowledged; must be there exactly once.
 * - `open`: may have been executed, or the fiber went away; may be there once.
 * - `not`: not sent or refused; must not be there.
 */
type Fate = "done" | "open" | "not"

const fateOfError = (error: unknown): Fate => {
  if (!(error instanceof RedisError)) return assert.fail(`an untagged failure: ${String(error)}`)
  return error.execution === "Executed" ? "done" : error.execution === "MayHaveExecuted" ? "open" : "not"
}

/** What an exit says of a write. Defects and failures without a tag fail the test. */
export const fateOf = (exit: Exit.Exit<unknown, unknown>): Fate => {
  if (Exit.isSuccess(exit)) return "done"
  const fates = exit.cause.reasons.map((reason): Fate => {
    if (Cause.isFailReason(reason)) return fateOfError(reason.error)
    return Cause.isInterruptReason(reason) ? "open" : assert.fail(`a defect: ${Cause.pretty(exit.cause)}`)
  })
  return fates.includes("open") ? "open" : (fates[0] ?? assert.fail("an empty cause"))
}

export class Ledger {
  private readonly entries: Array<readonly [key: string, id: string, fate: Fate]> = []
  readonly tags = new Map<string, number>()

  /** Notes how a push of `id` to the list `key` ended. */
  note(key: string, id: string, exit: Exit.Exit<unknown, unknown>): void {
    this.entries.push([key, id, fateOf(exit)])
    const reason = Exit.isFailure(exit) ? exit.cause.reasons[0] : undefined
    const failed = reason !== undefined && Cause.isFailReason(reason) && reason.error instanceof RedisError
    const tag = Exit.isSuccess(exit)
      ? "ok"
      : failed
        ? `${reason.error.reason._tag}/${reason.error.execution}`
        : "interrupted"
    this.tags.set(tag, (this.tags.get(tag) ?? 0) + 1)
  }

  /** Compares with the lists as they are in the end. */
  check(lists: ReadonlyMap<string, ReadonlyArray<string>>): void {
    const left = new Map<string, number>()
    for (const [key, ids] of lists) {
      for (const id of ids) left.set(`${key} ${id}`, (left.get(`${key} ${id}`) ?? 0) + 1)
    }
    const faults: Array<string> = []
    for (const [key, id, fate] of this.entries) {
      const times = left.get(`${key} ${id}`) ?? 0
      left.delete(`${key} ${id}`)
      const right = fate === "done" ? times === 1 : fate === "open" ? times <= 1 : times === 0
      if (!right) faults.push(`${key} ${id} (${fate}) is there ${times} times`)
    }
    for (const key of left.keys()) faults.push(`${key} was pushed by nobody`)
    assert.deepStrictEqual(faults, [])
  }

  /** How many ended so. */
  count(fate: Fate): number {
    return this.entries.filter((entry) => entry[2] === fate).length
  }

  /** What is to be seen in the log of a run. */
  get summary(): string {
    return [...this.tags].map(([tag, count]) => `${tag} ${count}`).join(", ")
  }
}
