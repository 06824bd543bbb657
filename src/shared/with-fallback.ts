import type { StoredRecord } from '../session/record'
import { once } from '../utils/once'
import { inTime } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'

/** Time that a storage may take for one operation before it counts as broken. */
const BROKEN_AFTER_MS = 3_000

type Change = (current: unknown) => StoredRecord | null | undefined

/** The record of one session, in a storage that cannot fail. */
export interface RecordStorage {
  read(): Promise<unknown>
  /** Compare-and-set, as in `AuthStorage`. */
  update(change: Change): Promise<unknown>
  close(): void
}

/**
 * The record under a key, read and written one operation after the other. When the storage throws, refuses or hangs,
 * memory takes over with the record that was last known, and `warn` is called once.
 *
 * A storage that answers again is used again, unless the record has changed in memory meanwhile. Then memory stays in
 * use, and the storage still gets every change. Otherwise a spent token or an ended session would stay in it.
 */
export function withFallback(
  storage: AuthStorage,
  key: string,
  warn: (cause: unknown) => void,
): RecordStorage {
  let known: unknown = null
  let isBroken = false
  const warnOnce = once(warn)
  let isClosed = false
  /** Whether `known` is the content of the storage. */
  let isStored = false
  let last: Promise<unknown> = Promise.resolve()

  async function attempt(work: () => Promise<unknown>, change: Change): Promise<unknown> {
    if (!isBroken) {
      try {
        // Try twice: a browser in the background may have lost the connection, and not the database.
        known = await inTime(work().catch(work), BROKEN_AFTER_MS)
        isStored = true
        return known
      } catch (error) {
        isBroken = true
        warnOnce(error)
      }
    }
    const next = change(known)
    if (next !== undefined) {
      known = next
      isStored = false
    }
    // Compare-and-set here too: the other tabs may have gone on without this one.
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
    // A closed storage that is used once more may have opened something again.
    const settle = (): void => void (isClosed && storage.close?.())
    last = result.finally(settle).catch(() => {})
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
        // A storage that answers after memory took over must not bring back a session that has ended since.
        async () => storage.update(key, (current) => (isBroken ? undefined : change(current))),
        change,
      ),
    close() {
      isClosed = true
      storage.close?.()
    },
  }
}
