import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { playwright, type PlaywrightProviderOptions } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { chromiumLaunchOptions } from './scripts/chromium.mjs'
import { CountReporter } from './tests/setup/count-reporter.ts'

const inSource = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url))
const setupFiles = ['tests/setup/console.ts']

/** The unit tests that say in their first line that they need a page. */
const inJsdom = readdirSync('tests', { recursive: true, encoding: 'utf8' })
  .map((path) => `tests/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.test.ts'))
  .filter((path) => readFileSync(path, 'utf8').startsWith('// @vitest-environment jsdom'))

/** Generous, for a busy machine: no test of these proves that anything is quick. */
const patience = { testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 30_000 } } }

/** A machine without a browser still runs everything else: only launching the browser fails. */
async function lazyLaunchOptions(): Promise<PlaywrightProviderOptions> {
  const found = await chromiumLaunchOptions().catch((error: Error) => error)
  return {
    get launchOptions() {
      if (found instanceof Error) throw found
      return found
    },
  }
}

/** Files that prove by quantity: `npm test` runs them with a few, `npm run test:long` (`--mode long`) with many. */
const long = {
  unit: ['tests/fuzz/schedules.test.ts', 'tests/invariants/{d-no-storm,h-answers}.test.ts'],
  jsdom: ['tests/invariants/clocks.test.ts', 'tests/invariants/nothing-remains.test.ts'],
  e2e: ['tests/e2e/accessibility.spec.ts'],
  tabs: ['tests/tabs/nothing-remains.spec.ts'],
}

/** No sample proves anything there: over a few repetitions the heap grows by more than what would leak. */
const inLongOnly = [
  'tests/invariants/nothing-remains.test.ts',
  'tests/tabs/nothing-remains.spec.ts',
]

/** The environment of each project. At the root it would be lost: for a project this file is read anew, as `test`. */
const envOf = (mode: string) => ({
  QUANTITY: mode === 'long' ? 'long' : 'sample',
  SCREENSHOT: mode === 'screenshot' ? 'docs' : '',
})

export default defineConfig(async ({ mode }) => ({
  plugins: [vue()],
  resolve: {
    alias: [
      { find: /^vue-auth-refresh$/, replacement: inSource('index.ts') },
      { find: /^vue-auth-refresh\/oauth2$/, replacement: inSource('oauth2/index.ts') },
      { find: /^vue-auth-refresh\/testing$/, replacement: inSource('testing/index.ts') },
      { find: /^vue-auth-refresh\/fetch$/, replacement: inSource('fetch/index.ts') },
      { find: /^vue-auth-refresh\/devtools$/, replacement: inSource('devtools/index.ts') },
    ],
  },
  test: {
    maxWorkers: '100%',
    reporters: ['default', new CountReporter()],
    coverage: {
      provider: 'v8' as const,
      include: ['src/**'],
      reporter: ['text', 'html'],
      reportOnFailure: true,
      // In percent; `npm run coverage` fails below it.
      thresholds: { branches: 95 },
    },
    projects: [
      {
        extends: true as const,
        test: {
          name: 'unit',
          env: envOf(mode),
          include: mode === 'long' ? long.unit : ['tests/**/*.test.ts'],
          exclude: ['tests/browser/**', 'tests/e2e/**', ...inJsdom],
          ...patience,
          // One process serves many files: loading the packages anew for each takes longer than most tests.
          isolate: false,
          setupFiles: ['tests/setup/fresh-modules.ts', ...setupFiles],
          sequence: { setupFiles: 'list' as const },
          // Or its link to the devtools could not be tapped.
          server: { deps: { inline: ['pinia', '@pinia/testing'] } },
        },
      },
      {
        extends: true as const,
        test: {
          name: 'unit-jsdom',
          env: envOf(mode),
          include: mode === 'long' ? long.jsdom : inJsdom,
          exclude: mode === 'long' ? [] : inLongOnly,
          ...patience,
          // A process for each file: listeners that one leaves at the window would answer to the next.
          setupFiles,
          server: { deps: { inline: ['pinia', '@pinia/testing'] } },
        },
      },
      {
        extends: true as const,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            checker: 'vue-tsc',
            tsconfig: 'tsconfig.types.json',
            include: ['tests/types/**/*.test-d.ts'],
          },
        },
      },
      {
        extends: true as const,
        // Known ahead, or finding one in the middle of a run reloads the page under the tests.
        optimizeDeps: { include: ['vue', 'pinia', 'axios', 'vue-router', '@vue/test-utils'] },
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          setupFiles,
          sequence: { groupOrder: 1 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright(await lazyLaunchOptions()),
            instances: [{ browser: 'chromium' as const }],
          },
        },
      },
      {
        extends: true as const,
        test: {
          name: 'e2e',
          env: envOf(mode),
          include: mode === 'long' ? long.e2e : ['tests/e2e/**/*.spec.ts'],
          globalSetup: ['tests/setup/build-demo.ts'],
          sequence: { groupOrder: 2 },
          isolate: false,
          testTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          hookTimeout: 120_000,
        },
      },
      {
        extends: true as const,
        test: {
          name: 'tabs',
          env: envOf(mode),
          include: mode === 'long' ? long.tabs : ['tests/{tabs,oauth2}/**/*.spec.ts'],
          exclude: mode === 'long' ? [] : inLongOnly,
          globalSetup: ['tests/setup/build-tab-app.ts'],
          sequence: { groupOrder: 3 },
          isolate: false,
          testTimeout: 30_000,
          expect: { poll: { timeout: 30_000 } },
          hookTimeout: 60_000,
        },
      },
    ],
  },
}))
