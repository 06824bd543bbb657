import type { PageMark } from '../session/shared-session'
import { newId } from '../utils/new-id'
import { inTime, sleep, TOO_LATE } from '../utils/waiting'
import { listen } from './listen'
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
/** How often in a row a database may refuse before the lease fails. One that is just being upgraded refuses once. */
const MOST_REFUSALS = 3

/**
 * A lock for origins without Web Locks: a record that one tab at a time can write its name into, and that runs out.
 * Once its holder has begun, the lease does not run out before the work must have ended. A page that goes away marks
 * when its work must have ended: what it writes to a database then is lost.
 *
 * @param limit how long the work may take, in ms
 * @param afterlife how long aborted work, or that of a page that is gone, may still go on, in ms; its lease lasts as long
 */
export function leaseLock(
  update: UpdateLease,
  mark: PageMark,
  limit: number,
  afterlife = 0,
): TabLock {
  const begunFor = limit + CLOCKS_DIFFER_BY_MS

  /** Time left, in ms. A lease with more time left than any can have counts as over: the clock was set back. */
  function leftOf(current: unknown): number {
    const { holder, until } = Object(current) as Partial<Lease>
    const [gone, goneUntil] = mark.get()?.split(' ') ?? []
    const rest = Number(gone === holder ? goneUntil : until) - Date.now()
    return rest > 0 && rest < 2 * Math.max(UNBEGUN_FOR_MS, begunFor) ? rest : 0
  }
  const isOver = (current: unknown): boolean => !leftOf(current)

  return async (work, signal) => {
    const holder = newId()
    let isHeld = false
    let hasBegun = false
    const isMine = (current: unknown): boolean => (current as Lease | null)?.holder === holder
    const isMineStill = (current: unknown): boolean => isMine(current) && !isOver(current)
    /** Resolves with the time left once it is written, in ms: the machine may have slept meanwhile. */
    async function write(duration: number, isFree: (current: unknown) => boolean) {
      const change = (current: unknown): Lease | undefined =>
        isFree(current) ? { holder, until: Date.now() + duration } : undefined
      const written = await inTime(update(change), UNBEGUN_FOR_MS)
      return isMine(written) ? leftOf(written) : 0
    }
    /** Tries again at once where the database refuses, but not where it hangs: that would take too long. */
    const take = (refusals = 1): Promise<number> =>
      write(UNBEGUN_FOR_MS, isOver).catch((error: unknown) => {
        signal.throwIfAborted()
        if (error === TOO_LATE || refusals === MOST_REFUSALS) throw error
        return take(refusals + 1)
      })
    /** The lease of work that is given up: null where nothing of it can go on. */
    const lastLease = (): Lease | null =>
      hasBegun && afterlife ? { holder, until: Date.now() + afterlife + CLOCKS_DIFFER_BY_MS } : null

    const stopListening = listen(globalThis, 'pagehide', () => {
      // Also into the back/forward cache: the browser may drop it from there without another event.
      if (isHeld) mark.set(`${holder} ${lastLease()?.until ?? 0}`)
    })
    try {
      while (!(await take())) await sleep(TRY_EVERY_MS, signal)
      isHeld = true
      mark.set(null)
      signal.throwIfAborted()
      return await work(async () => {
        const canBegin = (await write(begunFor, isMineStill)) > limit
        hasBegun ||= canBegin
        return canBegin
      })
    } finally {
      // Judged now, though it is written later: work that has ended may be aborted meanwhile.
      const rest = signal.aborted ? lastLease() : null
      // Until it is given back, the page may go away: that makes the work fail, and this write is lost.
      update((current) => (isMine(current) ? rest : undefined))
        .catch(() => {})
        .finally(stopListening)
    }
  }
}
