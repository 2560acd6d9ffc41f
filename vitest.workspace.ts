import { defineConfig } from "vitest/config"

// Vitest 5 no longer discovers this file by its name: `npm test` passes it as --config.
export default defineConfig({
  test: {
    projects: ["packages/*/vitest.config.ts", { test: { name: "scripts", include: ["scripts/test/**/*.test.mjs"] } }]
  }
})
