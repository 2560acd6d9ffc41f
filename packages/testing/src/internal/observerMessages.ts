/**
 * What the observer process tells its parent. Types only, as for the supervisor.
 */

import type { SocketTls } from "./RespSocket.ts"

export interface ObserverNode {
  readonly host: string
  readonly port: number
  readonly password: string | undefined
  readonly tls: SocketTls | undefined
  /** Of a sentinel: the service that it is asked about, instead of its role. */
  readonly service?: string | undefined
}

/** Sent once by the parent. */
export interface ObserverPlan {
  readonly nodes: ReadonlyArray<ObserverNode>
  readonly intervalMillis: number
}

export type ObservedRole = "primary" | "replica" | "sentinel" | "unreachable"

export interface ObservedChange {
  /** Wall-clock milliseconds at which the answer was read. */
  readonly time: number
  readonly port: number
  readonly role: ObservedRole
  /** Of a sentinel: the port of the primary that it names. */
  readonly names?: number | undefined
}
