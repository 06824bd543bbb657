import type { StoredRecord } from '../session/record'
import { within } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'

/** How long a storage may take for one operation, in ms, before it counts as broken. */
const PATIENCE = 3_000

/** The record of one session, in a storage that cannot fail. */
export interface RecordStorage {
  read(): Promise<unknown>
  update(change: (current: unknown) => StoredRecord | null | undefined): Promise<unknown>
  close(): void
}

type Change = (current: unknown) => StoredRecord | null | undefined

/**
 * The record under a key, read and written one after the other. When the storage throws, refuses or hangs, memory
 * takes over with what was last known, and `warn` is told once. If nothing has changed by the time it answers again, it
 * counts again; else memory does for good, and the storage is still told what changes, so that no spent or ended
 * session stays there.
 */
export function withFallback(
  storage: AuthStorage,
  key: string,
  warn: (cause: unknown) => void,
): RecordStorage {
  let known: unknown = null
  let isBroken = false
  let hasWarned = false
  let isClosed = false
  /** Whether what is known is what was stored. */
  let isStored = false
  let last: Promise<unknown> = Promise.resolve()

  async function attempt(work: () => Promise<unknown>, change: Change): Promise<unknown> {
    if (!isBroken) {
      try {
        const late = (): Promise<never> => Promise.reject(new Error('The storage did not answer.'))
        // Once more: a browser that was in the background may have lost the connection, not the database.
        known = await within(work().catch(work), PATIENCE, late)
        isStored = true
        return known
      } catch (error) {
        isBroken = true
        if (!hasWarned) warn(error)
        hasWarned = true
      }
    }
    const next = change(known)
    if (next !== undefined) {
      known = next
      isStored = false
    }
    // Again by compare-and-set: the other tabs may have gone on without this one.
    const tell = async (): Promise<void> => {
      const found = await storage.update(key, change)
      if (!isStored) return
      known = found
      isBroken = false
    }
    tell().catch(() => {})
    return known
  }

  function enqueue(...args: Parameters<typeof attempt>): Promise<unknown> {
    const result = last.then(() => attempt(...args))
    // One that is used once more may have opened something again.
    const settle = (): void => void (isClosed && storage.close?.())
    last = result.then(settle, settle).catch(() => {})
    return result
  }

  return {
    read: () =>
      enqueue(
        async () => storage.read(key),
        () => undefined,
      ),
    update: (change) =>
      enqueue(
        // A storage that wakes up after it was given up must not bring back a session that has ended since.
        async () => storage.update(key, (current) => (isBroken ? undefined : change(current))),
        change,
      ),
    close() {
      isClosed = true
      storage.close?.()
    },
  }
}
