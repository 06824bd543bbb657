import type { TestProject } from 'vitest/node'
import { launchBrowser } from '../support/chromium/launch.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URLs of the browsers, one for each file that runs at a time. */
    browsers: string[]
  }
}

/** Global setup of the tests that drive a browser: launches one for each worker, which serves one file after the other. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const count = project.config.maxWorkers
  const browsers = await Promise.all(Array.from({ length: count }, launchBrowser))
  const urls = browsers.map(({ url }) => url)
  project.provide('browsers', urls)
  return async () => {
    await Promise.all(browsers.map((browser) => browser.close()))
  }
}
