import type { SessionRecord } from '../session/session'
import { within } from '../session/waiting'
import type { AuthStorage } from './auth-storage'

/** How long a storage may take for one operation, in ms, before it counts as broken. */
const PATIENCE = 3_000

/** The record of one session, in a storage that cannot fail. */
export interface RecordStorage {
  read(): Promise<unknown>
  update(change: (current: unknown) => SessionRecord | null | undefined): Promise<unknown>
}

/**
 * The record under a key. When the storage throws, refuses or hangs, memory takes over for good, with what was
 * last known, and `warn` is told once.
 */
export function withFallback(
  storage: AuthStorage,
  key: string,
  warn: (cause: unknown) => void,
): RecordStorage {
  let known: unknown = null
  let isBroken = false

  async function attempt(
    work: () => Promise<unknown>,
    change: (current: unknown) => unknown,
  ): Promise<unknown> {
    if (!isBroken) {
      try {
        const late = (): Promise<never> => Promise.reject(new Error('The storage did not answer.'))
        const record = await within(work(), PATIENCE, late)
        if (!isBroken) return (known = record)
      } catch (error) {
        if (!isBroken) warn(error)
        isBroken = true
      }
    }
    const next = change(known)
    if (next !== undefined) known = next
    return known
  }

  return {
    read: () =>
      attempt(
        () => storage.read(key),
        () => undefined,
      ),
    update: (change) =>
      attempt(
        // A storage that wakes up after it was given up must not bring back a session that has ended since.
        () => storage.update(key, (current) => (isBroken ? undefined : change(current))),
        change,
      ),
  }
}
