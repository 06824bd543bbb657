import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder that the demo was built into. */
    demo: string
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const outDir = `${root}/node_modules/.cache/demo-e2e`

/** Global setup of the end-to-end tests: builds the pages of the demo once, and again for each rerun. */
export async function setup(project: TestProject): Promise<void> {
  project.onTestsRerun(buildDemo)
  await buildDemo()
  project.provide('demo', outDir)
}

async function buildDemo(): Promise<void> {
  await build({
    root,
    configFile: `${root}/vite.config.ts`,
    mode: 'development',
    logLevel: 'warn',
    // Vue, the router and the library check and warn, just as in the dev server.
    define: { 'process.env.NODE_ENV': '"development"' },
    build: { outDir, emptyOutDir: true, minify: false, modulePreload: false },
  })
}
