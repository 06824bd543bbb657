// The unit tests alone, as scripts/mutate.mjs runs them once for each mutant.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const inSource = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))
/** A room's own tests, which are quick; else all of them. */
const tests = process.env['MUTATION_TESTS'] || 'tests/**/*.test.ts'

export default defineConfig({
  resolve: {
    alias: [
      { find: /^vue-auth-refresh$/, replacement: inSource('index.ts') },
      { find: /^vue-auth-refresh\/oauth2$/, replacement: inSource('oauth2/index.ts') },
      { find: /^vue-auth-refresh\/fetch$/, replacement: inSource('fetch/index.ts') },
    ],
  },
  test: {
    include: [tests],
    exclude: [
      'tests/browser/**',
      'tests/e2e/**',
      'tests/example/**',
      // It takes fifteen seconds, too long for each of a thousand mutants.
      'tests/fuzz/schedules.test.ts',
    ],
    setupFiles: ['tests/setup/console.ts'],
  },
})
