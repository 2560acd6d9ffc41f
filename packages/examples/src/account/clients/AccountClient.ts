/**
 * What the load needs of a client, and what the clients that answer by promise have in common.
 */
import * as Effect from "effect/Effect"
import { numbers, type Operation, type OperationFailure, type Reply, texts } from "../Operation.ts"

export interface AccountClient {
  /** Every operation ends within this time (milliseconds); `undefined`: the client promises none. */
  readonly deadline: number | undefined
  /** For so long (milliseconds) it waits on closing for what it has in flight; `undefined`: it does not wait. */
  readonly closePatience: number | undefined
  readonly execute: (operation: Operation) => Effect.Effect<Reply, OperationFailure>
}

/** Where the servers are, as seen through the proxy. */
export interface Target {
  readonly topology: "standalone" | "cluster" | "sentinel"
  /** The name of the service, where there are sentinels. */
  readonly service?: string | undefined
  /** `redis://` URLs of all nodes behind the proxy; of the sentinels, where there are any, the first of which may be of no use. */
  readonly urls: ReadonlyArray<string>
  readonly remap: (address: Address) => Address
  /** Bound of commands in flight on one node; `undefined`: the client's own. Only Reef has one. */
  readonly inFlight: number | undefined
}

export interface Address {
  readonly host: string
  readonly port: number
}

export const addressOfUrl = (url: string): Address => {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}

/** A reply that cannot be that of its command. */
export class WrongReply extends Error {}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value)

export const integer = (value: unknown): number => {
  if (typeof value === "number") return value
  throw new WrongReply(`${shown(value)} instead of an integer`)
}

export const text = (value: unknown): string => {
  if (typeof value === "string") return value
  throw new WrongReply(`${shown(value)} instead of a text`)
}

export const optionalText = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : text(value)

const done = (value: unknown): Reply => {
  if (value === "OK" || value === true) return numbers()
  throw new WrongReply(`${shown(value)} instead of OK`)
}

/** The commands of a client that answers by promise. */
export interface PromiseClient {
  readonly push: (key: string, id: string) => Promise<unknown>
  readonly set: (key: string, value: string) => Promise<unknown>
  readonly count: (key: string) => Promise<unknown>
  /** RPUSH and INCR in one transaction: both replies. */
  readonly multi: (list: string, id: string, counter: string) => Promise<ReadonlyArray<unknown>>
  readonly get: (key: string) => Promise<unknown>
  readonly mget: (keys: ReadonlyArray<string>) => Promise<ReadonlyArray<unknown>>
  /** All keys in one slot, in one command, as with `mgetInSlot`. */
  readonly mset: (entries: ReadonlyArray<readonly [key: string, value: string]>) => Promise<unknown>
  readonly mgetInSlot: (keys: ReadonlyArray<string>) => Promise<ReadonlyArray<unknown>>
  readonly add: (key: string, field: string, id: string) => Promise<unknown>
  /** Whether an error is a server's answer that it did not execute the command. */
  readonly isRefusal: (error: unknown) => boolean
}

/** Servers that refuse a command say so with one of these. */
const REFUSALS = /\b(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|LOADING|READONLY|CROSSSLOT|EXECABORT)\b/

export const saysRefused = (message: string): boolean => REFUSALS.test(message)

const labelOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 120) : String(error)

/** Such a client, without a word about deadlines and interruption: who no longer waits for it does not stop it. */
export const fromPromises = (
  client: PromiseClient,
  parts: { readonly valueOf: (key: string) => string; readonly idField: string }
): AccountClient => {
  const call = async ({ id, keys, kind }: Operation): Promise<Reply> => {
    const [key, second = ""] = keys
    switch (kind) {
      case "push":
        return numbers(integer(await client.push(key, id)))
      case "set":
        return done(await client.set(key, parts.valueOf(key)))
      case "count":
        return numbers(integer(await client.count(key)))
      case "multi":
        return numbers(...(await client.multi(key, id, second)).map(integer))
      case "get":
        return texts([optionalText(await client.get(key))])
      case "mget":
        return texts((await client.mget(keys)).map(optionalText))
      case "mset":
        return done(await client.mset(keys.map((one) => [one, parts.valueOf(one)] as const)))
      case "pair":
        return texts((await client.mgetInSlot(keys)).map(optionalText))
      case "add":
        return texts([text(await client.add(key, parts.idField, id))])
    }
  }
  const failure = (error: unknown): OperationFailure => ({
    outcome: error instanceof WrongReply ? "wrong" : client.isRefusal(error) ? "notExecuted" : "mayHaveExecuted",
    label: labelOf(error)
  })
  return {
    deadline: undefined,
    closePatience: undefined,
    execute: (operation) => {
      const run = Effect.tryPromise({ try: () => call(operation), catch: failure })
      if (operation.deadline === undefined) return run
      const late: OperationFailure = { outcome: "mayHaveExecuted", label: "the load's own deadline" }
      return Effect.timeoutOrElse(run, { duration: operation.deadline, orElse: () => Effect.fail(late) })
    }
  }
}
