// One process, one client: connects, measures its scenarios one after another, reports, ends. Its only argument is a
// `ChildRequest` in JSON; the answer is a `ChildReport`, by IPC or, started by hand, on standard output.
import type { Target } from "./clients/BenchmarkClient.ts"
import { type ClientName, describeClient } from "./clients/index.ts"
import { ContentError } from "./load.ts"
import { type Durations, type Measurement, measure } from "./measure.ts"
import { SCENARIOS, type Scenario } from "./scenarios.ts"

export interface ChildRequest {
  readonly client: ClientName
  readonly target: Target
  readonly scenarios: ReadonlyArray<Scenario>
  readonly durations: Durations
}

export type ChildReport =
  | { readonly kind: "measured"; readonly results: ReadonlyArray<Measurement> }
  /** The client cannot be loaded here: not built yet, or no native binary for this platform. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** `content`: the client answered, but wrongly. */
  | { readonly kind: "failed"; readonly content: boolean; readonly reason: string }

/** Run before the first scenario and not reported, so that the scenario that comes first does not pay for compilation. */
const PREPARATION = SCENARIOS.filter((scenario) => scenario.fibers === 50)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const work = async (request: ChildRequest): Promise<ChildReport> => {
  const description = describeClient(request.client)
  let connect: Awaited<ReturnType<typeof description.load>>
  try {
    connect = await description.load()
  } catch (error) {
    return { kind: "unavailable", reason: `not there yet, or not for this platform: ${messageOf(error)}` }
  }
  try {
    const client = await connect(request.target)
    for (const scenario of PREPARATION) {
      await measure(client, request.target, scenario, { warmUp: 0, timed: request.durations.warmUp })
    }
    const results: Array<Measurement> = []
    for (const scenario of request.scenarios) {
      results.push(await measure(client, request.target, scenario, request.durations))
    }
    await client.close()
    return { kind: "measured", results }
  } catch (error) {
    return { kind: "failed", content: error instanceof ContentError, reason: messageOf(error) }
  }
}

const deliver = (report: ChildReport): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) {
      console.log(JSON.stringify(report))
      resolve()
    } else {
      process.send(report, () => resolve())
    }
  })

process.once("disconnect", () => process.exit(1)) // the parent is gone: nobody wants the figures
const request: ChildRequest = JSON.parse(process.argv[2] ?? "null")
await deliver(await work(request))
process.exit(0) // whatever a client left open must not keep the round waiting
