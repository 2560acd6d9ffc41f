// `node packages/benchmarks/src/pubsub/main.ts [--quick] [--clients a,b] [--rounds n]`: messages received in a second, against every peer.
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { RedisServer } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import type { Measured } from "./child.ts"
import { RAW } from "./receivers.ts"

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    clients: { type: "string", default: "reef,reef-listen,reef-each,ioredis,node-redis,glide,raw bytes" },
    rounds: { type: "string" },
    scenarios: { type: "string" }
  }
})

const CLIENTS = values.clients.split(",")
/** What is compared with the peers: fibers that read streams, and listeners. */
const COMPARED = ["reef", "reef-listen"].filter((client) => CLIENTS.includes(client))
const PEERS = ["ioredis", "node-redis", "glide"]
const ROUNDS = Number(values.rounds ?? (values.quick ? 1 : 3))
/** Milliseconds. */
const WARM_UP = values.quick ? 150 : 500
const DURATION = values.quick ? 150 : 700
/** Reef to the best peer: what the project asks of itself. */
const REQUIRED = 1.5

const SCENARIOS = [1, 10, 100]
  .flatMap((channels) => [64, 4096].flatMap((size) => [1, 100].map((subscribers) => ({ channels, size, subscribers }))))
  .filter(({ channels, size, subscribers }) => {
    const wanted = values.scenarios?.split(",")
    return wanted === undefined || wanted.includes(`${channels}x${size}x${subscribers}`)
  })

const start = async (file: string, args: ReadonlyArray<unknown>): Promise<readonly [ChildProcess, unknown]> => {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args.map(String))
  const [said] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new Error(`${file} ${args[0]} ended early`)))
  ])
  return [child, said]
}

const measure = async (port: number, client: string, scenario: (typeof SCENARIOS)[number]): Promise<Measured> => {
  const { channels, size, subscribers } = scenario
  const [source, sourcePort] = await start("./source.ts", [port, channels, size])
  try {
    const [child] = await start("./child.ts", [client, sourcePort, channels, size, subscribers, WARM_UP, DURATION])
    source.send("begin")
    const [measured] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => Promise.reject(new Error(`${client} ended early`)))
    ])
    if (child.exitCode === null) await once(child, "exit")
    return measured as Measured
  } finally {
    source.kill()
  }
}

const median = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

const run = async (port: number): Promise<void> => {
  for (const scenario of SCENARIOS) {
    const all = new Map<string, Array<Measured>>(CLIENTS.map((client) => [client, []]))
    const ratios = new Map<string, Array<number>>(COMPARED.map((client) => [client, []]))
    const bounds: Array<number> = []
    for (let round = 0; round < ROUNDS; round++) {
      // The order turns, so that no client always follows the same one.
      const order = CLIENTS.map((_, at) => CLIENTS[(at + round) % CLIENTS.length]!)
      for (const client of order) {
        try {
          all.get(client)?.push(await measure(port, client, scenario))
        } catch (error) {
          console.log(`${client}: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
      const rate = (client: string) => all.get(client)?.[round]?.rate ?? Number.NaN
      const best = Math.max(...PEERS.map(rate).filter((one) => !Number.isNaN(one)))
      for (const client of COMPARED) ratios.get(client)?.push(rate(client) / best)
      bounds.push(rate(RAW) / best)
    }
    const { channels, size, subscribers } = scenario
    console.log(`${channels} channels, ${size} B, ${subscribers} subscribers each`)
    for (const [client, measured] of all) {
      const rate = median(measured.map((one) => one.rate))
      const cost = median(measured.map((one) => one.cost))
      console.log(
        `  ${client.padEnd(12)} ${(rate / 1e6).toFixed(3).padStart(9)} M/s ${cost.toFixed(3).padStart(8)} us CPU each`
      )
    }
    const isComplete = PEERS.every((peer) => CLIENTS.includes(peer))
    for (const [client, all] of ratios) {
      const ratio = median(all)
      const verdict = isComplete ? (ratio >= REQUIRED ? "met" : "NOT met") : "of some peers"
      console.log(`  ${client} to the best peer: ${ratio.toFixed(2)} (${REQUIRED} wanted: ${verdict})`)
    }
    const bound = median(bounds)
    if (!isComplete || !CLIENTS.includes(RAW)) continue
    const possible = bound >= REQUIRED ? "" : `, so ${REQUIRED} cannot be had here`
    console.log(`  ${RAW} to the best peer: ${bound.toFixed(2)}${possible}`)
  }
}

await Effect.runPromise(
  Effect.scoped(Effect.flatMap(RedisServer.make(), (server) => Effect.promise(() => run(server.port))))
)
