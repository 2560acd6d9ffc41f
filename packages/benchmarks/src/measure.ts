// One scenario by one connected client: fill, warm up, time, stop, and compare with what the servers counted.
import { setTimeout as delay } from "node:timers/promises"
import type { BenchmarkClient, Target } from "./clients/BenchmarkClient.ts"
import { serverCalls } from "./control.ts"
import { ContentError, Load } from "./load.ts"
import type { Scenario } from "./scenarios.ts"

/** Milliseconds of load before and within the timed region. */
export interface Durations {
  readonly warmUp: number
  readonly timed: number
}

export interface Measurement {
  readonly operations: number
  readonly seconds: number
  readonly cpuMicros: number
}

const snapshot = (load: Load) => ({ at: performance.now(), completed: load.completed, cpu: process.cpuUsage() })

const fill = async (client: BenchmarkClient, load: Load): Promise<void> => {
  const replies = await Promise.all(load.keys.map((key, i) => client.set(key, load.values[i]!)))
  for (const reply of replies) {
    if (reply !== client.stored) throw new ContentError(`filling: SET answered ${String(reply)}`)
  }
}

const readBack = async (client: BenchmarkClient, load: Load, counts: ReadonlyArray<number>): Promise<void> => {
  await Promise.all(
    Array.from(load.touched(counts), async (at) => {
      const stored = await client.get(load.keys[at]!)
      if (stored !== load.values[at]) {
        throw new ContentError(`${load.keys[at]} after SET: expected ${load.values[at]}, received ${String(stored)}`)
      }
    })
  )
}

/**
 * Measures one scenario. The timed region lies inside a steady load: it begins after the warm-up and ends before the
 * workers are told to stop, so neither filling nor draining is timed.
 *
 * Rejects with `ContentError` when a reply is wrong, when what SET stored is not read back, or when the servers counted
 * another number of calls than the client.
 */
export const measure = async (
  client: BenchmarkClient,
  target: Target,
  scenario: Scenario,
  durations: Durations
): Promise<Measurement> => {
  const run = `${scenario.name}-${Math.random().toString(36).slice(2, 10)}`
  const load = new Load(scenario, run, client.stored)
  if (scenario.operation === "get") await fill(client, load)
  const before = await serverCalls(target.nodes, scenario.operation)
  globalThis.gc?.()

  const workers = client.run(load)
  const early = workers.then(() => {
    if (load.running) throw new Error("the workers stopped before they were told to")
  })
  try {
    await Promise.race([delay(durations.warmUp), early])
    const start = snapshot(load)
    await Promise.race([delay(durations.timed), early])
    const end = snapshot(load)
    load.running = false
    const counts = await workers

    const issued = counts.reduce((a, b) => a + b, 0)
    const counted = (await serverCalls(target.nodes, scenario.operation)) - before
    if (issued !== load.completed || issued !== counted) {
      throw new ContentError(
        `${scenario.name}: ${issued} commands, ${load.completed} replies, ${counted} calls counted by the servers`
      )
    }
    if (end.completed === start.completed) throw new Error(`${scenario.name}: no operation in the timed region`)
    if (scenario.operation === "set") await readBack(client, load, counts)
    return {
      operations: end.completed - start.completed,
      seconds: (end.at - start.at) / 1000,
      cpuMicros: end.cpu.user + end.cpu.system - start.cpu.user - start.cpu.system
    }
  } finally {
    load.running = false
  }
}
