// One process, one client: connects, measures its scenarios one after another, reports, ends. Started by main.ts.
import { setTimeout as delay } from "node:timers/promises"
import type { Address, Target } from "../clients/BenchmarkClient.ts"
import { control, serverCalls } from "../control.ts"
import { ContentError } from "../load.ts"
import type { Durations, Measurement } from "../measure.ts"
import { describeMany, type ManyClient, type ManyClientName } from "./clients.ts"
import { ManyLoad, type Scenario } from "./load.ts"

export interface ManyRequest {
  readonly client: ManyClientName
  readonly target: Target
  readonly scenarios: ReadonlyArray<Scenario>
  readonly durations: Durations
}

export type ManyReport = { readonly results: ReadonlyArray<Measurement> } | { readonly failed: string }

/** Keys that the servers found for reading commands: one for each key of an MGET, however it was split. */
const keysRead = async (nodes: ReadonlyArray<Address>): Promise<number> => {
  const texts = await Promise.all(nodes.map((node) => control(node, "INFO", "stats")))
  return texts.reduce((sum, text) => sum + Number(/^keyspace_hits:(\d+)/m.exec(text)?.[1] ?? Number.NaN), 0)
}

const snapshot = (load: ManyLoad) => ({ at: performance.now(), completed: load.completed, cpu: process.cpuUsage() })

const measure = async (
  client: ManyClient,
  { nodes }: Target,
  scenario: Scenario,
  durations: Durations
): Promise<Measurement> => {
  const load = new ManyLoad(scenario, Math.random().toString(36).slice(2, 10), client.stored)
  for (const { filling } of load.callers) {
    const replies = await client.batch(filling)
    if (replies.some((reply) => reply !== client.stored)) throw new ContentError("filling: a SET was not stored")
  }
  const readBefore = await keysRead(nodes)
  const setBefore = await serverCalls(nodes, "set")
  globalThis.gc?.()

  const callers = client.run(load)
  const early = callers.then(() => {
    if (load.running) throw new Error("the callers stopped before they were told to")
  })
  try {
    await Promise.race([delay(durations.warmUp), early])
    const start = snapshot(load)
    await Promise.race([delay(durations.timed), early])
    const end = snapshot(load)
    load.running = false
    await callers

    // A batch reads one half and writes the other.
    const half = scenario.operation === "batch" ? scenario.size / 2 : 0
    const expected = [load.completed * (scenario.size - half), load.completed * half]
    const counted = [(await keysRead(nodes)) - readBefore, (await serverCalls(nodes, "set")) - setBefore]
    if (counted.some((count, at) => count !== expected[at])) {
      throw new ContentError(
        `${expected.join(" and ")} keys read and SETs, the servers counted ${counted.join(" and ")}`
      )
    }
    if (end.completed === start.completed) throw new Error("no round in the timed region")
    return {
      operations: end.completed - start.completed,
      seconds: (end.at - start.at) / 1000,
      cpuMicros: end.cpu.user + end.cpu.system - start.cpu.user - start.cpu.system
    }
  } finally {
    load.running = false
  }
}

const work = async ({ client: name, durations, scenarios, target }: ManyRequest): Promise<ManyReport> => {
  try {
    const client = await describeMany(name).connect(target)
    const results: Array<Measurement> = []
    for (const scenario of scenarios) {
      try {
        results.push(await measure(client, target, scenario, durations))
      } catch (error) {
        throw new Error(`${scenario.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
    }
    await client.close()
    return { results }
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}

process.once("disconnect", () => process.exit(1)) // the parent is gone: nobody wants the figures
const request: ManyRequest = JSON.parse(process.argv[2] ?? "null")
const report = await work(request)
process.send?.(report, () => process.exit(0)) // whatever a client left open must not keep the round waiting
