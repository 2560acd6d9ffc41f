// What telemetry costs: `node packages/benchmarks/src/telemetry/main.ts [--rounds N] [--millis N] [--variants off,spans] [--base CHECKOUT]`.
// GET by 50 fibers from a server in memory; one process for each variant and round, in an order that rotates. The ratios are of CPU
// time per command in the same round. `--base` compares with the client of another checkout, in turns within one process; its
// node_modules must be a link to this one's.
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

const fileAt = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const clientOf = (checkout: string) => pathToFileURL(resolve(checkout, "packages/client/src/index.ts")).href
const here = clientOf(fileAt("../../../.."))
const base = values.base === undefined ? undefined : clientOf(values.base)
const names = values.variants.split(",").filter(isVariant)

const run = async (program: string, ...args: ReadonlyArray<string>): Promise<Readonly<Record<string, number>>> => {
  const { stdout } = await promisify(execFile)(process.execPath, [fileAt(program), ...args])
  return JSON.parse(stdout) // both ends are this program
}

const rounds: Array<Readonly<Partial<Record<VariantName, number>>>> = []
const toBase: Array<number> = []
for (let round = 0; round < Number(values.rounds); round++) {
  const nanos: Partial<Record<VariantName, number>> = {}
  for (const name of roundOrder(names, round)) {
    nanos[name] = (await run("./child.ts", name, values.millis, here)).nanos ?? Number.NaN
  }
  rounds.push(nanos)
  if (base === undefined) continue
  // The place in a process makes a difference of its own: each has each as often as the other.
  toBase.push((await run("./paired.ts", base, here)).ratio ?? Number.NaN)
  toBase.push(1 / ((await run("./paired.ts", here, base)).ratio ?? Number.NaN))
}

const text = (ratios: ReadonlyArray<number>): string => {
  const { high, low, median } = bootstrapMedian(ratios)
  return `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`
}
const of = (name: VariantName) => rounds.map((round) => round[name] ?? Number.NaN)
const off = of("off")
for (const name of names) {
  const own = of(name)
  const ratios = own.map((nanos, round) => nanos / (off[round] ?? Number.NaN))
  const against = name === "off" || !names.includes("off") ? "" : ` × off ${text(ratios)}`
  console.log(`${name.padEnd(8)}${median(own).toFixed(0).padStart(6)} ns${against}  ${VARIANTS[name].description}`)
}
if (base !== undefined) console.log(`off × base ${text(toBase)}  the code without telemetry`)
