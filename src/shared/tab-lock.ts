import { lease, type UpdateLease } from './lease'
import { webLock } from './web-lock'

/** Exclusivity: of all the tabs of an origin one at a time. */
export interface TabLock {
  /**
   * Runs `work` while no other tab does; waits for its turn until `signal` is aborted. Rejects when the lock is
   * lost to another tab, which it can be if this one is frozen or hangs: `work` goes on then, and must see for
   * itself that it is too late.
   *
   * @param work asks by `canBegin()` whether enough time is left to begin what others must not do meanwhile
   */
  hold<T>(work: (canBegin: () => Promise<boolean>) => Promise<T>, signal: AbortSignal): Promise<T>
}

/** What a lock is made of, as in `TabsOptions`. */
export interface TabLockOptions {
  readonly limit: number
  readonly afterlife: number
  readonly updateLease: UpdateLease
  warn(cause: unknown): void
}

/** Both at once: the inner one is not let go with the page, nor when its work is aborted. */
const nested = (outer: TabLock, inner: TabLock): TabLock => ({
  hold: (work, signal) =>
    outer.hold(async (canBegin) => {
      let isHeld = false
      const begin: typeof work = (canStill) => {
        isHeld = true
        return work(async () => (await canBegin()) && canStill())
      }
      try {
        return await inner.hold(begin, signal)
      } catch (error) {
        // While it fails, the outer one is better than nothing.
        if (isHeld || signal.aborted) throw error
        return work(canBegin)
      }
    }, signal),
})

/** The first that works; what has never worked is not tried again. Where none does, there is none; `warn` is told. */
function firstOf(candidates: TabLock[], warn: (cause: unknown) => void): TabLock {
  /** Whether the best of them has worked. If it then fails, that passes, and the others have the same one. */
  let isProven = false

  return {
    async hold(work, signal) {
      const begin: typeof work = (canBegin) => {
        isProven = true
        return work(canBegin)
      }
      for (;;) {
        const [lock] = candidates
        if (!lock) return work(async () => true)
        try {
          return await lock.hold(begin, signal)
        } catch (error) {
          if (isProven || signal.aborted) throw error
          // There is one, but it refuses, as in a sandboxed frame.
          if (lock === candidates[0]) candidates.shift()
          if (candidates.length === 0) warn(error)
        }
      }
    },
  }
}

/**
 * The best lock there is: Web Locks; where they are missing, as on plain-HTTP origins, a lease in IndexedDB; else
 * none, and `warn` is told once.
 *
 * A tab that holds it for longer than the limit loses it to the next. Where work has an afterlife, a Web Lock is not
 * enough: it is let go with the page, while what the page has sent is still on its way.
 */
export function createTabLock(
  name: string,
  { limit, afterlife, updateLease, warn }: TabLockOptions,
): TabLock {
  // In TypeScript's eyes they are everywhere.
  const locks = navigator.locks as LockManager | undefined
  const candidates = [lease(updateLease, limit)]
  if (locks) {
    const web = webLock(locks, name, limit)
    candidates.unshift(web)
    if (afterlife) {
      const lasting = lease(updateLease, afterlife, true)
      candidates.unshift(
        nested(
          web,
          firstOf([lasting], () => {}),
        ),
      )
    }
  }
  return firstOf(candidates, warn)
}
