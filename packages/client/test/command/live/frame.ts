/**
 * What real servers make of commands: steps in an empty database, each with the result that it must have, under RESP2 and RESP3. Every
 * constructor of a command with keys is tried on a key that has something (`present`), on one that is missing (`missing`), and on one
 * of a wrong type (`wrong`); `live.test.ts` says which was forgotten.
 */
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import type { Command } from "../../../src/command/Command.ts"
import { type ConstructorName, noting } from "../constructors.ts"

/** A command and its result, or what must hold of it. */
export type Step = readonly [command: Command<unknown, unknown>, expected: unknown]

/** The first version of each server that has something, as `"8.0"`; a server that is not named never has it. */
export interface Since {
  readonly redis?: string | undefined
  readonly valkey?: string | undefined
}

export interface LiveCase {
  readonly title: string
  /** Which servers have all of it (default: all). The others must refuse a part of it. */
  readonly since?: Since | undefined
  readonly steps: ReadonlyArray<Step>
  /** Why it cannot be run a second time, under a key prefix: raw commands that do not tell their keys, for one. */
  readonly unprefixed?: string | undefined
}

/** A condition in place of a result. */
export class Holds {
  readonly check: (value: never) => void
  constructor(check: (value: never) => void) {
    this.check = check
  }
}

/** A refusal in place of a result. */
export class Fails {
  readonly message: RegExp
  constructor(message: RegExp) {
    this.message = message
  }
}

export const holds = <A>(check: (value: A) => void): Holds => new Holds(check as (value: never) => void)

export const fails = (message: RegExp): Fails => new Fails(message)

/** What a command answers for a key that holds another type. */
export const WRONGTYPE: Fails = fails(/WRONGTYPE/)

export const within = (low: Duration.Duration, high: Duration.Duration): Holds =>
  holds<Duration.Duration>((value) => {
    assert.isAbove(Duration.toMillis(value), Duration.toMillis(low))
    assert.isAtMost(Duration.toMillis(value), Duration.toMillis(high))
  })

export const sorted = (...expected: ReadonlyArray<string>): Holds =>
  holds<Array<string>>((value) => assert.deepStrictEqual([...value].sort(), expected))

/** The names of the constructors that were tried on such a key. */
export const tried = { present: new Set<string>(), missing: new Set<string>(), wrong: new Set<string>() }

/** The constructors, for keys that have something. */
export const present = noting(tried.present)
/** The constructors, for keys that are missing. */
export const missing = noting(tried.missing)
/** The constructors, for keys of a wrong type. */
export const wrong = noting(tried.wrong)

/** Constructors of commands with keys for which one kind of key makes no sense, each with the reason. */
export type Exempt = Readonly<Partial<Record<ConstructorName, string>>>
