/**
 * Whether each reply can be that of its own command (I5): values repeat their keys, lengths and counters grow within one epoch, and where
 * no server lost anything, a length names the place of the id. Pure.
 */
import type { CheckInput } from "./check.ts"
import { valueOf } from "./keys.ts"
import { type Entry, valuesSet } from "./Operation.ts"
import { STORMY } from "./Windows.ts"

interface Last {
  readonly epoch: number
  readonly value: number
}

export const checkReplies = (input: CheckInput, report: (detail: string) => void): void => {
  const { contents, entries, windows } = input
  /** By fiber and key. */
  const last = new Map<string, Last>()
  /** By key, epoch and value: who was told so. */
  const told = new Map<string, string>()
  /** The values that some SET was acknowledged for, with the time. */
  const acknowledged = new Map<string, number>()
  for (const entry of entries) {
    if (entry.outcome !== "acknowledged" || entry.endedAt === undefined) continue
    for (const key of valuesSet(entry)) acknowledged.set(key, entry.endedAt)
  }

  const grows = (entry: Entry, key: string, value: number) => {
    const epoch = entry.startEpoch
    if (epoch === STORMY || epoch !== entry.endEpoch) return
    const fiber = `${entry.fiber} ${key}`
    const before = last.get(fiber)
    if (before !== undefined && before.epoch === epoch && value <= before.value) {
      report(`${entry.kind} ${entry.id} on ${key} was answered ${value}, after ${before.value}`)
    }
    last.set(fiber, { epoch, value })
    const reply = `${key} ${epoch} ${value}`
    const other = told.get(reply)
    if (other !== undefined) report(`${key} answered ${value} to ${other} and to ${entry.id}`)
    told.set(reply, entry.id)
  }

  /** In a list that no server ever lost anything of, a length is the place of the id. */
  const stands = (entry: Entry, key: string, length: number) => {
    if (entry.slots.some((slot) => windows.touched(slot))) return
    const found = contents.lists.get(key)?.[length - 1]
    if (found !== entry.id) report(`${entry.kind} ${entry.id} was answered ${length}; there stands ${found} in ${key}`)
  }

  const read = (entry: Entry, key: string, value: string | undefined) => {
    if (value !== undefined) {
      if (value !== valueOf(key)) report(`${entry.kind} ${entry.id} of ${key} was answered "${value}"`)
      return
    }
    // Missing is right before the SET was acknowledged, while a replica takes over, and if the servers have lost it.
    const since = acknowledged.get(key)
    const calm = entry.startEpoch !== STORMY && entry.startEpoch === entry.endEpoch
    if (calm && since !== undefined && since < entry.startedAt && contents.values.has(key)) {
      report(`${entry.kind} ${entry.id} of ${key} was answered nothing, and the value is there`)
    }
  }

  const streams = new Map<string, ReadonlyMap<string, string>>()
  /** Where an id stands first in a stream. */
  const placeIn = (key: string, id: string): string | undefined => {
    let places = streams.get(key)
    if (places === undefined) {
      places = new Map((contents.streams.get(key) ?? []).toReversed().map(([at, added]) => [added, at] as const))
      streams.set(key, places)
    }
    return places.get(id)
  }

  for (const entry of entries) {
    const { keys, reply } = entry
    if (entry.outcome !== "acknowledged" || reply === undefined) continue
    const [first = 0, second = 0] = reply.numbers
    switch (entry.kind) {
      case "push":
      case "count":
        grows(entry, keys[0], first)
        if (entry.kind === "push") stands(entry, keys[0], first)
        break
      case "multi":
        if (first !== second) report(`multi ${entry.id} was answered ${first} and ${second}`)
        grows(entry, keys[0], first)
        stands(entry, keys[0], first)
        break
      case "get":
      case "mget":
      case "pair":
        keys.forEach((key, at) => void read(entry, key, reply.texts[at]))
        break
      case "add": {
        const at = placeIn(keys[0], entry.id)
        if (at !== undefined && at !== reply.texts[0]) {
          report(`add ${entry.id} to ${keys[0]} was answered ${reply.texts[0]}, and stands at ${at}`)
        }
        break
      }
      case "set":
      case "mset":
        break
    }
  }
}
