/**
 * Starting one of this package's own processes.
 */
import { type ChildProcess, spawn } from "node:child_process"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

/** Options meant for the test process (loaders, coverage, inspectors) are not for its helpers. */
const helperEnvironment = (): NodeJS.ProcessEnv => {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, NODE_CHANNEL_FD: _channel, ...rest } = process.env
  return rest
}

/**
 * Starts `NAME` beside this file, TypeScript in the repository and JavaScript in the published package, with an IPC channel
 * and in a session of its own.
 */
export const startHelper = (name: string): ChildProcess =>
  spawn(process.execPath, [fileURLToPath(new URL(`./${name}${path.extname(import.meta.url)}`, import.meta.url))], {
    cwd: os.tmpdir(),
    env: helperEnvironment(),
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    detached: true
  })
