/**
 * Setup of the unit tests that share a process, before all others. Each file has modules of its own, so the library
 * starts with a new clock; packages are loaded once. A file fails that leaves the next one without real timers, and no
 * timer that it leaves fires in the next one: there it would set another, which counts among those of a test.
 */
import { afterAll, vi } from 'vitest'

vi.resetModules()

const { setTimeout: realSetTimeout } = globalThis
const timers: WeakRef<NodeJS.Timeout>[] = []

const noted = (...args: Parameters<typeof setTimeout>): NodeJS.Timeout => {
  const timer = realSetTimeout(...args)
  timers.push(new WeakRef(timer))
  return timer
}
const ownSetTimeout = Object.defineProperties(
  noted as typeof setTimeout,
  Object.getOwnPropertyDescriptors(realSetTimeout),
)
globalThis.setTimeout = ownSetTimeout

afterAll(() => {
  // Vitest does the same after the file: a spy on a fake timer brings that back.
  vi.restoreAllMocks()
  const isLeft = globalThis.setTimeout !== ownSetTimeout
  globalThis.setTimeout = realSetTimeout
  for (const timer of timers) clearTimeout(timer.deref())
  if (isLeft) {
    throw new Error('A fake setTimeout is left. Restore spies before vi.useRealTimers().')
  }
})
