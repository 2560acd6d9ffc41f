// One client receives one scenario in a process of its own: how many messages a second, and at what cost of CPU time.
import { setTimeout as sleep } from "node:timers/promises"
import { channelName } from "./channelName.ts"
import { type Counter, receivers } from "./receivers.ts"

/** What a child tells. */
export interface Measured {
  /** Messages handed to subscribers in a second. */
  readonly rate: number
  /** Microseconds of CPU time (user and system, all threads) of the process for each. */
  readonly cost: number
}

const measure = async ([name = "", port, channels, size, subscribers, warmUp, duration]: ReadonlyArray<string>) => {
  const receive = receivers[name]
  if (receive === undefined) throw new Error(`no client is named ${name}`)
  const counter: Counter = { messages: 0, characters: 0 }
  const names = Array.from({ length: Number(channels) }, (_, index) => channelName(index))
  const end = await receive(Number(port), names, Number(subscribers), counter, Number(size))
  process.send?.("ready")
  await sleep(Number(warmUp))
  const before = counter.messages
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await sleep(Number(duration))
  const seconds = (performance.now() - startedAt) / 1000
  const { system, user } = process.cpuUsage(cpu)
  const messages = counter.messages - before
  if (counter.characters !== counter.messages * Number(size)) throw new Error("a payload is not what was sent")
  if (messages === 0) throw new Error("no message came")
  process.send?.({ rate: messages / seconds, cost: (user + system) / messages } satisfies Measured)
  await end()
  process.disconnect?.()
  process.exit(0)
}

await measure(process.argv.slice(2))
