import type { TestProject } from 'vitest/node'
import { buildTabApp, type TabAppFiles } from '../support/chromium/tab-app-files.ts'

declare module 'vitest' {
  interface ProvidedContext {
    tabApp: TabAppFiles
  }
}

/** Global setup of the tests with several tabs: builds their application once, and again for each rerun. */
export async function setup(project: TestProject): Promise<void> {
  const provide = async (): Promise<void> =>
    project.provide('tabApp', await buildTabApp('development'))
  project.onTestsRerun(provide)
  await provide()
}
