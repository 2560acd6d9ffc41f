/**
 * What happened in a run, line by line with the virtual time. The hash of all lines tells whether two runs were the same; a failing run
 * prints the lines that its faults speak of and the last ones.
 */
import { fnv } from "./Rng.ts"

/** Lines that a failing run prints. */
const PRINTED = 160

export class Trace {
  private readonly lines: Array<string> = []
  private sum = 0x811c9dc5
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  add(line: string): void {
    const stamped = `${this.now().toFixed(1).padStart(9)}  ${line}`
    this.sum = fnv(stamped, this.sum)
    this.lines.push(stamped)
  }

  get hash(): string {
    return this.sum.toString(16).padStart(8, "0")
  }

  get length(): number {
    return this.lines.length
  }

  get all(): ReadonlyArray<string> {
    return this.lines
  }

  /** The lines with any of the words, then the end of the trace. */
  excerpt(words: ReadonlyArray<string>): string {
    const about = this.lines.filter((line) => words.some((word) => line.includes(word)))
    return [
      `-- ${this.lines.length} lines, hash ${this.hash}; what names ${words.join(", ") || "nothing"}:`,
      ...about.slice(-PRINTED),
      "-- the last lines:",
      ...this.lines.slice(-PRINTED / 4)
    ].join("\n")
  }
}
