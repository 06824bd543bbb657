import type { AuthStorage } from './auth-storage'
import { mapStorage } from './memory-storage'

/** How long a storage may take for one operation, in ms, before it counts as broken. */
const PATIENCE = 3_000

function inTime<T>(operation: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The storage did not answer.')), PATIENCE)
  })
  return Promise.race([operation, late]).finally(() => clearTimeout(timer))
}

/**
 * A storage that cannot fail: when the given one throws, refuses or hangs, memory takes over for good, with what
 * was last known, and `warn` is told once.
 */
export function withFallback(storage: AuthStorage, warn: (cause: unknown) => void): AuthStorage {
  const records = new Map<string, unknown>()
  const memory = mapStorage(records)
  let broken = false

  async function attempt(
    key: string,
    work: (storage: AuthStorage, isLate: () => boolean) => Promise<unknown>,
  ): Promise<unknown> {
    if (!broken) {
      try {
        const record = await inTime(work(storage, () => broken))
        if (!broken) records.set(key, record)
        return record
      } catch (error) {
        if (!broken) warn(error)
        broken = true
      }
    }
    return work(memory, () => false)
  }

  return {
    read: (key) => attempt(key, (target) => target.read(key)),
    update: (key, change) =>
      attempt(key, (target, isLate) =>
        // A storage that wakes up after it was given up must not bring back a session that has ended since.
        target.update(key, (current) => (isLate() ? undefined : change(current))),
      ),
  }
}
