import { sleep, within } from '../utils/waiting'
import type { TabLock } from './tab-lock'

/** Who holds the lock, and until when by the wall clock, which all tabs share. */
interface Lease {
  readonly owner: string
  readonly until: number
}

/**
 * Replaces the stored lease in one atomic step. `change` is given the current one and returns the next, null to
 * remove it, or undefined to leave it.
 */
export type UpdateLease = (
  change: (current: unknown) => Lease | null | undefined,
) => Promise<unknown>

/** How long a lease lasts until its holder says what it is going to do, in ms. */
const SHORT = 5_000
/** What the clocks of two tabs may differ, in ms. */
const GRACE = 1_000
/** How often the others look whether it is over, in ms. */
const POLL = 20

/**
 * A lock for origins without Web Locks: a record that only one tab at a time can write its name into, and that
 * runs out. Once its holder has begun, that is not before it must have ended.
 *
 * @param limit how long the work may take, in ms
 * @param isLasting whether work that was aborted may still go on: the lease is then left to run out
 */
export const lease = (update: UpdateLease, limit: number, isLasting = false): TabLock => {
  /** What claims to last longer than any lease has nothing left: the clock was set back, or it is none. */
  function leftOf(current: unknown): number {
    const left = Number((current as Lease | null)?.until) - Date.now()
    return left > 0 && left < 2 * Math.max(SHORT, limit + GRACE) ? left : 0
  }
  const isOver = (current: unknown): boolean => !leftOf(current)

  return {
    async hold(work, signal) {
      const owner = `${Date.now()}-${Math.random()}`
      const isMine = (current: unknown): boolean => (current as Lease | null)?.owner === owner
      const isMineStill = (current: unknown): boolean => isMine(current) && !isOver(current)
      /** Resolves with what is left of it by then, in ms: the machine may have slept over it. */
      async function write(lasting: number, isFree: (current: unknown) => boolean) {
        const change = (current: unknown): Lease | undefined =>
          isFree(current) ? { owner, until: Date.now() + lasting } : undefined
        const late = (): Promise<never> => Promise.reject(new Error('The lease was not written.'))
        const written = await within(update(change), SHORT, late)
        return isMine(written) ? leftOf(written) : 0
      }

      try {
        while (!(await write(SHORT, isOver))) await sleep(POLL, signal)
        signal.throwIfAborted()
        return await work(async () => (await write(limit + GRACE, isMineStill)) > limit)
      } finally {
        if (!(isLasting && signal.aborted)) {
          update((current) => (isMine(current) ? null : undefined)).catch(() => {})
        }
      }
    },
  }
}
