/** What the published declarations cost a program that uses them, and how they show in an editor. */
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { isIdentifier, isVariableStatement } from "typescript/unstable/ast"
import { API } from "typescript/unstable/sync"

const MOST_INSTANTIATIONS = 20_000
const FEWEST_COMMANDS = 50

const root = path.resolve(import.meta.dirname, "../../../..")
const program = path.join(import.meta.dirname, "program.ts")

/** How types show where a program hovers over them. */
const displays: Readonly<Record<string, string>> = {
  'Command.get("k")': "Command<string | undefined, Uint8Array<ArrayBufferLike> | undefined>",
  'Command.set("k", "v")': "Command<boolean, boolean>",
  'Command.mGet(["a", "b"])':
    "MultiSlotCommand<[string | undefined, string | undefined], [Uint8Array<ArrayBufferLike> | undefined, Uint8Array<ArrayBufferLike> | undefined]>",
  'Command.ttl("k")': "Command<Duration | undefined, Duration | undefined>",
  'redis.get("k")': "Effect<string | undefined, RedisError, never>",
  'redis.mGet(["a", "b"])': "Effect<[string | undefined, string | undefined], RedisError, never>",
  'redis.hGetAll("h")': "Effect<Record<string, string>, RedisError, never>",
  "redis.clientInfo()": "Effect<ClientInfo, RedisError, never>",
  'redis.pipeline([Command.incr("a"), Command.sMembers("b")])': "Effect<[number, string[]], RedisError, never>",
  'redis.pipeline({ a: Command.get("x"), n: Command.incr("y") })':
    "Effect<{ a: string | undefined; n: number; }, RedisError, never>"
}

const COMPILER_OPTIONS = {
  module: "NodeNext",
  target: "ES2023",
  lib: ["ES2023", "DOM"],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  paths: { "@reef-redis/client": ["./dist/index.d.ts"] }
}

const displayProgram = [
  'import { Command, type RedisService } from "@reef-redis/client"',
  "declare const redis: RedisService",
  ...Object.keys(displays).map((expression, at) => `export const display${at} = ${expression}`)
].join("\n")

let folder = ""

const tsc = (...args: ReadonlyArray<string>): string => {
  const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc")
  const { status, stderr, stdout } = spawnSync(process.execPath, [compiler, ...args], { cwd: folder, encoding: "utf8" })
  assert.strictEqual(status, 0, stdout + stderr)
  return stdout
}

describe("the published declarations", () => {
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "reef-types-")))
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"))
    const emit = ["--composite", "false", "--incremental", "false", "--tsBuildInfoFile", "null"]
    const only = ["--declarationMap", "false", "--sourceMap", "false", "--emitDeclarationOnly"]
    tsc("-p", path.join(root, "packages", "client"), ...emit, ...only, "--outDir", path.join(folder, "dist"))
    copyFileSync(program, path.join(folder, "program.ts"))
    writeFileSync(path.join(folder, "display.ts"), displayProgram)
    const files = { program: ["program.ts"], display: ["display.ts"] }
    for (const [name, list] of Object.entries(files)) {
      const config = { compilerOptions: COMPILER_OPTIONS, files: list }
      writeFileSync(path.join(folder, `tsconfig.${name}.json`), JSON.stringify(config))
    }
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it(`a program of ${FEWEST_COMMANDS} commands stays under ${MOST_INSTANTIATIONS} instantiations`, () => {
    const used = readFileSync(program, "utf8").matchAll(/\b(?:redis|Command)\.(\w+)\(/g)
    assert.isAtLeast(new Set(Array.from(used, (match) => match[1])).size, FEWEST_COMMANDS)
    const diagnostics = tsc("-p", "tsconfig.program.json", "--extendedDiagnostics", "--singleThreaded")
    const instantiations = Number(/^Instantiations:\s+(\d+)/m.exec(diagnostics)?.[1])
    console.log(`${instantiations} instantiations`)
    assert.isAbove(instantiations, 0)
    assert.isBelow(instantiations, MOST_INSTANTIATIONS)
  })

  it("types show as what they are", () => {
    const config = path.join(folder, "tsconfig.display.json")
    const api = new API({ cwd: folder })
    try {
      const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)!
      const file = project.program.getSourceFile(path.join(folder, "display.ts"))!
      assert.deepStrictEqual(
        project.program.getSemanticDiagnostics(file.fileName).map(({ text }) => text),
        []
      )
      const shown = file.statements.flatMap((statement) => {
        if (!isVariableStatement(statement)) return []
        return statement.declarationList.declarations.flatMap(({ initializer, name }) => {
          if (initializer === undefined || !isIdentifier(name)) return []
          const type = project.checker.getTypeAtLocation(name)!
          return [[file.text.slice(initializer.getStart(file), initializer.end), project.checker.typeToString(type)]]
        })
      })
      assert.deepStrictEqual(Object.fromEntries(shown), displays)
    } finally {
      api.close()
    }
  })
})
