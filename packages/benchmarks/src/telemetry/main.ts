// What telemetry costs: `node packages/benchmarks/src/telemetry/main.ts [--rounds N] [--millis N] [--base CHECKOUT]`. GET by 50 fibers
// from a server in memory; one process for each variant and round, in an order that rotates. The ratios are of CPU time per
// command in the same round. `--base` adds the client of another checkout, whose node_modules must be a link to this one's.
import { execFile } from "node:child_process"
import { resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { parseArgs, promisify } from "node:util"
import { roundOrder } from "../scenarios.ts"
import { bootstrapMedian, median } from "../statistics.ts"
import { VARIANTS, type VariantName } from "./variants.ts"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    millis: { type: "string", default: "300" },
    base: { type: "string" }
  }
})

const CLIENT = "packages/client/src/index.ts"
const root = fileURLToPath(new URL("../../../..", import.meta.url))
const child = fileURLToPath(new URL("./child.ts", import.meta.url))
const names = (Object.keys(VARIANTS) as Array<VariantName>).filter(
  (name) => name !== "base" || values.base !== undefined
)

const run = async (name: VariantName): Promise<number> => {
  const module = resolve(name === "base" ? (values.base ?? root) : root, CLIENT)
  const { stdout } = await promisify(execFile)(process.execPath, [
    child,
    name,
    values.millis,
    pathToFileURL(module).href
  ])
  return (JSON.parse(stdout) as { readonly nanos: number }).nanos
}

const rounds: Array<Readonly<Record<string, number>>> = []
for (let round = 0; round < Number(values.rounds); round++) {
  const nanos: Record<string, number> = {}
  for (const name of roundOrder(names, round)) nanos[name] = await run(name)
  rounds.push(nanos)
}

const of = (name: VariantName) => rounds.map((round) => round[name] ?? Number.NaN)
const ratio = (name: VariantName, to: VariantName): string => {
  const by = of(to)
  const { high, low, median } = bootstrapMedian(of(name).map((nanos, round) => nanos / by[round]!))
  return `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`
}
for (const name of names) {
  const against =
    name === "base"
      ? ""
      : name === "off"
        ? names.includes("base")
          ? ` × base ${ratio("off", "base")}`
          : ""
        : ` × off ${ratio(name, "off")}`
  console.log(
    `${name.padEnd(8)} ${median(of(name)).toFixed(0).padStart(5)} ns${against}  ${VARIANTS[name].description}`
  )
}
