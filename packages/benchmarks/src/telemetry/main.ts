// What telemetry costs: `node packages/benchmarks/src/telemetry/main.ts [--rounds N] [--millis N] [--variants off,spans] [--base CHECKOUT]`.
// GET by 50 fibers from a server in memory; one process for each variant and round, in an order that rotates. The ratios are of CPU
// time per command in the same round. `--base` adds the client of another checkout, whose node_modules must be a link to this one's.
import { execFile } from "node:child_process"
import { resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { parseArgs, promisify } from "node:util"
import { roundOrder } from "../scenarios.ts"
import { bootstrapMedian, median } from "../statistics.ts"
import { isVariant, VARIANTS, type VariantName } from "./variants.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    millis: { type: "string", default: "300" },
    variants: { type: "string", default: "off,metrics,spans,both" },
    base: { type: "string" }
  }
})

const CLIENT = "packages/client/src/index.ts"
const root = fileURLToPath(new URL("../../../..", import.meta.url))
const child = fileURLToPath(new URL("./child.ts", import.meta.url))
const chosen = values.variants.split(",").filter(isVariant)
const names: ReadonlyArray<VariantName> = values.base === undefined ? chosen : ["base", ...chosen]

const run = async (name: VariantName): Promise<number> => {
  const module = resolve(name === "base" ? (values.base ?? root) : root, CLIENT)
  const args = [child, name, values.millis, pathToFileURL(module).href]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return (JSON.parse(stdout) as { readonly nanos: number }).nanos
}

const rounds: Array<Readonly<Partial<Record<VariantName, number>>>> = []
for (let round = 0; round < Number(values.rounds); round++) {
  const nanos: Partial<Record<VariantName, number>> = {}
  for (const name of roundOrder(names, round)) nanos[name] = await run(name)
  rounds.push(nanos)
}

const of = (name: VariantName) => rounds.map((round) => round[name] ?? Number.NaN)

/** How many times the CPU time of `to` in the same round, as text; none if there is nothing to compare with. */
const ratio = (name: VariantName, to: VariantName | undefined): string => {
  if (to === undefined || name === to || !names.includes(to)) return ""
  const by = of(to)
  const { high, low, median } = bootstrapMedian(of(name).map((nanos, round) => nanos / (by[round] ?? Number.NaN)))
  return ` × ${to} ${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`
}

for (const name of names) {
  const against = ratio(name, name === "base" ? undefined : name === "off" ? "base" : "off")
  console.log(`${name.padEnd(8)}${median(of(name)).toFixed(0).padStart(6)} ns${against}  ${VARIANTS[name].description}`)
}
