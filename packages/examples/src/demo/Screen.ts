/**
 * Where the demo writes: on a terminal the live line is rewritten in place, elsewhere each is a line of its own.
 */
import type * as Tty from "node:tty"

const ERASE_LINE = "\r\u001b[2K"
const DEFAULT_COLUMNS = 120

export type Output = Pick<NodeJS.WriteStream, "write"> & Partial<Pick<Tty.WriteStream, "isTTY" | "columns">>

export class Screen {
  private readonly output: Output
  private open = false

  constructor(output: Output) {
    this.output = output
  }

  /** The line that the next one replaces. */
  live(text: string): void {
    if (this.output.isTTY !== true) return void this.output.write(`${text}\n`)
    const width = (this.output.columns ?? DEFAULT_COLUMNS) - 1
    this.output.write(ERASE_LINE + text.slice(0, width))
    this.open = true
  }

  /** A line that stays; the live line before it, too. */
  line(text: string): void {
    this.output.write(this.open ? `\n${text}\n` : `${text}\n`)
    this.open = false
  }
}
