/**
 * What a test process and its supervisor say to each other over the IPC channel. Types only: the supervisor is started
 * by its file name and must load without `effect`.
 */

/** Sent by the test process; each is answered by one `Answer` with the same `id`. */
export type Request =
  | { readonly id: number; readonly op: "ports"; readonly count: number }
  | {
      readonly id: number
      readonly op: "spawn"
      /** Names the server for later signals; a later spawn may take it again once the process has ended. */
      readonly key: string
      readonly command: string
      readonly args: ReadonlyArray<string>
      readonly cwd: string
      readonly logFile: string
    }
  | { readonly id: number; readonly op: "signal"; readonly key: string; readonly signal: NodeJS.Signals }

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: number | ReadonlyArray<number> }
  | { readonly id: number; readonly ok: false; readonly detail: string }

/** Sent by the supervisor on its own account. */
export type Event =
  | { readonly event: "ready"; readonly dir: string }
  | {
      readonly event: "exit"
      readonly pid: number
      readonly code: number | null
      readonly signal: NodeJS.Signals | null
    }
  | { readonly event: "crash"; readonly detail: string }
