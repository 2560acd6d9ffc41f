/** Holds up whoever wants to pass while it is shut. */
export class Gate {
  private waiting: Array<() => void> | undefined

  get isShut(): boolean {
    return this.waiting !== undefined
  }

  shut(): void {
    this.waiting ??= []
  }

  open(): void {
    const waiting = this.waiting
    this.waiting = undefined
    for (const resume of waiting ?? []) resume()
  }

  async passage(): Promise<void> {
    // It may have been shut again before this one's turn came.
    while (this.waiting !== undefined) {
      const { waiting } = this
      await new Promise<void>((resolve) => void waiting.push(resolve))
    }
  }
}
