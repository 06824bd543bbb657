import { pageMark } from './page-mark'
import { leaseLock, type UpdateLease } from './lease-lock'
import type { TabLock } from './tab-lock'
import { webLock } from './web-lock'

export interface BestLockOptions {
  /** How long the work may take, in ms. */
  readonly limit: number
  /** How long aborted work, or the work of a closed page, may still go on, in ms; 0 where it ends at once. */
  readonly afterlife: number
  readonly updateLease: UpdateLease
  /** Called when neither lock works. */
  warn(cause: unknown): void
}

/** Takes both locks, first the outer one. While the inner lock fails, the outer one alone is better than nothing. */
const nested =
  (outer: TabLock, inner: TabLock): TabLock =>
  (work, signal) =>
    outer(async (canBegin) => {
      let hasInner = false
      const begin: typeof work = (canStill) => {
        hasInner = true
        return work(async () => (await canBegin()) && canStill())
      }
      try {
        return await inner(begin, signal)
      } catch (error) {
        if (hasInner || signal.aborted) throw error
        return work(canBegin)
      }
    }, signal)

/** Times in a row that a lock which has worked may fail before work goes on without it, as on a full disk. */
const MOST_FAILURES = 3

/** Takes the first lock that works, and drops one that fails at its first use. Without any, `warn` is told of the cause. */
function firstOf(candidates: TabLock[], warn: (cause: unknown) => void): TabLock {
  /** Whether the first candidate has worked. Later failures are transient, and the other tabs use the same lock. */
  let isProven = false
  let failures = 0

  return async (work, signal) => {
    let hasBegun = false
    const begin: typeof work = (canBegin) => {
      isProven = hasBegun = true
      failures = 0
      return work(canBegin)
    }
    for (;;) {
      const [lock] = candidates
      if (!lock) return work(async () => true)
      try {
        return await lock(begin, signal)
      } catch (error) {
        if (hasBegun || signal.aborted || (isProven && ++failures < MOST_FAILURES)) throw error
        if (isProven) {
          warn(error)
          return work(async () => true)
        }
        // The lock is there but refuses, as in a sandboxed frame.
        if (lock === candidates[0]) candidates.shift()
        if (candidates.length === 0) warn(error)
      }
    }
  }
}

/**
 * The best lock that the browser has: Web Locks; where they are missing, as on plain-HTTP origins, a lease in
 * IndexedDB; else none. A tab that works for longer than the limit loses the lock to the next.
 *
 * Where work has an afterlife, a lease is taken inside the Web Lock, which ends with the page: a request of that page may
 * still be on its way.
 */
export function bestLock(
  name: string,
  { limit, afterlife, updateLease, warn }: BestLockOptions,
): TabLock {
  // TypeScript's types say that every browser has locks.
  const locks = navigator.locks as LockManager | undefined
  const lease = (workLimit: number): TabLock =>
    leaseLock(updateLease, pageMark(`${name}/left`), workLimit, afterlife)
  const candidates = [lease(limit)]
  if (locks) {
    const web = webLock(locks, name, limit)
    candidates.unshift(
      afterlife
        ? nested(
            web,
            firstOf([lease(afterlife)], () => {}),
          )
        : web,
    )
  }
  return firstOf(candidates, warn)
}
