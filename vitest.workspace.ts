import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

// Vitest 5 no longer discovers this file by its name: `npm test` passes it as --config.
export default defineConfig({
  test: {
    // Most of the time a test waits for servers: on two cores, too, there is room for two files at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: ["packages/*/vitest.config.ts", { test: { name: "scripts", include: ["scripts/test/**/*.test.mjs"] } }]
  }
})
