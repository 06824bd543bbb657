import { newId } from '../utils/new-id'
import { inTime, sleep } from '../utils/waiting'
import type { TabLock } from './tab-lock'

/** The holder of the lock, and the end of its time by the wall clock, which all tabs share. */
interface Lease {
  readonly holder: string
  readonly until: number
}

/**
 * Replaces the stored lease in one atomic step. `change` is given the current one and returns the next, null to
 * remove it, or undefined to leave it.
 */
export type UpdateLease = (
  change: (current: unknown) => Lease | null | undefined,
) => Promise<unknown>

/** Length of a lease whose holder has not begun yet; also the time that writing a lease may take. */
const UNBEGUN_FOR_MS = 5_000
/** Difference that the clocks of two tabs may have. */
const CLOCKS_DIFFER_BY_MS = 1_000
/** Interval at which a waiting tab tries to take the lease. */
const TRY_EVERY_MS = 20

/**
 * A lock for origins without Web Locks: a record that one tab at a time can write its name into, and that runs out.
 * Once its holder has begun, the lease does not run out before the work must have ended.
 *
 * @param limit how long the work may take, in ms
 * @param isLasting whether aborted work may still go on: its lease is then left to run out
 */
export function leaseLock(update: UpdateLease, limit: number, isLasting = false): TabLock {
  const begunFor = limit + CLOCKS_DIFFER_BY_MS

  /** Time left, in ms. A lease with more time left than any can have counts as over: the clock was set back. */
  function leftOf(current: unknown): number {
    const left = Number((current as Lease | null)?.until) - Date.now()
    return left > 0 && left < 2 * Math.max(UNBEGUN_FOR_MS, begunFor) ? left : 0
  }
  const isOver = (current: unknown): boolean => !leftOf(current)

  return async (work, signal) => {
    const holder = newId()
    const isMine = (current: unknown): boolean => (current as Lease | null)?.holder === holder
    const isMineStill = (current: unknown): boolean => isMine(current) && !isOver(current)
    /** Resolves with the time left once it is written, in ms: the machine may have slept meanwhile. */
    async function write(duration: number, isFree: (current: unknown) => boolean) {
      const change = (current: unknown): Lease | undefined =>
        isFree(current) ? { holder, until: Date.now() + duration } : undefined
      const written = await inTime(update(change), UNBEGUN_FOR_MS)
      return isMine(written) ? leftOf(written) : 0
    }

    try {
      while (!(await write(UNBEGUN_FOR_MS, isOver))) await sleep(TRY_EVERY_MS, signal)
      signal.throwIfAborted()
      return await work(async () => (await write(begunFor, isMineStill)) > limit)
    } finally {
      if (!(isLasting && signal.aborted)) {
        update((current) => (isMine(current) ? null : undefined)).catch(() => {})
      }
    }
  }
}
