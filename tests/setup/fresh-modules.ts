/**
 * Setup of the unit tests that share a process, before all others. Each file has modules of its own, so the library
 * starts with a new clock; packages are loaded once. A file fails that leaves the next one without real timers.
 */
import { afterAll, vi } from 'vitest'

vi.resetModules()

const { setTimeout: realSetTimeout } = globalThis

afterAll(() => {
  // Vitest does the same after the file: a spy on a fake timer brings that back.
  vi.restoreAllMocks()
  if (globalThis.setTimeout !== realSetTimeout) {
    throw new Error('A fake setTimeout is left. Restore spies before vi.useRealTimers().')
  }
})
