// `npm run generate:reference`: writes docs/commands.md from the declarations of the constructors, the goldens and the table of what
// servers say. A test compares the page with what this would write.
import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { referenceText } from "../packages/client/test/support/reference.ts"

const page = join(dirname(dirname(fileURLToPath(import.meta.url))), "docs", "commands.md")
const text = referenceText()
writeFileSync(page, text)
console.log(`docs/commands.md: ${text.split("\n").length} lines`)
