// The unit tests alone, as scripts/mutate.mjs runs them once for each mutant.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const library = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
/** A room's own tests, which are quick; else all of them. */
const tests = process.env['MUTATION_TESTS'] || 'tests/**/*.test.ts'

export default defineConfig({
  resolve: { alias: [{ find: /^vue-auth-refresh$/, replacement: library }] },
  test: {
    include: [tests],
    exclude: ['tests/browser/**', 'tests/e2e/**', 'tests/example/**', 'tests/fixtures/**'],
    setupFiles: ['tests/setup/console.ts'],
  },
})
