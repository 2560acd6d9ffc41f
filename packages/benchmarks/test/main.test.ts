import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url))

const main = (args: ReadonlyArray<string>, nodeOptions = "") =>
  new Promise<{ readonly code: number; readonly out: string; readonly errors: string }>((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: nodeOptions }
    const child = execFile(process.execPath, [MAIN, ...args], { env }, (_, out, errors) =>
      resolve({ code: child.exitCode ?? -1, out, errors })
    )
  })

const asModule = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`

/** Has every process load this text instead of a package. */
const replacing = (name: string, text: string) => {
  const hook = `import { registerHooks } from "node:module"
    registerHooks({
      resolve: (specifier, context, next) => specifier === ${JSON.stringify(name)}
        ? { url: ${JSON.stringify(asModule(text))}, shortCircuit: true }
        : next(specifier, context)
    })`
  return `--import ${asModule(hook)}`
}

const SMOKE = ["--quick", "--rounds", "1", "--topology", "standalone", "--scenarios", "get-50", "--clients", "ioredis"]

describe("main", () => {
  it("--json prints one JSON document and nothing else, and the exit code is 0", async () => {
    const { code, errors, out } = await main([...SMOKE, "--json"])
    assert.notMatch(errors, /round/)
    assert.strictEqual(code, 0)
    const result = JSON.parse(out)
    assert.deepStrictEqual(result.failures, [])
    assert.strictEqual(result.scenarios[0].scenario, "get-50")
    assert.isAbove(result.scenarios[0].clients[0].opsPerSecond, 0)
  })

  it("a client that answers wrongly is a failure with exit code 1", async () => {
    const liar = `export class Redis {
      async connect() {}
      async get() { return "something else" }
      async set() { return "OK" }
      async quit() {}
    }
    export { Redis as Cluster }`
    const { code, out } = await main(SMOKE, replacing("ioredis", liar))
    assert.match(out, /FAILED \(wrong content\) ioredis.*something else/)
    assert.strictEqual(code, 1)
  })

  it("a client that cannot be loaded is named, and the exit code stays 0", async () => {
    const { code, out } = await main(
      SMOKE,
      replacing("ioredis", `export const Redis = 1, Cluster = 1; throw new Error("no binary")`)
    )
    assert.match(out, /NOT MEASURED ioredis: .*no binary/)
    assert.strictEqual(code, 0)
  })

  it("a wrong option is refused with exit code 2, before any server is started", async () => {
    const { code, errors, out } = await main(["--clients", "nobody"])
    assert.strictEqual(code, 2)
    assert.match(errors, /--clients: unknown "nobody"/)
    assert.strictEqual(out, "")
  })
})
